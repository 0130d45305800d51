"""The tally of one round: open, count, measure once, re-read, destroy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from aggregation.ballots import Ballot, BoxFile
from aggregation.counting import count
from aggregation.opening import Inspection, open_box
from aggregation.promise import plan_of
from host.house import House
from host.keys import destroy_sealing_key, read_sealing_key
from privacy.ledger import Ledger
from privacy.measure import Charge, Hook, Measurement, measure, no_hook
from survey.rounds.manifest import Manifest

Progress = Callable[[str, int, int], None]


class TallyError(ValueError):
    """A round that cannot be measured now; says what to do first."""


@dataclass(frozen=True, slots=True)
class TallyOutcome:
    """What the tally did. `inspection` is None where the round was measured before."""

    measurement: Measurement
    inspection: Inspection | None
    box_destroyed: bool


@dataclass(frozen=True, slots=True)
class Box:
    """Where ballots come from: this machine's intake, or a file."""

    count: int
    ballots: Callable[[], Iterator[Ballot]]


def open_box_file(house: House, path: Path, name: str) -> BoxFile:
    """The box file, if it is of the round that was asked for. Raises: BoxError, TallyError.

    A manifest that this machine has not seen yet is entered in its rounds folder: the file carries it.
    """
    file = BoxFile.open(path)
    if name != file.manifest.name and not file.manifest.id.startswith(name):
        raise TallyError(f"This box file is of the round '{file.manifest.name}', not of the one you named.")
    if file.manifest.id not in house.rounds.ids():
        house.rounds.add(file.served)
    return file


def find_manifest(house: House, file: BoxFile | None, name: str) -> Manifest:
    return file.manifest if file is not None else house.rounds.find(name).manifest


def run_tally(
    house: House,
    manifest: Manifest,
    box_file: BoxFile | None,
    progress: Progress,
    hook: Hook = no_hook,
) -> TallyOutcome:
    """Measure a round once and destroy its key and ballots; a second run only finishes the destruction.

    Raises: TallyError, BoxError, BoxOutOfOrder, KeyMissing, BudgetExceeded … with key and ballots untouched.
    """
    ledger = house.ledger(manifest.promise.term)
    # Read before anything is opened: a measured round is never opened again, let alone drawn again.
    measurement, inspection = ledger.measurement(manifest.id), None
    if measurement is None:
        inspection = Inspection()
        measurement = _measure(house, manifest, ledger, _box(house, manifest, box_file), inspection, progress, hook)
    hook("before-destruction")
    destroyed = _destroy(house, manifest, ledger, box_file)
    return TallyOutcome(measurement, inspection, destroyed)


def _measure(
    house: House,
    manifest: Manifest,
    ledger: Ledger,
    box: Box,
    inspection: Inspection,
    progress: Progress,
    hook: Hook,
) -> Measurement:
    workload, allocation = plan_of(manifest.form, manifest.promise)
    key = read_sealing_key(house.tally_keys, manifest.sealing_key)

    def opened(done: int) -> None:
        progress("Opening and counting", done, box.count)

    batches = open_box(manifest, key, box.ballots(), inspection, opened)
    counts = count(manifest.form, workload, batches)
    charge = Charge(manifest.id, manifest.promise.minimum_responses)
    return measure(ledger, charge, counts, allocation, hook)


def _box(house: House, manifest: Manifest, box_file: BoxFile | None) -> Box:
    if box_file is not None:
        return Box(box_file.count, box_file.ballots)
    store = house.ballot_box()
    state = store.state(manifest.id_bytes)
    if state == "destroyed":
        raise TallyError("The ballot box of this round is destroyed on this machine; there is nothing to measure.")
    if state is None:
        raise TallyError(
            "The ballot box of this round is still open; run `subrosa round close` first, or name a box file."
        )

    def ballots() -> Iterator[Ballot]:
        for row in store.ballots(manifest.id_bytes):
            yield Ballot(*row)

    return Box(store.count(manifest.id_bytes), ballots)


def _destroy(house: House, manifest: Manifest, ledger: Ledger, box_file: BoxFile | None) -> bool:
    """Key first: without it the ballots are noise, wherever copies of them may be.

    Returns whether the ballots on this machine are gone too; a box that lies elsewhere has to be destroyed there.
    """
    destroy_sealing_key(house.tally_keys, manifest.sealing_key)
    if box_file is not None:
        box_file.path.unlink(missing_ok=True)
    intake_here = (house.config.root / "intake").is_dir()
    if intake_here:
        house.ballot_box().destroy(manifest.id_bytes)
    ledger.mark_destroyed(manifest.id)
    return intake_here
