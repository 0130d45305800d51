"""What a host is told before services start, once for all of them."""

from __future__ import annotations

from collections.abc import Iterator

from host.config import Config
from host.moved_addresses import moved_addresses
from host.within_reach import warning_of_open_folders


def told_at_start(config: Config, *roles: str) -> Iterator[str]:
    """In sentences, for these roles as processes of one user."""
    if warning := warning_of_open_folders(config, *roles):
        yield warning
    yield from moved_addresses(config, *roles)
