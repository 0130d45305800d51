"""`subrosa respond`: bulk and paper entry."""

from __future__ import annotations

from pathlib import Path

import click

from host.cli.show import bars, facts, json_option


@click.command()
@click.option("--manifest", "source", required=True, help="The round's manifest: an http(s) address or a file.")
@click.option("--invites", type=click.Path(path_type=Path, exists=True), required=True, help="One code or link a line.")
@click.option(
    "--answers",
    type=click.Path(path_type=Path, exists=True),
    required=True,
    help="CSV, one respondent a row.",
)
@click.option("--state", type=click.Path(path_type=Path), help="Where to keep what an interruption must not lose.")
@click.option("--round", "round_id", help="The round's full id, where neither links nor the address carry it.")
@click.option("--clients", type=click.IntRange(1, 64), default=8, show_default=True, help="How many at the same time.")
@json_option
def respond(
    source: str,
    invites: Path,
    answers: Path,
    state: Path | None,
    clients: int,
    round_id: str | None,
    as_json: bool,
) -> None:
    """Enter many respondents' answers, for example from paper. WHOEVER RUNS THIS SEES THE ANSWERS.

    It can also tell which code gave which answers, so it belongs in the hands of somebody the respondents trust.
    The first code goes with the first row that holds an answer, and so on. If it is interrupted, run it again with
    the same files.

    \b
    Example:
      subrosa respond --manifest http://127.0.0.1:8002/v1/rounds/<round id>/manifest \\
          --invites codes.txt --answers answers.csv
    """
    from host.entering import enter_file  # noqa: PLC0415

    where = state or answers.with_name(answers.name + ".state")
    with bars() as progress:
        outcome = enter_file(source, invites, answers, where, clients, progress, round_id)
    for failure in outcome.failures:
        click.echo(f"Respondent {failure.row + 1}: {failure.reason}", err=True)
    words = f"{outcome.sent} responses are stored at the intake."
    if outcome.failures:
        words += f" {len(outcome.failures)} are not yet; run it again with the same files once that is mended."
    elif outcome.sent:
        words += (
            f" Keep {where} and the codes together while rows may be added or changed: run it again with the same "
            "files then. After that delete them with the answers; codes without a row stay good for others."
        )
    else:
        words += " The table has no rows with answers."
    facts(as_json, {"sent": outcome.sent, "failed": [failure.row + 1 for failure in outcome.failures]}, words)
    if outcome.failures:
        raise click.exceptions.Exit(1)
