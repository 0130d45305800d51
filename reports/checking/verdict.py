"""What checking a release established, and what it could not, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from reports.additions.about import FILE as ABOUT
from reports.additions.about import NOTHING
from reports.additions.added import Added
from reports.additions.ask import FILE as BRIEF
from reports.additions.beside import FILE as BESIDE
from reports.additions.chain import FILE as CHAIN
from reports.additions.guide import FILE as GUIDE
from reports.additions.margins import FILE as MARGINS
from reports.additions.outside import FILE as OUTSIDE
from reports.microdata.records_csv import FILE as MICRODATA
from reports.record import Record
from reports.series.changes import FILE as CHANGES
from reports.signing import fingerprint
from reports.sources import source_of
from survey.rounds.any_manifest import AnyManifest


@dataclass(frozen=True, slots=True)
class Verdict:
    """What checking a release established, and what it could not, in sentences.

    There is a verdict only for a release in which nothing was found wrong; anything wrong raises. `whole`: every
    file was compared byte by byte. Where a release says it was made by other software, only its figures can be:
    the page may then say anything, and whoever made the release is who says which software made it. `redrawn`: it
    has no synthetic records, or these were drawn again and are the same. `source`: where the answers came from,
    `round` or `external`.
    """

    round_id: str
    source: str
    fingerprint: str
    signer_checked: bool
    whole: bool
    redrawn: bool
    established: tuple[str, ...]
    not_established: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """A release in which nothing was found wrong. signer_checked: against a key from elsewhere.

    not_redrawn: why its synthetic records, if it has any, were not drawn again; None if they were, and are the same.
    """

    manifest: AnyManifest
    record: Record
    added: Added
    signer: Ed25519PublicKey
    signer_checked: bool
    not_redrawn: str | None = None

    @property
    def redrawn(self) -> bool:
        """Nothing in it was left unlooked at for want of the library that draws records."""
        return self.added.records is None or self.not_redrawn is None


def established(checked: Checked, loosely: bool) -> Iterator[str]:
    """loosely: other software made the release, so that only its figures were compared."""
    manifest, source = checked.manifest, source_of(checked.manifest)
    if checked.signer_checked:
        yield f"The signer has the key that you gave (fingerprint {fingerprint(checked.signer)})."
    yield "No file was changed, added or taken out since the release was signed."
    yield f"{source.manifest} {manifest.id}."
    yield source.promised
    yield f"Their price is the one in ledger entry {checked.record.entry.seq}, and gives the guarantee that is stated."
    if links := len(checked.added.chain):
        yield (
            f"That entry is the last of an unbroken chain of {links} in {CHAIN}; "
            "no measurement in it was charged to a term that could not pay it."
        )
    if others := len(checked.added.beside):
        hold = f"{others} other releases in {BESIDE} hold" if others > 1 else f"1 other release in {BESIDE} holds"
        yield f"The {hold} what was signed and promised there; all in {CHANGES} follows from the measurements."
    if checked.added.records is not None and checked.redrawn:
        yield f"The synthetic records in {MICRODATA} are those that are drawn from the measurements."
    if loosely:
        yield "Every figure of tables.csv and statistics.csv follows, at its published decimals, from the measurements."
    else:
        which = "Every file follows" if checked.redrawn else f"Every file but {MICRODATA} follows"
        yield f"{which}, byte by byte, from the measurements, the manifest and what the host added."


def _records(checked: Checked) -> Iterator[str]:
    """What is open about synthetic records that were not drawn again."""
    if not checked.redrawn:
        yield (
            f"That {MICRODATA} holds what is drawn from the measurements, and not something else, was not checked: "
            f"{checked.not_redrawn}. That its rows are answers the form allows, and how far they are from the released "
            "tables, was."
        )


def not_established(checked: Checked, own_key: bool) -> Iterator[str]:
    """own_key: the key that was given lies in the release itself."""
    if not checked.signer_checked:
        why = ". The key you gave lies in the release, and a key from the release itself proves nothing" * own_key
        yield (
            f"Who signed was not checked{why}: "
            f"ask the host whether this is the fingerprint: {fingerprint(checked.signer)}"
        )
    yield from source_of(checked.manifest).unseen
    yield (
        "That the precision promised for each table was what could be expected from the figures the host planned with: "
        "a release does not hold them all."
    )
    yield "Whether it was corrected or withdrawn since: look at what the host publishes now."
    yield _ledger(checked.added)
    yield from _records(checked)
    yield from _claimed(checked.added)


def other_software(made_with: Mapping[str, str], here: Mapping[str, str]) -> str:
    """Which versions the release says it was made with, beside those that checked it."""
    names = [name for name in sorted({*made_with, *here}) if made_with.get(name) != here.get(name)]
    pairs = (f"{name} {made_with.get(name, 'none')} (here {here.get(name, 'none')})" for name in names)
    return f"The release was made with {', '.join(pairs)}; with the same versions it can be checked byte by byte."


def _ledger(added: Added) -> str:
    if not added.chain:
        return "Whether the ledger holds other charges: a release has only its own entry."
    return (
        "Whether the host has charged more since, or keeps a second ledger: compare this chain with those of the "
        "host's other releases, of which it must be a beginning or a continuation."
    )


def _claimed(added: Added) -> Iterator[str]:
    """What is the host's word alone, by addition."""
    if added.margins:
        yield f"That everyone is made up as {MARGINS} says is the host's word alone."
    for other in added.beside:
        signer = fingerprint(Ed25519PublicKey.from_public_bytes(other.manifest.host_key))
        yield (
            f"Whether the release of round {other.manifest.id[:16]}… in {BESIDE} is its host's, was withdrawn or was "
            f"corrected since: ask that host whether this is the fingerprint: {signer}"
        )
    if added.guide is not None:
        yield f"That the small moves in {GUIDE} are good advice: they are the host's word, and no result."
    if added.outside:
        yield f"That the figures from elsewhere are as {OUTSIDE} says is the host's word alone."
    if added.brief:
        yield f"What the brief asks for is in the host's words ({BRIEF}) or its guide's, and no finding."
    if added.about is not NOTHING:
        yield f"Licence, authors, number of eligible people and all else in {ABOUT} are the host's word alone."
