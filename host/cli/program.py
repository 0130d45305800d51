"""The program `subrosa`: all commands, and the one place where errors become a sentence and an exit code."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

import click

from host.cli.backups import backup, restore
from host.cli.boxes import box
from host.cli.databases import database
from host.cli.forms import form
from host.cli.guides import guide
from host.cli.invitations import invite
from host.cli.measuring import measure
from host.cli.microdata import microdata
from host.cli.planning import plan
from host.cli.publishing import publish
from host.cli.responding import respond
from host.cli.results import ledger, tally
from host.cli.rounds import round_
from host.cli.serving import TryLater, serve
from host.cli.setting_up import init, keys
from host.cli.show import plain
from host.cli.verifying import verify

_OURS: Final = frozenset({"survey", "aggregation", "privacy", "reports", "host", "storage"})
USAGE: Final = 2
FAULT: Final = 1


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="subrosa-survey", prog_name="subrosa")
@click.option("--config", "before", type=click.Path(path_type=Path), help="The society's config, for any command.")
def program(before: Path | None) -> None:
    """Surveys that nobody can trace: verify once, answer unlinkably, publish only noised statistics.

    \b
    A round from beginning to end:
      subrosa init
      subrosa round open --form hr-benchmark --name spring --closes 2026-12-01T18:00:00+01:00 --respondents 300
      subrosa invite spring --count 300 --links --out links.txt
      subrosa serve
      subrosa round close spring
      subrosa tally spring
      subrosa publish spring
      subrosa verify releases/<round id>
    """
    del before  # read by the commands that need a society


for command in (
    init,
    keys,
    form,
    guide,
    plan,
    round_,
    invite,
    serve,
    respond,
    box,
    tally,
    measure,
    publish,
    verify,
    microdata,
    ledger,
    backup,
    restore,
    database,
):
    program.add_command(command)


def main(arguments: list[str] | None = None) -> None:
    """Run one command and exit: 0 done, 2 asked for something that cannot be done, 1 a fault of ours.

    `serve` and `respond` end with 75 where waiting may help.
    """
    os.umask(0o077)
    try:
        sys.exit(program.main(args=arguments, prog_name="subrosa", standalone_mode=False) or 0)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except click.Abort:
        _complain("Stopped.")
        sys.exit(130)
    except click.ClickException as error:
        _complain(error.format_message())
        sys.exit(error.exit_code if isinstance(error, TryLater) else USAGE)
    except BrokenPipeError:
        sys.exit(FAULT)
    except Exception as error:
        if os.environ.get("SUBROSA_TRACEBACK"):
            raise
        sys.exit(_explain(error))


def _explain(error: Exception) -> int:
    """Errors of our own carry a sentence made for people; of any other only its kind may be told."""
    if type(error).__module__.partition(".")[0] in _OURS:
        for sentence in (str(error), *getattr(error, "__notes__", ())):
            _complain(sentence)
        return USAGE
    if isinstance(error, OSError):
        _complain(f"The file system refused ({error.strerror}); check the path, its permissions and free space.")
        return USAGE
    if type(error).__module__.startswith("sqlalchemy"):
        _complain(_of_database(error))
        return USAGE
    _complain(
        f"This should not have happened ({type(error).__name__}). Nothing confirmed is lost; "
        "run it again with SUBROSA_TRACEBACK=1 in a private terminal to see where, and report that."
    )
    return FAULT


def _of_database(error: Exception) -> str:
    from storage.damage import is_damaged  # noqa: PLC0415

    if is_damaged(error):
        return (
            "A database is damaged: move its file away, with those whose names begin like its own, and restore the "
            "backup of its party (`subrosa restore`)."
        )
    return "A database cannot be used; check its permissions, free space and that no other run holds it."


def _complain(sentence: str) -> None:
    """One sentence. It may begin with the name of a file or of a place in it, so its first letter stays as it is."""
    sentence = plain(sentence)
    click.echo(f"subrosa: {sentence}{'' if sentence.endswith(('.', '!', '?')) else '.'}", err=True)
