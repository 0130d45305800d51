"""What the site knows: the rounds that are published, and the releases that were made of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from survey.rounds.closing import Phase, phase
from survey.rounds.folder import PublishedRound, RoundsFolder, UnknownRound
from survey.rounds.times import stamp

# As `publish` names its files: nothing hidden, nothing below another folder.
_FILE: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,200}")
_SIGNATURE: Final = "SHA256SUMS.sig"  # written last of all, so that its folder is whole
_ROUND: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class ListedRound:
    """A round as the site names it. Times are UTC."""

    id: str
    title: str
    intro: str
    phase: Phase
    closes: str
    closes_day: str
    registrar: str
    intake: str

    @property
    def service_origins(self) -> tuple[str, str]:
        return _origin(self.registrar), _origin(self.intake)

    @property
    def is_open(self) -> bool:
        return self.phase is Phase.OPEN


@dataclass(frozen=True, slots=True)
class Release:
    """A published release: its round, and what to call it."""

    id: str
    title: str
    closed_day: str


def listed_rounds(rounds: RoundsFolder, now: datetime) -> list[ListedRound]:
    """Every published round, the one that closes last first."""
    found = [_listed(published, now) for published in rounds.all()]
    return sorted(found, key=lambda one: (one.closes, one.id), reverse=True)


def releases(folder: Path, known: list[ListedRound]) -> list[Release]:
    """The releases whose folder is whole, of rounds that are published here."""
    whole = [one for one in known if (folder / one.id / _SIGNATURE).is_file()]
    return [Release(one.id, one.title, one.closes_day) for one in whole]


def release_file(folder: Path, rounds: RoundsFolder, round_id: str, name: str) -> Path | None:
    """A plain file of a whole release of a known round, or None."""
    place = folder / round_id
    if not (_ROUND.fullmatch(round_id) and _FILE.fullmatch(name) and (place / _SIGNATURE).is_file()):
        return None
    try:
        rounds.load(round_id)
    except UnknownRound:
        return None
    path = place / name
    # A link would lead out of what was published.
    return path if path.is_file() and not path.is_symlink() and not place.is_symlink() else None


def _listed(published: PublishedRound, now: datetime) -> ListedRound:
    manifest, statement = published.manifest, published.statement
    closes = statement.closes if statement else manifest.closes
    return ListedRound(
        id=manifest.id,
        title=manifest.form.title.text(),
        intro=manifest.form.intro.text(),
        phase=phase(manifest, statement, now),
        closes=stamp(closes),
        closes_day=f"{closes.day} {closes:%B %Y}",
        registrar=manifest.service("registrar").url,
        intake=manifest.service("intake").url,
    )


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
