"""Mails through a real mail server, read back: what is in them, what is not, and what is said when they are refused."""

import logging
import re
import smtplib
import socket
import threading
from dataclasses import replace
from email.utils import parsedate_to_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from post_office import PASSWORD, SENDER, USER, new_authority, post_office

from survey.registrar import mailing
from survey.registrar.mail_addresses import LOCAL_PART
from survey.registrar.mailing import MailRefused, MailServer, MailServerGone, MailSession

ANA = "ana.lopez@members.example"
BODY = "Hola, señora:\n\n.A line that begins with a point\n" + "x" * 300 + "\nhttps://society.example/round#ab.cd-ef\n"


@pytest.fixture
def authority(tmp_path, monkeypatch):
    made = new_authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.file))
    return made


def send(server, to=ANA, subject="Your invitation", body=BODY):
    with server.session() as session:
        session.send(to, subject, body)


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


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_an_encrypted_connection_carries_login_and_mail(authority, security):
    with post_office(security, authority, login=True) as office:
        send(office.server)
    (mail,) = office.received
    assert (mail.encrypted, mail.user, mail.text) == (True, USER, BODY)


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_certificate_for_another_name_stops_before_the_login(authority, security):
    with post_office(security, authority, name="other.example", login=True) as office:
        with pytest.raises(MailServerGone, match="certificate"):
            send(office.server)
        assert office.received == []


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_certificate_that_nobody_trusts_stops(authority, security, monkeypatch):
    with post_office(security, authority) as office:
        monkeypatch.delenv("SSL_CERT_FILE")
        with pytest.raises(MailServerGone, match="certificate"):
            send(office.server)
        assert office.received == []


def test_a_server_without_starttls_gets_neither_password_nor_mail():
    with post_office() as office:
        server = replace(office.server, security="starttls", user=USER, password=PASSWORD)
        with pytest.raises(MailServerGone, match="STARTTLS"):
            send(server)
        assert office.received == []


def test_tls_to_a_server_without_it_is_said_in_a_sentence():
    with post_office() as office, pytest.raises(MailServerGone, match="TLS"):
        send(replace(office.server, security="tls"))


def test_a_wrong_password_is_said_without_repeating_it(authority):
    with post_office("tls", authority, login=True) as office:
        with pytest.raises(MailServerGone, match="user and password") as caught:
            send(replace(office.server, password="wrong5150"))
        assert "wrong5150" not in str(caught.value)
        assert USER not in str(caught.value)
        assert office.received == []


def test_a_server_that_is_not_there_is_said_in_a_sentence():
    with post_office() as office:
        server = office.server
    with pytest.raises(MailServerGone, match="cannot be reached"):
        send(server)


def test_a_refused_recipient_does_not_end_the_session_and_is_never_named():
    with post_office() as office, office.server.session() as session:
        office.replies[ANA] = f"550 <{ANA}> has no mailbox here"
        with pytest.raises(MailRefused) as caught:
            session.send(ANA, "Your invitation", BODY)
        assert not isinstance(caught.value, MailServerGone)
        assert "550" in str(caught.value)
        assert not re.search("ana|lopez|members", f"{caught.value!r}{caught.value.__dict__}")
        assert caught.value.__suppress_context__ or caught.value.__context__ is None
        session.send("ben@members.example", "Your invitation", BODY)
        assert [mail.to for mail in office.received] == ["ben@members.example"]


@pytest.mark.parametrize("reply", ["421 Too many", None])
def test_a_server_that_hangs_up_ends_the_session(reply):
    with post_office() as office, office.server.session() as session:
        session.send("ben@members.example", "Your invitation", BODY)
        if reply:
            office.replies[ANA] = reply
        else:
            office.hang_up = lambda taken: taken == 1
        with pytest.raises(MailServerGone):
            session.send(ANA, "Your invitation", BODY)
        with pytest.raises(MailServerGone):
            session.send("cem@members.example", "Your invitation", BODY)
        assert [mail.to for mail in office.received] == ["ben@members.example"]


def test_a_server_that_says_nothing_is_given_up(monkeypatch):
    monkeypatch.setattr(mailing, "TIMEOUT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(MailServerGone):
        send(MailServer("127.0.0.1", silent.getsockname()[1], "none", SENDER))


def test_a_session_can_be_given_less_patience():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        server = MailServer("127.0.0.1", silent.getsockname()[1], "none", SENDER)
        with pytest.raises(MailServerGone), server.session(0.2):
            pass


def test_a_server_that_talks_nonsense_is_given_up():
    with socket.create_server(("127.0.0.1", 0)) as strange:

        def answer():
            connection, _ = strange.accept()
            with connection:
                connection.sendall(b"\xff\xfe not a mail server\r\n" * 3)

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(MailServerGone):
            send(MailServer("127.0.0.1", strange.getsockname()[1], "none", SENDER))
        thread.join()


@pytest.mark.parametrize(
    "to",
    [
        "ana@members.example\r\nBcc: spy@other.example",
        "ana@members.example\n",
        "ana@members.example, spy@other.example",
        "ana@members.example> RCPT TO:<spy@other.example",
        "Ana <ana@members.example>",
        "ana@members.example\x00",
        "ana members@members.example",
        "aná@members.example",
        "@members.example",
        "ana@",
        "ana",
        "",
        "a" * 65 + "@members.example",
    ],
)
def test_what_is_no_single_address_is_never_sent_to(to):
    with post_office() as office, office.server.session() as session:
        with pytest.raises(MailRefused) as caught:
            session.send(to, "Your invitation", BODY)
        assert "ana" not in str(caught.value)
        session.send("ben@members.example", "Your invitation", BODY)
        assert [mail.to for mail in office.received] == ["ben@members.example"]


@pytest.mark.parametrize(
    "to",
    [
        "ana+x%evil.example@members.example",
        "evil.example!ana@members.example",
        "-fana@members.example",
        "=?utf-8?q?a=40evil.example?=@members.example",
        "ana+=?utf-8?q?a=00b?=@members.example",
        "|ana@members.example",
        "`ana`@members.example",
    ],
)
def test_no_route_to_elsewhere_and_no_encoded_word_is_written_to(to):
    with post_office() as office, office.server.session() as session:
        with pytest.raises(MailRefused):
            session.send(to, "Your code", BODY)
        assert office.received == []


_ODD = st.text("=?_-.QqBbutf8+0AaD'&%!/|", min_size=1, max_size=64)


@given(_ODD | st.from_regex(rf"(?:{LOCAL_PART})", fullmatch=True).filter(lambda local: len(local) <= 64))
def test_what_is_written_on_a_mail_is_where_it_goes_or_it_is_not_sent(local):
    to = f"{local}@{'long-label-of-many-letters.' * 6}example"
    server = MailServer("127.0.0.1", 25, "none", SENDER)
    try:
        raw = mailing._message(server, to, "Your code", BODY)
    except MailRefused:
        return
    lines = raw.partition(b"\r\n\r\n")[0].split(b"\r\n")
    assert [line for line in lines if line.startswith((b"To:", b"From:"))] == [
        f"From: {SENDER}".encode(),
        f"To: {to}".encode(),
    ]
    assert len(lines) == 9
    assert smtplib.quoteaddr(to) == f"<{to}>"


def test_an_error_while_a_mail_is_written_repeats_nothing_of_it(monkeypatch):
    def fails(addr_spec):
        raise ValueError(addr_spec)

    monkeypatch.setattr(mailing, "Address", fails)
    with post_office() as office, office.server.session() as session:
        with pytest.raises(MailRefused) as caught:
            session.send(ANA, "Your code", BODY)
        assert not re.search("ana|lopez|members", str(caught.value))
        assert office.received == []


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


def test_a_server_that_hangs_up_while_nothing_is_sent_ends_the_session():
    with post_office() as office, office.server.session() as session:
        session._connection.sock.shutdown(socket.SHUT_RDWR)
        with pytest.raises(MailServerGone):
            session.send_nothing()
        assert office.received == []


@pytest.mark.parametrize("subject", ["One\r\nBcc: spy@other.example", "One\nTwo", "One\x00", "One\u2028Two", "One\x85"])
def test_a_subject_cannot_add_a_header(subject):
    with post_office() as office, office.server.session() as session:
        with pytest.raises(MailRefused):
            session.send(ANA, subject, BODY)
        assert office.received == []


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


@pytest.mark.parametrize("host", ["mail.society.example", "192.0.2.1", "127.0.0.1.example", "localhost.example"])
def test_nothing_leaves_the_machine_unencrypted(host):
    with pytest.raises(ValueError, match="this machine"):
        MailServer(host, 25, "none", SENDER)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_a_server_on_this_machine_needs_no_encryption(host):
    assert MailServer(host, 25, "none", SENDER).security == "none"


@pytest.mark.parametrize("sender", ["society.example", "Society <a@society.example>", "a@society.example\nBcc: b", ""])
def test_the_sender_is_one_address(sender):
    with pytest.raises(ValueError, match="sender"):
        MailServer("mail.society.example", 465, "tls", sender)


def test_a_mail_server_prints_redacted():
    server = MailServer("mail.society.example", 465, "tls", SENDER, USER, PASSWORD)
    assert repr(server) == str(server) == f"{server}" == "MailServer(<redacted>)"


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
