"""`subrosa init` and `subrosa keys new`."""

from __future__ import annotations

from pathlib import Path

import click

from host.cli.show import config_option, facts, json_option


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=Path())
@click.option("--tally", type=click.Path(path_type=Path), help="Put the tally's folder here (another disk is better).")
@json_option
def init(folder: Path, tally: Path | None, as_json: bool) -> None:
    """Make a new society: config, signing key and one private folder a party.

    \b
    Example:
      subrosa init my-society --tally /media/usb/tally
    """
    from host.founding import found  # noqa: PLC0415

    founded = found(folder, tally)
    facts(
        as_json,
        {"config": str(founded.config), "fingerprint": founded.fingerprint},
        f"Made {founded.config}: write your society's name, contact, operators and addresses into it.\n"
        f"Your signing key's fingerprint is {founded.fingerprint}; publish it where members can find it.",
    )


@click.group()
def keys() -> None:
    """Sealing keys, for a tally on another machine."""


@keys.command("new")
@config_option
@json_option
def new(config_path: Path, as_json: bool) -> None:
    """Make a sealing key on the tally's machine; the private half never leaves its folder.

    Give the public file to `round open --sealing-key`. One key serves one round and is destroyed with it.

    \b
    Example:
      subrosa keys new
    """
    from host.folders import private_folder  # noqa: PLC0415
    from host.house import House  # noqa: PLC0415
    from host.keys import new_sealing_key, sealing_fingerprint  # noqa: PLC0415

    house = House.at(config_path)
    public = new_sealing_key(private_folder(house.tally_keys))
    path = house.tally_keys / f"{sealing_fingerprint(public)}.pub"
    facts(as_json, {"public_key": str(path)}, f"Made a sealing key. Its public half, for `round open`: {path}")
