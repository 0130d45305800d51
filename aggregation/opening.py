"""Opening the box: every ballot is checked, opened and decoded, or dropped; no bad ballot stops the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from itertools import islice
from typing import Final

import numpy as np
import numpy.typing as npt

from aggregation.ballots import Ballot, in_order
from survey.forms.codec import record_length
from survey.forms.rows import valid_rows
from survey.rounds.manifest import Manifest
from survey.sealing import SealingKey, Status, Unopenable

BATCH: Final = 4096
Records = npt.NDArray[np.uint8]


class Drop(Enum):
    """Why a ballot is not counted. How many of each is told to the host only."""

    BAD_TOKEN = "its token was not signed for this round"  # noqa: S105
    UNOPENABLE = "it does not open, or was not written by the holder of its token"
    WRONG_REVISION = "the revision inside is not the one stored outside"
    WRONG_LENGTH = "its record does not have this form's length"
    BROKEN_RECORD = "its answers break the form"


@dataclass(frozen=True, slots=True, repr=False)
class OpenedBatch:
    """Records without identity. Shape: (ballots, record bytes) uint8. Confidential: never shown, never written."""

    records: Records

    def __repr__(self) -> str:
        return "OpenedBatch(<redacted>)"

    def __reduce__(self) -> str:
        raise TypeError("Opened records are not pickled.")


@dataclass(slots=True)
class Inspection:
    """What happened to the ballots of a box: for the host's eyes only."""

    counted: int = 0
    withdrawn: int = 0
    dropped: dict[Drop, int] = field(default_factory=dict)

    def drop(self, reason: Drop, count: int = 1) -> None:
        if count:
            self.dropped[reason] = self.dropped.get(reason, 0) + count

    def add(self, other: Inspection) -> None:
        """What happened to other ballots of the same box."""
        self.counted += other.counted
        self.withdrawn += other.withdrawn
        for reason, count in other.dropped.items():
            self.drop(reason, count)

    @property
    def read(self) -> int:
        """How many ballots there were."""
        return self.counted + self.withdrawn + sum(self.dropped.values())


def open_box(
    manifest: Manifest,
    key: SealingKey,
    ballots: Iterable[Ballot],
    inspection: Inspection,
    progress: Callable[[int], None] = lambda _done: None,
) -> Iterator[OpenedBatch]:
    """Yield the valid records of a box, batch by batch, and note in `inspection` what happened to the others.

    Raises: BoxOutOfOrder if a nonce repeats or goes back; then nothing may be measured.
    """
    length, done, stream = record_length(manifest.form), 0, in_order(ballots)
    while batch := list(islice(stream, BATCH)):
        records = [r for b in batch if (r := _open(manifest, key, b, length, inspection)) is not None]
        rows = np.frombuffer(b"".join(records), dtype=np.uint8).reshape(len(records), length)
        valid = valid_rows(manifest.form, rows)
        inspection.drop(Drop.BROKEN_RECORD, int((~valid).sum()))
        inspection.counted += int(valid.sum())
        done += len(batch)
        progress(done)
        yield OpenedBatch(rows[valid])


def _open(manifest: Manifest, key: SealingKey, ballot: Ballot, length: int, inspection: Inspection) -> bytes | None:
    """One record, or None with the reason noted."""
    if not manifest.verifier.accepts(ballot.nonce, ballot.authenticator):
        inspection.drop(Drop.BAD_TOKEN)
        return None
    try:
        response = key.open(ballot.sealed, manifest.id_bytes, ballot.nonce)
    except Unopenable:
        inspection.drop(Drop.UNOPENABLE)
        return None
    if response.revision != ballot.revision:
        inspection.drop(Drop.WRONG_REVISION)
    elif len(response.record) != length:
        inspection.drop(Drop.WRONG_LENGTH)
    elif response.status is Status.WITHDRAWN:
        inspection.withdrawn += 1
    else:
        return response.record
    return None
