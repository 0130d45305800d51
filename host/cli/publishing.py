"""`subrosa publish`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from host.cli.adding import Adding, adding_options, documents_of
from host.cli.show import bars, config_option, facts, json_option, spinner

if TYPE_CHECKING:
    from host.house import House
    from host.publishing import Publication
    from privacy.terms import Entry


@click.command()
@click.argument("round_name", metavar="ROUND")
@click.option("--out", type=click.Path(path_type=Path), help="The new folder; releases/<round id> if left out.")
@click.option("--measurement", type=click.Path(path_type=Path), help="From `tally --out` on another machine.")
@adding_options
@click.option("--microdata", is_flag=True, help="Also draw synthetic records; needs the extra 'microdata'.")
@click.option("--correct", metavar="REASON", help="Publish a further revision, and say what was wrong with the last.")
@click.option("--withdraw", metavar="REASON", help="Withdraw the release for good, and say why; its files are kept.")
@config_option
@json_option
def publish(  # noqa: PLR0913  one for each option
    round_name: str,
    out: Path | None,
    measurement: Path | None,
    microdata: bool,
    correct: str | None,
    withdraw: str | None,
    adding: Adding,
    config_path: Path,
    as_json: bool,
) -> None:
    """Write the signed release of a measured round: a page, tables, raw measurements, and how to check them.

    Also of answers that `subrosa measure` has measured: the stored measurement is written, and nothing is charged.

    With --known-margins figures for everyone are given a second time, weighted to these public shares; the release
    says that they are your claim. With --about, or [release] in the config, it says on what terms it may be used and
    how to cite it. With --beside the page shows what changed since earlier rounds of the same form, or what another
    form says of the same questions, such as hr-benchmark and executive-view. With --brief, put behind ROUND, the
    release has two pages to print for a meeting. docs/releases.md shows what each file looks like.

    With --microdata the release also has synthetic records, drawn from a model of the measurements alone: no row is a
    person. It takes a minute or two, and about a gigabyte of memory.

    What was published is never overwritten: with --correct a further revision is written beside it, of the same
    measurement, and with --withdraw a signed withdrawal, after which the site gives none of them out.

    \b
    Example:
      subrosa publish spring
    """
    from host.brief_ask import missing_ask  # noqa: PLC0415
    from host.house import House  # noqa: PLC0415
    from host.publishing import Publication  # noqa: PLC0415

    house = House.at(config_path)
    if withdraw is not None:
        _check_alone(click.get_current_context())
        _withdraw(house, round_name, withdraw, as_json)
        return
    if correct is not None and out is not None:
        raise click.UsageError("A correction is written beside what it corrects; leave --out out.")
    documents = documents_of(adding, house.config.release)
    with bars() if microdata else spinner("Working out and writing the release") as drawing:
        wanted = Publication(out, measurement, documents, correct, drawing)
        name, folder, entry = _published(house, round_name, wanted)
        no_ask = missing_ask(folder) if adding.brief is not None else ""
    _tell(name, folder, entry, correct, as_json)
    if no_ask and not as_json:
        again = "with --out another folder" if out is not None else "with --correct REASON"
        click.echo(
            f"Its brief.pdf asks for nothing: you gave no ask, and {no_ask}. To have one, write decision, cost, "
            f"measure and stop into a TOML file, and publish again with --brief FILE, and {again}."
        )


def _published(house: House, name: str, wanted: Publication) -> tuple[str, Path, Entry]:
    """The short name of what was published, its folder, and the charge it was made from."""
    from host.externals import StoredExternal  # noqa: PLC0415
    from host.measured import find_published  # noqa: PLC0415
    from host.publishing import publish_external, publish_round  # noqa: PLC0415

    found = find_published(house, name)
    if not isinstance(found, StoredExternal):
        written = publish_round(house, found, wanted)
    elif wanted.carried is None:
        written = publish_external(house, found, wanted)
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
