"""Bulk and paper entry: many respondents' answers through the same protocol, from one machine.

Whoever runs this sees the answers and could tell which code gave which. All tokens are fetched before the first
response goes out, and responses go out in random order, so that the services cannot line up the two.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from itertools import islice
from time import monotonic
from typing import Final, TypeVar

from survey.blinding import BadSignature
from survey.problems import STORAGE
from survey.respondent.services import ServiceRefused, Services, ServiceUnreachable
from survey.respondent.silence import Silence
from survey.respondent.ticket import new_ticket, redeem, request_for, seal, token_of
from survey.respondent.wallet import Entry, Wallet, code_digest, record_digest
from survey.rounds.manifest import Manifest
from survey.sealing import Status

Progress = Callable[[str, int, int], None]
_BATCH: Final = 200
_TICK_SECONDS: Final = 1.0
_AWAY: Final = frozenset({STORAGE.name, "unreadable"})  # of a service without its database, and of a gateway before it
WAITING: Final = "Waiting, as asked to"
_T = TypeVar("_T")
_R = TypeVar("_R")


@dataclass(frozen=True, slots=True)
class Failure:
    """A row that did not go through, and the sentence that says what to do.

    problem: its short name, if a service said no.
    """

    row: int
    reason: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Rows whose response the intake has confirmed, and how many of them it did with this run; rows that failed.

    sent_now: for the first time. resent: once more. held_back: nothing was sent, because some rows have no token.
    not_yet: rows that the intake has not confirmed, failed or never tried. stopped: the service that did not answer any
    more, so that the rest was not tried; empty if there was none.
    """

    sent: int
    sent_now: int
    failures: tuple[Failure, ...]
    resent: int = 0
    held_back: bool = False
    not_yet: int = 0
    stopped: str = ""


@dataclass(frozen=True, slots=True)
class Entering:
    """Everything one bulk entry works with.

    skip_failed: send the others though some have no token. resend: also what the intake has confirmed already, for one
    that was restored from a backup. say: what is told once, in one sentence.
    """

    manifest: Manifest
    services: Services
    wallet: Wallet
    clients: int
    progress: Progress
    skip_failed: bool = False
    resend: bool = False
    say: Callable[[str], None] = lambda _sentence: None


def enter(entering: Entering, codes: Sequence[str], records: Sequence[bytes]) -> Outcome:
    """Send one response a row: `codes[i]` with `records[i]`. Interrupted, it goes on where it stopped.

    Run again with further rows at the end it sends those; a row whose answers have changed is sent as a further
    revision of the same response. Stops where a service has not answered for long.
    Raises: StateMismatch if the wallet was made with other codes.
    """
    if len(codes) != len(records):
        raise ValueError("Each record needs a code of its own.")
    _make_tickets(entering, codes, [record_digest(record) for record in records])
    failures, away = _fetch_tokens(entering, codes)
    before, held_back = entering.wallet.sent(), away or (bool(failures) and not entering.skip_failed)
    stopped = "registrar" if away else ""
    # If one has no token nobody is sent yet: whoever is sent alone, or later than the others, could be told by the time
    # at which token and response came. A registrar that refuses all codes but one must not get that one sent.
    if not held_back:
        if entering.resend:
            # The same bytes under the same revision: an intake that has them, or a later one, changes nothing; one
            # with an older revision, or none, takes them. Forgotten on disk, so that the next run finishes this one.
            entering.wallet.forget_sent()
        more, away = _submit(entering, records)
        failures, stopped = failures + more, "intake" if away else ""
    sent = entering.wallet.sent()
    again = len(sent & before) if entering.resend and not held_back else 0
    ordered = tuple(sorted(failures, key=lambda failure: failure.row))
    not_yet = len(records) - len(sent)
    return Outcome(len(sent), len(sent - before), ordered, again, held_back, not_yet, stopped)


def _make_tickets(entering: Entering, codes: Sequence[str], record_digests: Sequence[bytes]) -> None:
    digests = [code_digest(entering.manifest.id_bytes, code) for code in codes]
    known = entering.wallet.known(digests)
    entering.wallet.change(record_digests)
    for start in range(known, len(digests), _BATCH):
        rows = range(start, min(start + _BATCH, len(digests)))
        entering.wallet.add((row, digests[row], record_digests[row], new_ticket(entering.manifest)) for row in rows)
        entering.progress("Preparing tokens", rows.stop, len(digests))


def _fetch_tokens(entering: Entering, codes: Sequence[str]) -> tuple[list[Failure], bool]:
    """What failed, and whether the registrar is away and the rest was not tried."""
    manifest = entering.manifest

    def fetch(entry: Entry) -> bytes:
        request = request_for(manifest, entry.ticket)
        signature = entering.services.token_request(manifest, codes[entry.row], request)
        return redeem(manifest, entry.ticket, signature).authenticator

    missing = [entry for entry in entering.wallet.unsent() if entry.authenticator is None]
    # The registrar, too, is asked in an order that is not the order of the list.
    random.SystemRandom().shuffle(missing)
    silence = Silence("registrar", entering.say, monotonic)
    return _in_batches(entering, "Fetching tokens", missing, fetch, entering.wallet.save_tokens, silence)


def _submit(entering: Entering, records: Sequence[bytes]) -> tuple[list[Failure], bool]:
    """What failed, and whether the intake is away and the rest was not tried."""
    manifest, wallet = entering.manifest, entering.wallet
    ready = [entry for entry in wallet.unsent() if entry.authenticator is not None]
    unsealed = (entry for entry in ready if entry.sealed is None)
    while batch := list(islice(unsealed, _BATCH)):
        wallet.save_sealed((e.row, seal(manifest, e.ticket, e.revision, Status.ANSWERS, records[e.row])) for e in batch)

    def send(entry: Entry) -> None:
        if entry.authenticator is not None and entry.sealed is not None:
            token = token_of(manifest, entry.ticket, entry.authenticator)
            entering.services.submit(manifest, token, entry.revision, entry.sealed)

    ready = [entry for entry in wallet.unsent() if entry.sealed is not None]
    random.SystemRandom().shuffle(ready)

    def save(done: list[tuple[int, None]]) -> None:
        wallet.save_sent(row for row, _ in done)

    return _in_batches(entering, "Sending responses", ready, send, save, Silence("intake", entering.say, monotonic))


def _in_batches(
    entering: Entering,
    title: str,
    todo: Sequence[Entry],
    work: Callable[[Entry], _R],
    save: Callable[[list[tuple[int, _R]]], None],
    silence: Silence,
) -> tuple[list[Failure], bool]:
    """Do `work` for every entry with a bounded number of clients, saving what is done as it goes.

    Returns: what failed, and whether it stopped because of the silence, with something left to do.
    """
    failures: list[Failure] = []
    done: list[tuple[int, _R]] = []
    count = 0

    def tick() -> None:
        """A service lets nobody hurry: what is sent later is not lost, and whoever sends it sees why it takes long."""
        if entering.services.waiting.now:
            silence.asked_to_wait()
            entering.progress(WAITING, count, len(todo))
        else:
            silence.nothing()

    for entry, future in _concurrently(entering, todo, work, tick, silence):
        count += 1
        try:
            done.append((entry.row, future.result()))
            silence.answered()
        except (ServiceRefused, ServiceUnreachable, BadSignature) as error:
            failure = Failure(entry.row, str(error), error.name if isinstance(error, ServiceRefused) else "")
            failures.append(failure)
            away = isinstance(error, ServiceUnreachable) or failure.problem in _AWAY
            (silence.failed if away else silence.answered)()
        if len(done) >= _BATCH:
            save(done)
            done = []
        entering.progress(title, count, len(todo))
    if done:
        save(done)
    return failures, silence.over and (bool(failures) or count < len(todo))


def _concurrently(
    entering: Entering, items: Sequence[_T], work: Callable[[_T], _R], tick: Callable[[], None], silence: Silence
) -> Iterator[tuple[_T, Future[_R]]]:
    """Each item with its finished future, in the order they finish; never more than a few in the air.

    tick: called every second in which none finishes. Once the silence is over none begins any more.
    """
    waiting, clients = iter(items), entering.clients
    with ThreadPoolExecutor(max_workers=clients) as pool:
        running = {pool.submit(work, item): item for item in islice(waiting, 2 * clients)}
        try:
            while running:
                finished, _ = wait(running, _TICK_SECONDS, FIRST_COMPLETED)
                if not finished:
                    tick()
                for future in finished:
                    yield running.pop(future), future
                if silence.over:
                    entering.services.waiting.end()
                    running = {future: item for future, item in running.items() if not future.cancel()}
                else:
                    running |= {pool.submit(work, item): item for item in islice(waiting, len(finished))}
        except BaseException:
            entering.services.waiting.end()  # or an interruption would have to sit out their pauses
            pool.shutdown(wait=False, cancel_futures=True)
            raise
