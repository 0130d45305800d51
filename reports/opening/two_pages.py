"""What a brief for an executive team says, on two pages: the case, and the ask with who answered and who did not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reports.additions.ask import Ask
from reports.opening.headlines import Headlines
from reports.opening.taking_part import Figures, TakingPart


@dataclass(frozen=True, slots=True)
class Block:
    """Paragraphs under a heading, then a list. shortened: whether something was left out for want of room."""

    heading: str
    lead: tuple[str, ...] = ()
    listed: tuple[str, ...] = ()
    shortened: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page: a small line over its heading, and its blocks."""

    over: str
    heading: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class TwoPages:
    """The brief. title, society, language: as its metadata say; last: the last line of all."""

    title: str
    society: str
    language: str
    sheets: tuple[Sheet, Sheet]
    last: str


@dataclass(frozen=True, slots=True)
class Told:
    """What the release says that a brief repeats. no, moved: sentences, where the form has such questions.

    dates: of the round, in words, empty for external answers. eligible: how many could have taken part by the host's
    word, empty where it did not say. cannot: what the figures do not show. privacy: the last line. evidence: what the
    ask rests on, where the host did not write it itself.
    """

    title: str
    society: str
    language: str
    headlines: Headlines
    no: tuple[str, ...]
    moved: tuple[str, ...]
    taking_part: TakingPart
    figures: Figures
    dates: str
    eligible: str
    privacy: str
    evidence: tuple[str, ...]


def two_pages(told: Told, ask: Ask) -> TwoPages:
    """Pure. What the host did not give and the guide does not have is said to be missing, not made up."""
    over = " · ".join(filter(None, (told.society, told.dates)))
    case = Sheet(over, told.title, tuple(_case(told)))
    asked = Sheet(f"{told.society} · {told.title}", "What we ask", (*_ask(ask, told.evidence), *_people(told)))
    return TwoPages(told.title, told.society, told.language, (case, asked), told.privacy)


def _case(told: Told) -> Iterator[Block]:
    found = tuple(one.text for one in told.headlines.found)
    lead = () if found else ("No finding of this round stands out beyond its margins.",)
    notes = tuple(filter(None, (told.headlines.groups,)))
    yield Block("What came out", (*lead, *notes), found)
    if told.no:
        yield Block("The no, and what lay behind it", (), told.no)
    if told.moved:
        yield Block("What moved others", (), told.moved)
    yield Block(
        "How to read it",
        (
            "34% (±8) means: about 34 in 100 of those who answered; with 95% confidence between 26 and 42, counting "
            "the noise that protects them and, were they a random sample of those who could have answered, chance.",
        ),
    )


def _ask(ask: Ask, evidence: Sequence[str]) -> Iterator[Block]:
    if ask == Ask():
        yield Block("The decision", ("No decision was written for this brief, and none is made up here.",))
        return
    yield Block("One decision", (ask.decision or "Which one, this brief does not say.",))
    yield Block("What it costs", (ask.cost or "This brief does not say.",))
    yield Block(
        "A test of thirty days",
        (
            f"What we measure: {ask.measure}" if ask.measure else "What is measured, this brief does not say.",
            f"When we stop: {ask.stop}" if ask.stop else "When to stop, this brief does not say.",
        ),
    )
    if evidence:
        yield Block("What it rests on", (), tuple(evidence))


def _people(told: Told) -> Iterator[Block]:
    part = told.taking_part
    many = (
        f"About {part.answered.about} people answered, give or take {part.answered.within}"
        if part.answered
        else "Too few answered to say how many"
    )
    ways = (f"How they got in: {_lowered(way)}" for way in part.ways)
    yield Block(
        "Who answered",
        (f"{many}; the round was planned for {part.planned}.", *filter(None, (told.eligible,))),
        tuple(ways),
    )
    yield Block("Who did not, and what this cannot show", (), tuple(cannot_show(told.figures, bool(part.ways))))


def cannot_show(figures: Figures, collected: bool) -> Iterator[str]:
    """In sentences, for page and brief alike. collected: whether a round of ours collected the answers."""
    yield (
        "Who did not answer, and what they would have said: margins count noise and chance, not that some answer more "
        "readily than others."
    )
    if collected:
        yield "Anybody who was not let in, and any time but the days on which the round was open."
    else:
        yield "How these answers were collected, and from whom: that is the host’s word alone."
    yield "Causes: what goes together here need not bring each other about."
    yield (
        f"Small groups: of {figures.all} figures, {figures.hidden} are hidden because too few may have answered, and "
        f"{figures.uncertain} more are left out as too uncertain to use."
    )


def _lowered(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
