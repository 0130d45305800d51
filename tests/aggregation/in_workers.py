"""What tests run in other processes: portions that take their time, wait to be looked at, or end whoever reads them."""

import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aggregation.ballots import Ballot
from aggregation.engines import working
from aggregation.portions import FilePortion, FilePortions, Portion


@dataclass(frozen=True)
class Slow:
    """The portions of a file, each of which takes `seconds` longer than it must."""

    portions: FilePortions
    seconds: float

    def __len__(self) -> int:
        return len(self.portions)

    def __getitem__(self, number: int, /) -> "SlowPortion":
        return SlowPortion(self.portions[number], self.seconds)


@dataclass(frozen=True)
class SlowPortion:
    portion: FilePortion
    seconds: float

    def ballots(self) -> Iterator[Ballot]:
        time.sleep(self.seconds)
        return self.portion.ballots()

    def holds(self, first: bytes, last: bytes, read: int) -> bool:
        return self.portion.holds(first, last, read)

    def check(self) -> None:
        self.portion.check()


@dataclass(frozen=True)
class One:
    """A single portion as a whole box."""

    portion: Portion

    def __len__(self) -> int:
        return 1

    def __getitem__(self, _number: int, /) -> Portion:
        return self.portion


@dataclass(frozen=True)
class Deadly(SlowPortion):
    """Ends the process that reads it, as a want of memory would."""

    def ballots(self) -> Iterator[Ballot]:
        os.kill(os.getpid(), signal.SIGKILL)
        return self.portion.ballots()


@dataclass(frozen=True)
class Telling(SlowPortion):
    """Says in a file who reads it, and waits to be ended."""

    folder: Path = Path()

    def ballots(self) -> Iterator[Ballot]:
        (self.folder / str(os.getpid())).touch()
        time.sleep(self.seconds)
        return self.portion.ballots()


@dataclass(frozen=True)
class Talkative(SlowPortion):
    """Fails with something confidential in its words."""

    words: str = ""

    def ballots(self) -> Iterator[Ballot]:
        raise RuntimeError(self.words)


def left(dask_worker: Any) -> tuple[int, int, int]:
    """How many keys, jobs and results a worker still holds."""
    return len(working._keys), len(working._taken), len(dask_worker.data)
