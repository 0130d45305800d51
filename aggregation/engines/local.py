"""Counting on this machine: in this process, or in several of its own.

A process of its own gets the private key through the pipe by which Python starts it, never on a command line, in the
environment or in a file. It ends with the tally, also if that is killed: a key must not stay behind in a process that
nobody knows of.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Generator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import cache
from itertools import islice
from multiprocessing import get_context, parent_process
from typing import Final

from aggregation.engines.job import CountingFailed, Fault, Job, part_or_fault
from aggregation.opening import BATCH
from aggregation.parts import CountedPart, count_portion

PORTION: Final = 2 * BATCH
_WORTH_A_PROCESS: Final = 20_000


@dataclass(frozen=True, slots=True)
class ThisProcess:
    """One portion after another, here."""

    portion: int = BATCH

    def parts(self, job: Job) -> Generator[tuple[int, CountedPart], None, None]:
        for number in range(len(job.portions)):
            yield number, count_portion(job.opener, job.portions[number])


@dataclass(frozen=True, slots=True)
class ProcessPool:
    """Portions side by side in processes of this machine."""

    processes: int
    portion: int = PORTION

    def parts(self, job: Job) -> Generator[tuple[int, CountedPart], None, None]:
        # spawn: a forked process would carry over locks and connections that it must not use.
        pool = ProcessPoolExecutor(self.processes, get_context("spawn"), _begin, (job.to_wire(),))
        try:
            yield from _in_turns(pool, len(job.portions), 2 * self.processes)
        except BrokenProcessPool:
            raise CountingFailed(
                "A counting process was ended from outside, perhaps for want of memory. Nothing was measured; run it "
                "again, with fewer --processes if it was that."
            ) from None
        finally:
            pool.shutdown(cancel_futures=True)


def processes_for(count: int) -> int:
    """How many processes pay for `count` ballots: one for every 20,000, at most one a processor that we may use."""
    return max(1, min(len(os.sched_getaffinity(0)), count // _WORTH_A_PROCESS))


def local_engine(count: int, processes: int | None = None) -> ThisProcess | ProcessPool:
    """Who counts `count` ballots on this machine; as many processes as pay off, if none are named."""
    number = processes or processes_for(count)
    return ThisProcess() if number == 1 else ProcessPool(number)


def _in_turns(pool: ProcessPoolExecutor, count: int, at_once: int) -> Generator[tuple[int, CountedPart], None, None]:
    """Never more than `at_once` asked for, so that results do not heap up here."""
    numbers = iter(range(count))
    asked: dict[Future[CountedPart | Fault], int] = {}
    while True:
        asked |= {pool.submit(_count, number): number for number in islice(numbers, at_once - len(asked))}
        if not asked:
            return
        for future in wait(asked, return_when=FIRST_COMPLETED).done:
            number, result = asked.pop(future), future.result()
            if isinstance(result, Fault):
                result.stop()
            yield number, result


_wire = b""


def _begin(wire: bytes) -> None:
    """Runs first in a counting process. It must not raise: what it raises is printed by Python."""
    global _wire  # noqa: PLW0603  (the one way from an initializer to a task)
    _wire = wire
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches every process; the tally ends this one
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    if (parent := parent_process()) is not None:
        parent.join()
    os._exit(1)


@cache
def _job() -> Job:
    return Job.from_wire(_wire)


def _count(number: int) -> CountedPart | Fault:
    try:
        job = _job()
    except Exception as error:
        return Fault.of(error)
    return part_or_fault(job, number)
