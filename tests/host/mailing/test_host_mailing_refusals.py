"""Invitations that are not sent: not confirmed, a bad row, a closed round, options that do not go together."""

import io
import sys

import pytest
from invitations import MAIL, counts, members, said_nothing_of_members

from host.lifecycle import close
from survey.rounds.times import now


def test_nothing_is_sent_before_it_is_confirmed(society, office, spring, ask, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("n\ny\n"))
    refused = ask(*MAIL)
    assert refused.code == 130
    assert "Send 8 mails" in refused.out
    assert office.received == []
    assert counts(society, spring).issued == 0
    assert ask(*MAIL).code == 0
    assert len(office.received) == 8


def test_a_bad_row_is_named_before_anything_is_sent(society, office, spring, ask):
    society.write("members.csv", "\n".join(members(8)) + "\nnobodymark@\n")
    ran = ask(*MAIL, "--yes")
    assert ran.code == 2
    assert "row 9" in ran.err
    said_nothing_of_members(ran)
    assert office.received == []
    assert counts(society, spring).issued == 0


def test_a_round_that_is_closed_invites_and_reminds_nobody(society, office, spring, ask):
    close(society.house, society.house.rounds.find("spring"), now(), early=True)
    for more in ((), ("--remind",)):
        ran = ask(*MAIL, "--yes", *more)
        assert ran.code == 2
        assert "closed" in ran.err
    assert office.received == []


def test_a_society_without_a_mail_server_is_told_where_to_name_one(society, ask, monkeypatch):
    monkeypatch.chdir(society.folder)
    society.write("members.csv", "ana@m.example\n")
    ran = ask(*MAIL, "--yes")
    assert ran.code == 2
    assert "[mail]" in ran.err


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (("--mail", "members.csv", "--count", 3), "--mail"),
        (("--mail", "members.csv", "--slips", "x.pdf"), "--slips"),
        (("--mail", "members.csv", "--out", "x"), "--out"),
        (("--mail", "members.csv", "--links"), "--links"),
        (("--count", 3, "--remind"), "--remind"),
        (("--count", 3, "--from-row", 2), "--from-row"),
        (("--count", 3, "--yes"), "--yes"),
        (("--count", 3, "--language", "es"), "--language"),
        (("--count", 3, "--slips", "x.pdf", "--out", "y"), "--slips"),
        (("--revoke", "x", "--slips", "x.pdf"), "--slips"),
        (("--slips", "x.pdf"), "--count"),
        (("--remind",), "--mail"),
        (("--mail", "members.csv", "--from-row", 9), "--from-row"),
        (("--mail", "none.csv", "--yes"), "cannot be read"),
    ],
)
def test_options_that_do_not_go_together_do_nothing(society, office, spring, ask, options, word):
    ran = ask("invite", "spring", *options)
    assert (ran.code, ran.out) == (2, "")
    assert word in ran.err
    assert office.received == []
    assert counts(society, spring).issued == 0
    assert not (society.folder / "x.pdf").exists()
