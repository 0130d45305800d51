"""Where a request comes from, as a token that only this process can compare and nobody can read."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import re
import secrets
from collections.abc import Mapping
from typing import Any, Final

_IPV6_PREFIX: Final = 48
_TRANSLATED: Final = ipaddress.IPv6Network("64:ff9b::/96")  # IPv4 as a network of IPv6 alone hands it on
_WIDEST_PROXY: Final = {4: 16, 6: 64}  # bits of a network's prefix
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def read_proxy(text: str) -> Network:
    """The one address, or the network, of a proxy that is not on this machine.

    Raises: ValueError, also for a network so wide that it must hold others than a proxy.
    """
    network = ipaddress.ip_network(text)
    if network.prefixlen < _WIDEST_PROXY[network.version]:
        raise ValueError("too wide for a proxy")
    return network


class Sources:
    """Turns a sender's address into a keyed hash, for requests to paths with one end alone if it is given.

    proxy: where, besides this machine, a proxy asks from that says who asks.

    The key is drawn at start and kept nowhere, so that the tokens of one run mean nothing in another, and those that
    two of these give do not fit together.
    """

    def __init__(self, only_for: str = "", proxy: Network | None = None) -> None:
        self._key, self._only_for, self._proxy = secrets.token_bytes(32), only_for, proxy

    def __repr__(self) -> str:
        return "Sources(<redacted>)"

    def __call__(self, environ: Mapping[str, Any]) -> bytes | None:
        """The token of a WSGI request, or None: another request, or one whose sender nobody knows (an onion service).

        Such requests have no limit of their own: all that come that way would share it.

        A proxy on this machine, or the one that was given, says who asks with the last entry of X-Forwarded-For; nobody
        else is believed.
        """
        if not str(environ.get("PATH_INFO", "")).endswith(self._only_for):
            return None
        sender = str(environ.get("REMOTE_ADDR", ""))
        if self._is_proxy(sender):
            sender = str(environ.get("HTTP_X_FORWARDED_FOR", "")).rpartition(",")[2].strip()
            if not sender:
                return None
        return hmac.digest(self._key, _network(sender).encode(), hashlib.sha256)

    def _is_proxy(self, sender: str) -> bool:
        address = _read(sender)
        if address is None:
            return not sender  # a socket in a file has no address
        return address.is_loopback or (self._proxy is not None and address in self._proxy)


def _network(text: str) -> str:
    """One IPv4 address; of IPv6 the /48, because whoever is given one has 65,536 networks to ask from."""
    address = _read(text)
    if address is None:
        return "unreadable"  # counted together, so that nonsense is no way around the limit
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((int(address), _IPV6_PREFIX), strict=False))
    return str(address)


def _read(text: str) -> _Address | None:
    """The address in what a server or a proxy wrote: with or without a port, IPv4 also in the clothes of IPv6."""
    bracketed = re.fullmatch(r"\[([^\]]*)\](?::\d+)?", text)
    with_port = re.fullmatch(r"([^:]*):\d+", text)
    found = bracketed or with_port
    try:
        address = ipaddress.ip_address(found[1] if found else text)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        if address in _TRANSLATED:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        return address.ipv4_mapped or address
    return address
