"""The site: what the society asks and publishes, and the page on which a respondent answers.

It has no store and takes nothing in: no form, no cookie, no query. Codes and answers never reach it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import logging
from pathlib import Path
from typing import Final

from flask import Flask, Response, render_template
from werkzeug.exceptions import HTTPException

from survey.pages.listing import ListedRound, listed_rounds, release_file, releases
from survey.rounds.closing import Phase
from survey.rounds.folder import RoundsFolder
from survey.rounds.times import Clock, now
from survey.service import senderless

log: Final = logging.getLogger("subrosa")

_STATIC: Final = Path(__file__).parent / "static"
_STATIC_FILES: Final = frozenset({"client.js", "icon.svg", "style.css"})
_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".pem": "text/plain; charset=utf-8",
    ".svg": "image/svg+xml",
}
_CLOSED_DOORS: Final = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_PAGE_POLICY: Final = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src {}; "
# A release is made by the tally and holds styles of its own, but never a script.
_RELEASE_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; sandbox; "
_FEATURES: Final = (
    "accelerometer=(), autoplay=(), browsing-topics=(), camera=(), display-capture=(), fullscreen=(), geolocation=(), "
    "gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=()"
)


def create_app(society: str, contact: str, rounds: RoundsFolder, releases_folder: Path, clock: Clock = now) -> Flask:
    """The site as a WSGI app."""
    app = Flask("survey.pages", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = 0
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.url_map.merge_slashes = False  # no redirects: they would repeat the address that was asked for
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.wsgi_app = senderless(app.wsgi_app)  # type: ignore[method-assign, assignment]
    # Read once: the page must name the digest of the very bytes that are served, also while an update is installed.
    static = {name: (_STATIC / name).read_bytes() for name in _STATIC_FILES}
    script = _integrity(static["client.js"])
    _answer_faults(app, society, contact)

    @app.get("/")
    def home() -> str:
        known = listed_rounds(rounds, clock())
        published = releases(releases_folder, known)
        return render_template("home.html", society=society, contact=contact, rounds=known, releases=published)

    @app.get("/round")
    def answer_page() -> Response:
        known = listed_rounds(rounds, clock())
        page = render_template(
            "round.html", society=society, contact=contact, rounds=json.dumps(_for_client(known)), script=script
        )
        response = Response(page)
        response.headers["Content-Security-Policy"] = page_policy(known)
        return response

    @app.get("/static/<name>")
    def static_file(name: str) -> Response:
        return _typed(static[name], name) if name in static else _missing(society, contact)

    @app.get("/releases/<round_id>/<name>")
    def release(round_id: str, name: str) -> Response:
        found = release_file(releases_folder, rounds, round_id, name)
        if found is None:
            return _missing(society, contact)
        response = _typed(found.read_bytes(), name)
        response.headers["Content-Security-Policy"] = _RELEASE_POLICY + _CLOSED_DOORS
        return response

    app.after_request(_strict_headers)
    return app


def page_policy(known: list[ListedRound]) -> str:
    """What the answering page may load and where it may send: the services of rounds that take answers, or will."""
    places = {
        url for found in known if found.phase in (Phase.OPEN, Phase.NOT_YET_OPEN) for url in found.service_origins
    }
    return _PAGE_POLICY.format(" ".join(sorted(places)) or "'none'") + _CLOSED_DOORS


def _for_client(known: list[ListedRound]) -> dict[str, dict[str, str]]:
    return {
        found.id: {
            "registrar": found.registrar,
            "intake": found.intake,
            "title": found.title,
            "phase": found.phase.value,
            "closes": found.closes,
        }
        for found in known
    }


def _strict_headers(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", _PAGE_POLICY.format("'none'") + _CLOSED_DOORS)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Permissions-Policy"] = _FEATURES
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def _typed(data: bytes, name: str) -> Response:
    return Response(data, content_type=_TYPES.get(Path(name).suffix, "application/octet-stream"))


def _missing(society: str, contact: str) -> Response:
    return Response(render_template("missing.html", society=society, contact=contact), 404)


def _integrity(data: bytes) -> str:
    """What the page says of its script, so that a browser refuses any other."""
    return "sha384-" + base64.b64encode(hashlib.sha384(data).digest()).decode()


def _answer_faults(app: Flask, society: str, contact: str) -> None:
    """Only the kind of an error is logged, never its text or trace, and no request is repeated in an answer."""

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Response:
        if error.code == 404:
            return _missing(society, contact)
        said = "The site cannot read this request.\n"
        return Response(said, error.code or 400, content_type="text/plain; charset=utf-8")

    @app.errorhandler(Exception)
    def fault(error: Exception) -> Response:
        log.error("fault: %s", type(error).__name__)
        said = "The site failed; try again in a few minutes.\n"
        return Response(said, 500, content_type="text/plain; charset=utf-8")
