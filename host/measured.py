"""What this society has measured of external answers, by the ledger, and how it is found by name."""

from __future__ import annotations

from host.externals import StoredExternal
from host.house import House
from survey.rounds.folder import PublishedRound, UnknownRound


def measured_externals(house: House) -> list[StoredExternal]:
    """Those that were charged, the first one first.

    Where the tally is not on this machine nobody can tell, and all count as charged.
    """
    stored = house.externals.all()
    if not stored or not house.has_tally():
        return stored
    charged = {entry.round_id: entry.seq for entry in house.ledger().entries()}
    known = [one for one in stored if one.manifest.id in charged]
    return sorted(known, key=lambda one: charged[one.manifest.id])


def find_published(house: House, name: str) -> PublishedRound | StoredExternal:
    """The round, or measurement of external answers, with this id, unique prefix of an id, or short name.

    Raises: UnknownRound.
    """
    measured = measured_externals(house)
    exact = [one for one in measured if name in (one.manifest.id, one.manifest.name)]
    if exact:
        return exact[0]  # no two share a name, and no round has the name of one
    try:
        return house.rounds.find(name)
    except UnknownRound:
        alike = [one for one in measured if len(name) >= 4 and one.manifest.id.startswith(name)]
        if len(alike) != 1:
            raise
        return alike[0]
