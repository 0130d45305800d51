"""The results as Markdown that also reads well in a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from benchmarks.accuracy.environments import PEERS
from benchmarks.accuracy.large import OURS
from benchmarks.accuracy.questionnaire import SETS
from benchmarks.accuracy.runs import READ, Row, Run
from benchmarks.accuracy.targets import Verdict

KINDS = {"unbiased": "(1) unbiased", "display": "(2) display", "modelled": "(3) modelled"}


def table(heads: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """A Markdown table whose columns line up; numbers (all columns but the first) to the right."""
    cells = [list(heads), *map(list, lines)]
    widths = [max(3, *(len(row[column]) for row in cells)) for column in range(len(heads))]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    return "\n".join(
        "| "
        + " | ".join(_fit(cell, width, first=not i) for i, (cell, width) in enumerate(zip(row, widths, strict=True)))
        + " |"
        for row in (cells[0], rule, *cells[1:])
    )


def _fit(cell: str, width: int, *, first: bool) -> str:
    return cell.ljust(width) if first else cell.rjust(width)


def errors(rows: Sequence[Row]) -> str:
    """One line a method and reading: RMSE of shares by cohort set, seconds, seeds, days."""
    return table(
        ("root-mean-square error of shares", *SETS, "seconds", "seeds", "measured on"),
        (
            (
                _named(row),
                *(f"{row.errors[name]:.4f}" for name in SETS),
                _seconds(row),
                str(row.seeds),
                " ".join(row.days),
            )
            for row in rows
        ),
    )


def _named(row: Row) -> str:
    if row.method == OURS:
        return f"ours {KINDS[row.reading]}"
    return row.method if row.reading == READ else f"{row.method}: {row.reading}"


def _seconds(row: Row) -> str:
    return f"{row.seconds:.1f}" if row.seconds >= 0.1 else f"{row.seconds:.2f}"


def absent(runs: Iterable[Run], respondents: int) -> str:
    """A line for each method that gave no tables, and why."""
    found = {run.method: run.why for run in runs if run.why and run.respondents == respondents}
    return "\n".join(f"- {method}: {why}" for method, why in found.items())


def judged(verdicts: Iterable[Verdict]) -> str:
    """One line a target."""
    return table(
        ("target, times more precise", "wanted", "reached", "verdict"),
        ((v.what, _ratio(v.target), _ratio(v.reached), v.said) for v in verdicts),
    )


def _ratio(number: float | None) -> str:
    return "–" if number is None else f"{number:.2f}"


def settings(runs: Iterable[Run]) -> str:
    """A line a peer: how it was used, and its versions as they were in its last run."""
    versions: dict[str, Mapping[str, str]] = {run.method: run.versions for run in runs if run.errors}
    lines = []
    for peer in PEERS:
        if peer.title in versions:
            packages = ", ".join(f"{name} {number}" for name, number in versions[peer.title].items())
            limit = f"; not run with more than {peer.most:,} people: {peer.because}" if peer.because else ""
            lines.append(f"- {peer.title}: {peer.settings} ({packages}){limit}")
    return "\n".join(lines)
