"""What a host may add to a release: one file each, kept as it was given. Every other file is derived."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from reports.chain import FILE as CHAIN
from reports.chain import Chain, read_chain
from reports.errors import ReleaseError
from reports.margins import FILE as MARGINS
from reports.margins import Margins, read_margins
from reports.microdata.records_csv import FILE as MICRODATA
from reports.microdata.records_csv import read_microdata
from survey.forms.rows import Batch
from survey.rounds.any_manifest import AnyManifest

ADDITIONS: Final = frozenset({CHAIN, MARGINS, MICRODATA})


@dataclass(frozen=True, slots=True)
class Added:
    """All additions of a release, read and checked.

    margins: what is publicly known of everyone; chain: the ledger's charges up to this release's own;
    records: synthetic ones, (records, record length).
    """

    margins: Margins = field(default_factory=dict)
    chain: Chain = ()
    records: Batch | None = None


def read_added(manifest: AnyManifest, given: Mapping[str, bytes]) -> Added:
    """given: files by name, of those in ADDITIONS. Raises: ReleaseError, naming the file."""
    if odd := sorted(set(given) - ADDITIONS):
        raise ReleaseError(f"{odd[0]!r} is nothing that can be added to a release; leave it out.")
    return Added(
        margins=read_margins(manifest, given.get(MARGINS)),
        chain=read_chain(given.get(CHAIN)),
        records=read_microdata(manifest, given.get(MICRODATA)),
    )
