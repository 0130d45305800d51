"""`subrosa respond`: bulk and paper entry."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from host.cli.failed_rows import failure_lines
from host.cli.serving import TryLater
from host.cli.show import bars, facts, json_option

if TYPE_CHECKING:
    from survey.respondent.bulk import Outcome

_FEW: Final = 20


# Further arguments are taken only to be refused with more than "unexpected": a shell's `*` may have named them.
@click.command(context_settings={"allow_extra_args": True})
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
@click.option("--skip-failed", is_flag=True, help="Send the others though some codes give no token.")
@click.option("--resend", is_flag=True, help="Send all again: for an intake that was restored from a backup.")
@json_option
@click.pass_context
def respond(
    context: click.Context,
    /,
    source: str,
    invites: Path,
    answers: Path,
    state: Path | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Enter many respondents' answers, for example from paper. WHOEVER RUNS THIS SEES THE ANSWERS.

    It can also tell which code gave which answers, so it belongs in the hands of somebody the respondents trust.
    The first code goes with the first row that holds an answer, and so on. If it is interrupted, run it again with
    the same files. It ends with 75 where that is worth trying later, because a service does not answer any more. If
    the intake was restored from a backup since, add --resend: what it has is left as it is, and what it lost is there
    again.

    \b
    Example:
      subrosa respond --manifest http://127.0.0.1:8002/v1/rounds/<round id>/manifest \\
          --invites codes.txt --answers answers.csv
    """
    from host.entering import EntryFiles, enter_file  # noqa: PLC0415

    if context.args:
        raise click.UsageError("Enter one round at a time: --manifest, --invites and --answers take one file each.")
    files = EntryFiles(source, invites, answers, state or answers.with_name(answers.name + ".state"))
    with bars() as progress:
        outcome = enter_file(
            files, options["clients"], progress, options["round_id"], options["skip_failed"], options["resend"], _say
        )
    for line in failure_lines(outcome.failures):
        click.echo(line, err=True)
    failed = [failure.row + 1 for failure in outcome.failures]
    facts(
        as_json,
        {
            "sent": outcome.sent,
            "sent_now": outcome.sent_now,
            "resent": outcome.resent,
            "failed": failed,
            "not_yet": outcome.not_yet,
        },
        _words(outcome, files.state),
    )
    if outcome.stopped:
        raise TryLater(
            f"stopped: the {outcome.stopped} does not answer; nothing confirmed is lost; run the same command again "
            "later with the same files."
        )
    if outcome.failures:
        raise click.exceptions.Exit(1)


def _say(sentence: str) -> None:
    """At once, and above the bars: while they are shown, `sys.stderr` is theirs."""
    sys.stderr.write(f"subrosa: {sentence}\n")
    sys.stderr.flush()


def _words(outcome: Outcome, state: Path) -> str:
    failures = len(outcome.failures)
    words = f"{outcome.sent} responses were confirmed by the intake.{_earlier(outcome)}"
    if outcome.stopped:
        words += f" {outcome.not_yet} are not yet."
    elif outcome.held_back:
        words += (
            f" {failures} codes gave no token, so nothing was sent this time: those sent later could be told apart by "
            "their time. Mend that and run it again, or send the others with --skip-failed."
        )
    elif failures:
        words += f" {failures} are not yet; run it again with the same files once that is mended."
    elif outcome.sent:
        words += (
            f" Keep {state} and the codes together while rows may be added or changed: run it again with the same "
            "files then. After that delete them with the answers; codes without a row stay good for others."
        )
    else:
        words += " The table has no rows with answers."
    if 0 < outcome.sent_now < _FEW:
        words += (
            f" Only {outcome.sent_now} were sent in this run: registrar and intake together could line up so few by "
            "their time, so better collect rows and send many at once."
        )
    return words


def _earlier(outcome: Outcome) -> str:
    """What is said of rows that were confirmed before this run, which asked nobody whether they are there still."""
    earlier = outcome.sent - outcome.sent_now
    if outcome.resent:
        return f" {outcome.resent} of them were sent again."
    if not earlier or outcome.held_back:
        return ""
    return (
        f" {earlier} of them in an earlier run: if the intake was restored from a backup since, send all again with "
        "--resend."
    )
