"""The tally of one round: open, count, measure once, re-read, destroy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from aggregation.ballots import BoxFile
from aggregation.engines.job import Engine, Job, count_box
from aggregation.engines.local import local_engine
from aggregation.opening import Inspection
from aggregation.parts import BoxIncomplete
from aggregation.promise import plan_of
from host.ballot_sources import Box, TallyError, ballots_of, check_not_cancelled, check_term
from host.house import House
from host.keys import destroy_sealing_key, read_sealing_key
from privacy.counts import ExactCounts
from privacy.ledger import Ledger
from privacy.measure import Charge, Hook, Measurement, measure, no_hook
from survey.rounds.manifest import Manifest

Progress = Callable[[str, int, int], None]
_NOTHING_COUNTS: Final = (
    "Not one ballot in this box counts, so it may be the wrong box, or an empty one; nothing was measured and nothing "
    "destroyed. If it is right, run again with --accept-empty, or end the round with `subrosa round cancel`."
)


_NEVER: Final = (
    "This round can never be measured: it may have been measured before the tally was lost and restored from a backup. "
    "What it promised to cost is charged. Its key and what this machine had of its responses are destroyed; where its "
    "intake works elsewhere, run `subrosa box destroy` there."
)


@dataclass(frozen=True, slots=True)
class TallyOutcome:
    """What the tally did. `inspection` is None where the round was measured before."""

    measurement: Measurement
    inspection: Inspection | None
    box_destroyed: bool


def run_tally(
    house: House,
    manifest: Manifest,
    box_file: BoxFile | None,
    progress: Progress,
    hook: Hook = no_hook,
    accept_empty: bool = False,
    engine: Engine | None = None,
) -> TallyOutcome:
    """Measure a round once and destroy its key and ballots; a second run only finishes the destruction.

    accept_empty: measure even if not one ballot counts; otherwise that is taken for the wrong box, which must not
    cost a round its key. engine: who counts; as many processes of this machine as pay off, if left out.
    Raises: TallyError, BoxOutOfOrder, KeyMissing, BudgetExceeded … with key and ballots untouched.
    """
    ledger = house.ledger(manifest.promise.term)
    # Read before anything is opened: a measured round is never opened again, let alone drawn again.
    measurement, inspection = ledger.measurement(manifest.id), None
    if ledger.unmeasurable(manifest.id):
        _destroy(house, manifest, ledger, box_file)
        raise TallyError(_NEVER)
    if measurement is None:
        check_term(house, manifest)
        box = ballots_of(house, manifest, box_file)
        counts, inspection = _count(house, manifest, box, engine or local_engine(box.count), progress)
        if not inspection.counted and not accept_empty:
            raise TallyError(_NOTHING_COUNTS)
        charge = Charge(manifest.id, manifest.promise.minimum_responses)
        allocation = plan_of(manifest.form, manifest.promise)[1]

        def still_wanted(point: str) -> None:
            # Opening takes minutes, in which the host may have cancelled. Within the ledger's transaction the answer
            # stays true, because cancelling needs that lock too.
            if point == "begun":
                check_not_cancelled(house, manifest)
            hook(point)

        measurement = measure(ledger, charge, counts, allocation, still_wanted)
    hook("before-destruction")
    destroyed = _destroy(house, manifest, ledger, box_file)
    return TallyOutcome(measurement, inspection, destroyed)


def _count(
    house: House, manifest: Manifest, box: Box, engine: Engine, progress: Progress
) -> tuple[ExactCounts, Inspection]:
    key = read_sealing_key(house.tally_keys, manifest.sealing_key)

    def opened(done: int) -> None:
        progress("Opening and counting", done, box.count)

    try:
        return count_box(Job.of(manifest, key, box.portions(engine.portion), box.count), engine, opened)
    except BoxIncomplete:
        check_not_cancelled(house, manifest)  # cancelling takes the ballots away from under the counting
        raise


def _destroy(house: House, manifest: Manifest, ledger: Ledger, box_file: BoxFile | None) -> bool:
    """Key first: without it the ballots are noise, wherever copies of them may be.

    Returns whether the ballots on this machine are gone too; a box that lies elsewhere has to be destroyed there.
    """
    destroy_sealing_key(house.tally_keys, manifest.sealing_key)
    if box_file is not None:
        box_file.path.unlink(missing_ok=True)
    # On a machine whose intake never had this box, the one that has it still stands elsewhere.
    store = house.ballot_box()
    closed_here = store is not None and store.state(manifest.id_bytes) is not None
    if store is not None and closed_here:
        store.destroy(manifest.id_bytes)
    ledger.mark_destroyed(manifest.id)
    return closed_here
