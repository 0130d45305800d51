"""The desk for codes by mail: takes requests at a constant pace, mails codes in the background, and checks them."""

from __future__ import annotations

import hashlib
import hmac
import logging
import queue
import secrets
import threading
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from time import monotonic, sleep
from typing import Final, Protocol

from survey.registrar.limits import RateLimit
from survey.registrar.mail_addresses import MailAddress
from survey.registrar.mail_keys import NO_DOMAIN, MailKey
from survey.registrar.mail_words import SUBJECT, code_mail
from survey.registrar.mailing import MailServerGone
from survey.registrar.passes import Passes
from survey.registrar.pending import Entered, PendingRequests, RequestKey, Verified
from survey.rounds.eligibility import MailEligibility
from survey.rounds.times import Clock, now

MAILS_PER_ADDRESS: Final = 6
MAILS_PER_ASKER: Final = 2  # for one address from one source, so that nobody alone uses up what an address may get
REQUESTS_PER_SOURCE: Final = 30
REQUESTS_IN_ALL: Final = 2_000
MOST_WAITING: Final = 500
THREADS: Final = 3  # so that one slow address does not hold up everybody's mail
BEAT_SECONDS: Final = 1.0
TIMEOUT_SECONDS: Final = 10.0
_NO_SOURCE: Final = bytes(32)

log: Final = logging.getLogger("subrosa")


class MailSession(Protocol):
    """A connection to the society's mail server."""

    def send(self, to: str, subject: str, body: str) -> None: ...

    def send_nothing(self) -> None: ...


class MailServer(Protocol):
    """How mail leaves this machine."""

    def session(self, timeout: float, /) -> AbstractContextManager[MailSession]: ...


class TooMany(Exception):
    """This source asked too often, too much was asked for in all, or too many requests wait or are open.

    It tells nothing about the address: every request counts alike, waits alike, and is dealt with at one pace.
    """


class OtherAddress(Exception):
    """The request is open for another address already."""


@dataclass(frozen=True, slots=True)
class _Job:
    key: RequestKey
    members_only: bool
    verified: Verified
    address: MailAddress
    source: bytes | None = field(repr=False)


class MailDesk:
    """Requests, limits and codes of one process. Safe to share by threads; nothing of it is written anywhere.

    What an answer to a request could tell (whether the address is a member's, was used, or was mailed too often) is
    only looked up by the threads that mail, after the answer. Until then, and for ever where no mail goes out, the
    request has a code that no digits match. Also these threads do the same for everybody, but for the mail itself.
    """

    def __init__(self, passes: Passes, server: MailServer, clock: Clock = now) -> None:
        self._passes, self._server = passes, server
        self._lock = threading.Lock()
        self._key = secrets.token_bytes(32)
        self._pending = PendingRequests(clock)
        self._per_address = RateLimit(MAILS_PER_ADDRESS, clock)
        self._per_asker = RateLimit(MAILS_PER_ASKER, clock)
        self._per_source = RateLimit(REQUESTS_PER_SOURCE, clock)
        self._in_all = RateLimit(REQUESTS_IN_ALL, clock)
        self._waiting: queue.Queue[_Job] = queue.Queue(MOST_WAITING)

    def __repr__(self) -> str:
        return "MailDesk(<redacted>)"

    def start(self) -> None:
        """Mail from now on, in threads that end with the process."""
        for number in range(THREADS):
            beat = number * BEAT_SECONDS / THREADS
            threading.Thread(target=self._mail_for_ever, args=(beat,), daemon=True).start()

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
            entered = self._pending.enter(key, address.counted, verified)
            if entered is Entered.OTHER_ADDRESS:
                raise OtherAddress
            if entered is Entered.SAME:
                return
            if entered is Entered.FULL:
                raise TooMany
            try:
                self._count(source)
                self._waiting.put_nowait(_Job(key, offered.members_only, verified, address, source))
            except (TooMany, queue.Full):
                self._pending.drop(key)
                raise TooMany from None

    def _count(self, source: bytes | None) -> None:
        """Count a request, or raise TooMany. What bounds all comes first: beyond it no source takes up memory."""
        if not self._in_all.allows(b"") or (source is not None and not self._per_source.take(source)):
            raise TooMany
        self._in_all.take(b"")

    def verify(self, key: RequestKey, digits: str) -> Verified:
        """Raises: WrongCode, CodeOver."""
        with self._lock:
            return self._pending.verify(key, digits)

    def forget_old(self) -> None:
        """Drop from memory what has expired, also where nobody comes any more."""
        with self._lock:
            self._pending.forget_expired()
            for limit in (self._per_address, self._per_asker, self._per_source, self._in_all):
                limit.forget_old()

    def _mail_for_ever(self, beat: float) -> None:
        while True:
            # At beats of its own, so that neither when somebody asked nor how long the last mail took shows.
            sleep(until_beat(monotonic(), beat))
            self.mail_next()

    def mail_next(self) -> None:
        """Deal with the longest waiting request, if any: mail its code, unless nobody is to get one."""
        try:
            job = self._waiting.get_nowait()
        except queue.Empty:
            return
        try:
            self._mail(job)
        except Exception as error:
            # Only its kind: a mail server's own words repeat the address.
            log.error("A mail could not be sent: %s", type(error).__name__)

    def _mail(self, job: _Job) -> None:
        """Everything but the mail itself is done for strangers too, who could be told from members by it."""
        wanted = not job.members_only or self._passes.is_member(job.key.round_id, job.verified.address)
        with self._server.session(TIMEOUT_SECONDS) as session:
            code = self._code(job, wanted)
            if code is None:
                session.send_nothing()
                return
            try:
                # To what is counted, not to what was typed: that mailbox is what a right code proves.
                session.send(job.address.counted, SUBJECT, code_mail(code))
            except MailServerGone:
                self._give_back(job)
                raise

    def _code(self, job: _Job, wanted: bool) -> str | None:
        """A code to be mailed, counted as a mail. Nothing is counted for a request that is over."""
        address, asker = self._tags(job)
        with self._lock:
            if not self._pending.renew(job.key) or not wanted:
                return None
            if not self._per_asker.allows(asker) or not self._per_address.take(address):
                return None
            self._per_asker.take(asker)
            return self._pending.draw_code(job.key)

    def _give_back(self, job: _Job) -> None:
        address, asker = self._tags(job)
        with self._lock:
            self._per_address.give_back(address)
            self._per_asker.give_back(asker)

    def _tags(self, job: _Job) -> tuple[bytes, bytes]:
        """What the limits an address, and an address and source, know of a request. All without a source are one."""
        counted = job.address.counted.encode()
        address, asker = counted, (job.source or _NO_SOURCE) + counted
        return hmac.digest(self._key, address, hashlib.sha256), hmac.digest(self._key, asker, hashlib.sha256)


def until_beat(moment: float, beat: float) -> float:
    """Seconds from a moment to the next beat; beats come BEAT_SECONDS apart, `beat` after those of zero."""
    return BEAT_SECONDS - (moment - beat) % BEAT_SECONDS
