"""Releases over HTTP: stable addresses, ETags, parts of files, reading from other origins, and what was withdrawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from flask import Flask, Response, render_template, request

from survey.pages.archive import ARCHIVE, KeptArchives, archive_digest, archive_size
from survey.pages.catalogue import catalogue
from survey.pages.conditional import FRESH, STABLE, Content, answered
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

# What a request for a release may say beside its address; `survey.senderless` drops everything else.
READING_HEADERS: Final = frozenset({"HTTP_IF_NONE_MATCH", "HTTP_IF_RANGE", "HTTP_RANGE"})


@dataclass(frozen=True, slots=True)
class Asked:
    """A revision that was asked for; `stable` if by its number, and not as the latest."""

    revision: PublishedRevision
    stable: bool

    @property
    def cache(self) -> str:
        return STABLE if self.stable else FRESH


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
    _serve_lists(app, site, lambda: releases.of(listed_rounds(rounds, clock())), missing)

    @app.get("/releases/<name>")
    def release_without_slash(name: str) -> Response:
        if name.endswith(SUFFIX):
            data = releases.tombstone(name.removesuffix(SUFFIX))
            return (data and answered(Content.of(data, "application/json"), FRESH)) or missing()
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


def _serve_lists(app: Flask, site: Site, known: Callable[[], list[Release]], missing: Callable[[], Response]) -> None:
    def told(data: bytes, kind: str) -> Response:
        return answered(Content.of(data, kind), FRESH) or missing()

    @app.get("/releases/")
    def list_for_people() -> Response:
        page = render_template("releases.html", releases=known())
        return told(page.encode(), "text/html; charset=utf-8")

    @app.get("/releases/index.json")
    def list_for_programs() -> Response:
        return told(catalogue(site, known()), "application/json")

    @app.get("/releases/feed.atom")
    def list_for_readers() -> Response:
        return told(feed(site, known()), "application/atom+xml; charset=utf-8")


def _asked(releases: ReleasesFolder, name: str) -> Asked | Release | None:
    """The revision by `<round id>` or `<round id>.<number>`; the release if it was withdrawn; None if there is none."""
    parsed = parse_folder(name)
    release = releases.find(parsed[0]) if parsed else None
    if parsed is None or release is None or release.withdrawn is not None:
        return release
    revision = release.revision(parsed[1])
    return None if revision is None else Asked(revision, parsed[1] is not None)


def _gone(release: Release) -> Response:
    return Response(render_template("withdrawn.html", release=release), 410, headers={"Cache-Control": FRESH})


def _file(asked: Asked, name: str) -> Response | None:
    listed = asked.revision.files.get(name)
    if listed is None:
        return None
    kind, saved = media_type(name)
    content = Content(kind, listed.digest, listed.size, partial(asked.revision.read, name))
    response = answered(content, asked.cache)
    if response is None:
        return None
    if saved:
        response.headers["Content-Disposition"] = "attachment"
    return for_release(response, name)


def _archive(archives: KeptArchives, asked: Asked) -> Response | None:
    revision = asked.revision
    kind, _ = media_type(ARCHIVE)
    content = Content(kind, archive_digest(revision), archive_size(revision), partial(archives.of, revision))
    response = answered(content, asked.cache)
    if response is None:
        return None
    response.headers["Content-Disposition"] = f'attachment; filename="{revision.name}.zip"'
    return for_release(response, ARCHIVE)
