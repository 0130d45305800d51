"""Invitations and reminders by mail. Who got which code is known while the mails go out, and to nobody afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Final

from host.house import House
from host.inviting import check_inviting, make_invitations, withdraw_invitations
from host.mailing_list import Recipient, rows_in_words
from host.mailing_words import invitation_mail, reminder_mail
from survey.registrar.mailing import MailRefused, MailServer, MailServerGone, MailSession
from survey.rounds.folder import PublishedRound

# So many mails refused one after the other are no bad addresses: the server has had enough of us.
MOST_REFUSED: Final = 10

Advance = Callable[[int], None]


class NoMailServer(ValueError):
    """The config names no mail server."""

    def __init__(self) -> None:
        super().__init__("subrosa.toml has no [mail]; config.example.toml explains what belongs there.")


class MailingIncomplete(RuntimeError):
    """Some mails did not go out: says which rows got nothing, and how to go on."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail, ready to go."""

    row: int
    to: str = field(repr=False)
    subject: str = field(repr=False)
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a mailing ended. refused: rows the server did not take; stopped: the first row of those not sent at all."""

    sent: int
    refused: tuple[int, ...]
    stopped: int | None = None
    fault: str = ""

    def missed(self, row: int) -> bool:
        return row in self.refused or (self.stopped is not None and row >= self.stopped)


def mail_server(house: House) -> MailServer:
    """Raises: NoMailServer, ConfigError."""
    server = house.config.mail
    if server is None:
        raise NoMailServer
    return server


def mail_invitations(
    house: House, published: PublishedRound, recipients: Sequence[Recipient], advance: Advance
) -> Delivery:
    """Mail each a link of their own; the codes that may not have arrived are revoked. How it ended.

    All codes are entered in the register at once and in their own order before the first mail goes out, and revoked
    likewise after the last, so that nothing on the disk tells whose is whose.
    Raises: InvitationError, NoMailServer, ConfigError; MailServerGone before any code is made.
    """
    check_inviting(house, published)
    server = mail_server(house)
    with _Post.at(server) as post:
        links = make_invitations(house, published, len(recipients), links=True)
        unsent = links
        try:
            letters = [
                Letter(one.row, one.address.mailbox, *invitation_mail(published, link, one.language))
                for one, link in zip(recipients, links, strict=True)
            ]
            delivery = _deliver(post, letters, advance)
            unsent = [link for one, link in zip(recipients, links, strict=True) if delivery.missed(one.row)]
        finally:
            withdraw_invitations(house, published, unsent)
    return delivery


def mail_reminders(
    house: House, published: PublishedRound, recipients: Sequence[Recipient], advance: Advance
) -> Delivery:
    """Mail everybody the same reminder, without a code. Raises: as `mail_invitations`."""
    check_inviting(house, published)
    page = f"{house.config.site.url}/round#{published.manifest.id}"
    letters = [
        Letter(one.row, one.address.mailbox, *reminder_mail(published, page, one.language)) for one in recipients
    ]
    with _Post.at(mail_server(house)) as post:
        return _deliver(post, letters, advance)


def check_complete(delivery: Delivery, with_codes: bool) -> None:
    """Raises: MailingIncomplete, in words for whoever runs the mailing."""
    if not delivery.refused and delivery.stopped is None:
        return
    said = [f"Sent {delivery.sent} mails."]
    if delivery.refused:
        said.append(
            f"The mail server did not take those of {rows_in_words(delivery.refused)}: check the addresses, and send "
            "to them from a file of their own."
        )
    if delivery.stopped is not None:
        said.append(
            f"{delivery.fault} Row {delivery.stopped} and all below got nothing; when that is mended, run the same "
            f"again with --from-row {delivery.stopped}."
        )
    if with_codes:
        said.append("The codes of all who got nothing are revoked.")
        if delivery.stopped is not None:
            said.append(f"Should row {delivery.stopped} have got a mail all the same, only the link in the next works.")
    raise MailingIncomplete(" ".join(said))


def _deliver(post: _Post, letters: Sequence[Letter], advance: Advance) -> Delivery:
    """Send what can be sent, in order; an interrupt stops it like a server that is gone."""
    sent, refused, in_a_row = 0, list[int](), 0
    row = letters[0].row
    try:
        for number, letter in enumerate(letters, start=1):
            row = letter.row
            try:
                post.send(letter)
                sent, in_a_row = sent + 1, 0
            except MailServerGone as gone:
                return Delivery(sent, tuple(refused), row, str(gone))
            except MailRefused as refusal:
                refused.append(row)
                in_a_row += 1
                if in_a_row == MOST_REFUSED:
                    return Delivery(sent, tuple(refused[:-in_a_row]), refused[-in_a_row], str(refusal))
            advance(number)
    except KeyboardInterrupt:
        return Delivery(sent, tuple(refused), row, "It was stopped.")
    except Exception as fault:  # what is sent is sent: its codes must stay good, and the rest be named
        return Delivery(sent, tuple(refused), row, f"A fault stopped it ({type(fault).__name__}).")
    return Delivery(sent, tuple(refused))


class _Post:
    """A mail session that is begun anew, once a letter, where the server ends it: many end it after a hundred mails."""

    def __init__(self, server: MailServer) -> None:
        self._server = server
        self._sessions = ExitStack()
        self._session = self._begin()

    @classmethod
    @contextmanager
    def at(cls, server: MailServer) -> Iterator[_Post]:
        post = cls(server)
        with post._sessions:
            yield post

    def send(self, letter: Letter) -> None:
        """Raises: MailRefused; MailServerGone if a new session does not help either."""
        try:
            self._session.send(letter.to, letter.subject, letter.text)
        except MailServerGone:
            self._session = self._begin()
            # If the server had the letter already, this is the same one once more, with the same code.
            self._session.send(letter.to, letter.subject, letter.text)

    def _begin(self) -> MailSession:
        self._sessions.close()
        return self._sessions.enter_context(self._server.session())
