"""Releases over HTTP: stable addresses, ETags, parts of files, reading from other origins, and what was withdrawn."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from flask import Flask, Response, render_template, request
from werkzeug.exceptions import RequestedRangeNotSatisfiable

from survey.pages.archive import ARCHIVE, KeptArchives, archive_digest
from survey.pages.catalogue import catalogue
from survey.pages.feed import feed
from survey.pages.listing import listed_rounds
from survey.pages.media import media_type
from survey.pages.policies import for_reading, for_release
from survey.pages.releases import PAGE, Release, ReleasesFolder
from survey.pages.revisions import PublishedRevision
from survey.pages.site import Site
from survey.rounds.folder import RoundsFolder
from survey.rounds.revision import parse_folder
from survey.rounds.times import Clock
from survey.rounds.withdrawal import SUFFIX

# What a request for a release may say beside its address; `survey.service.senderless` drops everything else.
READING_HEADERS: Final = frozenset({"HTTP_IF_NONE_MATCH", "HTTP_IF_RANGE", "HTTP_RANGE"})
_ONE_PART: Final = re.compile(r"bytes=(\d{1,15}-(\d{1,15})?|-\d{1,15})")
_FRESH: Final = "no-cache"  # what is latest may change at any time: ask again, and be told if it did not
_STABLE: Final = "public, max-age=300, must-revalidate"  # never changes, but may be withdrawn


@dataclass(frozen=True, slots=True)
class Asked:
    """A revision that was asked for; `stable` if by its number, and not as the latest."""

    revision: PublishedRevision
    stable: bool


def serve_releases(
    app: Flask,
    site: Site,
    rounds: RoundsFolder,
    releases: ReleasesFolder,
    clock: Clock,
    missing: Callable[[], Response],
) -> None:
    """Everything below `/releases/`. missing: the answer where there is nothing."""
    archives = KeptArchives()
    _serve_lists(app, site, lambda: releases.of(listed_rounds(rounds, clock())))

    @app.get("/releases/<name>")
    def release_without_slash(name: str) -> Response:
        if name.endswith(SUFFIX):
            data = releases.tombstone(name.removesuffix(SUFFIX))
            return missing() if data is None else _answered(data, "application/json", _FRESH)
        asked = _asked(releases, name)
        if not isinstance(asked, Asked):
            return missing() if asked is None else _gone(asked)
        # The one redirect: the page's own links need the slash, and a published id repeats nothing of anybody.
        return Response(status=308, headers={"Location": f"{name}/"})

    @app.get("/releases/<name>/")
    def release_page(name: str) -> Response:
        return release_file(name, PAGE)

    @app.get("/releases/<name>/<file>")
    def release_file(name: str, file: str) -> Response:
        asked = _asked(releases, name)
        if not isinstance(asked, Asked):
            return missing() if asked is None else _gone(asked)
        return (_archive(archives, asked) if file == ARCHIVE else _file(asked, file)) or missing()

    @app.after_request
    def readable(response: Response) -> Response:
        return for_reading(response) if request.path.startswith("/releases/") else response


def _serve_lists(app: Flask, site: Site, known: Callable[[], list[Release]]) -> None:
    @app.get("/releases/")
    def list_for_people() -> Response:
        page = render_template("releases.html", releases=known())
        return _answered(page.encode(), "text/html; charset=utf-8", _FRESH)

    @app.get("/releases/index.json")
    def list_for_programs() -> Response:
        return _answered(catalogue(site, known()), "application/json", _FRESH)

    @app.get("/releases/feed.atom")
    def list_for_readers() -> Response:
        return _answered(feed(site, known()), "application/atom+xml; charset=utf-8", _FRESH)


def _asked(releases: ReleasesFolder, name: str) -> Asked | Release | None:
    """The revision by `<round id>` or `<round id>.<number>`; the release if it was withdrawn; None if there is none."""
    parsed = parse_folder(name)
    release = releases.find(parsed[0]) if parsed else None
    if parsed is None or release is None or release.withdrawn is not None:
        return release
    revision = release.revision(parsed[1])
    return None if revision is None else Asked(revision, parsed[1] is not None)


def _gone(release: Release) -> Response:
    return Response(render_template("withdrawn.html", release=release), 410, headers={"Cache-Control": _FRESH})


def _file(asked: Asked, name: str) -> Response | None:
    data, listed = asked.revision.read(name), asked.revision.files.get(name)
    if data is None or listed is None:
        return None
    kind, saved = media_type(name)
    response = for_release(_answered(data, kind, _STABLE if asked.stable else _FRESH, listed.digest), name)
    if saved:
        response.headers["Content-Disposition"] = "attachment"
    return response


def _archive(archives: KeptArchives, asked: Asked) -> Response | None:
    data = archives.of(asked.revision)
    if data is None:
        return None
    kind, _ = media_type(ARCHIVE)
    sent = _answered(data, kind, _STABLE if asked.stable else _FRESH, archive_digest(asked.revision))
    response = for_release(sent, ARCHIVE)
    response.headers["Content-Disposition"] = f'attachment; filename="{asked.revision.name}.zip"'
    return response


def _answered(data: bytes, kind: str, cache: str, digest: str | None = None) -> Response:
    """The whole, a part of it, or that it did not change.

    digest: what the ETag is made of, if it is known without hashing the bytes.
    """
    response = Response(data, content_type=kind, headers={"Cache-Control": cache})
    response.set_etag(digest or hashlib.sha256(data).hexdigest())
    environ = dict(request.environ)
    part = environ.get("HTTP_RANGE", "")
    # Only one part of bytes is given out, to GET; the standard has a server ignore what it does not understand.
    # Whoever asks whether anything changed is answered that first, and gets the whole if it did.
    if request.method != "GET" or not _ONE_PART.fullmatch(part) or "HTTP_IF_NONE_MATCH" in environ:
        environ.pop("HTTP_RANGE", None)
    try:
        response.make_conditional(environ, accept_ranges=True, complete_length=len(data))
    except RequestedRangeNotSatisfiable:
        beyond = {"Content-Range": f"bytes */{len(data)}", "Cache-Control": _FRESH}
        return Response("", 416, content_type="text/plain; charset=utf-8", headers=beyond)
    return response
