"""What a role says about its database server when it starts."""

from __future__ import annotations

import logging
from typing import Final, Protocol

log: Final = logging.getLogger("subrosa")


class OnServer(Protocol):
    """A store that may lie on a database server."""

    def server_weaknesses(self) -> tuple[str, ...]: ...


def point_out(store: OnServer, role: str) -> None:
    """Say once what keeps the order of arrival longer than need be, or nothing."""
    found = store.server_weaknesses()
    if found:
        log.warning(
            "The database server of the %s keeps the order of arrival longer than need be: %s. docs/threat-model.md "
            "says what its administrator can do.",
            role,
            "; ".join(found),
        )
