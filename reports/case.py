"""`case.html`: from the published figures to one printed side, worked out in the reader's browser.

The page holds all that it needs and may ask nobody: its policy lets its one script run, and no connection be made.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from privacy.shares import Z95
from reports.additions.added import Added
from reports.case_data import form_words, shown_statistics, shown_tables
from reports.figures import Row
from reports.record import Record
from reports.signing import fingerprint
from reports.statistics import Statistic
from reports.wording import day, people
from survey.case import script, source
from survey.rounds.any_manifest import AnyManifest
from survey.rounds.closing import Statement
from survey.rounds.manifest import Manifest


def case_page(
    manifest: AnyManifest,
    statement: Statement | None,
    figures: tuple[Sequence[Row], Iterable[Statistic]],
    record: Record,
    guide: Mapping[str, Any] | None,
) -> bytes:
    """The whole page, UTF-8. The society is not named on it, and the round by its id alone.

    figures: the rows of tables.csv and of statistics.csv. guide: guide.json, if the host gave one.
    """
    rows, statistics = figures
    form, language = manifest.form, record.language
    data = {
        "questions": form_words(form, language),
        "tables": shown_tables(form, rows),
        "statistics": shown_statistics(form, statistics),
        "guide": guide,
        "facts": _facts(manifest, statement, rows, record),
    }
    return rendered(data, language)


def rendered(data: Mapping[str, Any], language: str) -> bytes:
    """The page around what survey/client/src/case/data.ts reads."""
    style, program = _style(), script()
    context = {
        "language": language,
        "guided": data["guide"] is not None,  # without one the side has no objection and no move
        "figures": Markup(inlined(data)),  # noqa: S704  inlined() leaves nothing that ends an element
        "style": Markup(style),  # noqa: S704  ours
        "script": Markup(program),  # noqa: S704  ours
        "policy": _policy(source(program), source(style)),
    }
    return _template().render(context).encode()


def _facts(manifest: AnyManifest, statement: Statement | None, rows: Sequence[Row], record: Record) -> dict[str, Any]:
    """What is said beside the figures, as words; the widest margin that is shown, of 1."""
    answered = [(row.unbiased, row.sd) for row in rows if not row.question and not row.by]
    count, sd = answered[0] if answered else (None, None)
    return {
        "people": None if count is None else people(count),
        "within": None if sd is None else people(Z95 * sd),
        "day": day(_closed(manifest, statement, record)),
        "external": not isinstance(manifest, Manifest),
        "round": manifest.id,
        "fingerprint": fingerprint(Ed25519PublicKey.from_public_bytes(manifest.host_key)),
        "minimum": people(manifest.promise.min_cohort),
        "usable": manifest.promise.usable_margin,
    }


def _closed(manifest: AnyManifest, statement: Statement | None, record: Record) -> datetime:
    """When the round closed, or answers that no round collected were measured."""
    if isinstance(manifest, Manifest):
        return statement.closes if statement is not None else manifest.closes
    return datetime.fromisoformat(record.entry.day).replace(tzinfo=UTC)


def guide_document(added: Added) -> dict[str, Any] | None:
    """The guide among what the host added, as JSON has it."""
    return None if added.guide is None else asdict(added.guide)


def inlined(data: object) -> str:
    """JSON that may stand in an element: no label can end it, or begin a comment there."""
    written = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return written.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _policy(program: str, style: str) -> str:
    return (
        f"default-src 'none'; script-src {program}; style-src {style}; connect-src 'none'; img-src 'none'; "
        "base-uri 'none'; form-action 'none'"
    )


def _style() -> str:
    return (files("reports") / "templates" / "case.css").read_text(encoding="utf-8")


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("reports", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("case.html")
