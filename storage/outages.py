"""Saying once that a database server does not answer, and once that it does again, however many ask meanwhile."""

from __future__ import annotations

import logging
import threading
from typing import Final

from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext

from storage.unavailable import could_not_connect

log: Final = logging.getLogger("subrosa")


def tell_outages(engine: Engine, name: str) -> None:
    """From now on say, in this process, when the database of `name` goes and when it is back. A file has no server.

    For a service, which goes on by itself; a command that ends says it in its own words.
    """
    if engine.dialect.name == "sqlite":
        return
    outages = _Outages(name)
    event.listen(engine, "handle_error", outages.failed)
    event.listen(engine, "connect", outages.connected)


class _Outages:
    """Safe to share by threads."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._away = False

    def failed(self, context: ExceptionContext) -> None:
        """Only where no new connection can be made: a lost one may just have waited too long for use."""
        error = context.sqlalchemy_exception
        if error is not None and could_not_connect(error) and self._change(away=True):
            log.error("The %s's database does not answer; it goes on by itself when it is back.", self._name)

    def connected(self, _connection: object, _record: object) -> None:
        if self._change(away=False):
            log.warning("The %s's database answers again.", self._name)

    def _change(self, away: bool) -> bool:
        """Whether that is new."""
        with self._lock:
            changed, self._away = self._away != away, away
        return changed
