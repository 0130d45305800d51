"""What a host does to a round after opening: extend, close, cancel; and how far along it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from host.folders import destroy
from host.house import House
from host.keys import destroy_sealing_key, read_signing_key
from survey.registrar.register import CodeCounts
from survey.rounds.closing import Phase, State, Statement, phase, sign_statement
from survey.rounds.folder import PublishedRound
from survey.rounds.times import stamp


class LifecycleError(ValueError):
    """A step that this round cannot take now; says which one it can."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A round as its host sees it. `responses` is for operations only: no release contains it."""

    phase: Phase
    closes: datetime
    codes: CodeCounts
    responses: int
    box: str


def standing(house: House, published: PublishedRound, now: datetime) -> Standing:
    manifest, statement = published.manifest, published.statement
    box = house.ballot_box()
    return Standing(
        phase=phase(manifest, statement, now),
        closes=statement.closes if statement else manifest.closes,
        codes=house.register().counts(manifest.id_bytes),
        responses=box.count(manifest.id_bytes),
        box=box.state(manifest.id_bytes) or "open",
    )


def extend(house: House, published: PublishedRound, closes: datetime, now: datetime) -> None:
    """Move the closing date, up to `closes_latest`, by a signed statement. Raises: LifecycleError."""
    manifest, statement = published.manifest, published.statement
    if phase(manifest, statement, now) not in (Phase.OPEN, Phase.NOT_YET_OPEN):
        raise LifecycleError("This round is closed; a closed round is not opened again, so open a new one.")
    current = statement.closes if statement else manifest.closes
    if not current < closes <= manifest.closes_latest:
        raise LifecycleError(
            f"The new date must be after {stamp(current)} and not after {stamp(manifest.closes_latest)}, "
            "the latest that this round promised."
        )
    _state(house, published, State.OPEN, closes)


def close(house: House, published: PublishedRound, now: datetime, early: bool = False) -> bool:
    """End the taking of responses: statement, issuer key destroyed, codes deleted, box closed and put in order.

    Doing it again finishes what an interruption left undone. Returns whether there was an issuer key to destroy.
    Raises: LifecycleError before the closing date, unless `early`.
    """
    manifest = published.manifest
    state = phase(manifest, published.statement, now)
    if state is Phase.CANCELLED:
        raise LifecycleError("This round was cancelled; there is nothing left to close.")
    if state in (Phase.OPEN, Phase.NOT_YET_OPEN):
        if not early:
            raise LifecycleError(
                "This round has not reached its closing date; wait, or close it now with --early "
                "(whoever has not answered yet can then no longer do so)."
            )
        _state(house, published, State.CLOSED, min(now, _closes(published)))
    house.ballot_box().close(manifest.id_bytes)
    destroyed = destroy(house.issuer_key(manifest.id))
    house.register().close(manifest.id_bytes)
    return destroyed


def cancel(house: House, published: PublishedRound, now: datetime) -> None:
    """Destroy all keys and ballots of a round that was not measured. Doing it again finishes an interruption.

    Raises: LifecycleError if the round is measured.
    """
    manifest = published.manifest
    if house.has_tally() and house.ledger(manifest.promise.term).measurement(manifest.id) is not None:
        raise LifecycleError("This round is measured; its keys and ballots are destroyed by `subrosa tally`.")
    if phase(manifest, published.statement, now) is not Phase.CANCELLED:
        _state(house, published, State.CANCELLED, _closes(published))
    destroy_sealing_key(house.tally_keys, manifest.sealing_key)
    destroy(house.issuer_key(manifest.id))
    house.ballot_box().destroy(manifest.id_bytes)
    house.register().close(manifest.id_bytes)


def _closes(published: PublishedRound) -> datetime:
    return published.statement.closes if published.statement else published.manifest.closes


def _state(house: House, published: PublishedRound, state: State, closes: datetime) -> None:
    serial = published.statement.serial + 1 if published.statement else 1
    statement = Statement(published.manifest.id, state, closes, serial)
    signed = sign_statement(statement, read_signing_key(house.signing_key))
    house.rounds.state(published.manifest, signed)
