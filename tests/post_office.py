"""A real mail server on loopback for tests, whose mails can be read back: in the clear, with TLS, or with STARTTLS."""

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from host.ports import free_port
from survey.registrar.mailing import MailServer, Security

HOST = "127.0.0.1"
USER, PASSWORD = "post", "correct horse 5150"
SENDER = "post@society.example"


@dataclass(frozen=True)
class Received:
    """One mail as the server got it: `greeting` is what the sending machine called itself."""

    to: str
    sender: str
    greeting: str
    encrypted: bool
    user: str | None
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        message = message_from_bytes(self.raw, policy=default)
        assert isinstance(message, EmailMessage)
        return message

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def text(self) -> str:
        body = self.message.get_content()
        assert isinstance(body, str)
        return body.replace("\r\n", "\n")


@dataclass
class PostOffice:
    """The server's handler. What is in `replies` is answered to a recipient instead of taking the mail.

    hang_up: called with the mails taken so far, when the next one was handed over; true: no reply and no connection.
    """

    server: MailServer
    received: list[Received] = field(default_factory=list)
    replies: dict[str, str] = field(default_factory=dict)
    hang_up: Callable[[int], bool] = lambda _taken: False

    def mails_to(self, address: str) -> list[Received]:
        return [mail for mail in self.received if mail.to == address]

    async def handle_RCPT(self, _server: Any, session: Any, envelope: Any, address: str, _options: Any) -> str:
        if address in self.replies:
            return self.replies[address]
        if self.server.user is not None and not session.authenticated:
            return "530 Who are you?"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.hang_up(len(self.received)):
            server.transport.abort()
            return "451 never read"
        (to,) = envelope.rcpt_tos
        user = session.auth_data.login.decode() if session.authenticated else None
        encrypted = session.ssl is not None or server.transport.get_extra_info("ssl_object") is not None
        mail = Received(to, envelope.mail_from, session.host_name, encrypted, user, envelope.content)
        self.received.append(mail)
        return "250 Taken"


@dataclass(frozen=True)
class Authority:
    """Who signs the server's certificate, and the file in which a client finds that out."""

    ca: trustme.CA
    file: Path

    def context(self, *names: str) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.ca.issue_cert(*names).configure_cert(context)
        return context


def new_authority(folder: Path) -> Authority:
    """Trusted by every client for which SSL_CERT_FILE names its file."""
    authority = Authority(trustme.CA(), folder / "authority.pem")
    authority.ca.cert_pem.write_to_path(authority.file)
    return authority


@contextmanager
def post_office(
    security: Security = "none", authority: Authority | None = None, name: str = HOST, login: bool = False
) -> Iterator[PostOffice]:
    """A mail server until the block ends. name: what its certificate is for. login: whether USER must log in."""
    user, password = (USER, PASSWORD) if login else (None, None)
    office = PostOffice(MailServer(HOST, free_port(), security, SENDER, user, password))
    how: dict[str, Any] = {"auth_require_tls": security == "starttls"}
    if authority is not None:
        context = authority.context(name)
        how |= {"ssl_context": context} if security == "tls" else {"tls_context": context, "require_starttls": True}
    if login:
        how["authenticator"] = _known
    controller = Controller(office, HOST, office.server.port, **how)
    controller.start()
    try:
        yield office
    finally:
        controller.stop(no_assert=True)


def _known(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
    known = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=known, auth_data=data if known else None, handled=known)
