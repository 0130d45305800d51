"""The whole way of codes by mail: real servers, a real mail server, and a mailbox that is read back.

An address becomes a mail, the mail a code, the code a token, the token a response, and the response a count; replies
get lost at every step, the registrar is killed in between, and nothing of it all is left in a file or a log.
"""

import base64
import http.client
import json
import re
import secrets
from contextlib import ExitStack, closing
from pathlib import Path
from types import SimpleNamespace

import pytest
from post_office import PostOffice, post_office
from societies import Respondent, founded, kill, opened, serving, some_rows, start, until, wait_until_served
from test_host_arrival_order import bindings, key_order, log_of, order_in
from traces import files_below, named, traces

from host.lifecycle import close
from host.opening import Admission
from host.tallying import run_tally
from survey.forms.codec import encode
from survey.registrar.mail_addresses import read_address
from survey.registrar.passes import MailCounts
from survey.rounds.eligibility import Eligibility, MailEligibility
from survey.rounds.times import now
from survey.tokens import authorization

CODE = re.compile(r"Your code: (\d{4}) (\d{4})")
MAIL = '\n[mail]\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\nsender = "post@letters.example"\n'
PEOPLE = 4


class Person(Respondent):
    """Somebody with an address, asking from a source of her own."""

    def __init__(self, visit, number):
        super().__init__(visit.manifest, encode(visit.manifest.form, some_rows(PEOPLE)[number]))
        self.visit, self.source = visit, f"203.0.113.{70 + number}"
        self.address = f"marked.person{number}@markeddomain{number}.example"
        self.typed = f"Marked.Person{number}+tag@markeddomain{number}.example"
        self.codes: list[str] = []
        self.names: list[str] = []
        self.begin()

    def begin(self):
        """Open a new request."""
        self.names.append(base64.urlsafe_b64encode(secrets.token_bytes(16)).decode().rstrip("="))

    @property
    def name(self):
        return self.names[-1]

    def asks(self, read=True):
        body = json.dumps({"request": self.name, "address": self.typed}).encode()
        headers = {"X-Forwarded-For": self.source, "Content-Type": "application/json"}
        return self.visit.send("registrar", "POST", "mail-request", body, headers, read)

    def gets_code(self):
        """Asks, and reads the mailbox."""
        before = len(self.visit.post.mails_to(self.address))
        assert self.asks()[0] == 202
        self.reads_mail(before + 1)

    def reads_mail(self, mails):
        """Waits until so many have come, and takes the code of the last."""
        until(lambda: len(self.visit.post.mails_to(self.address)) >= mails)
        self.codes.append("".join(CODE.search(self.visit.post.mails_to(self.address)[-1].text).groups()))

    def spends(self, digits=None, read=True):
        headers = {"Authorization": f"MailCode {self.name}:{digits or self.codes[-1]}"}
        return self.visit.send("registrar", "POST", "token-request", self.request, headers, read)

    def answers(self, read=True):
        headers = {"Authorization": authorization(self.token), "Subrosa-Revision": "1"}
        return self.visit.send("intake", "PUT", "response", self.sealed, headers, read)


class Visit:
    """A society whose round is open to holders of mail addresses, with its mailbox."""

    def __init__(self, folder: Path, post: PostOffice, **limits):
        self.society, self.post = founded(folder, settle_seconds=3600), post
        with self.society.config.open("a") as config:
            config.write(MAIL.format(port=post.server.port))
        members = tuple(read_address(f"marked.person{n}@markeddomain{n}.example") for n in range(PEOPLE))
        admission = Admission(
            Eligibility(False, MailEligibility(**limits)), members if "members_only" in limits else ()
        )
        self.manifest = opened(self.society, admission=admission)
        self.people = [Person(self, number) for number in range(PEOPLE)]

    def send(self, role, method, end, body, headers, read=True):
        """Status, headers and body of an answer; without `read`, the connection is cut before it comes."""
        address = getattr(self.society.house.config, role).address
        with closing(http.client.HTTPConnection(*address, timeout=30)) as connection:
            path = f"/v1/rounds/{self.manifest.id}/{end}"
            connection.request(method, path, body, {"Connection": "close", **headers})
            if not read:
                return None
            answer = connection.getresponse()
            return answer.status, sorted(answer.headers.items()), answer.read()

    def counts(self):
        return self.society.register.passes.counts(self.manifest.id_bytes)


def problem(answer):
    return answer[0], json.loads(answer[2])["type"].rpartition(":")[2]


def wrong(digits):
    return f"{(int(digits) + 1) % 10**8:08d}"


@pytest.fixture
def post():
    with post_office() as office:
        yield office


def counted(visit):
    """What the tally counts once the round is closed."""
    society = visit.society
    close(society.house, society.house.rounds.find("spring"), now(), early=True)
    return run_tally(society.house, visit.manifest, None, lambda *_: None).inspection


def test_every_reply_may_be_lost_from_the_address_to_the_count(tmp_path, post):
    visit = Visit(tmp_path / "society", post)
    with serving(visit.society):
        for person in visit.people:
            person.asks(read=False)
            person.asks()
            person.reads_mail(1)
            person.spends(read=False)
            person.redeem(person.spends()[2])
            person.answers(read=False)
            until(lambda person=person: person.answers()[0] == 200)
            assert person.asks()[0] == 202
        assert visit.counts() == MailCounts(PEOPLE, 0)
    assert [len(post.mails_to(person.address)) for person in visit.people] == [1] * PEOPLE
    inspection = counted(visit)
    assert (inspection.counted, inspection.dropped) == (PEOPLE, {})


def test_the_mailbox_holds_a_neutral_mail_from_the_address_in_the_config(tmp_path, post):
    visit = Visit(tmp_path / "society", post)
    with serving(visit.society, "registrar"):
        visit.people[0].gets_code()
    (mail,) = post.received
    assert (mail.to, mail.subject) == (visit.people[0].address, "Your code")
    for word in (visit.society.house.config.society, visit.manifest.id, "Pulse", "http", "survey"):
        assert word.lower() not in (mail.subject + mail.text).lower()


def test_a_registrar_that_is_killed_between_mail_and_code_gives_the_same_pass_for_a_fresh_code(tmp_path, post):
    visit = Visit(tmp_path / "society", post)
    person = visit.people[0]
    with ExitStack() as stack:
        registrar = start(visit.society, "registrar")
        stack.callback(lambda: kill(registrar) if registrar.poll() is None else None)
        wait_until_served(visit.society, "registrar", registrar)
        person.gets_code()
        kill(registrar)
        with serving(visit.society, "registrar") as again:
            assert problem(person.spends()) == (401, "mail-code-over")
            person.begin()
            person.gets_code()
            first = person.spends()
            assert first[0] == 200
            kill(again["registrar"])
        with serving(visit.society, "registrar"):
            person.begin()
            person.gets_code()
            assert person.spends()[2] == first[2]
            assert visit.counts().passes == 1
            person.redeem(first[2])


def test_the_reply_is_the_same_byte_for_byte_for_members_strangers_and_who_took_part(tmp_path, post):
    visit = Visit(tmp_path / "society", post, members_only=True)
    used, seen, unseen, stranger = visit.people
    stranger.address = stranger.typed = "stranger@markeddomain0.example"
    with serving(visit.society, "registrar"):
        used.gets_code()
        used.spends()
        seen.gets_code()
        mails = len(post.received)
        for person in visit.people:
            person.begin()
        replies = [person.asks() for person in visit.people]
        until(lambda: len(post.received) >= mails + 3)
        stranger.begin()
        replies.append(stranger.asks())
        guesses = [problem(stranger.spends(f"{guess:08d}")) for guess in range(6)]
        member = [problem(unseen.spends(wrong(unseen_code(unseen)))) for _ in range(6)]
    assert [(status, body) for status, _, body in replies] == [(202, b"")] * 5
    assert len({str(without_date(headers)) for _, headers, _ in replies}) == 1
    assert guesses == member == [(401, "wrong-mail-code")] * 5 + [(401, "mail-code-over")]
    assert post.mails_to(stranger.address) == []


def unseen_code(person):
    person.reads_mail(1)
    return person.codes[-1]


def without_date(headers):
    return [(name, value) for name, value in headers if name != "Date"]


def test_sources_are_limited_by_what_a_proxy_on_this_machine_says(tmp_path, post):
    visit = Visit(tmp_path / "society", post)
    first, second = visit.people[:2]
    with serving(visit.society, "registrar"):
        statuses = []
        for _ in range(31):
            first.begin()
            statuses.append(first.asks()[0])
        assert statuses == [202] * 30 + [429]
        assert second.asks()[0] == 202
        until(lambda: len(post.mails_to(second.address)) == 1)
    assert len(post.mails_to(first.address)) == 2


def test_a_mail_server_that_is_away_or_refuses_changes_nothing_but_the_mail(tmp_path, post):
    visit, log = Visit(tmp_path / "society", post), tmp_path / "registrar.log"
    refused, fine = visit.people[:2]
    post.replies[refused.address] = f"550 {refused.address} is unknown here"
    with serving(visit.society, "registrar", log=log):
        assert refused.asks()[0] == 202
        fine.gets_code()
        assert fine.spends()[0] == 200
        assert problem(refused.spends("12345678")) == (401, "wrong-mail-code")
    assert "subrosa: A mail could not be sent: MailRefused" in log.read_text().splitlines()
    assert "marked" not in log.read_text().lower()


@pytest.fixture(scope="module")
def aftermath(tmp_path_factory):
    """Every file while the round is open, when it is closed, and when the servers are gone."""
    place = tmp_path_factory.mktemp("mail-traces")
    elsewhere = {name: str(place / name.lower()) for name in ("TMPDIR", "HOME", "XDG_RUNTIME_DIR", "XDG_CACHE_HOME")}
    for folder in elsewhere.values():
        Path(folder).mkdir(mode=0o700)
    files, log = {}, place / "servers.log"
    with post_office() as office:
        visit = Visit(place / "society", office, members_only=True, per_domain=2)
        with serving(visit.society, log=log, settings=elsewhere):
            for person in visit.people:
                person.gets_code()
                assert problem(person.spends(wrong(person.codes[-1])))[0] == 401
                person.redeem(person.spends()[2])
                assert person.answers()[0] == 201
            office.replies[visit.people[0].address] = f"550 {visit.people[0].address} is unknown here"
            visit.people[0].begin()
            visit.people[0].asks()
            until(lambda: "could not be sent" in log.read_text())
            files["open"] = files_below(place)
            society = visit.society
            close(society.house, society.house.rounds.find("spring"), now(), early=True)
            files["closed"] = files_below(place)
        files["stopped"] = files_below(place)
    return SimpleNamespace(visit=visit, files=files, log=log.read_text(), key=visit.society.house.mail_key)


@pytest.mark.parametrize("moment", ["open", "closed", "stopped"])
def test_no_address_code_or_source_is_in_any_file_or_log(aftermath, moment):
    people = aftermath.visit.people
    words = [text for person in people for text in (person.address, person.typed.partition("+")[0])] + [
        f"markeddomain{n}" for n in range(PEOPLE)
    ]
    codes = [form for person in people for code in person.codes for form in (code, f"{code[:4]} {code[4:]}")]
    raw = [base64.urlsafe_b64decode(name + "==") for person in people for name in person.names]
    marks = {
        **named((word.encode() for word in words), "address"),
        **named((code.encode() for code in codes), "code"),
        **named((person.source.encode() for person in people), "source"),
        **named((name.encode() for person in people for name in person.names), "request"),
        **named(raw, "request in bytes"),
    }
    assert len(marks) > 6 * PEOPLE
    assert traces(aftermath.files[moment], marks) == []


def test_hashes_of_addresses_are_there_while_the_round_is_open_and_gone_when_it_is_closed(aftermath):
    """So the search above can see what is there."""
    blinded = named((p.ticket.blinded_message for p in aftermath.visit.people), "blinded message")
    assert traces(aftermath.files["open"], blinded) == []
    for moment, there in (("open", True), ("closed", False), ("stopped", False)):
        names = [name for name in aftermath.files[moment] if name.endswith(".mail")]
        assert bool(names) is there
    (key,) = (content for name, content in aftermath.files["open"].items() if name.endswith(".mail"))
    secret = {"key": key[-32:]}
    assert traces(aftermath.files["open"], secret) != []
    assert traces(aftermath.files["closed"] | aftermath.files["stopped"], secret) == []


def test_the_registrar_says_only_of_which_kind_a_fault_was(aftermath):
    lines = aftermath.log.splitlines()
    assert "subrosa: A mail could not be sent: MailRefused" in lines
    said = r"subrosa: (The (registrar|intake) (is ready|could open) .*|A mail could not be sent: MailRefused)"
    assert [line for line in lines if not re.fullmatch(said, line)] == []


def test_stopping_the_registrar_leaves_no_order_in_which_passes_were_given(tmp_path, post):
    visit = Visit(tmp_path / "society", post)
    database = visit.society.folder / "registrar" / "registrar.sqlite"
    with serving(visit.society, "registrar"):
        for person in visit.people:
            person.gets_code()
            assert person.spends()[0] == 200
        arrived = bindings(visit.people)
        assert order_in(log_of(database), arrived) == arrived  # until then it shows
    assert log_of(database) == b""
    key = "round_id, address_hash"
    assert order_in(database.read_bytes(), arrived) == key_order(database, "mail_passes", key, "blinded_hash")
