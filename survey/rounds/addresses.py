"""Which addresses a code or a token may be sent to."""

from __future__ import annotations

import ipaddress
import re
from typing import Final
from urllib.parse import urlsplit

# Only what can stand in a host name or an address: what one parser takes for a part of the name (a backslash, a
# user name), another takes for its end.
_AUTHORITY: Final = re.compile(r"(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?")


def is_confidential(url: str) -> bool:
    """Whether nobody on the way can read along: https, an onion service, or this machine itself."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False  # no address at all
    if not _AUTHORITY.fullmatch(parts.netloc):
        return False
    if parts.scheme == "https":
        return bool(host)
    return parts.scheme == "http" and (is_onion(url) or is_loopback(host))


def is_onion(url: str) -> bool:
    """Whether only Tor leads there."""
    return (urlsplit(url).hostname or "").endswith(".onion")


def is_loopback(host: str) -> bool:
    """Whether this name or address is this machine's own."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
