"""`subrosa box …`: carry a closed ballot box to another machine, and destroy the copy here."""

from __future__ import annotations

from pathlib import Path

import click

from host.cli.show import bars, config_option


@click.group()
def box() -> None:
    """Export a closed ballot box for a tally elsewhere, and destroy the copy on this machine."""


@box.command("export")
@click.argument("round_name", metavar="ROUND")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The new file.")
@config_option
def export(round_name: str, out: Path, config_path: Path) -> None:
    """Write the closed box to a file. Everything in it is sealed; only the tally's key opens it.

    \b
    Example:
      subrosa box export spring --out spring.box
    """
    from host.carrying import export_box  # noqa: PLC0415
    from host.house import House  # noqa: PLC0415

    house = House.at(config_path)
    published = house.rounds.find(round_name)
    with bars(patience=2) as advance:
        count = export_box(house, published, out, lambda done, total: advance("Responses", done, total))
    click.echo(
        f"Wrote {count} sealed responses to {out}. On the tally's machine run:\n"
        f"subrosa tally {published.manifest.id} --box {out.name}"
    )


@box.command("destroy")
@click.argument("round_name", metavar="ROUND")
@click.option("--yes", is_flag=True, help="Do not ask.")
@config_option
def destroy(round_name: str, yes: bool, config_path: Path) -> None:
    """Destroy this machine's copy of a closed box, once the tally elsewhere has measured it.

    \b
    Example:
      subrosa box destroy spring
    """
    from host.carrying import destroy_box  # noqa: PLC0415
    from host.house import House  # noqa: PLC0415

    house = House.at(config_path)
    published = house.rounds.find(round_name)
    if not yes:
        click.confirm(f"Destroy the responses of '{published.manifest.name}' on this machine?", abort=True)
    destroy_box(house, published)
    click.echo(f"The ballot box of '{published.manifest.name}' is destroyed on this machine.")
