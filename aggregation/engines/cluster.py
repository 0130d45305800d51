"""Counting on a Dask cluster: the tally hands out portions and adds up what comes back.

Workers are the tally's own machines: each is given the round's private key, over TLS and sealed to that worker, so
that no log and no memory of the scheduler in between has it. A scheduler that lies could put a key of its own in a
worker's place: whoever runs it is trusted like the tally. Portions of a worker that dies are counted by another; each
is added once.
"""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from aggregation.engines.handing_out import Handing
from aggregation.engines.job import CountingFailed, Job
from aggregation.engines.local import PORTION
from aggregation.parts import CountedPart

if TYPE_CHECKING:
    from distributed import Client

_PATIENCE: Final = 10  # seconds for a connection and a first worker


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM files by which tally, scheduler and workers know each other: an authority of one's own, and a certificate."""

    authority: Path
    certificate: Path
    key: Path = field(repr=False)


@dataclass(frozen=True, slots=True)
class Cluster:
    """Portions side by side on the workers of a Dask scheduler at a `tls://` address."""

    scheduler: str
    tls: TlsFiles
    portion: int = PORTION

    def __post_init__(self) -> None:
        """Refuse to go where others could listen."""
        if not self.scheduler.startswith("tls://"):
            raise CountingFailed("The scheduler's address must begin with tls://: workers are given the round's key.")

    def parts(self, job: Job) -> Generator[tuple[int, CountedPart], None, None]:
        with _connected(self) as client:
            handing = Handing(client, job)
            try:
                handing.begin()
                yield from handing.parts()
            finally:
                handing.end()


@contextmanager
def _connected(cluster: Cluster) -> Iterator[Client]:
    """Raises: CountingFailed with one sentence, whatever Dask makes of it."""
    try:
        from distributed import Client  # noqa: PLC0415  (an extra; nobody else waits for it)
        from distributed.security import Security  # noqa: PLC0415
    except ImportError:
        raise CountingFailed("Dask is not installed here: install subrosa-survey[cluster].") from None
    _hush()
    security = Security(
        tls_ca_file=str(cluster.tls.authority),
        tls_client_cert=str(cluster.tls.certificate),
        tls_client_key=str(cluster.tls.key),
        require_encryption=True,
    )
    try:
        client = Client(cluster.scheduler, security=security, timeout=_PATIENCE, set_as_default=False)
    except (OSError, ValueError):
        raise CountingFailed(
            "The scheduler cannot be reached over TLS; check that it runs, --scheduler, and that every certificate is "
            "of the authority in --tls-ca."
        ) from None
    try:
        yield client
    except (OSError, CancelledError):
        raise CountingFailed(
            "The connection to the scheduler was lost. Nothing was measured; see that it runs, and run it again."
        ) from None
    finally:
        client.close(timeout=2)


def _hush() -> None:
    """What Dask logs here would stand between our sentences, and names workers and portions."""
    for name in [name for name in logging.root.manager.loggerDict if name.partition(".")[0] == "distributed"]:
        logging.getLogger(name).setLevel(logging.CRITICAL)
