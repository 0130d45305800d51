"""`case.html`: from the published figures to one printed side, worked out in the reader's browser.

The page holds all that it needs and may ask nobody: its policy lets its one script run, and no connection be made.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from reports.case_data import form_words, shown_statistics, shown_tables
from reports.figures import Row
from reports.statistics import Statistic
from survey.case import script, source
from survey.rounds.any_manifest import AnyManifest

Facts = Mapping[str, Any]
"""What is said beside the figures: people, within, day, external, fingerprint and minimum, as words."""


def case_page(
    manifest: AnyManifest,
    figures: tuple[Iterable[Row], Iterable[Statistic]],
    facts: Facts,
    guide: Mapping[str, Any] | None,
    language: str,
) -> bytes:
    """The whole page, UTF-8. Neither the society nor the round is named on it but by the round's id.

    figures: the rows of tables.csv and of statistics.csv. guide: what the host gave of moves and evidence, if anything.
    """
    rows, statistics = figures
    data = {
        "questions": form_words(manifest.form, language),
        "tables": shown_tables(manifest.form, rows),
        "statistics": shown_statistics(manifest.form, statistics),
        "guide": guide,
        "facts": {**facts, "round": manifest.id, "usable": manifest.promise.usable_margin},
    }
    style, program = _style(), script()
    context = {
        "language": language,
        "figures": Markup(inlined(data)),  # noqa: S704  inlined() leaves nothing that ends an element
        "style": Markup(style),  # noqa: S704  ours
        "script": Markup(program),  # noqa: S704  ours
        "policy": _policy(source(program), source(style)),
    }
    return _template().render(context).encode()


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
