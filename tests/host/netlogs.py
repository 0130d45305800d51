"""Chromium's own network log: every byte that it wrote to any socket, and to which address."""

import base64
import json
import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus, urlsplit


@dataclass(frozen=True)
class Sent:
    """One HTTP request as it left: its head, and its body."""

    place: str
    head: bytes
    body: bytes

    @property
    def line(self) -> str:
        return self.head.split(b"\r\n", 1)[0].decode()

    @property
    def size(self) -> tuple[str, str, int, int]:
        return self.place, self.line, len(self.head), len(self.body)


class NetLog:
    """A log that was written with `--net-log-capture-mode=Everything`."""

    def __init__(self, path: Path) -> None:
        log = json.loads(path.read_text(encoding="utf-8"))
        names = {number: name for name, number in log["constants"]["logEventTypes"].items()}
        self._events = [(names[e["type"]], e["source"]["id"], e.get("params") or {}) for e in log["events"]]

    def _all(self, name: str) -> list[tuple[int, dict[str, Any]]]:
        return [(source, params) for kind, source, params in self._events if kind == name]

    @property
    def connected(self) -> dict[int, str]:
        """Address by socket."""
        return {source: p["address"] for source, p in self._all("TCP_CONNECT_ATTEMPT") if "address" in p}

    @property
    def datagrams(self) -> int:
        return len(self._all("UDP_BYTES_SENT"))

    @property
    def asked_by_pages(self) -> list[str]:
        """Addresses that a page asked for, or the person by opening it; not what Chromium wants for itself."""
        started = [params for _, params in self._all("URL_REQUEST_START_JOB") if "url" in params]
        own = [p for p in started if p["initiator"] == "not an origin" and p["request_type"] != "main frame"]
        return [params["url"] for params in started if params not in own]

    @property
    def streams(self) -> dict[tuple[str, int], bytes]:
        """All bytes that were written, by address and socket."""
        written: dict[tuple[str, int], bytes] = defaultdict(bytes)
        for source, params in self._all("SOCKET_BYTES_SENT"):
            written[self.connected[source], source] += base64.b64decode(params["bytes"])
        return dict(written)

    @property
    def requests(self) -> list[Sent]:
        return [sent for (place, _), data in self.streams.items() for sent in _requests(place, data)]


def _requests(place: str, data: bytes) -> list[Sent]:
    found = []
    while data:
        head, gap, rest = data.partition(b"\r\n\r\n")
        assert gap, "a request that does not end"
        length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
        size = int(length[1]) if length else 0
        found.append(Sent(place, head, rest[:size]))
        data = rest[size:]
    return found


def spellings(data: bytes) -> set[bytes]:
    """How bytes could be hidden in others: as they are, backwards, as digits, in base64 at any place, in an address."""
    spelt = {data, data[::-1], data.hex().encode(), data.hex().upper().encode()}
    spelt |= {quote(data).encode(), quote_plus(data).encode(), "".join(f"%{byte:02x}" for byte in data).encode()}
    spelt |= {sep.join(map(str, data)).encode() for sep in (",", ", ", " ", "-", ".", "")}
    for shift in range(3):
        whole = base64.b64encode(bytes(shift) + data)
        core = whole[(shift * 8 + 5) // 6 : (shift + len(data)) * 8 // 6]  # what does not depend on the neighbours
        spelt |= {core, core.replace(b"+", b"-").replace(b"/", b"_")}
    return spelt


def hides(haystack: bytes, data: bytes) -> bool:
    return any(spelt in haystack for spelt in spellings(data))


def place_of(url: str) -> str:
    return urlsplit(url).netloc
