"""Invitations and reminders through a real mail server, mailboxes read back: what everybody gets, and what is kept."""

import re
import sqlite3
from contextlib import closing

import pytest
from invitations import LINK, MAIL, code_in, counts, members, said_nothing_of_members, use, verdict
from post_office import PASSWORD, SENDER, USER, new_authority, post_office
from traces import files_below, traces

from survey.registrar.codes import hash_code
from survey.registrar.register import CodeCounts, Register, Verdict


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


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_an_encrypted_server_with_a_password_file_works_from_the_command_line(
    society, manifest, ask, monkeypatch, tmp_path, security
):
    monkeypatch.chdir(society.folder)
    authority = new_authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    society.write("members.csv", "\n".join(members(3)) + "\n")
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
