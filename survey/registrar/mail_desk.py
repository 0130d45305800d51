"""The desk for codes by mail: takes requests at a constant pace, mails codes in the background, and checks them."""

from __future__ import annotations

import hashlib
import hmac
import logging
import queue
import secrets
import threading
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Final, Protocol

from survey.registrar.limits import RateLimit
from survey.registrar.mail_addresses import MailAddress
from survey.registrar.mail_keys import NO_DOMAIN, MailKey
from survey.registrar.mail_words import SUBJECT, code_mail
from survey.registrar.passes import Passes
from survey.registrar.pending import Entered, PendingRequests, RequestKey, Verified
from survey.rounds.eligibility import MailEligibility
from survey.rounds.times import Clock, now

MAILS_PER_ADDRESS: Final = 3
MAILS_PER_SOURCE: Final = 10
MAILS_IN_ALL: Final = 2_000
MOST_WAITING: Final = 500

log: Final = logging.getLogger("subrosa")


class MailSession(Protocol):
    """A connection to the society's mail server."""

    def send(self, to: str, subject: str, body: str) -> None: ...


class MailServer(Protocol):
    """How mail leaves this machine."""

    def session(self) -> AbstractContextManager[MailSession]: ...


class TooMany(Exception):
    """This source asked too often, or too many mails are waiting: nothing about the address."""


class OtherAddress(Exception):
    """The request is open for another address already."""


@dataclass(frozen=True, slots=True)
class _Job:
    key: RequestKey
    members_only: bool
    verified: Verified
    address: MailAddress


class MailDesk:
    """Requests, limits and codes of one process. Safe to share by threads; nothing of it is written anywhere.

    What an answer to a request could tell (whether the address is a member's, was used, or was mailed too often) is
    only looked up by the thread that mails, after the answer. Until then, and for ever where no mail goes out, the
    request has a code that no digits match.
    """

    def __init__(self, passes: Passes, server: MailServer, clock: Clock = now) -> None:
        self._passes, self._server = passes, server
        self._lock = threading.Lock()
        self._key = secrets.token_bytes(32)
        self._pending = PendingRequests(clock)
        self._per_address = RateLimit(MAILS_PER_ADDRESS, clock)
        self._per_source = RateLimit(MAILS_PER_SOURCE, clock)
        self._in_all = RateLimit(MAILS_IN_ALL, clock)
        self._waiting: queue.Queue[_Job] = queue.Queue(MOST_WAITING)

    def __repr__(self) -> str:
        return "MailDesk(<redacted>)"

    def start(self) -> None:
        """Mail from now on, in a thread that ends with the process."""
        threading.Thread(target=self._mail_for_ever, daemon=True).start()

    def ask(
        self, key: RequestKey, address: MailAddress, offered: MailEligibility, mail_key: MailKey, source: bytes | None
    ) -> None:
        """Open a request, and mail its code soon. The same request again does nothing.

        source: a token of who asks; None has no limit of its own. Raises: TooMany, OtherAddress.
        """
        # Both hashes whether needed or not, so that no request takes longer than another.
        domain = mail_key.domain_hash(key.round_id, address)
        hashed = mail_key.address_hash(key.round_id, address)
        verified = Verified(hashed, domain if offered.per_domain is not None else NO_DOMAIN)
        with self._lock:
            entered = self._pending.enter(key, address.mailbox, verified)
            if entered is Entered.OTHER_ADDRESS:
                raise OtherAddress
            if entered is Entered.SAME:
                return
            if entered is Entered.FULL:
                raise TooMany
            try:
                if (source is not None and not self._per_source.take(source)) or not self._in_all.take(b""):
                    raise TooMany
                self._waiting.put_nowait(_Job(key, offered.members_only, verified, address))
            except (TooMany, queue.Full):
                self._pending.drop(key)
                raise TooMany from None

    def verify(self, key: RequestKey, digits: str) -> Verified:
        """Raises: WrongCode, CodeOver."""
        with self._lock:
            return self._pending.verify(key, digits)

    def forget_old(self) -> None:
        """Drop from memory what has expired, also where nobody comes any more."""
        with self._lock:
            self._pending.forget_expired()
            for limit in (self._per_address, self._per_source, self._in_all):
                limit.forget_old()

    def _mail_for_ever(self) -> None:
        while True:
            self.mail_next()

    def mail_next(self) -> None:
        """Deal with the longest waiting request, or wait for one: mail its code, unless nobody is to get one."""
        job = self._waiting.get()
        try:
            self._mail(job)
        except Exception as error:
            # Only its kind: a mail server's own words repeat the address.
            log.error("A mail could not be sent: %s", type(error).__name__)

    def _mail(self, job: _Job) -> None:
        if job.members_only and not self._passes.is_member(job.key.round_id, job.verified.address):
            return
        tag = hmac.digest(self._key, job.address.counted.encode(), hashlib.sha256)
        with self._lock:
            code = self._pending.draw_code(job.key) if self._per_address.take(tag) else None
        if code is not None:
            with self._server.session() as session:
                session.send(job.address.mailbox, SUBJECT, code_mail(code))
