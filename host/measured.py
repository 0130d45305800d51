"""What this society has measured of external answers, by the ledger, and how it is found by name."""

from __future__ import annotations

from host.externals import StoredExternal
from host.house import House
from survey.rounds.folder import PublishedRound, UnknownRound


def charged_externals(house: House) -> list[str]:
    """The ids of those that were charged, the first one first; damaged ones too, since the ledger knows them.

    Where the tally is not on this machine nobody can tell, and all count as charged.
    """
    stored = house.externals.ids()
    if not stored or not house.has_tally():
        return stored
    charged = {entry.round_id: entry.seq for entry in house.ledger().entries()}
    return sorted((one for one in stored if one in charged), key=lambda one: charged[one])


def measured_externals(house: House) -> list[StoredExternal]:
    """Those that were charged and whose manifests are whole, the first one first."""
    return house.externals.readable(charged_externals(house))


def find_published(house: House, name: str) -> PublishedRound | StoredExternal:
    """The round, or measurement of external answers, with this id, unique prefix of an id, or short name.

    Raises: UnknownRound; ExternalDamaged if it is a measurement whose manifest is damaged, or may be that one.
    """
    charged = charged_externals(house)
    if name in charged:
        return house.externals.load(name)
    measured = house.externals.readable(charged)
    exact = [one for one in measured if name == one.manifest.name]
    if exact:
        return exact[0]  # no two share a name, and no round has the name of one
    try:
        return house.rounds.find(name)
    except UnknownRound:
        alike = [one for one in charged if len(name) >= 4 and one.startswith(name)]
        nameless = set(charged) - {one.manifest.id for one in measured}
        if len(alike) != 1 and not nameless:
            raise
    return house.externals.load(alike[0] if len(alike) == 1 else min(nameless))
