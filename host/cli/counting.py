"""Where the ballots of a round are counted: the options of `subrosa tally` that say so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from aggregation.engines.job import Engine

_CLUSTER: Final = ("scheduler", "tls_ca", "tls_cert", "tls_key")
_file: Final = click.Path(path_type=Path, exists=True, dir_okay=False)
_options: Final = (
    click.option("--engine", type=click.Choice(["local", "dask"]), default="local", help="This machine, or a cluster."),
    click.option(
        "--processes",
        type=click.IntRange(1),
        help="How many count on this machine; left out: one for every 20,000 responses, at most one a processor.",
    ),
    click.option("--scheduler", metavar="ADDRESS", help="Of the Dask scheduler: tls://HOST:PORT."),
    click.option("--tls-ca", type=_file, help="PEM: the authority of the cluster's certificates, one of your own."),
    click.option("--tls-cert", type=_file, help="PEM: the tally's certificate."),
    click.option("--tls-key", type=_file, help="PEM: its private key."),
)


def engine_options(command: Callable[..., None]) -> Callable[..., None]:
    """Adds the options; the command takes them as `**counting` and hands them to `chosen_engine`."""
    for option in reversed(_options):
        command = option(command)
    return command


def chosen_engine(counting: dict[str, Any]) -> Engine | None:
    """What the options ask for; None: as many processes of this machine as pay off. Raises: click.UsageError."""
    given = [name for name in _CLUSTER if counting[name] is not None]
    if counting["engine"] == "local":
        if given:
            raise click.UsageError(f"{_spelled(given[0])} is for --engine dask; add that, or leave it out.")
        return _local(counting["processes"])
    if counting["processes"] is not None:
        raise click.UsageError("--processes is for --engine local; how many count on a cluster its workers say.")
    if missing := [name for name in _CLUSTER if name not in given]:
        raise click.UsageError(f"--engine dask also needs {', '.join(map(_spelled, missing))}.")
    from aggregation.engines.cluster import Cluster, TlsFiles  # noqa: PLC0415

    return Cluster(counting["scheduler"], TlsFiles(*(counting[name].absolute() for name in _CLUSTER[1:])))


def _local(processes: int | None) -> Engine | None:
    from aggregation.engines.local import local_engine  # noqa: PLC0415

    return None if processes is None else local_engine(0, processes)


def _spelled(name: str) -> str:
    return f"--{name.replace('_', '-')}"
