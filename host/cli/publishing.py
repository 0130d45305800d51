"""`subrosa publish`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from host.cli.show import config_option, facts, json_option, spinner

if TYPE_CHECKING:
    from host.house import House
    from privacy.ledger import Entry


@click.command()
@click.argument("round_name", metavar="ROUND")
@click.option("--out", type=click.Path(path_type=Path), help="The new folder; releases/<round id> if left out.")
@click.option("--measurement", type=click.Path(path_type=Path), help="From `tally --out` on another machine.")
@click.option(
    "--known-margins",
    type=click.Path(path_type=Path),
    help="TOML: how large the groups among everyone are known to be, one [table] a cohort question.",
)
@click.option("--correct", metavar="REASON", help="Publish a further revision, and say what was wrong with the last.")
@click.option("--withdraw", metavar="REASON", help="Withdraw the release for good, and say why; its files are kept.")
@config_option
@json_option
def publish(  # noqa: PLR0913
    round_name: str,
    out: Path | None,
    measurement: Path | None,
    known_margins: Path | None,
    correct: str | None,
    withdraw: str | None,
    config_path: Path,
    as_json: bool,
) -> None:
    """Write the signed release of a measured round: a page, tables, raw measurements, and how to check them.

    Also of answers that `subrosa measure` has measured: the stored measurement is written, and nothing is charged.

    With --known-margins figures for everyone are given a second time, weighted to these public shares; the release
    says that they are your claim.

    What was published is never overwritten: with --correct a further revision is written beside it, of the same
    measurement, and with --withdraw a signed withdrawal, after which the site gives none of them out.

    \b
    Example:
      subrosa publish spring
    """
    from host.house import House  # noqa: PLC0415

    house = House.at(config_path)
    if withdraw is not None:
        _check_alone(click.get_current_context())
        _withdraw(house, round_name, withdraw, as_json)
        return
    if correct is not None and out is not None:
        raise click.UsageError("A correction is written beside what it corrects; leave --out out.")
    documents = _documents(known_margins)
    with spinner("Working out and writing the release"):
        name, folder, entry = _published(house, round_name, _Where(out, measurement, correct), documents)
    _tell(name, folder, entry, correct, as_json)


@dataclass(frozen=True, slots=True)
class _Where:
    """What of the options says where a release comes from and goes to; `correct`: beside which it goes, and why."""

    out: Path | None
    measurement: Path | None
    correct: str | None


def _published(house: House, name: str, where: _Where, documents: dict[str, Any]) -> tuple[str, Path, Entry]:
    """The short name of what was published, its folder, and the charge it was made from."""
    from host.externals import StoredExternal  # noqa: PLC0415
    from host.measured import find_published  # noqa: PLC0415
    from host.publishing import publish_external, publish_round  # noqa: PLC0415

    found = find_published(house, name)
    if not isinstance(found, StoredExternal):
        written = publish_round(house, found, where.out, where.measurement, documents, where.correct)
    elif where.measurement is None:
        written = publish_external(house, found, where.out, documents, where.correct)
    else:
        raise click.UsageError(
            f"'{found.manifest.name}' is of answers that were measured on this machine, and --measurement is "
            "for rounds; leave it out."
        )
    return found.manifest.name, *written


def _tell(name: str, folder: Path, entry: Entry, correct: str | None, as_json: bool) -> None:
    from survey.rounds.revision import parse_folder  # noqa: PLC0415

    _, number = parse_folder(folder.name) or ("", None)
    which = f"'{name}'" if correct is None else f"revision {number} of '{name}'"
    kept = "" if correct is None else "The one before it stays where it is. What changed stands on top of the page.\n"
    facts(
        as_json,
        {"round": entry.round_id, "release": str(folder), "entry": entry.digest, "revision": number or 1},
        f"Published {which} in {folder}; the page to read is {folder / 'index.html'}.\n{kept}"
        f"It was made from the ledger entry {entry.digest[:16]}…, which must be the one that the tally showed.",
    )


def _check_alone(context: click.Context) -> None:
    """Raises: click.UsageError if anything was asked for beside a withdrawal."""
    named = {name for name in context.params if context.get_parameter_source(name) is ParameterSource.COMMANDLINE}
    if named - {"round_name", "withdraw", "config_path", "as_json"}:
        raise click.UsageError("--withdraw goes alone: nothing is published with it.")


def _withdraw(house: House, round_name: str, reason: str, as_json: bool) -> None:
    from host.measured import find_published  # noqa: PLC0415
    from host.publishing import withdraw_release  # noqa: PLC0415

    manifest = find_published(house, round_name).manifest
    tombstone = withdraw_release(house, manifest, reason)
    facts(
        as_json,
        {"round": manifest.id, "withdrawal": str(tombstone)},
        f"Withdrew the release of '{manifest.name}' with all its revisions, in {tombstone}. All files are kept.\n"
        "Copy it to where releases/ is served: the site then says that the release is gone, and why. On other web "
        "servers take the release down yourself.",
    )


def _documents(known_margins: Path | None) -> dict[str, Any]:
    """What the host's files hold, by the name that each has in the release. Raises: NotReadable."""
    from host.additions import read_toml  # noqa: PLC0415
    from reports.margins import FILE as MARGINS  # noqa: PLC0415

    documents = {}
    if known_margins is not None:
        documents[MARGINS] = read_toml(known_margins, "--known-margins", "a TOML file, one [table] a question")
    return documents
