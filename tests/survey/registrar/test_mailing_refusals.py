"""What is never written on a mail, and to whom none goes."""

import re
import smtplib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from letters import ANA, BODY
from post_office import SENDER, post_office

from survey.registrar import mailing
from survey.registrar.mail_addresses import LOCAL_PART
from survey.registrar.mailing import MailRefused, MailServer, MailServerGone


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


@pytest.mark.parametrize("subject", ["One\r\nBcc: spy@other.example", "One\nTwo", "One\x00", "One\u2028Two", "One\x85"])
def test_a_subject_cannot_add_a_header(subject):
    with post_office() as office, office.server.session() as session:
        with pytest.raises(MailRefused):
            session.send(ANA, subject, BODY)
        assert office.received == []


@pytest.mark.parametrize("sender", ["society.example", "Society <a@society.example>", "a@society.example\nBcc: b", ""])
def test_the_sender_is_one_address(sender):
    with pytest.raises(ValueError, match="sender"):
        MailServer("mail.society.example", 465, "tls", sender)
