"""`/releases/feed.atom`: what was published, corrected and withdrawn, as an Atom feed (RFC 4287)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from uuid import NAMESPACE_URL, uuid5
from xml.etree.ElementTree import Element, SubElement, tostring

from survey.pages.archive import ARCHIVE
from survey.pages.releases import Release
from survey.pages.revisions import PublishedRevision
from survey.pages.site import Site

_ATOM: Final = "http://www.w3.org/2005/Atom"
_LONG_AGO: Final = "1970-01-01"


@dataclass(frozen=True, slots=True)
class Entry:
    """key: what the entry is about, from which its id follows, wherever the site may move. day: ISO 8601."""

    key: str
    title: str
    day: str
    summary: str
    url: str
    archive: str | None = None


def feed(site: Site, releases: Iterable[Release]) -> bytes:
    """XML, UTF-8, the latest entry first; the same bytes as long as nothing was published, corrected or withdrawn."""
    base = f"{site.url}/releases"
    entries = sorted(
        (entry for release in releases for entry in _entries(base, release)),
        key=lambda entry: (entry.day, entry.key),
        reverse=True,
    )
    root = Element("feed", {"xmlns": _ATOM, "xml:lang": "en"})
    _text(root, "id", _urn(f"{base}/feed.atom"))
    _text(root, "title", f"Releases of {site.society}")
    _text(root, "updated", _instant(entries[0].day if entries else ""))
    _text(SubElement(root, "author"), "name", site.society)
    _link(root, "self", f"{base}/feed.atom", "application/atom+xml")
    _link(root, "alternate", f"{base}/", "text/html")
    for entry in entries:
        _add(root, entry)
    written: bytes = tostring(root, encoding="utf-8")
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + written + b"\n"


def _entries(base: str, release: Release) -> Iterator[Entry]:
    """A release that was withdrawn has one entry that says so: whatever the others would lead to is gone."""
    if release.withdrawn is None:
        yield from (_published(base, release, one) for one in release.revisions)
        return
    yield Entry(
        key=f"{release.id}.withdrawn",
        title=f"Withdrawn: {_titled(release)}",
        day=release.withdrawn.day,
        summary=f"The host withdrew this release. Why: {release.withdrawn.reason}",
        url=f"{base}/{release.id}/",
    )


def _published(base: str, release: Release, revision: PublishedRevision) -> Entry:
    url = f"{base}/{release.id}.{revision.number}/"
    first = revision.number == 1
    return Entry(
        key=f"{release.id}.{revision.number}",
        title=_titled(release) if first else f"Corrected: {_titled(release, revision.number)}",
        day=revision.day,
        summary=f"Answers until {release.closed_day}." if first else f"What changed: {revision.reason}",
        url=url,
        archive=f"{url}{ARCHIVE}",
    )


def _titled(release: Release, revision: int = 1) -> str:
    """With the round's name, by which two rounds of one form are told apart."""
    corrected = f", revision {revision}" if revision > 1 else ""
    return f"{release.title} ({release.name}{corrected})"


def _add(root: Element, entry: Entry) -> None:
    element = SubElement(root, "entry")
    _text(element, "id", _urn(f"subrosa:release:{entry.key}"))
    _text(element, "title", entry.title)
    _text(element, "updated", _instant(entry.day))
    _text(element, "summary", entry.summary)
    _link(element, "alternate", entry.url, "text/html")
    if entry.archive is not None:
        _link(element, "enclosure", entry.archive, "application/zip")


def _urn(name: str) -> str:
    """An id that is the same each time, and never that of anything else."""
    return uuid5(NAMESPACE_URL, name).urn


def _instant(day: str) -> str:
    """The feed knows days, and Atom wants times."""
    return f"{day or _LONG_AGO}T00:00:00Z"


def _text(parent: Element, name: str, text: str) -> None:
    """ElementTree escapes what XML means something by, but keeps characters that no XML may hold."""
    SubElement(parent, name).text = "".join(c if c.isprintable() else " " for c in text)


def _link(parent: Element, relation: str, address: str, kind: str) -> None:
    SubElement(parent, "link", {"rel": relation, "href": address, "type": kind})
