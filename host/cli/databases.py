"""`subrosa database move`: from a SQLite file to a PostgreSQL server."""

from __future__ import annotations

from pathlib import Path

import click

from host.cli.show import config_option

_PARTIES = ("registrar", "intake", "tally")


@click.group()
def database() -> None:
    """Move a party's database from its file to a PostgreSQL server."""


@database.command("move")
@click.argument("party", type=click.Choice(_PARTIES))
@click.option(
    "--to", required=True, metavar="ADDRESS", help="An empty database: postgresql:///NAME?host=/run/postgresql"
)
@config_option
def move_database(party: str, to: str, config_path: Path) -> None:
    """Copy every row to the server, compare, and put the old file aside. Stop the party's service first.

    \b
    Example:
      subrosa database move intake --to "postgresql:///intake?host=/run/postgresql"
    """
    from host.house import House  # noqa: PLC0415
    from host.moving import move  # noqa: PLC0415

    moved = move(House.at(config_path), party, to)
    click.echo(
        f"Moved {moved.rows} rows and compared them. Now write into {config_path.name}, under [{party}]:\n\n"
        f'    database = "{to}"\n\n'
        f"The old file is {moved.old.name} now. Nothing uses it any more; when all works, destroy it:\n\n"
        f"    shred -u {moved.old}"
    )
