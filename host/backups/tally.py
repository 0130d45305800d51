"""Restoring a tally: what may have been measured since the backup is charged, and never measured again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import Connection, Engine

from host.backups.archive import Backup
from host.backups.evidence import Signed, evidence_in, release_folders
from host.backups.judging import RestoreRefused, is_published
from host.backups.rebuilding import Present, held, install, rebuilt
from host.folders import private_folder
from host.house import House
from host.keys import destroy_sealing_key, sealing_fingerprint
from privacy.errors import ChainBroken
from privacy.ledger import Entry, Term, check_chain, entries_in
from privacy.restoring import Doubtful, Evidence, charge_doubtful, take_back
from privacy.store import SCHEMA
from storage.rows import one_moment
from storage.transactions import writing
from survey.rounds.any_manifest import AnyManifest
from survey.rounds.closing import Phase, phase
from survey.rounds.folder import PublishedRound


@dataclass(frozen=True, slots=True)
class RestoredLedger:
    """What became of each round, by name.

    charges: in the backup. taken_back: measurements found in releases. lost: charges found there, whose measurements
    are lost. unmeasurable: may have been measured since the backup; charged, and never measured. without_key: rounds
    that go on and whose private key is not here. odd_releases: folders that could not be believed.
    """

    charges: int
    taken_back: tuple[str, ...]
    lost: tuple[str, ...]
    unmeasurable: tuple[str, ...]
    without_key: tuple[str, ...]
    odd_releases: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class _Charged:
    chain: tuple[Entry, ...]
    added: tuple[Entry, ...]
    lost: frozenset[str]
    doubtful: tuple[str, ...]


def restore_tally(house: House, backup: Backup, merge: bool, releases: Sequence[Path], now: datetime) -> RestoredLedger:
    """releases: folders of releases beside those in `releases/`. Raises: RestoreRefused, BackupDamaged …

    Key and ballots of every charged round that are on this machine are destroyed at the end; `subrosa tally` finishes
    that if it is interrupted.
    """
    folder = private_folder(house.config.tally_folder)
    with house.rounds.changing():
        rounds = house.rounds.all()
        signed = [Signed(one.served, one.manifest) for one in rounds] + [
            Signed(one.served, one.manifest) for one in map(house.externals.load, house.externals.ids())
        ]
        _check_keys(house, rounds)
        evidence, odd = evidence_in(release_folders(house.releases, releases), signed)
        with held(house.ledger_address, SCHEMA) as present, rebuilt(backup, SCHEMA, folder) as engine:
            _check_present(present, engine, merge)
            charged = _charge(house, engine, evidence, {str(one.manifest.id): one.manifest for one in signed}, now)
            install(engine, present, SCHEMA, grows=True)
        destroy_charged(house, rounds, {entry.round_id for entry in charged.chain})
    names = {str(one.manifest.id): one.manifest.name for one in signed}
    return _told(house, charged, names, rounds, odd, now)


def _check_keys(house: House, rounds: Iterable[PublishedRound]) -> None:
    """A key whose round is not known here might open a box that was measured already."""
    known = {sealing_fingerprint(one.manifest.sealing_key) for one in rounds}
    strange = sorted(path.name for path in house.tally_keys.glob("*.seed") if path.stem not in known)
    if strange:
        raise RestoreRefused(
            f"The tally's key {strange[0]} belongs to no round that rounds/ here knows, so nobody can tell whether its "
            "round is measured. Copy rounds/ here from where the host works. If no round has that key even then, "
            "remove it from the tally's keys/ and make a new one. Nothing was changed."
        )


def _check_present(present: Present, engine: Engine, merge: bool) -> None:
    if present.connection is None or not present.has_rows:
        return
    here = entries_in(present.connection)
    with one_moment(engine) as connection:
        kept = entries_in(connection)
    if kept[: len(here)] != here:
        raise RestoreRefused(
            "The ledger here has charges that the backup has not: it is later, or another one. Two ledgers cannot be "
            "joined. Nothing was changed."
        )
    if not merge or len(here) == len(kept):
        raise RestoreRefused(
            "There is a ledger here. If it is an older one, which the backup goes on from, run this with --merge. "
            "Nothing was changed."
        )


def _charge(
    house: House, engine: Engine, evidence: Iterable[Evidence], manifests: dict[str, AnyManifest], now: datetime
) -> _Charged:
    with writing(engine) as connection:
        kept = _whole(connection)
        unknown = {entry.round_id for entry in kept} - set(manifests)
        if unknown:
            raise RestoreRefused(
                f"The backup has charges of {len(unknown)} rounds that rounds/ and measured/ here do not know. Rounds "
                "that were measured since may be missing as well, and would not be charged: restore the host's newest "
                "backup first, or copy both folders here. Nothing was changed."
            )
        added, lost = take_back(connection, kept, evidence, now.date().isoformat())
        chain = entries_in(connection)
        doubtful = tuple(_doubtful(house, manifests, {entry.round_id for entry in chain}, now))
        charge_doubtful(connection, doubtful, now.date())
        check_chain(connection)
        return _Charged(entries_in(connection), added, frozenset(lost), tuple(one.round_id for one in doubtful))


def _whole(connection: Connection) -> tuple[Entry, ...]:
    try:
        check_chain(connection)
    except ChainBroken as broken:
        raise RestoreRefused(
            f"The ledger in this backup is not whole (entry {broken.seq}); take another one."
        ) from None
    return entries_in(connection)


def _doubtful(house: House, manifests: dict[str, AnyManifest], charged: set[str], now: datetime) -> Iterator[Doubtful]:
    rounds = {str(one.manifest.id): one for one in house.rounds.all()}
    for one, manifest in manifests.items():
        # Answers that a host had already are measured as soon as their manifest is there.
        if one not in charged and (one not in rounds or may_be_measured(house, rounds[one], now)):
            promised = manifest.promise.term
            start, end = date.fromisoformat(promised.start), date.fromisoformat(promised.end)
            yield Doubtful(one, manifest.promise.rho, Term(start, end, promised.epsilon, promised.delta))


def may_be_measured(house: House, published: PublishedRound, now: datetime) -> bool:
    """Whether this round can have been measured before now, by all that is known here; in doubt it can."""
    manifest, statement = published.manifest, published.statement
    closes = statement.closes if statement else manifest.closes
    if phase(manifest, statement, now) is Phase.CLOSED or closes <= now or is_published(house, manifest.id):
        return True
    box = house.ballot_box()
    try:
        # A round that was cancelled while it was open had its box destroyed, and was never closed.
        cancelled = phase(manifest, statement, now) is Phase.CANCELLED
        return box is not None and not cancelled and box.state(manifest.id_bytes) is not None
    finally:
        if box is not None:
            box.release()


def destroy_charged(house: House, rounds: Iterable[PublishedRound], charged: set[str]) -> None:
    """Destroy key and ballots of every charged round, as far as they are on this machine."""
    box, ledger = house.ballot_box(), house.ledger()
    for one in rounds:
        if one.manifest.id not in charged:
            continue
        destroy_sealing_key(house.tally_keys, one.manifest.sealing_key)
        if box is not None:  # once more where it is destroyed: what is left in its files may have been cut short
            box.destroy(one.manifest.id_bytes)
        ledger.mark_destroyed(one.manifest.id)
    if box is not None:
        box.release()


def _told(
    house: House,
    charged: _Charged,
    names: dict[str, str],
    rounds: Iterable[PublishedRound],
    odd: Sequence[Path],
    now: datetime,
) -> RestoredLedger:
    going_on = (Phase.OPEN, Phase.NOT_YET_OPEN)
    ids = {entry.round_id for entry in charged.chain}
    without_key = (
        one.manifest.name
        for one in rounds
        if one.manifest.id not in ids
        and phase(one.manifest, one.statement, now) in going_on
        and not (house.tally_keys / f"{sealing_fingerprint(one.manifest.sealing_key)}.seed").exists()
    )
    back = [entry.round_id for entry in charged.added if entry.round_id not in charged.lost]
    return RestoredLedger(
        charges=len(charged.chain) - len(charged.added) - len(charged.doubtful),
        taken_back=tuple(names.get(one, one[:8]) for one in back),
        lost=tuple(names.get(one, one[:8]) for one in sorted(charged.lost)),
        unmeasurable=tuple(names[one] for one in charged.doubtful),
        without_key=tuple(without_key),
        odd_releases=tuple(odd),
    )
