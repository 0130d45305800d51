"""Mails through a real mail server, read back: what is in them, and what is not."""

import logging
import re
import socket
from email.utils import parsedate_to_datetime

import pytest
from letters import ANA, BODY, send
from post_office import SENDER, post_office

from survey.registrar.mailing import MailRefused, MailSession


def test_a_mail_arrives_as_it_was_written():
    with post_office() as office:
        send(office.server)
    (mail,) = office.received
    assert (mail.to, mail.sender, mail.subject, mail.text) == (ANA, SENDER, "Your invitation", BODY)
    assert (str(mail.message["From"]), str(mail.message["To"])) == (SENDER, ANA)
    assert mail.message.get_content_type() == "text/plain"


def test_a_mail_tells_nothing_of_the_machine_and_its_software():
    with post_office() as office:
        send(office.server)
        send(office.server)
    first, second = office.received
    assert first.greeting == "society.example"
    assert sorted(first.message.keys()) == [
        "Auto-Submitted",
        "Content-Transfer-Encoding",
        "Content-Type",
        "Date",
        "From",
        "MIME-Version",
        "Message-ID",
        "Subject",
        "To",
    ]
    assert parsedate_to_datetime(first.message["Date"]).utcoffset().total_seconds() == 0
    assert re.fullmatch(r"<[0-9a-f]{32}@society\.example>", first.message["Message-ID"])
    assert first.message["Message-ID"] != second.message["Message-ID"]
    for name in (socket.gethostname(), socket.getfqdn()):
        assert not re.search(rf"\b{re.escape(name)}\b".encode(), first.raw.replace(b"127.0.0.1", b""))
    assert not re.search(rb"python|smtplib|subrosa", first.raw, re.IGNORECASE)


def test_many_mails_go_through_one_session():
    with post_office() as office, office.server.session() as session:
        for number in range(5):
            session.send(f"member{number}@members.example", "Your invitation", f"{number}\n")
        assert [mail.text for mail in office.received] == [f"{number}\n" for number in range(5)]


def test_a_session_without_a_mail_speaks_as_often_as_one_with_it():
    """So that who asked for somebody who gets none takes the same way to the mail server."""
    spoken = []
    with post_office() as office:
        for speak in (lambda session: session.send(ANA, "Your code", BODY), MailSession.send_nothing):
            said = []
            with office.server.session() as session:
                putcmd = session._connection.putcmd
                session._connection.putcmd = lambda *a, putcmd=putcmd, said=said: (said.append(a[0]), putcmd(*a))
                speak(session)
                spoken.append(said)
        assert [mail.to for mail in office.received] == [ANA]
    assert spoken[1] == [*["noop"] * 4, "quit"]
    assert [word.split(":")[0].split()[0].lower() for word in spoken[0]] == [
        "mail",
        "rcpt",
        "data",
        "quit",
    ]  # and a point


def test_a_body_cannot_end_itself_or_begin_another_mail():
    body = "One\r\n.\r\nMAIL FROM:<spy@other.example>\r\nRCPT TO:<spy@other.example>\r\nDATA\r\nTwo\n.\n"
    with post_office() as office:
        send(office.server, body=body)
    (mail,) = office.received
    assert mail.text == body.replace("\r\n", "\n")


def test_a_subject_may_have_any_letters():
    with post_office() as office:
        send(office.server, subject="Tu invitación")
    assert office.received[0].subject == "Tu invitación"


def test_nothing_of_a_mail_is_logged_or_printed(caplog, capsys):
    caplog.set_level(logging.DEBUG)
    with post_office() as office, office.server.session() as session:
        logging.getLogger("mail.log").setLevel(logging.CRITICAL)  # the test's own server
        office.replies[ANA] = f"550 {ANA}"
        with pytest.raises(MailRefused):
            session.send(ANA, "Your invitation", BODY)
        session.send("ben@members.example", "Your invitation", BODY)
    printed = capsys.readouterr()
    assert printed.out + printed.err == ""
    assert [record for record in caplog.records if record.name not in {"mail.log", "asyncio"}] == []
