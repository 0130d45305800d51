"""What a host may add to a release: one file each, kept as it was given. Every other file is derived."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from reports.additions.about import FILE as ABOUT
from reports.additions.about import NOTHING, About, read_about
from reports.additions.ask import FILE as BRIEF
from reports.additions.ask import Ask, read_brief
from reports.additions.beside import FILE as BESIDE
from reports.additions.beside import Measured, read_beside
from reports.additions.chain import FILE as CHAIN
from reports.additions.chain import Chain, read_chain
from reports.additions.guide import FILE as GUIDE
from reports.additions.guide import Guide, read_guide
from reports.additions.margins import FILE as MARGINS
from reports.additions.margins import Margins, read_margins
from reports.additions.outside import FILE as OUTSIDE
from reports.additions.outside import Outside, read_outside
from reports.additions.revision import FILE as REVISION
from reports.additions.revision import Revision, read_revision
from reports.errors import ReleaseError
from reports.microdata.records_csv import FILE as MICRODATA
from reports.microdata.records_csv import read_microdata
from survey.forms.rows import Batch
from survey.rounds.any_manifest import AnyManifest

ADDITIONS: Final = frozenset({ABOUT, BESIDE, BRIEF, CHAIN, GUIDE, MARGINS, MICRODATA, OUTSIDE, REVISION})


@dataclass(frozen=True, slots=True)
class Added:
    """All additions of a release, read and checked.

    about: what the host says of it as a data set; beside: other releases that it is compared with; brief: what the
    host asks for, None where no brief is wanted; chain: the ledger's charges up to this release's own; guide: from
    figures to small moves, in the host's words; margins: what is publicly known of everyone; outside: figures from
    elsewhere; records: synthetic ones, (records, record length); revision: what a correction says of itself, None for
    a first release.
    """

    about: About = NOTHING
    beside: tuple[Measured, ...] = ()
    brief: Ask | None = None
    chain: Chain = ()
    guide: Guide | None = None
    margins: Margins = field(default_factory=dict)
    outside: tuple[Outside, ...] = ()
    records: Batch | None = None
    revision: Revision | None = None


def read_added(manifest: AnyManifest, given: Mapping[str, bytes]) -> Added:
    """given: files by name, of those in ADDITIONS. Raises: ReleaseError, naming the file."""
    if odd := sorted(set(given) - ADDITIONS):
        raise ReleaseError(f"{odd[0]!r} is nothing that can be added to a release; leave it out.")
    return Added(
        about=read_about(manifest, given.get(ABOUT)),
        beside=read_beside(manifest, given.get(BESIDE)),
        brief=read_brief(manifest, given.get(BRIEF)),
        chain=read_chain(given.get(CHAIN)),
        guide=read_guide(manifest, given.get(GUIDE)),
        margins=read_margins(manifest, given.get(MARGINS)),
        outside=read_outside(manifest, given.get(OUTSIDE)),
        records=read_microdata(manifest, given.get(MICRODATA)),
        revision=read_revision(manifest, given.get(REVISION)),
    )
