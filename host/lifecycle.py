"""What a host does to a round after opening: extend, close, cancel; and how far along it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from host.folders import destroy
from host.house import House
from host.keys import destroy_sealing_key, read_signing_key, sealing_key_fault
from survey.registrar.passes import MailCounts
from survey.registrar.register import CodeCounts
from survey.rounds.closing import Phase, State, Statement, phase, sign_statement
from survey.rounds.folder import PublishedRound
from survey.rounds.manifest import Manifest
from survey.rounds.times import stamp

NEVER_MEASURED: Final = "charged and never to be measured, because its tally was restored from a backup"
_NOT_MEASURED: Final = "not measured"
_TALLY_ELSEWHERE: Final = "the tally is not on this machine"


class LifecycleError(ValueError):
    """A step that this round cannot take now; says which one it can."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A round as its host sees it. `responses` is for operations only: no release contains it.

    codes, mail, responses and box are None where registrar or intake do not work on this machine. measured: in words.
    key_fault: why the private key that is kept here could not open the responses, if they are still to be opened.
    """

    phase: Phase
    closes: datetime
    codes: CodeCounts | None
    mail: MailCounts | None
    responses: int | None
    box: str | None
    measured: str
    key_fault: str | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """What closing or cancelling did on this machine. What is not here has to be done where it is."""

    issuer_destroyed: bool
    registrar_here: bool
    intake_here: bool
    sealing_key_destroyed: bool = False


def standing(house: House, published: PublishedRound, now: datetime) -> Standing:
    manifest, statement = published.manifest, published.statement
    box, register = house.ballot_box(), house.register()
    state, measured = phase(manifest, statement, now), _measured(house, manifest)
    unopened = state is not Phase.CANCELLED and measured in (_NOT_MEASURED, _TALLY_ELSEWHERE)
    return Standing(
        phase=state,
        closes=statement.closes if statement else manifest.closes,
        codes=None if register is None else register.counts(manifest.id_bytes),
        mail=None if register is None else register.passes.counts(manifest.id_bytes),
        responses=None if box is None else box.count(manifest.id_bytes),
        box=None if box is None else box.state(manifest.id_bytes) or "open",
        measured=measured,
        key_fault=sealing_key_fault(house.tally_keys, manifest.sealing_key) if unopened else None,
    )


def _measured(house: House, manifest: Manifest) -> str:
    if not house.has_tally():
        return _TALLY_ELSEWHERE
    ledger = house.ledger(manifest.promise.term)
    measurement = ledger.measurement(manifest.id)
    if measurement is None:
        return NEVER_MEASURED if ledger.unmeasurable(manifest.id) else _NOT_MEASURED
    return "measured" if measurement.complete else "below its minimum, so only the total was measured"


def extend(house: House, published: PublishedRound, closes: datetime, now: datetime) -> None:
    """Move the closing date, up to `closes_latest`, by a signed statement. Raises: LifecycleError."""
    with house.rounds.changing():
        _extend(house, house.rounds.load(published.manifest.id), closes, now)


def _extend(house: House, published: PublishedRound, closes: datetime, now: datetime) -> None:
    manifest, statement = published.manifest, published.statement
    if phase(manifest, statement, now) not in (Phase.OPEN, Phase.NOT_YET_OPEN):
        raise LifecycleError("This round is closed; a closed round is not opened again, so open a new one.")
    current = statement.closes if statement else manifest.closes
    if closes <= current:
        raise LifecycleError(f"The round closes {stamp(current)}; to end it sooner use `subrosa round close --early`.")
    if closes > manifest.closes_latest:
        raise LifecycleError(
            f"The new date must be after {stamp(current)} and not after {stamp(manifest.closes_latest)}, "
            "the latest that this round promised."
        )
    _state(house, published, State.OPEN, closes)


def close(house: House, published: PublishedRound, now: datetime, early: bool = False, anyway: bool = False) -> Ended:
    """End the taking of responses: statement, issuer key destroyed, codes deleted, box closed and put in order.

    Doing it again finishes what an interruption left undone.
    Raises: LifecycleError before the closing date, unless `early`; and then, unless `anyway`, where neither the
    registrar nor the intake holds anything on this machine, or the tally's key that is here could not open what comes
    of it. The statement cannot be taken back.
    """
    with house.rounds.changing():
        return _close(house, house.rounds.load(published.manifest.id), now, early, anyway)


def _close(house: House, published: PublishedRound, now: datetime, early: bool, anyway: bool) -> Ended:
    manifest = published.manifest
    state, box = phase(manifest, published.statement, now), house.ballot_box()
    if state is Phase.CANCELLED:
        raise LifecycleError("This round was cancelled; there is nothing left to close.")
    if state in (Phase.OPEN, Phase.NOT_YET_OPEN):
        if not early:
            raise LifecycleError(
                "This round has not reached its closing date; wait, or close it now with --early "
                "(whoever has not answered yet can then no longer do so)."
            )
        if not anyway:
            _check_sealing_key(house, manifest)
        if box is None and not anyway:
            _check_registrar(house, manifest)
        _state(house, published, State.CLOSED, min(now, _closes(published)))
    if box is not None:
        box.close(manifest.id_bytes)
    return _end_registration(house, manifest, box is not None)


def _check_registrar(house: House, manifest: Manifest) -> None:
    """A host's machine has the registrar's key from the moment a round is opened, wherever the intake is.

    Raises: LifecycleError if nothing of the registrar is here.
    """
    if not house.issuer_key(manifest.id).exists() and house.register() is None:
        raise LifecycleError(
            "Neither the registrar nor the intake holds anything of this round on this machine. If they were lost, "
            "restore them before you close: a closed round is not opened again. --anyway closes all the same."
        )


def _check_sealing_key(house: House, manifest: Manifest) -> None:
    """While the round is open its key may still be put right, or its respondents be told. Raises: LifecycleError."""
    fault = sealing_key_fault(house.tally_keys, manifest.sealing_key)
    if fault is not None:
        raise LifecycleError(f"{fault} --anyway closes all the same.")


def cancel(house: House, published: PublishedRound, now: datetime) -> Ended:
    """Destroy all keys and ballots of a round that was not measured. Doing it again finishes an interruption.

    Raises: LifecycleError if the round is measured.
    """
    manifest = published.manifest
    if (house.releases / manifest.id).exists():
        raise LifecycleError("This round is published already; a published round is not cancelled.")
    with house.rounds.changing(), _unmeasured(house, manifest):
        published = house.rounds.load(manifest.id)
        if phase(manifest, published.statement, now) is not Phase.CANCELLED:
            _state(house, published, State.CANCELLED, _closes(published))
    key_destroyed = destroy_sealing_key(house.tally_keys, manifest.sealing_key)
    if (box := house.ballot_box()) is not None:
        box.destroy(manifest.id_bytes)
    return replace(_end_registration(house, manifest, box is not None), sealing_key_destroyed=key_destroyed)


@contextmanager
def _unmeasured(house: House, manifest: Manifest) -> Iterator[None]:
    """Keeps a tally on this machine from measuring meanwhile. Raises: LifecycleError if it has done so."""
    if not house.has_tally():
        yield
        return
    with house.ledger(manifest.promise.term).transaction() as transaction:
        if transaction.measured(manifest.id) and not transaction.unmeasurable(manifest.id):
            raise LifecycleError("This round is measured; its keys and ballots are destroyed by `subrosa tally`.")
        yield


def _end_registration(house: House, manifest: Manifest, intake_here: bool) -> Ended:
    destroy(house.mail_key(manifest.id))
    destroyed = destroy(house.issuer_key(manifest.id))
    if (register := house.register()) is not None:
        register.close(manifest.id_bytes)
    return Ended(destroyed, destroyed or register is not None, intake_here)


def _closes(published: PublishedRound) -> datetime:
    return published.statement.closes if published.statement else published.manifest.closes


def _state(house: House, published: PublishedRound, state: State, closes: datetime) -> None:
    serial = published.statement.serial + 1 if published.statement else 1
    statement = Statement(published.manifest.id, state, closes, serial)
    signed = sign_statement(statement, read_signing_key(house.signing_key))
    house.rounds.state(published.manifest, signed)
