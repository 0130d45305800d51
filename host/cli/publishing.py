"""`subrosa publish`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from host.cli.show import bars, config_option, facts, json_option, spinner


@click.command()
@click.argument("round_name", metavar="ROUND")
@click.option("--out", type=click.Path(path_type=Path), help="The new folder; releases/<round id> if left out.")
@click.option("--measurement", type=click.Path(path_type=Path), help="From `tally --out` on another machine.")
@click.option(
    "--known-margins",
    type=click.Path(path_type=Path),
    help="TOML: how large the groups among everyone are known to be, one [table] a cohort question.",
)
@click.option("--microdata", is_flag=True, help="Also draw synthetic records; needs the extra 'microdata'.")
@config_option
@json_option
def publish(
    round_name: str,
    out: Path | None,
    measurement: Path | None,
    known_margins: Path | None,
    microdata: bool,
    config_path: Path,
    as_json: bool,
) -> None:
    """Write the signed release of a measured round: a page, tables, raw measurements, and how to check them.

    Also of answers that `subrosa measure` has measured: the stored measurement is written, and nothing is charged.

    With --known-margins figures for everyone are given a second time, weighted to these public shares; the release
    says that they are your claim.

    With --microdata the release also has synthetic records, drawn from a model of the measurements alone: no row is a
    person. It takes a minute or two, and about a gigabyte of memory.

    \b
    Example:
      subrosa publish spring
    """
    from host.externals import StoredExternal  # noqa: PLC0415
    from host.house import House  # noqa: PLC0415
    from host.measured import find_published  # noqa: PLC0415
    from host.publishing import publish_external, publish_round  # noqa: PLC0415

    house = House.at(config_path)
    documents = _documents(known_margins)
    published = find_published(house, round_name)
    if isinstance(published, StoredExternal) and measurement is not None:
        raise click.UsageError(
            f"'{published.manifest.name}' is of answers that were measured on this machine, and --measurement is "
            "for rounds; leave it out."
        )
    with bars() if microdata else spinner("Working out and writing the release") as drawing:
        if isinstance(published, StoredExternal):
            folder, entry = publish_external(house, published, out, documents, drawing)
        else:
            folder, entry = publish_round(house, published, out, measurement, documents, drawing)
    facts(
        as_json,
        {"round": published.manifest.id, "release": str(folder), "entry": entry.digest},
        f"Published '{published.manifest.name}' in {folder}; the page to read is {folder / 'index.html'}.\n"
        f"It was made from the ledger entry {entry.digest[:16]}…, which must be the one that the tally showed.",
    )


def _documents(known_margins: Path | None) -> dict[str, Any]:
    """What the host's files hold, by the name that each has in the release. Raises: NotReadable."""
    from host.additions import read_toml  # noqa: PLC0415
    from reports.margins import FILE as MARGINS  # noqa: PLC0415

    documents = {}
    if known_margins is not None:
        documents[MARGINS] = read_toml(known_margins, "--known-margins", "a TOML file, one [table] a question")
    return documents
