"""What a host may add to a release: one file each, kept as it was given. Every other file is derived."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from reports.beside import FILE as BESIDE
from reports.beside import Measured, read_beside
from reports.ask import FILE as BRIEF
from reports.ask import Ask, read_brief
from reports.about import FILE as ABOUT
from reports.about import NOTHING, About, read_about
from reports.chain import FILE as CHAIN
from reports.chain import Chain, read_chain
from reports.errors import ReleaseError
from reports.guide import FILE as GUIDE
from reports.guide import Guide, read_guide
from reports.margins import FILE as MARGINS
from reports.margins import Margins, read_margins
from reports.revision import FILE as REVISION
from reports.revision import Revision, read_revision
from survey.rounds.any_manifest import AnyManifest

ADDITIONS: Final = frozenset({CHAIN, MARGINS, REVISION})
ADDITIONS: Final = frozenset({BESIDE, CHAIN, MARGINS})
ADDITIONS: Final = frozenset({CHAIN, GUIDE, MARGINS})
from reports.outside import FILE as OUTSIDE
from reports.outside import Outside, read_outside
from survey.rounds.any_manifest import AnyManifest

ADDITIONS: Final = frozenset({BRIEF, CHAIN, MARGINS, OUTSIDE})
ADDITIONS: Final = frozenset({ABOUT, CHAIN, MARGINS})


@dataclass(frozen=True, slots=True)
class Added:
    """All additions of a release, read and checked.

    margins: what is publicly known of everyone; chain: the ledger's charges up to this release's own; revision: what
    a correction says of itself, None for a first release.
    margins: what is publicly known of everyone; chain: the ledger's charges up to this release's own;
    beside: other releases that it is compared with.
    margins: what is publicly known of everyone; chain: the ledger's charges up to this release's own;
    guide: from figures to small moves, in the host's words.
    margins: what is publicly known of everyone; chain: the ledger's charges up to this release's own; outside: figures
    from elsewhere; brief: what the host asks for, None where no brief is wanted.
    margins: what is publicly known of everyone; chain: the ledger's charges up to this release's own;
    about: what the host says of the release as a data set.
    """

    margins: Margins = field(default_factory=dict)
    chain: Chain = ()
    revision: Revision | None = None
    beside: tuple[Measured, ...] = ()
    guide: Guide | None = None
    outside: tuple[Outside, ...] = ()
    brief: Ask | None = None
    about: About = NOTHING


def read_added(manifest: AnyManifest, given: Mapping[str, bytes]) -> Added:
    """given: files by name, of those in ADDITIONS. Raises: ReleaseError, naming the file."""
    if odd := sorted(set(given) - ADDITIONS):
        raise ReleaseError(f"{odd[0]!r} is nothing that can be added to a release; leave it out.")
    return Added(
        margins=read_margins(manifest, given.get(MARGINS)),
        chain=read_chain(given.get(CHAIN)),
        revision=read_revision(manifest, given.get(REVISION)),
        beside=read_beside(manifest, given.get(BESIDE)),
        guide=read_guide(manifest, given.get(GUIDE)),
        outside=read_outside(manifest, given.get(OUTSIDE)),
        brief=read_brief(manifest, given.get(BRIEF)),
        about=read_about(manifest, given.get(ABOUT)),
    )
