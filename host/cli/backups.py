"""`subrosa backup` and `restore`."""

from __future__ import annotations

from pathlib import Path

import click

from host.cli.show import config_option, facts, json_option


@click.command()
@click.argument("party", type=click.Choice(["registrar", "intake", "tally", "host"]))
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The new file.")
@click.option("--replace", is_flag=True, help="Take the place of this party's backup at --out, and destroy that one.")
@config_option
@json_option
def backup(party: str, out: Path, replace: bool, config_path: Path, as_json: bool) -> None:
    """Write a backup of one party to a file, while its service runs.

    It is a tar file of mode 0600, from one moment, in no order of arrival. No backup holds a tally's private key, a
    code or an answer. Encrypt it, and destroy it when the command says so. With --replace the old file stays until the
    new one is whole; then it is overwritten with zeros.

    \b
    Example:
      subrosa backup intake --out intake.backup
    """
    from dataclasses import asdict  # noqa: PLC0415

    from host.backups.described import read_role  # noqa: PLC0415
    from host.backups.taking import back_up  # noqa: PLC0415
    from host.backups.words import taken_words  # noqa: PLC0415
    from host.house import House  # noqa: PLC0415
    from survey.rounds.times import now  # noqa: PLC0415

    role = read_role(party)
    taken = back_up(House.at(config_path), role, config_path, out, now(), replace=replace)
    facts(as_json, {"party": party, "file": str(out), **asdict(taken)}, taken_words(role, out, taken))


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--merge", is_flag=True, help="Keep what the party has here, and add what the backup has.")
@click.option(
    "--not-served-since",
    is_flag=True,
    help="Registrar only: it gave no pass after this backup was made, and you know it. No code is blocked.",
)
@click.option(
    "--release",
    "releases",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    multiple=True,
    help="Tally only: the folder of a release to take a measurement back from; those in releases/ are found.",
)
@config_option
@json_option
def restore(
    file: Path, merge: bool, not_served_since: bool, releases: tuple[Path, ...], config_path: Path, as_json: bool
) -> None:
    """Restore the party that a backup is of, all or nothing. Stop its service first.

    The host first, then the others. A round that is over stays over; a code that may have been used since is blocked;
    a round that may have been measured since is charged, and never measured.

    \b
    Example:
      subrosa restore intake.backup
    """
    from host.backups.archive import Backup  # noqa: PLC0415
    from host.backups.restoring import Wanted, restore  # noqa: PLC0415
    from host.backups.words import restored_json, restored_words  # noqa: PLC0415
    from survey.rounds.times import now  # noqa: PLC0415

    opened = Backup.open(file)
    restored = restore(config_path, opened, Wanted(merge, not_served_since, releases), now())
    values = {"party": opened.role, "made": opened.description.day, **restored_json(restored)}
    facts(as_json, values, restored_words(restored))
