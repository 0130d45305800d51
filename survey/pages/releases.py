"""The releases that the site hands out: signed and whole ones of known rounds, with all their revisions."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path

from survey import case
from survey.pages.listing import ListedRound
from survey.pages.revisions import PAGE, TABLES, PublishedRevision, RevisionShelf
from survey.rounds.folder import RoundsFolder, UnknownRound
from survey.rounds.manifest import Manifest
from survey.rounds.plain_files import read_plain
from survey.rounds.revision import MOST, folder_name
from survey.rounds.withdrawal import LONGEST, SUFFIX, Withdrawal, WithdrawalError, read_withdrawal

__all__ = ["PAGE", "TABLES", "Release", "ReleasesFolder"]


@dataclass(frozen=True, slots=True)
class Release:
    """All that was published of one round. revisions: in order; none are left where the files were taken away."""

    manifest: Manifest
    closes: datetime
    revisions: tuple[PublishedRevision, ...]
    withdrawn: Withdrawal | None

    @property
    def id(self) -> str:
        return self.manifest.id

    @property
    def title(self) -> str:
        return self.manifest.form.title.text()

    @property
    def name(self) -> str:
        """Of the round."""
        return self.manifest.name

    @property
    def closed_day(self) -> str:
        return f"{self.closes.day} {self.closes:%B %Y}"

    @property
    def latest(self) -> PublishedRevision:
        return self.revisions[-1]

    @property
    def has_case(self) -> bool:
        """Whether a reader can make her case from it."""
        return case.FILE in self.latest.files

    def revision(self, number: int | None) -> PublishedRevision | None:
        """The one of this number, the latest if none is named; none of a release that was withdrawn."""
        if self.withdrawn is not None:
            return None
        found = (one for one in reversed(self.revisions) if number in (None, one.number))
        return next(found, None)


class ReleasesFolder:
    """Reads `releases/`, which may be copied into or taken from while the site runs.

    Every request looks which files there are and whether one changed; only what did is read and checked again.
    """

    def __init__(self, path: Path, rounds: RoundsFolder) -> None:
        self._path, self._rounds = path, rounds
        self._shelf = RevisionShelf()

    def of(self, known: Sequence[ListedRound]) -> list[Release]:
        """What was published of these rounds, withdrawn or not."""
        found = ((one, self.find(one.id)) for one in known)
        return [release for _, release in found if release is not None]

    def has(self, round_id: str) -> bool:
        """Whether there is a whole release of a round that is published here, and it stands."""
        release = self.find(round_id)
        return release is not None and release.withdrawn is None

    def tells_something(self, round_id: str) -> bool:
        """Whether its tables have more than the one row of a round that too few answered."""
        release = self.find(round_id)
        revision = release.revision(None) if release else None
        tables = revision.read(TABLES) if revision else None
        return tables is not None and len(list(islice(io.BytesIO(tables), 3))) == 3

    def find(self, round_id: str) -> Release | None:
        """What was published of a round that is published here, or None if nothing was."""
        try:
            published = self._rounds.load(round_id)
            withdrawn = self._withdrawn(published.manifest)
        except (UnknownRound, WithdrawalError):
            # A withdrawal that cannot be read is a copy under way, or a fault: what it may be about is not handed out.
            return None
        revisions = tuple(self._revisions(published.manifest))
        if not revisions and withdrawn is None:
            return None
        statement = published.statement
        return Release(
            published.manifest, statement.closes if statement else published.manifest.closes, revisions, withdrawn
        )

    def _revisions(self, manifest: Manifest) -> Iterator[PublishedRevision]:
        """In order, as far as each names the one before it, so that none is shown whose past is not here."""
        before = ""
        for number in range(1, MOST + 1):
            folder = self._path / folder_name(manifest.id, number)
            found = self._shelf.read(folder, manifest.id, number, manifest.host_key)
            if found is None or found.supersedes != before:
                return
            yield found
            before = found.sums

    def tombstone(self, round_id: str) -> bytes | None:
        """The host's signed word that this release is withdrawn, as it lies there; None if it is not."""
        release = self.find(round_id)
        return None if release is None or release.withdrawn is None else read_plain(self._tombstone(round_id), LONGEST)

    def _withdrawn(self, manifest: Manifest) -> Withdrawal | None:
        """Raises: WithdrawalError."""
        path = self._tombstone(manifest.id)
        if not path.exists() and not path.is_symlink():
            return None
        return read_withdrawal(read_plain(path, LONGEST) or b"", manifest.id, manifest.host_key)

    def _tombstone(self, round_id: str) -> Path:
        return self._path / f"{round_id}{SUFFIX}"
