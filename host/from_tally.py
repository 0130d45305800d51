"""What a tally hands on of a round once it is measured: from its ledger, or in the file that it wrote for elsewhere."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import rfc8785

from host.house import House
from privacy.errors import PrivacyError
from privacy.measurement import Measurement
from privacy.terms import Entry
from reports.entries import entry_from_json
from survey.rounds.any_manifest import AnyManifest
from survey.rounds.folder import write_durably


class NotMeasured(ValueError):
    """There is no measurement of this round to publish."""


@dataclass(frozen=True, slots=True)
class FromTally:
    """What the tally has to tell of a round. chain: the ledger's entries up to its own."""

    measurement: Measurement
    entry: Entry
    chain: tuple[Entry, ...]


def stored(house: House, manifest: AnyManifest) -> FromTally:
    """From the ledger on this machine. Raises: NotMeasured."""
    ledger = house.ledger(manifest.promise.term)
    measurement = ledger.measurement(manifest.id)
    if ledger.unmeasurable(manifest.id):
        raise NotMeasured("It has no measurement and never gets one: its tally was restored from a backup.")
    if measurement is None:
        raise NotMeasured("This round is not measured yet; close it, then run `subrosa tally`.")
    entries = ledger.entries()
    own = next(entry for entry in entries if entry.round_id == manifest.id)
    return FromTally(measurement, own, entries[: own.seq])


def carried(path: Path) -> FromTally:
    """From the file of a tally elsewhere. Raises: NotMeasured."""
    try:
        document = json.loads(path.read_bytes())
        entry, chain = document["entry"], document.get("chain", ())
        return FromTally(
            Measurement.from_json(document["measurement"]),
            entry_from_json(entry),
            tuple(entry_from_json(link) for link in chain),
        )
    except (
        OSError,
        AttributeError,
        ValueError,
        KeyError,
        TypeError,
        RecursionError,
        OverflowError,
        PrivacyError,
    ):
        raise NotMeasured("This is not a measurement; give the file that `subrosa tally --out` wrote.") from None


def ledger_entry(house: House, manifest: AnyManifest) -> Entry:
    """What the measured round was charged. Its digest covers the measurement. Raises: NotMeasured."""
    return stored(house, manifest).entry


def export_measurement(house: House, manifest: AnyManifest, out: Path) -> None:
    """Write measurement and ledger entry to a file, for publishing on another machine: both are noised already."""
    found = stored(house, manifest)
    document: dict[str, Any] = {
        "measurement": found.measurement.to_json(),
        "entry": asdict(found.entry),
        "chain": [asdict(entry) for entry in found.chain],
    }
    write_durably(out, rfc8785.dumps(document), 0o600)
