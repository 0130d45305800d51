"""What a release says of where its answers came from, the same wherever it says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from survey.rounds.any_manifest import AnyManifest
from survey.rounds.external import SOURCE as EXTERNAL


@dataclass(frozen=True, slots=True)
class Source:
    """Sentences about one source of answers.

    unit: what one person is taken for. collected: how the answers came about. manifest: who signed, to be followed by
    the id; promised: what the manifest promised; unseen: what nobody can see in such a release.
    """

    unit: str
    collected: str
    manifest: str
    promised: str
    unseen: tuple[str, ...]


_ROUND: Final = Source(
    unit="One eligibility's response in this round. Neighbouring data sets differ in one response added or removed; "
    "'replacement' is one response replaced by any other.",
    collected="Collected by a round of Subrosa: one response a pass, sealed for the tally, without names. The manifest "
    "says who ran each service; that they kept to it cannot be seen in a release.",
    manifest="The signer also signed the manifest of round",
    promised="The measurements are of exactly the tables, with exactly the noise, that the manifest promised before "
    "the first answer.",
    unseen=(
        "That the answers were counted rightly, that noise was drawn as stated and that key and answers were "
        "destroyed cannot be seen in a release.",
    ),
)
_EXTERNAL: Final = Source(
    unit="One row of the host's table, taken as one person. Neighbouring data sets differ in one row added or removed; "
    "'replacement' is one row replaced by any other. Who has several rows is protected less with each.",
    collected="Not collected through Subrosa. The host had these answers already and holds them still. Nothing is "
    "claimed of how they were collected: they may have been linked to people. Each row was taken as one person.",
    manifest="The signer also signed the manifest of these external answers,",
    promised="The measurements are of exactly the tables, with exactly the noise, that the manifest lists.",
    unseen=(
        "How these answers were collected: not through Subrosa, and nothing is claimed of whether they could be "
        "linked to people. The host holds them.",
        "That each row was one person, and that the table was complete and real, is the host's word alone.",
        "That the answers were counted rightly and that noise was drawn as stated cannot be seen in a release.",
    ),
)


def source_of(manifest: AnyManifest) -> Source:
    return _EXTERNAL if manifest.source == EXTERNAL else _ROUND
