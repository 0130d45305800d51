"""The site: what the society asks and publishes, and the page on which a respondent answers.

It has no store and takes nothing in: no form, no cookie, no query. Codes and answers never reach it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import logging
from pathlib import Path
from typing import Any, Final

from flask import Flask, Response, render_template
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from survey.description.document import serve_description
from survey.pages.description import SITE
from survey.pages.downloads import READING_HEADERS, serve_releases
from survey.pages.earlier import Earlier, earlier_release
from survey.pages.listing import ListedRound, listed_rounds
from survey.pages.policies import for_answering, strict_headers
from survey.pages.releases import TABLES, ReleasesFolder
from survey.pages.site import Site
from survey.rounds.folder import RoundsFolder
from survey.rounds.times import Clock, now
from survey.senderless import senderless
from survey.support import SupportResource, support_for

log: Final = logging.getLogger("subrosa")

_STATIC: Final = Path(__file__).parent / "static"
_STATIC_FILES: Final = {
    "client.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
    "style.css": "text/css; charset=utf-8",
}


def create_app(site: Site, rounds: RoundsFolder, releases_folder: Path, clock: Clock = now) -> Flask:
    """The site as a WSGI app."""
    app = Flask("survey.pages", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = 0
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.url_map.merge_slashes = False  # no redirects: they would repeat the address that was asked for
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.wsgi_app = senderless(app.wsgi_app, kept=READING_HEADERS)  # type: ignore[method-assign, assignment]
    # Read once: the page must name the digest of the very bytes that are served, also while an update is installed.
    static = {name: (_STATIC / name).read_bytes() for name in _STATIC_FILES}
    script = _integrity(static["client.js"])
    app.jinja_env.globals.update(society=site.society, contact=site.contact, support=site.support, script=script)
    releases = ReleasesFolder(releases_folder, rounds)
    _serve_pages(app, site, rounds, releases, clock)
    _serve_static(app, static)
    serve_releases(app, site, rounds, releases, clock, _missing)
    serve_description(app, SITE)
    _answer_faults(app)
    app.after_request(strict_headers)
    return app


def _serve_pages(app: Flask, site: Site, rounds: RoundsFolder, releases: ReleasesFolder, clock: Clock) -> None:
    @app.get("/")
    def home() -> str:
        known = listed_rounds(rounds, clock())
        return render_template("home.html", rounds=known, releases=releases.of(known))

    @app.get("/round")
    def answer_page() -> Response:
        known = listed_rounds(rounds, clock())
        earlier = {one.id: earlier_release(one, known, releases) for one in known if one.takes_answers}
        beside = [_beside(one, earlier.get(one.id), site.support) for one in known if one.takes_answers]
        described = {one.id: _for_client(one, earlier.get(one.id), releases.has(one.id)) for one in known}
        page = render_template("round.html", rounds=json.dumps(described), beside=beside)
        return for_answering(Response(page), site.url, _asked_places(site.url, known, earlier))

    @app.get("/support")
    def support_page() -> str:
        return render_template("support.html")


def _asked_places(site_url: str, known: list[ListedRound], earlier: dict[str, Earlier | None]) -> list[str]:
    """The services of rounds that take answers, or will, and the tables of an earlier release."""
    services = [origin for one in known if one.takes_answers for origin in one.service_origins]
    return services + [f"{site_url}/releases/{one.round_id}/{TABLES}" for one in earlier.values() if one]


def _beside(one: ListedRound, earlier: Earlier | None, support: tuple[SupportResource, ...]) -> dict[str, Any]:
    """What the page holds ready for a round in words of its own, for the script to show."""
    return {"id": one.id, "earlier": earlier, "support": support_for(support, one.form.id)}


def _for_client(one: ListedRound, earlier: Earlier | None, released: bool) -> dict[str, Any]:
    """What the script is told of a round: nothing that it does not check against the signed manifest, or only shows."""
    told: dict[str, Any] = {
        "registrar": one.registrar,
        "intake": one.intake,
        "title": one.title,
        "phase": one.phase.value,
        "closes": one.closes,
    }
    if released:
        told["released"] = True
    if earlier is not None:
        told["earlier"] = {"round": earlier.round_id, "questions": earlier.questions, "usable": earlier.usable}
    return told


def _serve_static(app: Flask, static: dict[str, bytes]) -> None:
    @app.get("/static/<name>")
    def static_file(name: str) -> Response:
        return Response(static[name], content_type=_STATIC_FILES[name]) if name in static else _missing()


def _missing() -> Response:
    return Response(render_template("missing.html"), 404)


def _integrity(data: bytes) -> str:
    """What the page says of its script, so that a browser refuses any other."""
    return "sha384-" + base64.b64encode(hashlib.sha384(data).digest()).decode()


def _answer_faults(app: Flask) -> None:
    """Only the kind of an error is logged, never its text or trace, and no request is repeated in an answer."""

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Response:
        if error.code == 404:
            return _missing()
        said = "The site cannot read this request.\n"
        answered = Response(said, error.code or 400, content_type="text/plain; charset=utf-8")
        if isinstance(error, MethodNotAllowed):  # the standard has every such answer name the others
            answered.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
        return answered

    @app.errorhandler(Exception)
    def fault(error: Exception) -> Response:
        log.error("fault: %s", type(error).__name__)
        said = "The site failed; try again in a few minutes.\n"
        return Response(said, 500, content_type="text/plain; charset=utf-8")
