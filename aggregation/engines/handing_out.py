"""One run on a cluster: who may have the key, which portions are out, and what came back."""

from __future__ import annotations

import pickle
import secrets
from collections.abc import Generator, Iterable
from contextlib import suppress
from itertools import count as counting
from queue import Empty, SimpleQueue
from time import monotonic
from typing import TYPE_CHECKING, Final

from aggregation.engines import working
from aggregation.engines.envelopes import EnvelopeKey, NotOurs, enclose
from aggregation.engines.job import CountingFailed, Fault, Job
from aggregation.engines.part_bytes import part_from_bytes
from aggregation.parts import CountedPart, PartRefused

if TYPE_CHECKING:
    from distributed import Client, Future

_FIRST_WORKER: Final = 10  # seconds to wait for it
_LOOK: Final = 3  # seconds between two looks at who is there
_ALONE: Final = 60  # seconds without any worker, until one gives up
_NO_WORKERS: Final = (
    "The scheduler has no workers. Nothing was measured; start some (docs/scaling.md says how) and run it again."
)
_CANNOT_LOAD: Final = (
    "A worker cannot load this program; install the same version of subrosa-survey[cluster] on every worker."
)


class Handing:
    """Hands out the portions of a job, never many more than there are threads to count them."""

    def __init__(self, client: Client, job: Job) -> None:
        self._client, self._job = client, job
        self._run, self._key = secrets.token_hex(8), EnvelopeKey()
        self._wire = pickle.dumps((job.to_wire(), self._key.public))
        self._asked: dict[str, tuple[Future, int, float]] = {}  # also when each was asked for
        self._admitted: dict[str, float] = {}
        self._done: SimpleQueue[Future] = SimpleQueue()
        self._tasks = counting()
        self._at_once = 2
        self._looked = self._seen = monotonic()

    def begin(self) -> None:
        """Give the job to every worker that may have it. Raises: CountingFailed, BoxError if one may not."""
        try:
            self._client.wait_for_workers(1, timeout=_FIRST_WORKER)
        except TimeoutError:
            raise CountingFailed(_NO_WORKERS) from None
        self._look()
        self._admit(self._client.nthreads())

    def parts(self) -> Generator[tuple[int, CountedPart], None, None]:
        """Every portion's part once, however many workers it takes. Raises: as an engine does."""
        numbers = iter(range(len(self._job.portions)))
        while True:
            while len(self._asked) < self._at_once and (number := next(numbers, None)) is not None:
                self._ask(number)
            if not self._asked:
                return
            if monotonic() - self._looked > _LOOK:
                self._look()
            with suppress(Empty):
                yield from self._taken_in(self._done.get(timeout=_LOOK))

    def end(self) -> None:
        """Take back what is still out, and have every worker forget the key."""
        with suppress(Exception):  # whatever ended the run is what is told
            self._client.cancel([future for future, *_ in self._asked.values()])
            self._client.run(working.forget, self._run, on_error="ignore")

    def _ask(self, number: int) -> None:
        # The task says which portion, and nothing else: Dask logs the arguments of tasks that fail.
        name = f"subrosa-{self._run}-{next(self._tasks)}"
        future = self._client.submit(working.count, self._run, number, key=name, pure=False)
        self._asked[future.key] = (future, number, monotonic())
        future.add_done_callback(self._done.put)

    def _taken_in(self, future: Future) -> Generator[tuple[int, CountedPart], None, None]:
        try:
            answer = future.result(timeout=_LOOK)
        except TimeoutError:
            # Its worker died before it could hand the part over: it is being counted again.
            future.add_done_callback(self._done.put)
            return
        except Exception as error:
            if type(error).__name__ != "KilledWorker":
                raise
            raise CountingFailed(
                "Several workers in a row ended while they counted the same part, perhaps for want of memory. Nothing "
                "was measured; give them more and run it again."
            ) from None
        _, number, asked = self._asked.pop(future.key)
        future.release()  # at once: nothing that was counted stays with a worker
        if isinstance(answer, Fault):
            answer.stop()
        if isinstance(answer, working.Keyless):
            if self._admitted.get(answer.address, 0) < asked:  # later, this is an answer from before it had the job
                self._admit([answer.address])
            self._ask(number)
            return
        yield number, self._opened(number, answer)

    def _opened(self, number: int, answer: object) -> CountedPart:
        if not isinstance(answer, bytes):
            raise PartRefused
        try:
            plain = self._key.open(answer, working.part_purpose(self._run, number))
        except NotOurs:
            raise PartRefused from None
        return part_from_bytes(self._job.opener.workload, plain)

    def _look(self) -> None:
        """How many threads there are now. Raises: CountingFailed if nobody has been there for a minute."""
        self._looked = monotonic()
        threads = sum(self._client.nthreads().values())
        if threads:
            self._seen, self._at_once = self._looked, 2 * threads
        elif self._looked - self._seen > _ALONE:
            raise CountingFailed(_NO_WORKERS)

    def _admit(self, addresses: Iterable[str]) -> None:
        """Give the job to these workers, after a look at each. Those that are gone meanwhile are passed over."""
        workers = list(addresses)
        said = self._client.run(working.introduce, self._run, workers=workers, on_error="return")
        for address, one in said.items():
            if not isinstance(one, OSError):
                self._hand_over(address, _checked(address, one))

    def _hand_over(self, address: str, worker: working.Worker) -> None:
        self._admitted[address] = monotonic()
        sealed = enclose(worker.public, self._wire, working.job_purpose(self._run))
        said = self._client.run(working.take, self._run, sealed, workers=[address], on_error="return").get(address)
        if isinstance(said, Fault):
            said.stop()
        if isinstance(said, Exception) and not isinstance(said, OSError):
            raise CountingFailed(_CANNOT_LOAD)


def _checked(address: str, said: object) -> working.Worker:
    """A worker that may have the key. Raises: CountingFailed with what to change."""
    if not isinstance(said, working.Worker):
        raise CountingFailed(_CANNOT_LOAD)
    if not address.startswith("tls://"):
        raise CountingFailed("A worker does not speak TLS; start every worker with its certificate files.")
    if said.code != working.OUR_CODE:
        raise CountingFailed("A worker runs another version of subrosa-survey; install the same one everywhere.")
    if not said.in_memory:
        raise CountingFailed("A worker may write results to its disk; start every worker with --memory-limit 0.")
    return said
