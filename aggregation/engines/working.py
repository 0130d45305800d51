"""What runs in a worker of a Dask cluster: it takes a sealed job, counts portions of it, and forgets it.

The key lies in this process's memory only, never in a task, a result or a plugin, all of which Dask may log or write
to disk. It is forgotten at the end of a run, and after ten idle minutes in case the tally is gone without a word; a
worker that has no key, or no longer, says so and is given one.
"""

from __future__ import annotations

import pickle
import threading
from dataclasses import dataclass
from typing import Any, Final

from aggregation.engines.envelopes import EnvelopeKey, enclose
from aggregation.engines.job import Fault, Job, part_or_fault
from aggregation.engines.part_bytes import part_to_bytes
from aggregation.engines.same_code import digest_of_our_code

IDLE_SECONDS: Final = 600
OUR_CODE: Final = digest_of_our_code()  # as it is loaded, and not as somebody may replace it on disk later


@dataclass(frozen=True, slots=True)
class Worker:
    """What a worker says of itself: the key that jobs are sealed to, and what decides whether it may get one.

    code: a digest of its program. in_memory: whether it keeps results in memory alone.
    """

    public: bytes
    code: str
    in_memory: bool


@dataclass(frozen=True, slots=True)
class Keyless:
    """The answer of a worker that has not got the job, or has forgotten it."""

    address: str


@dataclass(frozen=True, slots=True)
class _Taken:
    """A job, whom its counts are sealed to, and the clock that ends it."""

    job: Job
    tally: bytes
    end: threading.Timer


_lock: Final = threading.Lock()
_keys: Final[dict[str, EnvelopeKey]] = {}
_taken: Final[dict[str, _Taken]] = {}


def job_purpose(run: str) -> str:
    return f"subrosa/job/v1 {run}"


def part_purpose(run: str, number: int) -> str:
    return f"subrosa/part/v1 {run} {number}"


def introduce(run: str, dask_worker: Any) -> Worker:
    """The worker as it is for this run, with a key pair of its own. Dask passes itself as `dask_worker`."""
    with _lock:
        key = _keys.setdefault(run, EnvelopeKey())
    return Worker(key.public, OUR_CODE, type(dask_worker.data) is dict)


def take(run: str, sealed: bytes) -> Fault | None:
    """Take the job of a run, if the box is within reach here. Raises nothing: Dask would log it."""
    try:
        wire, tally = pickle.loads(_keys[run].open(sealed, job_purpose(run)))  # noqa: S301  (sealed by our tally)
        job = Job.from_wire(wire)
        if len(job.portions):
            job.portions[0].check()
    except Exception as error:
        return Fault.of(error)
    _renew(run, job, tally)
    return None


def count(run: str, number: int) -> bytes | Fault | Keyless:
    """Count one portion; the part comes back sealed to the tally. Raises nothing: Dask would log it."""
    try:
        with _lock:
            taken = _taken.get(run)
        if taken is None:
            return Keyless(_address())
        _renew(run, taken.job, taken.tally)
        part = part_or_fault(taken.job, number)
        if isinstance(part, Fault):
            return part
        plain = part_to_bytes(taken.job.opener.workload, part)
        return enclose(taken.tally, plain, part_purpose(run, number))
    except Exception as error:
        return Fault.of(error)


def forget(run: str) -> None:
    """Forget job and keys of a run."""
    with _lock:
        _keys.pop(run, None)
        if (taken := _taken.pop(run, None)) is not None:
            taken.end.cancel()


def _renew(run: str, job: Job, tally: bytes) -> None:
    end = threading.Timer(IDLE_SECONDS, forget, (run,))
    end.daemon = True
    with _lock:
        before = _taken.get(run)
        _taken[run] = _Taken(job, tally, end)
    if before is not None:
        before.end.cancel()
    end.start()


def _address() -> str:
    from distributed import get_worker  # noqa: PLC0415  (only workers have it)

    return str(get_worker().address)
