"""Where a role listens: whether the place is free, and free ports for trying things out."""

from __future__ import annotations

import socket

from host.config import address_of


class PortBusy(RuntimeError):
    """Another program listens where this role should, or that address is not this machine's (yet)."""


def free_port() -> int:
    """A port of the loopback address that nothing listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def check_free(listen: str) -> None:
    """Raises: PortBusy if nothing could listen at this `address:port` of the config."""
    host, port = address_of(listen)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            raise PortBusy(
                f"Nothing can listen at {listen}: it is in use or not an address of this machine. "
                "Stop the other program or change that place in the config."
            ) from None
