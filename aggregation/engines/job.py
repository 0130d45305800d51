"""One box to be counted, as every engine takes it, and what a counting process makes of one portion.

Nothing that goes wrong while a portion is counted leaves that process as an exception: tracebacks and logs of
libraries are not ours to redact. What leaves it is a `Fault`, which can only name a kind.
"""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass, field
from enum import Enum
from typing import NoReturn, Protocol

import rfc8785

from aggregation.ballots import BoxError, BoxOutOfOrder
from aggregation.opening import Inspection
from aggregation.parts import CountedPart, Gathered, Opener, count_portion
from aggregation.portions import Portions
from aggregation.promise import plan_of
from privacy.counts import ExactCounts
from survey.rounds.manifest import Manifest, manifest_from_json
from survey.sealing import SealingKey

Progress = Callable[[int], None]


class CountingFailed(RuntimeError):
    """Counting stopped for a reason outside the box; says what to do. Nothing was measured."""


@dataclass(frozen=True, slots=True)
class Job:
    """A box in portions, and what opens it. count: how many ballots the whole box has."""

    opener: Opener
    portions: Portions = field(repr=False)
    count: int = field(repr=False)

    @classmethod
    def of(cls, manifest: Manifest, key: SealingKey, portions: Portions, count: int) -> Job:
        """Raises: PromiseError if the manifest cannot be counted."""
        return cls(Opener(manifest, key, plan_of(manifest.form, manifest.promise)[0]), portions, count)

    def __reduce__(self) -> str:
        raise TypeError("A job holds a private key and is not pickled; `to_wire` is for pipes and sealed messages.")

    def to_wire(self) -> bytes:
        """The job with its private key: for a pipe to one's own process, or sealed to a worker; never to be stored."""
        manifest = self.opener.manifest
        return pickle.dumps(
            (
                rfc8785.dumps(manifest.to_json()),
                manifest.id,
                self.opener.key.to_seed(),
                self.portions,
                self.count,
            )
        )

    @classmethod
    def from_wire(cls, data: bytes) -> Job:
        """What `to_wire` gave, from the tally itself: it is unpickled."""
        document, round_id, seed, portions, count = pickle.loads(data)  # noqa: S301  (from our own tally only)
        manifest = manifest_from_json(json.loads(document))
        if manifest.id != round_id:
            raise CountingFailed("A counting process reads the manifest otherwise; run the same version everywhere.")
        return cls.of(manifest, SealingKey(seed), portions, count)


class Kind(Enum):
    """Why a portion was not counted."""

    OUT_OF_ORDER = "out of order"
    UNREADABLE = "unreadable"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a portion was not counted. name: of an exception's class, or a sentence of our own about the box file."""

    kind: Kind
    name: str = ""

    @classmethod
    def of(cls, error: Exception) -> Fault:
        """Only the class of an error that is not known to say nothing confidential."""
        if isinstance(error, BoxOutOfOrder):
            return cls(Kind.OUT_OF_ORDER)
        if isinstance(error, BoxError):
            return cls(Kind.UNREADABLE, str(error))
        return cls(Kind.FAILED, type(error).__name__)

    def stop(self) -> NoReturn:
        """Raises: BoxOutOfOrder, BoxError or CountingFailed, as if the portion had been counted here."""
        if self.kind is Kind.OUT_OF_ORDER:
            raise BoxOutOfOrder
        if self.kind is Kind.UNREADABLE:
            raise BoxError(self.name)
        raise CountingFailed(
            f"A counting process could not go on ({self.name}). Nothing was measured; check that it reaches the ballot "
            "box and has memory enough, and run it again."
        )


def part_or_fault(job: Job, number: int) -> CountedPart | Fault:
    """One portion counted, or why not. Raises nothing."""
    try:
        return count_portion(job.opener, job.portions[number])
    except Exception as error:
        return Fault.of(error)


class Engine(Protocol):
    """Counts every portion of a job, in any order, each of them once."""

    @property
    def portion(self) -> int:
        """How many ballots a portion should have."""

    def parts(self, job: Job) -> Generator[tuple[int, CountedPart], None, None]:
        """Yield each portion's number and its part.

        Raises: BoxOutOfOrder, BoxError, CountingFailed.
        """


def count_box(job: Job, engine: Engine, progress: Progress = lambda _done: None) -> tuple[ExactCounts, Inspection]:
    """The counts of a whole box, the same whichever engine counts it.

    Memory: the tables once, and some numbers for each portion. Time: linear in the ballots.
    Raises: BoxOutOfOrder, BoxIncomplete, BoxError, PartRefused, CountingFailed; nothing may be measured then.
    """
    gathered = Gathered(job.opener.workload, job.portions, job.count)
    with closing(engine.parts(job)) as parts:  # an engine's processes end with it, whatever happens here
        for number, part in parts:
            gathered.add(number, part)
            progress(gathered.read)
    return gathered.finish()
