"""Gunicorn's master process: stopping is all that a signal makes it do, and it stops without losing a request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gunicorn.arbiter import Arbiter


class SteadyArbiter(Arbiter):  # type: ignore[misc]
    """SIGTERM and SIGINT stop it politely, SIGQUIT and a second SIGINT at once.

    Gunicorn would take others as orders to load everything anew, to start or stop workers, or to replace itself, with
    settings that were not checked, and in more processes than agree with each other.
    """

    def handle_int(self) -> None:
        """As from a terminal, where the workers get it too: `SilentWorker` finishes then what it has begun."""
        raise StopIteration

    def _nothing(self) -> None:
        """What a hang-up, or an order meant for another program, does."""

    handle_hup = handle_ttin = handle_ttou = handle_usr1 = handle_usr2 = handle_winch = _nothing


def places(take: Callable[[int, Any], None]) -> dict[str, Callable[[Any, Any], None]]:
    """Gunicorn's hooks by which each worker process has a place of its own, from 0; who replaces another has its.

    take: told its place, in each worker process.
    """

    def before_fork(arbiter: Any, worker: Any) -> None:
        taken = {other.place for other in arbiter.WORKERS.values()}
        worker.place = next(place for place in range(len(taken) + 1) if place not in taken)

    def after_fork(_arbiter: Any, worker: Any) -> None:
        take(worker.place, worker)

    return {"pre_fork": before_fork, "post_fork": after_fork}
