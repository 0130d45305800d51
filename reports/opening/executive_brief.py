"""`brief.pdf` of a release: the case and the ask, from its findings, the guide's entries and what the host wrote."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from reports.additions.ask import Ask
from reports.additions.guide import Guide
from reports.errors import ReleaseError
from reports.opening.commonest import commonest
from reports.opening.opening import Opening
from reports.opening.two_pages import Told, TwoPages, two_pages
from reports.wording import certainty, days
from survey.rounds.closing import Statement
from survey.rounds.manifest import Manifest

FILE: Final = "brief.pdf"
_NO: Final = ("no", "no_said", "no_behind")
_MOVED: Final = ("moved", "move", "move_helped")


@dataclass(frozen=True, slots=True)
class Suggested:
    """What a guide has for the top priority. roles: which question plays which part; evidence: a sentence a source."""

    roles: Mapping[str, str] = field(default_factory=dict)
    ask: Ask = field(default_factory=Ask)
    evidence: tuple[str, ...] = ()


def suggested(guide: Guide | None, opening: Opening) -> Suggested:
    """From the guide's entry for the priority that leads, where one does: a move is not suggested for a tie."""
    if guide is None:
        return Suggested()
    leads = {one.question: one.answer for one in opening.leaders}
    first = guide.roles.get("priority", "")
    entry = next((e for e in guide.entries if (e.question, e.answer) == (first, leads.get(first))), None)
    if entry is None:
        return Suggested(guide.roles)
    evidence = (
        f"{guide.sources[e.source].name} ({guide.sources[e.source].year}), {e.at}: {e.says}" for e in entry.evidence
    )
    return Suggested(guide.roles, Ask(entry.move, entry.cost, entry.measure, entry.stop), tuple(evidence))


def why_no_ask(opening: Opening) -> str:
    """Why the brief asks for nothing: neither the host nor the guide has an ask; empty where one of them has."""
    guide = opening.added.guide
    if (opening.added.brief or Ask()) != Ask() or suggested(guide, opening).ask != Ask():
        return ""
    if guide is None:
        return "this release has no guide to take one from"
    if guide.roles.get("priority") not in {one.question for one in opening.leaders}:
        return "no priority is ahead of the others beyond noise and chance"
    return "the guide has no entry for the priority that is ahead"


def executive_brief(opening: Opening, statement: Statement | None) -> bytes:
    """The PDF. statement: by which the round was closed, if there is one.

    Raises: ReleaseError if some label cannot be printed, or if nothing was measured.
    """
    from reports.opening.two_pages_pdf import brief_pdf  # noqa: PLC0415  (ReportLab, for the releases that have one)

    if not opening.findings.complete:
        raise ReleaseError("Too few answered, so that there is nothing to tell in a brief; publish without --brief.")
    manifest, found = opening.manifest, suggested(opening.added.guide, opening)
    dates = ""
    if isinstance(manifest, Manifest):
        closed = statement.closes if statement is not None else manifest.closes
        dates = days(manifest.opens, closed)
    return brief_pdf(brief_pages(opening, dates, opening.added.brief or Ask(), found))


def brief_pages(opening: Opening, dates: str, ask: Ask, found: Suggested) -> TwoPages:
    """Pure. The words of the host and of the guide are not mixed: a measure of one tests no move of the other."""
    manifest, own = opening.manifest, ask != Ask()
    told = Told(
        title=manifest.form.title.text(opening.language),
        society=manifest.society,
        language=opening.language,
        headlines=opening.headlines,
        no=tuple(_sentences(opening, found.roles, _NO)),
        moved=tuple(_sentences(opening, found.roles, _MOVED)),
        taking_part=opening.taking_part,
        figures=opening.figures,
        dates=dates,
        eligible=f"{opening.eligible} could have taken part, says {manifest.society}." if opening.eligible else "",
        privacy=_privacy(opening),
        evidence=() if own else found.evidence,
    )
    return two_pages(told, ask if own else found.ask)


def _sentences(opening: Opening, roles: Mapping[str, str], wanted: tuple[str, ...]) -> Iterator[str]:
    asked = (roles[role] for role in wanted if role in roles)
    told = (commonest(opening.manifest.form, opening.labels, opening.findings, question) for question in asked)
    return filter(None, told)


def _privacy(opening: Opening) -> str:
    promise = opening.manifest.promise
    return (
        "Nobody’s answers are in here: noise was added to every number. Whatever else a reader knows, an even bet on "
        f"whether somebody took part can become at most {certainty(promise.epsilon)} sure. "
        f"To check: subrosa verify, on the folder of {opening.manifest.id[:16]}…"
    )
