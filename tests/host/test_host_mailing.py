"""Invitations and reminders through a real mail server, mailboxes read back: also when it refuses, stops or dies."""

import os
import re
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest
from post_office import PASSWORD, SENDER, USER, new_authority, post_office
from societies import opened, until
from traces import files_below, traces

from host.lifecycle import close
from survey.registrar.codes import hash_code
from survey.registrar.register import CodeCounts, Register, Verdict
from survey.rounds.times import now

LINK = re.compile(r"http://127\.0\.0\.1:\d+/round#([0-9a-f]{64})\.([a-z2-7]{5}(?:-[a-z2-7]{1,5}){5})")
MAIL = ("invite", "spring", "--mail", "members.csv")


def members(count):
    return [f"member{number}mark@members.example" for number in range(1, count + 1)]


def use(society, office, extra=""):
    """Write the mail server into the society's config."""
    server = office.server
    section = (
        f'host = "{server.host}"\nport = {server.port}\nsecurity = "{server.security}"\nsender = "{server.sender}"'
    )
    society.write("subrosa.toml", f"{society.config.read_text()}\n[mail]\n{section}\n{extra}\n")


@pytest.fixture
def office():
    with post_office() as opened_office:
        yield opened_office


@pytest.fixture
def spring(society, office, monkeypatch):
    """An open round, a list of eight members, and a mail server."""
    monkeypatch.chdir(society.folder)
    society.write("members.csv", "\n".join(members(8)) + "\n")
    use(society, office)
    return opened(society)


def code_in(mail):
    (found,) = LINK.findall(mail.text)
    return found[1]


def verdict(society, manifest, mail, message=b"one"):
    return society.register.spend(manifest.id_bytes, hash_code(code_in(mail), manifest.id_bytes), message)


def counts(society, manifest):
    return society.register.counts(manifest.id_bytes)


def said_nothing_of_members(ran):
    assert not re.search(r"mark@|members\.example|[a-z2-7]{5}-[a-z2-7]{5}", ran.out + ran.err), ran


def test_everybody_gets_one_mail_with_a_link_that_works_once(society, office, spring, ask):
    ran = ask(*MAIL, "--yes")
    assert ran.code == 0, ran
    assert "8 mails" in ran.out
    said_nothing_of_members(ran)
    assert [mail.to for mail in office.received] == members(8)
    assert len({code_in(mail) for mail in office.received}) == 8
    for mail in office.received:
        assert LINK.findall(mail.text)[0][0] == spring.id
        assert verdict(society, spring, mail) is Verdict.SIGN
        assert verdict(society, spring, mail, b"two") is Verdict.USED
    assert counts(society, spring) == CodeCounts(8, 8, 0)


def test_the_mail_names_no_topic_and_says_what_the_employer_sees(society, office, spring, ask):
    assert ask(*MAIL, "--yes").code == 0
    mail = office.received[0]
    assert (mail.sender, mail.subject) == (SENDER, "Your invitation")
    for words in ("Our society", "works once", "device of your own", "employer", "how to reach us"):
        assert words in mail.text
    assert not re.search(r"survey|pulse|spring|subrosa", mail.raw.decode().replace(spring.id, ""), re.IGNORECASE)
    assert max(len(line) for line in mail.text.splitlines() if "http" not in line) < 80


def test_each_is_written_to_in_their_language(society, office, spring, ask):
    society.write("members.csv", "address,language\nana@m.example,es\nben@m.example,\ncem@m.example,en\n")
    assert ask(*MAIL, "--yes", "--language", "es").code == 0
    assert max(len(line) for mail in office.received for line in mail.text.splitlines() if "http" not in line) < 80
    assert [mail.subject for mail in office.received] == ["Tu invitación", "Tu invitación", "Your invitation"]
    assert "dispositivo tuyo" in office.received[0].text
    assert all(LINK.search(mail.text) for mail in office.received)


def test_nothing_on_the_disk_tells_whose_code_is_whose(society, office, spring, ask, tmp_path):
    society.write("members.csv", "\n".join(members(40)) + "\n")
    assert ask(*MAIL, "--yes").code == 0
    mailed = [hash_code(code_in(mail), spring.id_bytes) for mail in office.received]
    with closing(sqlite3.connect(society.folder / "registrar" / "registrar.sqlite")) as connection:
        kept = [row[0] for row in connection.execute("SELECT code_hash FROM codes")]
        assert {row[0] for row in connection.execute("SELECT blinded_hash FROM codes")} == {bytes(32)}
    assert kept == sorted(kept)
    assert sorted(mailed) == kept
    assert mailed != kept  # forty in order by chance: once in 40! runs
    # Nor where they lie in file and log: a register that got the same codes in another order looks the same.
    other = Register.open(tmp_path / "registrar.sqlite")
    other.add(spring.id_bytes, reversed(mailed))
    here, there = (
        b"".join(path.read_bytes() for path in sorted(folder.glob("registrar.sqlite*")))
        for folder in (society.folder / "registrar", tmp_path)
    )
    assert by_place(kept, here) == by_place(kept, there)
    assert len(by_place(kept, here)) == 40


def by_place(codes, content):
    """The codes in the order in which they lie."""
    return sorted((code for code in codes if code in content), key=content.find)


def test_no_address_and_no_code_is_kept_anywhere(society, office, spring, ask):
    assert ask(*MAIL, "--yes").code == 0
    (society.folder / "members.csv").unlink()
    marks = {"address": b"member3mark@members.example", "code": code_in(office.received[2]).encode()}
    marks["code as bytes"] = marks["code"].replace(b"-", b"")
    files = files_below(society.folder)
    assert len(files) > 5
    assert traces(files, marks) == []


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


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_whoever_stops_it_is_told_where_to_go_on(society, office, spring, number):
    with open_gate(office, 3) as gate:
        process = subprocess.Popen(
            # The signal may be ignored where the tests run in the background, and would be in here, too.
            ["env", f"--default-signal={number.name[3:]}", sys.executable, "-m", "host.cli", *MAIL, "--yes"],
            cwd=society.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        until(lambda: len(office.received) == 3 or process.poll() is not None)
        process.send_signal(number)
        gate.append("open")
        out, err = process.communicate(timeout=60)
    row = len(office.received) + 1
    assert process.returncode == 2, (out, err)
    told = int(re.search(r"--from-row (\d+)", err)[1])
    assert told in (row, row - 1)  # stopped between the server's yes and ours, a row counts as not sent
    assert counts(society, spring) == CodeCounts(8, 0, 8 - (told - 1))
    assert "It was stopped" in err


class open_gate:  # noqa: N801
    """The server takes so many mails and lets the next wait until the gate is opened."""

    def __init__(self, office, after):
        self.office, self.after, self.opened = office, after, []

    def __enter__(self):
        real = self.office.handle_RCPT

        async def slowly(server, session, envelope, address, options):
            import asyncio

            while len(self.office.received) >= self.after and not self.opened:
                await asyncio.sleep(0.01)
            return await real(server, session, envelope, address, options)

        self.office.handle_RCPT = slowly
        return self.opened

    def __exit__(self, *_):
        self.opened.append("open")


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


def test_a_reminder_goes_to_everybody_alike_and_carries_no_code(society, office, spring, ask):
    assert ask(*MAIL, "--yes").code == 0
    assert verdict(society, spring, office.received[0]) is Verdict.SIGN
    before, office.received = office.received, []
    ran = ask(*MAIL, "--remind", "--yes")
    assert ran.code == 0, ran
    assert [mail.to for mail in office.received] == members(8)
    assert len({mail.text for mail in office.received}) == 1
    mail = office.received[0]
    assert mail.subject == "A reminder"
    assert f"/round#{spring.id}\n" in mail.text
    assert not LINK.search(mail.text)
    assert not any(code_in(one) in mail.text for one in before)
    assert "ignore this mail" in mail.text
    assert counts(society, spring) == CodeCounts(8, 1, 0)


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


def test_nothing_is_sent_before_it_is_confirmed(society, office, spring):
    refused = society(*MAIL, stdin="n\n")
    assert refused.code == 130
    assert "Send 8 mails" in refused.out
    assert office.received == []
    assert counts(society, spring).issued == 0
    assert society(*MAIL, stdin="y\n").code == 0
    assert len(office.received) == 8


def test_who_mails_twice_is_told_that_codes_are_out_already(society, office, spring, ask):
    assert "twice" not in ask(*MAIL, "--yes").out
    assert "8 codes already" in ask(*MAIL, "--yes").out
    assert "twice" not in ask(*MAIL, "--yes", "--remind").out


def test_a_mailbox_that_is_listed_twice_gets_one_mail_and_the_row_is_named(society, office, spring, ask):
    society.write("members.csv", "ana@m.example\nben@m.example\nANA@m.example\n")
    ran = ask(*MAIL, "--yes")
    assert ran.code == 0
    assert "row 3" in ran.out
    assert [mail.to for mail in office.received] == ["ana@m.example", "ben@m.example"]
    assert counts(society, spring).issued == 2


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
    opened(society)
    ran = ask(*MAIL, "--yes")
    assert ran.code == 2
    assert "[mail]" in ran.err


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_an_encrypted_server_with_a_password_file_works_from_the_command_line(
    society, ask, monkeypatch, tmp_path, security
):
    monkeypatch.chdir(society.folder)
    authority = new_authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    society.write("members.csv", "\n".join(members(3)) + "\n")
    manifest = opened(society)
    with post_office(security, authority, login=True) as office:
        use(society, office, f'user = "{USER}"\npassword_file = "mail-password"')
        secret = society.write("mail-password", PASSWORD + "\n")
        secret.chmod(0o640)
        ran = ask(*MAIL, "--yes")
        assert ran.code == 2
        assert "chmod 600" in ran.err
        assert PASSWORD not in ran.err
        assert counts(society, manifest).issued == 0
        secret.chmod(0o600)
        assert ask(*MAIL, "--yes").code == 0
    assert [(mail.encrypted, mail.user) for mail in office.received] == [(True, USER)] * 3


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


def test_an_environment_variable_that_asks_for_tracebacks_shows_no_address_either(society, office, spring):
    office.replies = dict.fromkeys(members(8), "550 <member1mark@members.example> unknown")
    ran = subprocess.run(
        [sys.executable, "-m", "host.cli", *MAIL, "--yes"],
        cwd=society.folder,
        env=os.environ | {"SUBROSA_TRACEBACK": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" in ran.stderr
    assert "mark@" not in ran.stderr
