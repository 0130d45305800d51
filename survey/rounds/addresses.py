"""Which addresses a code or a token may be sent to."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit


def is_confidential(url: str) -> bool:
    """Whether nobody on the way can read along: https, an onion service, or this machine itself."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme == "https":
        return bool(host)
    return parts.scheme == "http" and (host == "localhost" or host.endswith(".onion") or _is_loopback(host))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
