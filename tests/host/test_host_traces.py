"""What two real servers leave behind: every file and every line they wrote, searched for everything that was sent."""

import http.client
import json
import re
import secrets
import sqlite3
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest
from societies import Respondent, Society, founded, opened, serving
from strange_requests import send, strange_requests
from traces import files_below, named, traces

from host.lifecycle import close
from host.tallying import run_tally
from survey.registrar.codes import new_code
from survey.rounds.times import now
from survey.tokens import authorization

QUESTION = """
[[page.question]]
id = "q{n}"
kind = "scale"
label = "{n}"
from = 0
to = 249
"""
# A record of 24 slots can be told from chance, so that an answer can be looked for like a name.
WIDE = 'id = "wide"\ntitle = "W"\nintro = "I"\n[[page]]\ntitle = "P"\n' + "".join(
    QUESTION.format(n=n) for n in range(24)
)
RESPONDENTS = 6
STRANGE, BROKEN_ROUND = "strangerMARK5150", "ab" * 32
SAID = (
    r"The (registrar|intake) could open the folders of: [a-z, ]+\. .*",
    r"The (registrar|intake) is ready at 127\.0\.0\.1:\d+\.",
    r"storage fault: OperationalError",
    r"fault: ManifestError",
)


def marked_headers(number: int) -> dict[str, str]:
    return {
        "User-Agent": f"MarkedBrowser/{number}.77 (markedsystem)",
        "X-Forwarded-For": f"203.0.113.{70 + number}, 198.51.100.{70 + number}",
        "Forwarded": f"for=192.0.2.{70 + number};proto=https;by=markedproxy",
        "X-Real-IP": f"203.0.113.{70 + number}",
        "Cookie": f"session=markedcookie{number}",
        "Referer": f"https://marked.example/{number}",
        "Accept-Language": f"markedlanguage-{number}",
        "If-None-Match": f'"markedtag{number}"',
        "From": f"marked{number}@society.example",
        "Connection": "close",
    }


def header_marks() -> list[str]:
    found = []
    for number in range(RESPONDENTS + 1):
        found += [f"203.0.113.{70 + number}", f"198.51.100.{70 + number}", f"192.0.2.{70 + number}", address(number)]
        found += [f"markedcookie{number}", f"markedlanguage-{number}", f"markedtag{number}", f"marked{number}@"]
    return [*found, "MarkedBrowser", "markedsystem", "markedproxy", "marked.example", "markedquery"]


def address(number: int) -> str:
    return f"127.0.0.{171 + number}"


def ask(port: int, number: int, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, bytes]:
    """One marked request from one marked address; the status and everything that came back."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20, source_address=(address(number), 0))
    with closing(connection):
        named_headers = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, f"{path}?markedquery={number}", body, marked_headers(number) | named_headers)
        answer = connection.getresponse()
        return answer.status, str(answer.headers).encode() + answer.read()


class Visit:
    """Everyone's way through both services, and everything they answered."""

    def __init__(self, society: Society) -> None:
        self.society, self.manifest = society, opened(society, form=WIDE)
        self.ports = {role: getattr(society.house.config, role).address[1] for role in ("registrar", "intake")}
        self.path = f"/v1/rounds/{self.manifest.id}"
        self.answers: list[bytes] = []
        self.respondents = [
            Respondent(self.manifest, bytes(1 + secrets.randbelow(250) for _ in range(24))) for _ in range(RESPONDENTS)
        ]
        self.wrong_code = new_code()
        society.register.add(self.manifest.id_bytes, [r.code_hash for r in self.respondents])

    def asks(self, role: str, number: int, method: str, end: str, body: bytes = b"", **headers: str) -> int:
        status, answer = ask(self.ports[role], number, method, f"{self.path}/{end}", body, **headers)
        self.answers.append(answer)
        self.last = answer
        return status

    def token(self, number: int, code: str) -> int:
        request = self.respondents[number].request
        return self.asks("registrar", number, "POST", "token-request", request, Authorization=f"Bearer {code}")

    def response(self, number: int) -> int:
        respondent = self.respondents[number]
        headers = {"Authorization": authorization(respondent.token), "Subrosa_Revision": "1"}
        return self.asks("intake", number, "PUT", "response", respondent.sealed, **headers)

    def everyone_answers(self) -> None:
        for number, respondent in enumerate(self.respondents):
            assert self.asks("intake", number, "GET", "manifest") == 200
            self.answers.pop()  # the manifest itself is public
            assert self.token(number, self.wrong_code) == 401
            assert self.token(number, respondent.code) == 200
            respondent.redeem(self.answers.pop()[-256:])
        for number in reversed(range(RESPONDENTS)):
            assert self.response(number) == 201

    def strangers_come(self) -> None:
        for port in self.ports.values():
            for request in strange_requests(STRANGE, self.manifest.id):
                answer = send(port, request, address(RESPONDENTS))
                self.answers.append(b"" if b'"form_digest"' in answer else answer)

    def everything_breaks(self) -> None:
        """A manifest that was tampered with, and databases that cannot be written."""
        broken = self.society.folder / "rounds" / BROKEN_ROUND
        broken.mkdir()
        (broken / "manifest.json").write_text("{}")
        whole, self.path = self.path, f"/v1/rounds/{BROKEN_ROUND}"
        assert self.token(1, self.respondents[1].code) == 500
        assert self.response(1) == 500
        self.path = whole
        for role, table in (("registrar", "codes"), ("intake", "ballots")):
            with tables_away(self.society.folder / role / f"{role}.sqlite", table):
                assert self.token(2, self.respondents[2].code) == (503 if role == "registrar" else 200)
                assert self.response(2) == (503 if role == "intake" else 200)
        assert (self.token(3, self.respondents[3].code), self.response(3)) == (200, 200)

    def marks(self) -> dict[str, bytes]:
        """Everything that no file may hold at any time."""
        mine = self.respondents
        codes = [code.encode() for r in mine for code in (r.code, r.code.replace("-", ""))]
        return {
            **named((mark.encode() for mark in header_marks()), "header or address"),
            **named(codes, "code"),
            **named((r.record for r in mine), "answers"),
            **named((r.ticket.secret for r in mine), "secret"),
            **named((r.ticket.blinded_message for r in mine), "blinded message"),
            "a stranger's request": STRANGE.encode(),
            "a wrong code": self.wrong_code.encode(),
            "a wrong code's letters": self.wrong_code.replace("-", "").encode(),
        }


class tables_away:  # noqa: N801
    """While in the block, a table of a service's database is under another name."""

    def __init__(self, path: Path, table: str) -> None:
        self.path, self.table = path, table

    def _rename(self, old: str, new: str) -> None:
        with closing(sqlite3.connect(self.path, timeout=20, isolation_level=None)) as database:
            database.execute(f"ALTER TABLE {old} RENAME TO {new}")

    def __enter__(self) -> None:
        self._rename(self.table, "aside")

    def __exit__(self, *_: object) -> None:
        self._rename("aside", self.table)


def shared_memory() -> set[Path]:
    return set(Path("/dev/shm").glob("*")) if Path("/dev/shm").is_dir() else set()  # noqa: S108


@pytest.fixture(scope="module")
def aftermath(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """The files while the round is open, when it is closed, when the servers are gone, when it is tallied."""
    place = tmp_path_factory.mktemp("traces")
    society, before = founded(place / "society"), shared_memory()
    elsewhere = {name: str(place / name.lower()) for name in ("TMPDIR", "HOME", "XDG_RUNTIME_DIR", "XDG_CACHE_HOME")}
    for folder in elsewhere.values():
        Path(folder).mkdir(mode=0o700)
    visit, files, log = Visit(society), {}, place / "servers.log"
    with serving(society, log=log, settings=elsewhere):
        visit.everyone_answers()
        visit.strangers_come()
        visit.everything_breaks()
        files["open"] = files_below(place)
        (society.folder / "rounds" / BROKEN_ROUND / "manifest.json").unlink()
        published = society.house.rounds.find("spring")
        close(society.house, published, now(), early=True)
        assert visit.response(4) == 403
        files["closed"] = files_below(place)
        new_memory = [path for path in shared_memory() - before if path.is_file()]
        files["memory"] = {str(path): path.read_bytes() for path in new_memory}
    files["stopped"] = files_below(place)
    outcome = run_tally(society.house, published.manifest, None, lambda *_: None)
    files["tallied"] = files_below(place)
    return SimpleNamespace(visit=visit, files=files, log=log.read_text(), outcome=outcome)


@pytest.mark.parametrize("moment", ["open", "closed", "memory", "stopped", "tallied"])
def test_no_address_agent_code_or_answer_is_in_any_file_at_any_time(aftermath, moment):
    assert traces(aftermath.files[moment], aftermath.visit.marks()) == []


def test_the_run_was_a_real_one(aftermath):
    assert aftermath.outcome.inspection.counted == RESPONDENTS
    assert aftermath.outcome.inspection.dropped == {}
    assert any(name.endswith("intake.sqlite-wal") for name in aftermath.files["open"])
    assert "storage fault: OperationalError" in aftermath.log
    assert "fault: ManifestError" in aftermath.log


def test_the_search_finds_what_is_allowed_to_be_there(aftermath):
    nonces = named((r.token.nonce for r in aftermath.visit.respondents), "nonce")
    found = traces(aftermath.files["open"], nonces)
    assert {name.partition(" in ")[0] for name in found} == set(nonces)
    assert traces({"log": aftermath.log.encode()}, {"address": b"127.0.0.1"}) == ["address in log"]


def test_the_servers_say_nothing_but_their_few_sentences(aftermath):
    for line in aftermath.log.splitlines():
        assert any(re.fullmatch(f"subrosa: {said}", line) for said in SAID), line


def test_no_answer_of_a_service_repeats_anything_of_a_request(aftermath):
    answers = {f"answer {number}": answer for number, answer in enumerate(aftermath.visit.answers)}
    assert len(answers) > 80
    assert traces(answers, aftermath.visit.marks()) == []


def test_the_registrar_never_holds_what_the_intake_holds_nor_the_other_way(aftermath):
    people, files = aftermath.visit.respondents, aftermath.files["open"]
    issued = {
        **named((r.code_hash for r in people), "code hash"),
        **named((r.ticket.blinded_message for r in people), "blinded message"),
    }
    spent = {
        **named((r.token.nonce for r in people), "nonce"),
        **named((r.token.authenticator for r in people), "signature"),
        **named((r.sealed for r in people), "response"),
    }
    assert {place.partition(" in ")[2].split("/")[-2] for place in traces(files, issued)} == {"registrar"}
    assert {place.partition(" in ")[2].split("/")[-2] for place in traces(files, spent)} == {"intake"}


def test_closing_takes_away_who_took_part_and_the_tally_takes_away_the_ballots(aftermath):
    people = aftermath.visit.respondents
    codes = named((r.code_hash for r in people), "code hash")
    ballots = named((r.token.nonce for r in people), "nonce") | named((r.sealed for r in people), "response")
    assert traces(aftermath.files["closed"], codes) == []
    assert traces(aftermath.files["closed"], ballots) != []
    assert traces(aftermath.files["tallied"], codes | ballots) == []


def test_a_mark_is_found_in_every_disguise():
    import base64

    mark = b"Marked-Code-77"
    for start in range(3):
        longer = b"x" * start + mark + b"and more"
        for disguise in (longer, longer.hex().encode(), base64.b64encode(longer), base64.urlsafe_b64encode(longer)):
            assert traces({"file": json.dumps(disguise.decode()).encode()}, {"mark": mark}) == ["mark in file"]
    assert traces({"file": mark[:-1]}, {"mark": mark}) == []
