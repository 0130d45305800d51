"""A planned round as a host reads it in a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table

    from aggregation.forecast import Line, Summary
    from aggregation.preset import Proposal
    from aggregation.wishes import Wishes
    from aggregation.year import Year
    from reports.planned import Planned
    from survey.forms.model import Form

_UNLIKELY = 0.5


def lines_in_words(lines: Sequence[Line], wishes: Wishes, width: int) -> str:
    """Every table of the round, and below it what its columns mean."""
    from rich.table import Table  # noqa: PLC0415

    table = Table(
        title=f"Expected with {wishes.respondents} respondents, epsilon {wishes.epsilon:g}", title_justify="left"
    )
    table.add_column("table", no_wrap=True)  # names are what is read first; wide tables are wider than some terminals
    for head in ("answers", "noise", "sampling", "shown", "first right", "sampled too", "safe lead"):
        table.add_column(head, justify="right")
    for line in lines:
        table.add_row(*_row(line, wishes.usable_margin))
    return "\n".join((drawn(table, width), *_notes(lines, wishes)))


def _row(line: Line, usable_margin: float) -> tuple[str, ...]:
    first = line.first
    return (
        named(line),
        f"{line.answers:.0f}",
        _margin(line.margin) + (" !" if line.margin is not None and line.margin > usable_margin else ""),
        _margin(line.sampling),
        f"{line.shown:.1f} of {len(line.groups)}" if len(line.groups) > 1 else _chance(line.shown),
        "" if first is None else _chance(first.noise),
        "" if first is None else _chance(first.sampling),
        "" if first is None else f"{100 * first.lead:.1f}",
    )


def named(line: Line) -> str:
    """`mood by industry`"""
    of, by = " and ".join(line.table.of), " and ".join(line.table.by)
    if not of:
        return f"{by} (groups)"
    return f"{of} by {by}" if by else of


def _notes(lines: Sequence[Line], wishes: Wishes) -> Iterator[str]:
    yield (
        "answers: expected in a group of mean size. noise: ± points at 95 % of a typical share, from the noise alone; "
        "sampling: beside it, if respondents were a random sample. shown: the chance, or how many of the groups. "
        "first right: the chance that the most common answer comes out first, by the noise alone; sampled too: that "
        "the most common of all does, if respondents were a random sample; where no earlier release says more, the "
        "n-th answer is taken to be given 1/n as often as the first. "
        "safe lead: points by which the first must lead to be safe from the noise in 19 of 20 cases."
    )
    if any(line.margin is not None and line.margin > wishes.usable_margin for line in lines):
        yield f"! is beyond the usable margin of {100 * wishes.usable_margin:g} points."
    unlikely = dict.fromkeys(_unlikely(lines))
    if unlikely:
        yield f"Most likely not shown: {', '.join(unlikely)}."


def _unlikely(lines: Iterable[Line]) -> Iterator[str]:
    for line in lines:
        few = [", ".join(group.cohort) for group in line.groups if group.chance < _UNLIKELY]
        if few:
            only = f" ({'; '.join(few)})" if len(few) < len(line.groups) else ""
            yield f"{named(line)}{only}"


def changes_in_words(outcomes: Sequence[tuple[str, Summary]], width: int) -> str:
    """The what-if list: the round as planned first, then each change alone."""
    from rich.box import SIMPLE  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    table = Table(box=SIMPLE, title="What a change would buy (widest noise margins, in points)", title_justify="left")
    table.add_column("change", overflow="fold")
    for head in ("one answer", "several", "groups", "groups shown"):
        table.add_column(head, justify="right")
    for words, told in outcomes:
        shown = f"{told.shown:.0f} of {told.groups}" if told.groups else ""
        table.add_row(words, _margin(told.single), _margin(told.several), _margin(told.split), shown)
    return drawn(table, width)


def year_in_words(needed: Year, own: str = "") -> str:
    """The term that this epsilon needs for a year's rounds, and `own`: what a society's own term can pay."""
    return (
        f"A year of one benchmark of epsilon {needed.benchmark:g} and {needed.pulses} pulses of epsilon "
        f"{needed.pulse:.2f} each needs a term of epsilon {needed.epsilon:.2f} (what adds up is their rho, not their "
        "epsilon; a pulse gets a quarter of it, because it has about a quarter of the tables): write "
        f"`epsilon = {needed.epsilon:.2f}` under [term] in subrosa.toml, and give each round its --epsilon.{own}"
    )


def term_in_words(term: Year, free: Year | None) -> str:
    """What a whole term of this society pays and, if something is charged or promised already, what is free of it."""
    if free is None or free == term:
        return f" A whole term of this society, epsilon {term.epsilon:g}, pays {_rounds(term)}, and nothing else."
    if not free.pulse:
        return " What is free of this society's term does not pay a year's rounds any more."
    return f" What is free of this society's term pays {_rounds(free)}."


def _rounds(paid: Year) -> str:
    return f"one benchmark of epsilon {paid.benchmark:.2f} and {paid.pulses} pulses of epsilon {paid.pulse:.2f} each"


def left_in_words(rho: float, delta: float, left: float | None) -> str:
    """Whether the term can pay the round beside those that are promised already. Units: rho; None if not known here."""
    from privacy.accounting import affordable_epsilon  # noqa: PLC0415
    from reports.wording import charge  # noqa: PLC0415

    if left is None:
        return "What this society's term has left, `subrosa ledger` says where the tally is."
    if rho <= left:
        return f"This society's term can pay it: the round takes rho {charge(rho)} of the {left:.4f} that is left."
    rest = max(left, 0.0)
    most = affordable_epsilon(rest, delta)
    return f"This society's term cannot pay it: the round needs rho {charge(rho)}, and {rest:.4f} is left. " + (
        f"The largest epsilon that the rest pays is {most:.2f}." if most else "No round can be paid any more."
    )


def proposal_in_words(proposal: Proposal) -> str:
    """What is proposed, and why no more."""
    wishes, form = proposal.wishes, proposal.form
    whole = len(form.questions) + len(proposal.left_out)
    lines = [
        f"A round of {wishes.respondents} can carry {len(form.questions)} of the form's {whole} questions for everyone."
    ]
    if proposal.left_out:
        lines.append(f"Left out, because they would make all others less exact: {', '.join(proposal.left_out)}.")
    for cohort, groups in proposal.merged:
        together = "; ".join(" with ".join(group) for group in groups)
        lines.append(
            f"Larger groups, because as they stand they are too small: {cohort} with answers merged: {together}."
        )
    if wishes.by:
        lines.append(f"Every question can be split by {', '.join(' and '.join(group) for group in wishes.by)}.")
    for group in dict.fromkeys(group for _, group in wishes.splits):
        names = [name for name, by in wishes.splits if by == group]
        lines.append(f"Split by {' and '.join(group)}: {', '.join(names)}.")
    if not wishes.by and not wishes.splits:
        lines.append("No split: in smaller groups the noise would hide what they say.")
    return "\n".join(lines)


def equal_in_words(cohorts: Sequence[str]) -> str:
    """That groups of a size nobody has told are taken as equal, and how to tell it."""
    return f"Equal groups assumed in {', '.join(cohorts)}; give --cohort-shares to plan with yours."


def drawn_lines(form: Form, lines: Sequence[Line]) -> list[Planned]:
    """The lines as the picture needs them, with the form's own words."""
    from reports.planned import Planned  # noqa: PLC0415

    return [
        Planned(
            label=" and ".join(_label(form, name) for name in (line.table.of or line.table.by)),
            split=" and ".join(_label(form, name) for name in line.table.by) if line.table.of else "",
            noise=line.margin,
            sampling=line.sampling,
            note=f"{line.shown:.1f} of {len(line.groups)} groups" if len(line.groups) > 1 else "",
        )
        for line in lines
    ]


def _label(form: Form, axis: str) -> str:
    question, _, part = axis.partition(".")
    label = form.question(question).label.text()
    return (
        f"{part.replace('|', ' and ').replace('_', ' ')} of: {label}"
        if part and not part.isdigit()
        else (f"{part}. {label}" if part else label)
    )


def drawn(table: Table, width: int) -> str:
    """The table as plain text. What it holds is never read as markup."""
    from rich.console import Console  # noqa: PLC0415

    into = StringIO()
    Console(file=into, width=max(width, 118), markup=False, highlight=False, color_system=None).print(table)
    return into.getvalue().rstrip("\n")


def _margin(margin: float | None) -> str:
    return "" if margin is None else f"± {100 * margin:.1f}"


def _chance(chance: float) -> str:
    """Never a certainty that is none."""
    return f"{100 * chance:.0f} %" if 0.005 < chance < 0.995 else ("> 99 %" if chance > 0.5 else "< 1 %")
