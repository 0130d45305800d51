"""`subrosa invite`: make eligibility codes, or take one back."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from host.cli.show import check_new_file, config_option


@click.command()
@click.argument("round_name", metavar="ROUND")
@click.option("--count", type=click.IntRange(1, 1_000_000), help="How many codes to make.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write them to this new file (mode 0600).")
@click.option("--links", is_flag=True, help="Write links instead of bare codes.")
@click.option("--revoke", metavar="CODE", help="Take back one unspent code; '-' asks for it.")
@config_option
def invite(
    round_name: str, count: int | None, out: Path | None, links: bool, revoke: str | None, config_path: Path
) -> None:
    """Make eligibility codes, one a line. Only their hashes are kept: what is lost cannot be shown again.

    Hand them out so that you do not note who got which, and delete the file afterwards.

    \b
    Examples:
      subrosa invite spring --count 300 --links --out links.txt
      subrosa invite spring --revoke -
    """
    from host.house import House  # noqa: PLC0415
    from host.inviting import make_invitations, revoke_code  # noqa: PLC0415

    if (count is None) == (revoke is None):
        raise click.UsageError("Say either --count N to make codes or --revoke CODE to take one back.")
    house = House.at(config_path)
    published = house.rounds.find(round_name)
    if revoke is not None:
        code = revoke
        if revoke == "-":
            code = click.prompt("Code", hide_input=True) if sys.stdin.isatty() else sys.stdin.readline()
        revoke_code(house, published, code)
        click.echo("The code is revoked.")
        return
    check_new_file(out, "--out")
    lines = "\n".join(make_invitations(house, published, count or 0, links)) + "\n"
    if out is None:
        click.echo(lines, nl=False)
    else:
        descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(lines)
        click.echo(f"Wrote {count} {'links' if links else 'codes'} to {out}.")
