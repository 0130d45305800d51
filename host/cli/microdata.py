"""`subrosa microdata`."""

from __future__ import annotations

from pathlib import Path

import click

from host.cli.show import bars, check_new_file, facts, json_option, spinner


@click.command()
@click.argument("folder", metavar="FOLDER", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The new CSV file.")
@click.option("--records", type=click.IntRange(min=1), help="How many rows; the noisy number who answered if left out.")
@click.option("--key", help="The host's public key file, or its fingerprint, from a place you trust.")
@json_option
def microdata(folder: Path, out: Path, records: int | None, key: str | None, as_json: bool) -> None:
    """Draw synthetic records from a release: anybody can, since everything needed for it is in the folder.

    The release is verified first. The rows have the columns of the form and follow its flow; they keep the relations
    of the released tables, and no others. No row is a person. The same versions always draw the same rows. Needs the
    extra 'microdata'.

    \b
    Example:
      subrosa microdata releases/4f1c… --out microdata.csv
    """
    from host.drawing import draw_from_release, read_verified  # noqa: PLC0415
    from reports.microdata.statement import NO_PERSON, NOT_PRESERVED  # noqa: PLC0415

    check_new_file(out, "--out")
    with spinner("Verifying the release"):
        release = read_verified(folder, key)
    with bars() as progress:
        drawn = draw_from_release(release, out, records, progress)
    facts(
        as_json,
        {"round": drawn.round_id, "records": drawn.records, "out": str(out), "dropped": list(drawn.dropped)},
        f"{drawn.records} synthetic records are in {out}.\n{NO_PERSON}\n{NOT_PRESERVED}"
        + "".join(f"\nNot kept, since it would take too much to compute: {name}." for name in drawn.dropped),
    )
