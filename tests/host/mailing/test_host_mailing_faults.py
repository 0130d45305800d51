"""Invitations when the mail server refuses, stops or dies: no code without a mail, and it goes on from there."""

import asyncio
import os
import signal
import subprocess
import sys

import pytest
import warm
from invitations import MAIL, counts, members, said_nothing_of_members, verdict
from societies import until

from survey.registrar.register import CodeCounts, Verdict


@pytest.mark.parametrize("number", [1, 4, 8])
def test_who_is_refused_is_named_by_row_and_gets_no_valid_code(society, office, spring, ask, number):
    refused = members(8)[number - 1]
    office.replies[refused] = f"550 <{refused}> unknown"
    ran = ask(*MAIL, "--yes")
    assert (ran.code, ran.out) == (2, "")
    assert "Sent 7 mails" in ran.err
    assert f"row {number}:" in ran.err
    assert "--from-row" not in ran.err
    said_nothing_of_members(ran)
    assert [mail.to for mail in office.received] == [one for one in members(8) if one != refused]
    assert counts(society, spring) == CodeCounts(8, 0, 1)
    assert {verdict(society, spring, mail) for mail in office.received} == {Verdict.SIGN}


def test_a_server_that_dies_in_the_middle_leaves_no_code_without_a_mail_and_it_goes_on_from_there(
    society, office, spring, ask
):
    office.hang_up = lambda taken: taken >= 3
    ran = ask(*MAIL, "--yes")
    assert ran.code == 2
    assert "Sent 3 mails" in ran.err
    assert "--from-row 4" in ran.err
    said_nothing_of_members(ran)
    assert counts(society, spring) == CodeCounts(8, 0, 5)
    office.hang_up = lambda _taken: False
    ran = ask(*MAIL, "--yes", "--from-row", 4)
    assert ran.code == 0, ran
    assert [mail.to for mail in office.received] == members(8)
    assert {verdict(society, spring, mail) for mail in office.received} == {Verdict.SIGN}
    assert counts(society, spring) == CodeCounts(13, 8, 5)


def test_a_server_that_hangs_up_once_is_called_again_with_the_same_mail(society, office, spring, ask):
    hung_up = []

    def once(taken):
        hung_up.append(taken)
        return hung_up.count(3) == 1 and taken == 3

    office.hang_up = once
    assert ask(*MAIL, "--yes").code == 0
    assert [mail.to for mail in office.received] == members(8)
    assert counts(society, spring) == CodeCounts(8, 0, 0)


def test_a_server_that_refuses_one_after_the_other_is_left_alone(society, office, spring, ask):
    everybody = members(30)
    society.write("members.csv", "\n".join(everybody) + "\n")
    office.replies = dict.fromkeys([everybody[1], *everybody[4:]], "452 Too many for today")
    ran = ask(*MAIL, "--yes")
    assert ran.code == 2
    assert "row 2:" in ran.err
    assert "Row 5 and all below" in ran.err
    assert "--from-row 5" in ran.err
    assert "452" in ran.err
    assert counts(society, spring) == CodeCounts(30, 0, 27)


def test_a_server_that_is_away_costs_no_code(society, office, spring, ask):
    society.write("subrosa.toml", society.config.read_text().replace(f"port = {office.server.port}", "port = 1"))
    ran = ask(*MAIL, "--yes")
    assert ran.code == 2
    assert "cannot be reached" in ran.err
    assert counts(society, spring).issued == 0


# Whoever starts the tests may have signals ignored, and every process would inherit that.
_HEEDS_SIGNALS = """
import signal
from host.cli.program import main
signal.signal(signal.SIGINT, signal.default_int_handler)
for number in (signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_DFL)
main()
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_whoever_stops_it_is_told_where_to_go_on(society, office, spring, number):
    with open_gate(office, 3) as gate:
        process = warm.Popen(
            [sys.executable, "-c", _HEEDS_SIGNALS, *MAIL, "--yes"],
            cwd=society.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        # Not sooner: at some moments, as while memory is cleared, the interpreter lets an interrupt get lost.
        until(lambda: gate.waits or process.poll() is not None)
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 2, (out, err)
    assert "--from-row 4" in err
    assert counts(society, spring) == CodeCounts(8, 0, 5)
    assert "It was stopped" in err


class open_gate:  # noqa: N801
    """The server takes so many mails and lets the next wait until the block ends."""

    def __init__(self, office, after):
        self.office, self.after, self.waits, self.opened = office, after, False, False

    def __enter__(self):
        real = self.office.handle_RCPT

        async def slowly(server, session, envelope, address, options):
            while len(self.office.received) >= self.after and not self.opened:
                self.waits = True
                await asyncio.sleep(0.01)
            return await real(server, session, envelope, address, options)

        self.office.handle_RCPT = slowly
        return self

    def __exit__(self, *_):
        self.opened = True


def test_a_fault_in_the_middle_does_not_revoke_what_was_sent(society, office, spring, ask, monkeypatch):
    from survey.registrar.mailing import MailSession

    real = MailSession.send

    def send(session, to, subject, body):
        if to == members(8)[5]:
            raise ZeroDivisionError
        real(session, to, subject, body)

    monkeypatch.setattr(MailSession, "send", send)
    ran = ask(*MAIL, "--yes")
    assert ran.code == 2
    assert "ZeroDivisionError" in ran.err
    assert "--from-row 6" in ran.err
    assert counts(society, spring) == CodeCounts(8, 0, 3)
    assert {verdict(society, spring, mail) for mail in office.received} == {Verdict.SIGN}


def test_a_reminder_that_stops_is_continued_too(society, office, spring, ask):
    office.hang_up = lambda taken: taken >= 3
    ran = ask(*MAIL, "--remind", "--yes")
    assert ran.code == 2
    assert "--from-row 4" in ran.err
    assert "code" not in ran.err
    office.hang_up = lambda _taken: False
    assert ask(*MAIL, "--remind", "--yes", "--from-row", 4).code == 0
    assert [mail.to for mail in office.received] == members(8)
    assert counts(society, spring).issued == 0


def test_an_environment_variable_that_asks_for_tracebacks_shows_no_address_either(society, office, spring):
    office.replies = dict.fromkeys(members(8), "550 <member1mark@members.example> unknown")
    command = [sys.executable, "-m", "host.cli", *MAIL, "--yes"]
    ran = warm.run(command, cwd=society.folder, env=os.environ | {"SUBROSA_TRACEBACK": "1"})
    assert "Traceback" in ran.stderr
    assert "mark@" not in ran.stderr
