"""What a tally did, told to the host. Of responses only numbers for operations; of answers nothing."""

from __future__ import annotations

from typing import Any

from host.tallying import TallyOutcome
from privacy.terms import Entry
from survey.rounds.manifest import Manifest


def outcome_json(manifest: Manifest, outcome: TallyOutcome, entry: Entry) -> dict[str, Any]:
    inspection = outcome.inspection
    return {
        "round": manifest.id,
        "complete": outcome.measurement.complete,
        "entry": entry.digest,
        "tables": len(outcome.measurement.tables),
        "measured_now": inspection is not None,
        "counted": None if inspection is None else inspection.counted,
        "withdrawn": None if inspection is None else inspection.withdrawn,
        "dropped": {} if inspection is None else {d.name.lower(): n for d, n in inspection.dropped.items()},
        "ballots_destroyed_here": outcome.box_destroyed,
    }


def outcome_words(manifest: Manifest, outcome: TallyOutcome, entry: Entry) -> str:
    inspection, lines = outcome.inspection, []
    if inspection is None:
        lines.append(f"'{manifest.name}' was measured before; nothing was drawn or charged again.")
    else:
        lines.append(
            f"Counted {inspection.counted} responses of '{manifest.name}' ({inspection.withdrawn} withdrawn, "
            f"{sum(inspection.dropped.values())} dropped). Keep these numbers to yourself."
        )
        lines += [f"  {number} dropped: {reason.value}" for reason, number in inspection.dropped.items()]
    if outcome.measurement.complete:
        measured = "It was measured" if inspection is None else "Measured"
        lines.append(f"{measured} once, with noise: {len(outcome.measurement.tables)} tables, charged to the ledger.")
    else:
        lines.append(
            "The noisy number of responses is below the round's minimum: only that number was measured and "
            "charged, and nothing else can ever be released from this round."
        )
    lines.append(
        "The round's private key is destroyed" + (", and its responses too." if outcome.box_destroyed else ".")
    )
    if not outcome.box_destroyed:
        lines.append(f"On the intake's machine now run: subrosa box destroy {manifest.name}")
    lines.append(f"Ledger entry: {entry.digest[:16]}…; where you publish, the same must be shown.")
    lines.append(f"Next: subrosa publish {manifest.name} (where the host's signing key is)")
    return "\n".join(lines)
