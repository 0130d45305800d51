"""The mail server at the other end: encrypted or not at all, and given up when it hangs up or talks nonsense."""

import socket
import threading
from dataclasses import replace

import pytest
from letters import ANA, BODY, send
from post_office import PASSWORD, SENDER, USER, post_office

from survey.registrar import mailing
from survey.registrar.mailing import MailServer, MailServerGone


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


def test_a_server_that_hangs_up_while_nothing_is_sent_ends_the_session():
    with post_office() as office, office.server.session() as session:
        session._connection.sock.shutdown(socket.SHUT_RDWR)
        with pytest.raises(MailServerGone):
            session.send_nothing()
        assert office.received == []


@pytest.mark.parametrize("host", ["mail.society.example", "192.0.2.1", "127.0.0.1.example", "localhost.example"])
def test_nothing_leaves_the_machine_unencrypted(host):
    with pytest.raises(ValueError, match="this machine"):
        MailServer(host, 25, "none", SENDER)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_a_server_on_this_machine_needs_no_encryption(host):
    assert MailServer(host, 25, "none", SENDER).security == "none"


def test_a_mail_server_prints_redacted():
    server = MailServer("mail.society.example", 465, "tls", SENDER, USER, PASSWORD)
    assert repr(server) == str(server) == f"{server}" == "MailServer(<redacted>)"
