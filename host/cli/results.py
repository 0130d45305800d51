"""`subrosa tally` and `ledger`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from host.cli.counting import chosen_engine, engine_options
from host.cli.show import bars, check_new_file, config_option, facts, json_option

if TYPE_CHECKING:
    from collections.abc import Mapping


@click.command()
@click.argument("round_name", metavar="ROUND")
@click.option("--box", "box_path", type=click.Path(path_type=Path), help="A box file from `subrosa box export`.")
@click.option("--accept-empty", is_flag=True, help="Measure even if not one ballot in the box counts.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Also write the measurement here, for `publish` elsewhere."
)
@engine_options
@config_option
@json_option
def tally(
    round_name: str,
    box_path: Path | None,
    accept_empty: bool,
    out: Path | None,
    config_path: Path,
    as_json: bool,
    **counting: Any,
) -> None:
    """Open, count and measure a closed round once, then destroy its private key and its responses.

    A second run only finishes a destruction that was interrupted. ROUND: name, id, or the start of the id; where
    this machine has not seen the round yet, its full id as the society published it. The outcome is the same wherever
    it is counted; docs/scaling.md says how to count on a cluster.

    \b
    Examples:
      subrosa tally spring
      subrosa tally spring --processes 4
    """
    from host.ballot_sources import find_round  # noqa: PLC0415
    from host.from_tally import export_measurement, ledger_entry  # noqa: PLC0415
    from host.house import House  # noqa: PLC0415
    from host.tallied_words import outcome_json, outcome_words  # noqa: PLC0415
    from host.tallying import run_tally  # noqa: PLC0415

    check_new_file(out, "--out")
    engine = chosen_engine(counting)
    house = House.at(config_path)
    manifest, file = find_round(house, round_name, box_path)
    with bars() as progress:
        outcome = run_tally(house, manifest, file, progress, accept_empty=accept_empty, engine=engine)
    if out is not None:
        export_measurement(house, manifest, out)
    entry = ledger_entry(house, manifest)
    facts(as_json, outcome_json(manifest, outcome, entry), outcome_words(manifest, outcome, entry))


@click.command()
@config_option
@json_option
def ledger(config_path: Path, as_json: bool) -> None:
    """Show what every round was charged, check the chain, and say what is left of the term.

    What rounds on this machine have promised and not yet paid is named apart: only the rest is free for new ones.

    \b
    Example:
      subrosa ledger
    """
    from dataclasses import asdict  # noqa: PLC0415

    from host.house import House  # noqa: PLC0415
    from host.measured import measured_externals  # noqa: PLC0415
    from host.promising import left_of_term, unmeasured  # noqa: PLC0415
    from reports.wording import charge  # noqa: PLC0415
    from survey.rounds.times import now  # noqa: PLC0415

    house, today = House.at(config_path), now()
    book = house.ledger()
    book.verify_chain()
    entries, term = book.entries(), book.term
    names = {str(published.manifest.id): published.manifest.name for published in house.rounds.all()}
    names |= {str(one.manifest.id): one.manifest.name for one in measured_externals(house)}
    promised = {one.manifest.name: one.manifest.promise.rho for one in unmeasured(house, today)}
    free = float(max(left_of_term(house, today) or 0, 0))
    lines = [
        f"{e.seq:>3}  {e.day}  rho {charge(e.rho):<8}  {e.kind:<14} {names.get(e.round_id, '')}  {e.round_id}  "
        f"entry {e.digest[:16]}…"
        for e in entries
    ]
    lines.append(
        f"Term {term.name}: (epsilon {term.epsilon:g}, delta {term.delta:g}) is rho {term.rho:.5f}; "
        f"{book.remaining():.5f} is left{_promised(promised, free)}. The chain of {len(entries)} entries is whole."
    )
    values = {
        "entries": [asdict(entry) for entry in entries],
        "term": {"name": term.name, "epsilon": term.epsilon, "delta": term.delta, "rho": term.rho},
        "spent": book.spent(),
        "remaining": book.remaining(),
        "promised": promised,
        "free": free,
    }
    facts(as_json, values, "\n".join(lines))


def _promised(promised: Mapping[str, float], free: float) -> str:
    """Part of a sentence: what of the rest is not free any more. Units: rho."""
    if not promised:
        return ""
    names = ", ".join(f"{name} {rho:.5f}" for name, rho in promised.items())
    return f" (of it {sum(promised.values()):.5f} is promised to rounds not measured yet: {names}; free: {free:.5f})"
