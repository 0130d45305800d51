"""`respond` against real services: what cannot be entered is said row by row, and no answer is ever repeated."""

import os
from types import SimpleNamespace

import pytest
import urllib3
from societies import enter_directly, founded, later, opened, serving, some_csv, some_rows
from sqlalchemy import delete

from host.opening import Dates
from storage.transactions import writing
from survey import problems
from survey.intake.tables import ballots
from survey.registrar.codes import new_code
from survey.respondent import bulk
from survey.respondent.services import ServiceRefused, Services
from survey.rounds.times import instant
from survey.tokens import authorization

SECRET = "4711-my-answer"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory):
    """Two open rounds, one that opens tomorrow, and both services."""
    society = founded(tmp_path_factory.mktemp("entry") / "society")
    spring, other = opened(society), opened(society, "other", epsilon=1.0)
    tomorrow = Dates(instant(later(days=1)), *[instant(later(days=2))] * 2)
    unopened = opened(society, "unopened", dates=tomorrow, epsilon=0.5)
    with serving(society):
        yield SimpleNamespace(society=society, spring=spring, other=other, unopened=unopened)


@pytest.fixture
def entry(served, tmp_path, ask):
    """`respond` with the codes and the table given, all in this process."""

    def enter(codes, table, round_=None, *options):
        invites, answers = tmp_path / "codes.txt", tmp_path / "answers.csv"
        invites.write_text("\n".join(codes) + "\n")
        answers.write_bytes(table if isinstance(table, bytes) else table.encode())
        manifest = round_ or served.spring
        url = served.society.url("intake", f"/v1/rounds/{manifest.id}/manifest")
        return ask("respond", "--manifest", url, "--invites", invites, "--answers", answers, "--clients", 2, *options)

    return enter


def codes_for(served, count, name="spring"):
    return served.society.does("invite", name, "--count", count).split()


def counted(served):
    return served.society.box.count(served.spring.id_bytes)


def one_sentence(ran):
    assert ran.code == 2, ran
    (sentence,) = ran.err.splitlines()
    assert sentence.startswith("subrosa: ")
    assert ran.out == ""
    return sentence


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (f"team,mood,tool\n{SECRET},1,pen\n", ("row 1, column C", "not a question")),
        (f"team,mood\n{SECRET},1\n", ("row 1, column tools", "missing")),
        (f"team,mood,tools,mood\n{SECRET},1,pen,2\n", ("row 1, column mood", "twice")),
        (f"team,mood,tools\nnorth,1,pen\n{SECRET},1,pen\n", ("row 3, column team", "not one of its answers")),
        (f"team,mood,tools\nnorth,{SECRET},pen\n", ("row 2, column mood", "whole number")),
        ("team,mood,tools\nnorth,4711,pen\n", ("row 2, column mood",)),
        (f"team,mood,tools\nnorth,1,pen;{SECRET}\n", ("row 2, column tools", "not one of its answers")),
        ("team,mood,tools\nnorth,1,pen;saw;pot\n", ("row 2, column tools",)),
        (f"team,mood,tools\nnorth,1,pen,{SECRET}\n", ("row 2", "more cells")),
        (f'team,mood,tools\nnorth,1,"{SECRET}\n', ("row 2", "not valid CSV")),
        (f"team,mood,tools\nnorth,1,{SECRET}\xff\n".encode("latin-1"), ("not UTF-8",)),
        (f"{SECRET}\n", ("row 1",)),
    ],
)
def test_a_faulty_table_is_refused_by_place_before_any_code_is_spent(served, entry, table, words):
    before = served.society.register.counts(served.spring.id_bytes).spent
    ran = entry([new_code() for _ in range(5)], table)
    sentence = one_sentence(ran)
    assert all(word in sentence for word in words), sentence
    assert SECRET not in sentence
    assert "4711" not in sentence
    assert served.society.register.counts(served.spring.id_bytes).spent == before


def test_fewer_codes_than_rows_are_refused_before_anything_is_sent(served, entry):
    codes = codes_for(served, 2)
    sentence = one_sentence(entry(codes, some_csv(3)))
    assert "3 rows" in sentence
    assert "only 2 codes" in sentence
    assert "subrosa invite" in sentence
    assert entry(codes, some_csv(2)).code == 0


def test_malformed_doubled_and_foreign_codes_are_named_by_line_only(served, entry):
    good, other = codes_for(served, 1), codes_for(served, 1, "other")
    link = f"http://127.0.0.1:8000/round#{served.other.id}.{other[0]}"
    for codes, words in (
        ([good[0], "abcde-fghij"], "line 2: this is not a code"),
        ([good[0][:-1] + "b", good[0]], "line 1: this is not a code"),
        ([good[0], good[0]], "a code twice"),
        ([good[0], link], "name different rounds; nothing was sent"),
    ):
        sentence = one_sentence(entry(codes, some_csv(2)))
        assert words in sentence
        assert not any(code in sentence for code in codes)


def test_wrong_used_and_revoked_codes_are_named_and_the_others_go_through_when_asked(served, entry, ask, tmp_path):
    good, revoked = codes_for(served, 2)
    served.society.does("invite", "spring", "--revoke", revoked)
    (used,) = enter_directly(served.society, served.spring, some_rows(1))
    foreign = codes_for(served, 1, "other")[0]
    codes, before = [new_code(), used.code, good, revoked, foreign], counted(served)

    ran = entry(codes, some_csv(5))

    assert ran.code == 1
    lines = [line for line in ran.err.splitlines() if "━" not in line]
    assert [line.partition(":")[0] for line in lines] == ["Respondents 1, 5", "Respondent 2", "Respondent 4"]
    for line, words in zip(lines, ("not valid in this round", "already used", "taken back"), strict=True):
        assert words in line
    assert not any(code in ran.err + ran.out for code in codes)
    # One alone could be told by its time, so nobody is sent unless that is asked for.
    assert ran.out.startswith("0 responses were confirmed")
    assert counted(served) == before
    assert entry(codes, some_csv(5), None, "--skip-failed").out.startswith("1 responses were confirmed")
    assert counted(served) == before + 1


def test_a_state_file_goes_with_its_codes_and_takes_changed_answers(served, entry, tmp_path):
    codes = codes_for(served, 2)
    assert entry(codes, some_csv(2)).code == 0
    assert "state file" in one_sentence(entry(codes[::-1], some_csv(2)))
    before = counted(served)
    ran = entry(codes, some_csv(2), None, "--state", tmp_path / "another.state")
    assert (ran.code, ran.out, ran.err.count("subrosa: "), ran.err.count("Respondent ")) == (2, "", 1, 0)
    assert "used already, and this state file knows of no answer to them; nothing was sent." in ran.err
    assert entry(codes, "team,mood,tools\nnorth,2,pen\nsouth,2,pen\n").code == 0
    assert counted(served) == before


def test_rows_that_an_intake_lost_are_sent_again_when_asked_and_nobody_says_before_that_they_are_there(served, entry):
    codes, state = codes_for(served, 3), "Keep "
    first = entry(codes, some_csv(3))
    assert first.out.startswith(f"3 responses were confirmed by the intake. {state}")
    assert "--resend" not in first.out
    kept = list(served.society.box.ballots(served.spring.id_bytes))
    removed(served)

    again = entry(codes, some_csv(3))
    assert "3 of them in an earlier run: if the intake was restored from a backup since, send all again" in again.out
    assert counted(served) == 0

    ran = entry(codes, some_csv(3), None, "--resend")
    assert (ran.code, ran.out.partition(" Keep ")[0]) == (
        0,
        "3 responses were confirmed by the intake. 3 of them were sent again.",
    )
    assert counted(served) == 3
    assert set(served.society.box.ballots(served.spring.id_bytes)) <= set(kept)


def test_an_intake_that_stays_away_ends_the_command_with_what_to_do_and_the_same_command_finishes(
    served, entry, monkeypatch
):
    codes, tries = codes_for(served, 30), []

    def away(*_given):
        tries.append(None)
        raise ServiceRefused(problems.STORAGE.name, problems.STORAGE.detail)

    with monkeypatch.context() as patched:
        patched.setattr(Services, "submit", away)
        patched.setattr(bulk, "monotonic", lambda: 13.0 * len(tries))
        ran = entry(codes, some_csv(30))
    lines = [line for line in ran.err.splitlines() if "━" not in line]
    assert ran.code == os.EX_TEMPFAIL
    assert ran.out == "0 responses were confirmed by the intake. 30 are not yet.\n"
    assert len(tries) < 30
    assert lines[0] == "subrosa: The intake does not answer; waiting."
    assert lines[1].startswith("Respondents ")
    assert problems.STORAGE.detail in lines[1]
    assert lines[2:] == [
        "subrosa: stopped: the intake does not answer; nothing confirmed is lost; run the same command again later "
        "with the same files."
    ]
    ran = entry(codes, some_csv(30))
    assert ran.code == 0, ran
    assert ran.out.startswith("30 responses were confirmed by the intake.")


def removed(served):
    """The intake has nothing of this round any more, as if restored from an early backup."""
    box = served.society.box
    with writing(box._engine) as connection:
        connection.execute(delete(ballots).where(ballots.c.round_id == served.spring.id_bytes))
    box.release()


def test_a_round_that_is_not_open_takes_nothing(served, entry, ask):
    assert "not yet open, and opens" in one_sentence(entry([new_code()], some_csv(1), served.unopened))
    ended = opened(served.society, "ended", epsilon=0.5)
    assert ask("round", "close", "ended", "--early", "--config", served.society.config).code == 0
    assert "it is closed" in one_sentence(entry([new_code()], some_csv(1), ended))
    assert served.society.box.count(ended.id_bytes) == 0


def test_a_service_that_is_away_is_named_by_its_address_only(served, ask, tmp_path):
    (tmp_path / "codes.txt").write_text(new_code())
    (tmp_path / "answers.csv").write_text(some_csv(1))
    files = ("--invites", tmp_path / "codes.txt", "--answers", tmp_path / "answers.csv")
    nothing = one_sentence(ask("respond", "--manifest", tmp_path / "none.json", *files))
    assert "manifest file cannot be read" in nothing
    unknown = served.society.url("intake", f"/v1/rounds/{'0' * 64}/manifest")
    assert "no such round" in one_sentence(ask("respond", "--manifest", unknown, *files))
    assert "not a round manifest" in one_sentence(ask("respond", "--manifest", tmp_path / "answers.csv", *files))
    assert one_sentence(ask("respond", "--manifest", unknown, "--invites", "none", *files[2:]))


def put(served, manifest, respondent, revision="1", body=None):
    """A submission as any client could send it."""
    url = served.society.url("intake", f"/v1/rounds/{manifest.id}/response")
    headers = {"Authorization": authorization(respondent.token), "Subrosa-Revision": revision, "Connection": "close"}
    answer = urllib3.request("PUT", url, headers=headers, body=respondent.sealed if body is None else body)
    return answer.status, answer.json()["type"].rpartition(":")[2] if answer.data else ""


def test_what_a_service_refuses_it_refuses_by_name_and_keeps_what_it_had(served):
    (respondent,) = enter_directly(served.society, served.spring, some_rows(1))
    before = counted(served)
    sealed = respondent.sealed

    assert put(served, served.other, respondent) == (401, "bad-token")
    assert put(served, served.spring, respondent) == (200, "")
    assert put(served, served.spring, respondent, "3", sealed[::-1]) == (200, "")
    assert put(served, served.spring, respondent, "2") == (409, "older-revision")
    assert put(served, served.spring, respondent, "3") == (409, "revision-taken")
    for length in (0, 1, len(sealed) - 1, len(sealed) + 1):
        assert put(served, served.spring, respondent, "4", (sealed * 2)[:length]) == (400, "bad-length")
    assert put(served, served.spring, respondent, "4", bytes(100_000)) == (413, "too-large")
    for revision in ("0", "65536", "-1", "1.0", "x", "٣".encode()):
        assert put(served, served.spring, respondent, revision) == (400, "bad-revision")
    assert put(served, served.unopened, respondent) == (403, "not-yet-open")
    assert counted(served) == before
