"""`subrosa invite`: make eligibility codes, print or mail them, remind everybody, or take one back."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import click

from host.cli.mailing import mail_everybody
from host.cli.show import bars, check_new_file, config_option

if TYPE_CHECKING:
    from host.house import House
    from survey.rounds.folder import PublishedRound

# What else may be said with each of the three things this command does.
_GOES_WITH: Final = {
    "count": {"out", "links", "slips", "language"},
    "mail": {"remind", "from_row", "yes", "language"},
    "revoke": set[str](),
}
_FILE: Final = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("round_name", metavar="ROUND")
@click.option("--count", type=click.IntRange(1, 1_000_000), help="How many codes to make.")
@click.option("--out", type=_FILE, help="Write them to this new file (mode 0600).")
@click.option("--links", is_flag=True, help="Write links instead of bare codes.")
@click.option("--slips", type=_FILE, help="Write slips to print and cut out, with QR codes, to this new PDF file.")
@click.option("--mail", type=_FILE, help="Make and mail one code for each address in this CSV table.")
@click.option("--remind", is_flag=True, help="With --mail: remind everybody in the table, without codes.")
@click.option("--from-row", type=click.IntRange(1), help="With --mail: begin at this row of the table.")
@click.option("--language", type=click.Choice(["en", "es"]), help="Of slips and mails; en if left out.")
@click.option("--yes", is_flag=True, help="With --mail: do not ask.")
@click.option("--revoke", metavar="CODE", help="Take back one unspent code; '-' asks for it.")
@config_option
def invite(round_name: str, config_path: Path, **options: Any) -> None:
    """Make eligibility codes, one a line. Only their hashes are kept: what is lost cannot be shown again.

    Hand them out so that you do not note who got which, and delete the file afterwards. Mails are sent through the
    server in the config's [mail]; the table has addresses in its column `address`, or in the first one, and may have a
    column `language`.

    \b
    Examples:
      subrosa invite spring --count 300 --links --out links.txt
      subrosa invite spring --count 300 --slips slips.pdf --language es
      subrosa invite spring --mail members.csv
      subrosa invite spring --mail members.csv --remind
      subrosa invite spring --revoke -
    """
    from host.house import House  # noqa: PLC0415

    task = _task(options)
    house = House.at(config_path)
    published = house.rounds.find(round_name)
    if options["links"] or options["slips"] or task == "mail":
        _warn_of_own_machine(house.config.site.url)
    if task == "revoke":
        _take_back(house, published, options["revoke"])
    elif task == "mail":
        mail_everybody(house, published, options)
    elif options["slips"] is not None:
        _print_slips(house, published, options)
    else:
        _write_codes(house, published, options)


def _warn_of_own_machine(url: str) -> None:
    """Links that lead nowhere are noticed by the first respondent otherwise, when they are printed and handed out."""
    from survey.rounds.addresses import is_loopback  # noqa: PLC0415

    if is_loopback(urlsplit(url).hostname or ""):
        click.echo(
            f"subrosa: these links lead to {url}, which is this machine itself: nobody else can open them. Set the "
            "site's public address in the config ([site] url), and make new ones.",
            err=True,
        )


def _task(options: Mapping[str, Any]) -> str:
    """Which of the three things is asked for. Raises: click.UsageError."""
    tasks = [task for task in _GOES_WITH if options[task] is not None]
    if len(tasks) != 1:
        raise click.UsageError(
            "Say one of --count N to make codes, --mail FILE to mail them, or --revoke CODE to take one back."
        )
    strange = [name for name, value in options.items() if value and name not in {*tasks, *_GOES_WITH[tasks[0]]}]
    if strange:
        raise click.UsageError(f"--{strange[0].replace('_', '-')} does not go with --{tasks[0]}.")
    if options["slips"] is not None and (options["out"] is not None or options["links"]):
        raise click.UsageError("--slips writes a file of its own; leave --out and --links away.")
    if options["count"] is not None and options["slips"] is None and options["language"] is not None:
        raise click.UsageError("--language is for slips and mails.")
    return tasks[0]


def _take_back(house: House, published: PublishedRound, code: str) -> None:
    from host.inviting import revoke_code  # noqa: PLC0415

    if code == "-":
        code = click.prompt("Code", hide_input=True) if sys.stdin.isatty() else sys.stdin.readline()
    revoke_code(house, published, code)
    click.echo("The code is revoked.")


def _write_codes(house: House, published: PublishedRound, options: Mapping[str, Any]) -> None:
    from host.inviting import make_invitations  # noqa: PLC0415

    count, out, links = options["count"], options["out"], options["links"]
    check_new_file(out, "--out")
    with bars(patience=2) as advance:
        made = make_invitations(house, published, count, links, lambda done: advance("Codes", done, count))
    lines = "\n".join(made) + "\n"
    if out is None:
        click.echo(lines, nl=False)
    else:
        descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(lines)
        click.echo(f"Wrote {count} {'links' if links else 'codes'} to {out}.")


def _print_slips(house: House, published: PublishedRound, options: Mapping[str, Any]) -> None:
    from host.printing import print_slips  # noqa: PLC0415

    count, path = options["count"], options["slips"]
    check_new_file(path, "--slips")
    with bars() as advance:
        print_slips(
            house, published, path, count, options["language"] or "en", lambda done: advance("Slips", done, count)
        )
    click.echo(f"Wrote {count} slips to {path}. Print it, delete it, and shuffle the slips before you hand them out.")
