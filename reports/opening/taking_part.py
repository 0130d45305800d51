"""Who answered a round and how they got in, in the words of a page; and what its figures cannot show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from privacy.shares import Z95
from privacy.threshold import HIDDEN, SHOWN, UNCERTAIN
from reports.figures import Judged
from reports.wording import people
from survey.rounds.any_manifest import AnyManifest
from survey.rounds.eligibility import Eligibility, MailEligibility
from survey.rounds.manifest import Manifest

# What people call a language; a code that is not listed is shown as it stands.
_LANGUAGES: Final = {
    "ar": "Arabic", "ca": "Catalan", "da": "Danish", "de": "German", "el": "Greek", "en": "English", "es": "Spanish",
    "eu": "Basque", "fi": "Finnish", "fr": "French", "gl": "Galician", "it": "Italian", "ja": "Japanese",
    "nl": "Dutch", "no": "Norwegian", "pl": "Polish", "pt": "Portuguese", "ro": "Romanian", "sv": "Swedish",
    "tr": "Turkish", "uk": "Ukrainian", "zh": "Chinese",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Respondents:
    """How many took part, as noised: about so many, give or take so many, in words."""

    about: str
    within: str


@dataclass(frozen=True, slots=True)
class TakingPart:
    """answered: None where that may not be shown. planned: the number the round's precision was planned for.

    ways: how people got in, a sentence each; nothing where no round let anybody in. languages: of the questions.
    """

    answered: Respondents | None
    planned: str
    ways: tuple[str, ...]
    languages: str


def taking_part(manifest: AnyManifest, judged: Mapping[str, Judged]) -> TakingPart:
    """Nothing here counts codes: how many were issued or used, no manifest promises, and no release says."""
    ways = tuple(_ways(manifest.eligibility)) if isinstance(manifest, Manifest) else ()
    planned = people(manifest.promise.respondents)
    return TakingPart(respondents(judged), planned, ways, _and([_LANGUAGES.get(c, c) for c in manifest.form.languages]))


def respondents(judged: Mapping[str, Judged]) -> Respondents | None:
    """How many took part as measured, which is right on average, if that may be shown.

    The displayed count is drawn upwards by fitting it to tables that have nothing below zero: its margin is not known.
    """
    total = next(table for table in judged.values() if table.table.total)
    if str(total.status.flat[0]) != SHOWN:
        return None
    return Respondents(people(float(total.estimate.unbiased.flat[0])), people(Z95 * float(total.estimate.sd)))


def _ways(eligibility: Eligibility) -> Iterator[str]:
    if eligibility.codes:
        yield "With a code that the society gave out, and that let one person in once."
    mail = eligibility.mail
    if mail is not None:
        yield f"By showing that a mail address is theirs: {_addresses(mail)}. Each address let one person in once."
        if mail.per_domain is not None:
            yield f"At most {people(mail.per_domain)} addresses of any one mail domain, which is what follows the @."


def _addresses(mail: MailEligibility) -> str:
    free = "" if mail.free_mail else ", but none at the well-known providers of free mail"
    at = f" at {_and(mail.domains, 'or')}" if mail.domains else ""
    if mail.members_only:
        return f"one{at} that the society had entered beforehand{free}"
    return f"one{at or ', whoever it belongs to'}{free}"


def _and(words: Sequence[str], joined: str = "and") -> str:
    """`a, b and c`"""
    return f" {joined} ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


@dataclass(frozen=True, slots=True)
class Figures:
    """How many figures a release has, and how many of them are not shown, in words."""

    all: str
    hidden: str
    uncertain: str


def figures(judged: Mapping[str, Judged]) -> Figures:
    """Shares of answers, for everyone and for every group; cells that are no answer have none."""
    statuses = [table.status[~np.isnan(table.estimate.share)] for table in judged.values() if table.table.of]
    counted = {word: sum(int((found == word).sum()) for found in statuses) for word in (HIDDEN, UNCERTAIN)}
    return Figures(people(sum(found.size for found in statuses)), people(counted[HIDDEN]), people(counted[UNCERTAIN]))
