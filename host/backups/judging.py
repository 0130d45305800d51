"""What this machine knows of the rounds in a backup: by signed statements, by the ledger, by releases."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from host.house import House
from survey.rounds.closing import Phase, phase
from survey.rounds.folder import PublishedRound


class RestoreRefused(ValueError):
    """A backup that is not restored here as it was asked for; nothing was changed, and this says what to do."""


class Fate(Enum):
    """How far a round is, at the least. A round never goes back."""

    WAITING = "waiting"  # not open yet: nobody can have been served
    OPEN = "open"
    CLOSED = "closed"
    OVER = "over"  # cancelled, measured or published: its ballots must not exist


@dataclass(frozen=True, slots=True)
class Known:
    """The rounds of this machine, by id, and the fate of each."""

    rounds: Mapping[str, PublishedRound]
    fates: Mapping[str, Fate]

    @classmethod
    def on(cls, house: House, now: datetime) -> Known:
        charged = charged_here(house)
        rounds = {str(one.manifest.id): one for one in house.rounds.all()}
        return cls(rounds, {name: _fate(house, one, charged, now) for name, one in rounds.items()})

    def check(self, wanted: Iterable[str]) -> None:
        """Raises: RestoreRefused if one of these rounds is not known here: it may be over, and nobody could tell."""
        unknown = sorted(set(wanted) - set(self.rounds))
        if unknown:
            raise RestoreRefused(
                f"The backup holds {len(unknown)} rounds that rounds/ here does not know ({unknown[0][:8]}… for one), "
                "so nobody can tell whether they are over. Restore the host's newest backup first, or copy "
                "rounds/ here from where the host works. Nothing was changed."
            )


def charged_here(house: House) -> frozenset[str]:
    """The ids that the ledger knows, where the tally is on this machine."""
    return frozenset(e.round_id for e in house.ledger().entries()) if house.has_tally() else frozenset()


def is_published(house: House, round_id: str) -> bool:
    return os.path.lexists(house.releases / round_id)


def _fate(house: House, published: PublishedRound, charged: frozenset[str], now: datetime) -> Fate:
    manifest = published.manifest
    now_is = phase(manifest, published.statement, now)
    if now_is is Phase.CANCELLED or manifest.id in charged or is_published(house, manifest.id):
        return Fate.OVER
    return {Phase.CLOSED: Fate.CLOSED, Phase.NOT_YET_OPEN: Fate.WAITING, Phase.OPEN: Fate.OPEN}[now_is]
