"""`subrosa tally`, `publish`, `verify` and `ledger`."""

from __future__ import annotations

from pathlib import Path

import click

from host.cli.show import bars, check_new_file, config_option, facts, json_option, plain, spinner


@click.command()
@click.argument("round_name", metavar="ROUND")
@click.option("--box", "box_path", type=click.Path(path_type=Path), help="A box file from `subrosa box export`.")
@click.option("--accept-empty", is_flag=True, help="Measure even if not one ballot in the box counts.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Also write the measurement here, for `publish` elsewhere."
)
@config_option
@json_option
def tally(
    round_name: str, box_path: Path | None, accept_empty: bool, out: Path | None, config_path: Path, as_json: bool
) -> None:
    """Open, count and measure a closed round once, then destroy its private key and its responses.

    A second run only finishes a destruction that was interrupted. ROUND: name, id, or the start of the id; where
    this machine has not seen the round yet, its full id as the society published it.

    \b
    Example:
      subrosa tally spring
    """
    from host.ballot_sources import find_round  # noqa: PLC0415
    from host.house import House  # noqa: PLC0415
    from host.publishing import export_measurement, ledger_entry  # noqa: PLC0415
    from host.tallied_words import outcome_json, outcome_words  # noqa: PLC0415
    from host.tallying import run_tally  # noqa: PLC0415

    check_new_file(out, "--out")
    house = House.at(config_path)
    manifest, file = find_round(house, round_name, box_path)
    with bars() as progress:
        outcome = run_tally(house, manifest, file, progress, accept_empty=accept_empty)
    if out is not None:
        export_measurement(house, manifest, out)
    entry = ledger_entry(house, manifest)
    facts(as_json, outcome_json(manifest, outcome, entry), outcome_words(manifest, outcome, entry))


@click.command()
@click.argument("round_name", metavar="ROUND")
@click.option("--out", type=click.Path(path_type=Path), help="The new folder; releases/<round id> if left out.")
@click.option("--measurement", type=click.Path(path_type=Path), help="From `tally --out` on another machine.")
@config_option
@json_option
def publish(round_name: str, out: Path | None, measurement: Path | None, config_path: Path, as_json: bool) -> None:
    """Write the signed release of a measured round: a page, tables, raw measurements, and how to check them.

    Also of answers that `subrosa measure` has measured: the stored measurement is written, and nothing is charged.

    \b
    Example:
      subrosa publish spring
    """
    from host.externals import StoredExternal  # noqa: PLC0415
    from host.house import House  # noqa: PLC0415
    from host.measured import find_published  # noqa: PLC0415
    from host.publishing import publish_external, publish_round  # noqa: PLC0415

    house = House.at(config_path)
    published = find_published(house, round_name)
    with spinner("Working out and writing the release"):
        if isinstance(published, StoredExternal):
            folder, entry = publish_external(house, published, out)
        else:
            folder, entry = publish_round(house, published, out, measurement)
    facts(
        as_json,
        {"round": published.manifest.id, "release": str(folder), "entry": entry.digest},
        f"Published '{published.manifest.name}' in {folder}; the page to read is {folder / 'index.html'}.\n"
        f"It was made from the ledger entry {entry.digest[:16]}…, which must be the one that the tally showed.",
    )


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--key", help="The host's public key file, or its fingerprint, from a place you trust.")
@json_option
def verify(folder: Path, key: str | None, as_json: bool) -> None:
    """Check a release: signature, digests, promise, and every figure re-derived from the raw measurements.

    Exit code 0 if everything is as it should be, 1 if something is wrong, 3 if only the figures could be checked
    because the release says it was made by other versions.

    \b
    Example:
      subrosa verify releases/4f1c… --key 9b2d…
    """
    from dataclasses import asdict  # noqa: PLC0415

    from host.in_words import verdict_in_words  # noqa: PLC0415
    from reports.errors import ReleaseError  # noqa: PLC0415
    from reports.verify import verify_release  # noqa: PLC0415

    try:
        with spinner("Working out every figure again"):
            verdict = verify_release(folder, key)
    except ReleaseError as wrong:
        facts(as_json, {"sound": False, "fault": str(wrong)}, f"NOT VERIFIED. {plain(str(wrong))}")
        raise click.exceptions.Exit(1) from None
    facts(as_json, {"sound": verdict.whole or "figures only", **asdict(verdict)}, verdict_in_words(verdict))
    if not verdict.whole:
        raise click.exceptions.Exit(3)


@click.command()
@config_option
@json_option
def ledger(config_path: Path, as_json: bool) -> None:
    """Show what every round was charged, check the chain, and say what is left of the term.

    \b
    Example:
      subrosa ledger
    """
    from dataclasses import asdict  # noqa: PLC0415

    from host.house import House  # noqa: PLC0415
    from host.measured import measured_externals  # noqa: PLC0415
    from reports.wording import charge  # noqa: PLC0415

    house = House.at(config_path)
    book = house.ledger()
    book.verify_chain()
    entries, term = book.entries(), book.term
    names = {str(published.manifest.id): published.manifest.name for published in house.rounds.all()}
    names |= {str(one.manifest.id): one.manifest.name for one in measured_externals(house)}
    lines = [
        f"{e.seq:>3}  {e.day}  rho {charge(e.rho):<8}  {e.kind:<14} {names.get(e.round_id, '')}  {e.round_id}  "
        f"entry {e.digest[:16]}…"
        for e in entries
    ]
    lines.append(
        f"Term {term.name}: (epsilon {term.epsilon:g}, delta {term.delta:g}) is rho {term.rho:.5f}; "
        f"{book.remaining():.5f} is left. The chain of {len(entries)} entries is whole."
    )
    values = {
        "entries": [asdict(entry) for entry in entries],
        "term": {"name": term.name, "epsilon": term.epsilon, "delta": term.delta, "rho": term.rho},
        "spent": book.spent(),
        "remaining": book.remaining(),
    }
    facts(as_json, values, "\n".join(lines))
