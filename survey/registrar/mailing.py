"""Sending plain mails through the society's own mail server, over an encrypted connection, with nothing extra in them.

Who sends is told by the sender's address alone: no header and no greeting names this machine, its software or its
time zone. Nothing of a mail is kept or logged, and no error repeats what the server said, because servers repeat
addresses.
"""

from __future__ import annotations

import re
import secrets
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Final, Literal, get_args

from survey.registrar.mail_addresses import LOCAL_PART
from survey.rounds.addresses import is_loopback

Security = Literal["tls", "starttls", "none"]
SECURITIES: Final = get_args(Security)
TIMEOUT_SECONDS: Final = 30.0

# Nothing in it can end a header or an SMTP command, or be read as a route to elsewhere.
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_MAILBOX: Final = re.compile(rf"(?=[^@]{{1,64}}@.{{1,253}}\Z){LOCAL_PART}@(?:{_LABEL}\.)+{_LABEL}")
_COMMANDS_A_MAIL: Final = 4  # MAIL, RCPT, DATA, and the point at the end


class MailRefused(RuntimeError):
    """A mail that was not sent: one sentence, without the address. Others may still be sent in the same session."""


class MailServerGone(MailRefused):
    """The mail server cannot be reached or used, or hung up: nothing more goes out in this session."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mails are handed in, and the address that they come from.

    security: `tls` from the first byte, `starttls` before anything else, `none` for a server on this machine only.
    user, password: both or neither. Raises: ValueError with a sentence.
    """

    host: str
    port: int
    security: Security
    sender: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.security not in SECURITIES:
            raise ValueError("security is tls, starttls or none.")
        if self.security == "none" and not is_loopback(self.host):
            raise ValueError("security may be none only where the mail server is on this machine; use tls or starttls.")
        if not _MAILBOX.fullmatch(self.sender):
            raise ValueError("sender must be a mail address, for example post@society.example.")

    def __repr__(self) -> str:
        return "MailServer(<redacted>)"

    @property
    def domain(self) -> str:
        """What this side calls itself: nothing that the sender's address does not tell anyway."""
        return self.sender.rpartition("@")[2]

    @contextmanager
    def session(self, timeout: float | None = None) -> Iterator[MailSession]:
        """One connection, encrypted and logged in, for one mail or many; it is ended with the block.

        timeout: how many seconds the server may take for each of its words. Raises: MailServerGone.
        """
        connection = _connected(self, TIMEOUT_SECONDS if timeout is None else timeout)
        try:
            yield MailSession(self, connection)
            with suppress(OSError):  # every error of smtplib is one; the mails are handed over by now
                connection.quit()
        finally:
            connection.close()


class MailSession:
    """A connection to the mail server. For one thread at a time."""

    __slots__ = ("_connection", "_server")

    def __init__(self, server: MailServer, connection: smtplib.SMTP) -> None:
        self._server, self._connection = server, connection

    def send(self, to: str, subject: str, body: str) -> None:
        """Hand over one mail of plain text to one address; when this returns, the mail server has it.

        Raises: MailRefused for this mail; MailServerGone if the session is over. Then the server may have the mail all
        the same: it can hang up between taking it and saying so.
        """
        message = _message(self._server, to, subject, body)
        reply = 0
        try:
            self._connection.sendmail(self._server.sender, [to], message)
        except smtplib.SMTPRecipientsRefused as refused:
            (reply, _), *_ = refused.recipients.values()
        except smtplib.SMTPResponseException as refused:
            reply = refused.smtp_code
        except (OSError, ValueError):
            self._connection.close()
        except BaseException:
            self._connection.close()  # interrupted in the middle: what comes next would be taken for the mail's end
            raise
        else:
            return
        if self._connection.sock is None:
            raise MailServerGone("The mail server hung up or does not answer.")
        raise MailRefused(f"The mail server did not take the mail (its reply code is {reply}).")

    def send_nothing(self) -> None:
        """As many commands as a mail takes, and no mail. Raises: MailServerGone."""
        try:
            for _ in range(_COMMANDS_A_MAIL):
                self._connection.noop()
        except OSError:
            self._connection.close()
            raise MailServerGone("The mail server hung up or does not answer.") from None


def _message(server: MailServer, to: str, subject: str, body: str) -> bytes:
    """A mail with the headers that a mail must have, and the one that keeps automatic replies away."""
    if not _MAILBOX.fullmatch(to):
        raise MailRefused("This is not a mail address that can be written to.")
    if not subject.isprintable():
        raise MailRefused("The subject of a mail is one line.")
    message = EmailMessage(policy=SMTP)
    try:
        # As addresses, not as text: text is searched for encoded words, and they would be turned into others.
        message["From"], message["To"] = Address(addr_spec=server.sender), Address(addr_spec=to)
        message["Subject"] = subject
    except ValueError:  # its text repeats the address
        raise MailRefused("This mail cannot be written; check its address and its subject.") from None
    message["Date"] = datetime.now(UTC)
    # Not `make_msgid`: it tells the process and the time of this machine.
    message["Message-ID"] = f"<{secrets.token_hex(16)}@{server.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(body, cte="quoted-printable")
    return message.as_bytes()


def _connected(server: MailServer, timeout: float) -> smtplib.SMTP:
    """Raises: MailServerGone; what was opened by then is closed."""
    opened: list[smtplib.SMTP] = []
    try:
        opened.append(_opened(server, timeout))
        if server.security == "starttls":
            opened[0].starttls(context=ssl.create_default_context())
        opened[0].ehlo_or_helo_if_needed()
        if server.user is not None:
            opened[0].login(server.user, server.password or "")
        return opened.pop()
    except ssl.SSLCertVerificationError:
        fault = "The mail server's certificate is not valid for its name; check host, and who answers there."
    except smtplib.SMTPAuthenticationError:
        fault = "The mail server does not accept user and password; check both."
    except smtplib.SMTPNotSupportedError:
        fault = f"The mail server offers no {server.security.upper()} or no login there; check port and security."
    except ssl.SSLError:
        fault = "The mail server speaks no TLS there; check port and security."
    except (OSError, ValueError):
        fault = "The mail server cannot be reached or does not answer as one; check host, port and security."
    for connection in opened:
        connection.close()
    raise MailServerGone(fault)


def _opened(server: MailServer, timeout: float) -> smtplib.SMTP:
    if server.security == "tls":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(server.host, server.port, server.domain, timeout=timeout, context=context)
    return smtplib.SMTP(server.host, server.port, server.domain, timeout=timeout)
