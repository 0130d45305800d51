"""`subrosa measure`: a signed release from answers that a host already has."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from host.cli.forms import read_form
from host.cli.show import bars, config_option, facts, json_option
from host.cli.wishing import wish_options, wishes

if TYPE_CHECKING:
    from host.measuring import Measured


@click.command()
@click.option("--form", "form_name", required=True, help="A form file, or the name of a bundled form.")
@click.option(
    "--answers",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    required=True,
    help="CSV, one person a row; `subrosa form template` prints its header.",
)
@click.option("--name", required=True, help="Your short name for it (a-z, 0-9, -, _), unlike any round's.")
@click.option(
    "--respondents",
    type=click.IntRange(1),
    required=True,
    help="How many answered, as you would say it publicly: it is published. Never read from the file.",
)
@wish_options
@click.option("--again", is_flag=True, help="Measure answers though the same were measured before: both charges count.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The new folder of the release.")
@config_option
@json_option
def measure(
    form_name: str, answers: Path, name: str, again: bool, out: Path, config_path: Path, as_json: bool, **options: Any
) -> None:
    """Make a signed release from answers that you already have, for example from a survey made elsewhere.

    The term is charged as for a round, once a name. The release says that these answers were not collected through
    Subrosa: each row is taken as one person, and you, who hold the answers, can read them. Nothing of them is
    destroyed.

    \b
    Example:
      subrosa form template hr-benchmark > answers.csv
      subrosa measure --form hr-benchmark --answers answers.csv --name staff-2025 --respondents 400 \\
          --by role --split-only last_no,heard --out staff-2025
    """
    from host.house import House  # noqa: PLC0415
    from host.measuring import Wanted, measure_answers, not_compared, same_answers  # noqa: PLC0415
    from host.placeholders import left_placeholders  # noqa: PLC0415

    house, form = House.at(config_path), read_form(form_name)
    wanted = Wanted(form, name, wishes(form, options), answers, out, again)
    with bars(patience=2) as progress:
        measured = measure_answers(house, wanted, lambda done, of: progress("Reading, percent", done, of))
    if measured.before:
        click.echo(f"subrosa: {same_answers(measured.before)}", err=True)
    if measured.unknown:
        click.echo(f"subrosa: {not_compared(measured.unknown)}", err=True)
    for sentence in left_placeholders(house.config):
        click.echo(f"subrosa: {sentence}", err=True)
    facts(as_json, _values(measured), _words(measured))


def _values(measured: Measured) -> dict[str, Any]:
    return {
        "measurement": measured.manifest.id,
        "name": measured.manifest.name,
        "source": measured.manifest.source,
        "complete": measured.measurement.complete,
        "tables": len(measured.measurement.tables),
        "entry": measured.entry.digest,
        "rho": measured.entry.rho,
        "release": str(measured.release),
        "measured_before_as": list(measured.before),
        "not_compared_with": list(measured.unknown),
    }


def _words(measured: Measured) -> str:
    from host.in_words import precision_in_words  # noqa: PLC0415

    manifest, promise = measured.manifest, measured.manifest.promise
    if measured.measurement.complete:
        lines = [
            f"Measured '{manifest.name}' once, with noise: {len(measured.measurement.tables)} tables, "
            f"(epsilon {promise.epsilon:g}, delta {promise.delta:g}) charged to the ledger.",
            precision_in_words(promise),
        ]
    else:
        lines = [
            f"The noisy number of rows is below {promise.minimum_responses}: only that number was measured and charged."
        ]
    lines += [
        f"Published in {measured.release}; the page to read is {measured.release / 'index.html'}.",
        "It says that these answers were not collected through Subrosa. You still hold them; nothing was destroyed.",
        f"Id: {manifest.id}",
        f"Ledger entry: {measured.entry.digest[:16]}…",
    ]
    return "\n".join(lines)
