"""Where a request for mail comes from, as a token that only this process can compare and nobody can read."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import secrets
from collections.abc import Mapping
from typing import Any, Final

_END: Final = "/mail-request"


class Sources:
    """Turns a sender's address into a keyed hash, for requests for mail alone.

    The key is drawn at start and kept nowhere, so that the tokens of one run mean nothing in another.
    """

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def __repr__(self) -> str:
        return "Sources(<redacted>)"

    def __call__(self, environ: Mapping[str, Any]) -> bytes | None:
        """The token of a WSGI request, or None: another request, or one whose sender nobody knows (an onion service).

        A proxy on this machine says who asks with the last entry of X-Forwarded-For; nobody else is believed.
        """
        if not str(environ.get("PATH_INFO", "")).endswith(_END):
            return None
        sender = str(environ.get("REMOTE_ADDR", ""))
        if _is_loopback(sender):
            sender = str(environ.get("HTTP_X_FORWARDED_FOR", "")).rpartition(",")[2].strip()
            if not sender:
                return None
        return hmac.digest(self._key, _network(sender).encode(), hashlib.sha256)


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return not address  # a socket in a file has no address


def _network(address: str) -> str:
    """One IPv4 address; of IPv6 the /64, because that is what one household is given."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "unreadable"  # counted together, so that nonsense is no way around the limit
    if isinstance(found, ipaddress.IPv6Address):
        mapped = found.ipv4_mapped
        return str(mapped or ipaddress.ip_network((int(found), 64), strict=False))
    return str(found)
