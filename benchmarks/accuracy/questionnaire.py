"""The large workload: which questions a made-up society is asked, and every table that is released.

Three cohort questions of 12, 5 and 6 codes and one pair of them; 12 single-choice questions, one that allows up to
3 of 10 answers, one full ranking of 6 (a table a rank), two amounts in brackets. Each of these is counted for
everyone and by each cohort set: 110 tables.
"""

from __future__ import annotations

from typing import Final

from privacy.workload import Axis, Table, Workload

COHORTS: Final = {"industry": 12, "size": 5, "region": 6}
SETS: Final[dict[str, tuple[str, ...]]] = {
    "whole": (),
    "industry": ("industry",),
    "size": ("size",),
    "region": ("region",),
    "pair": ("industry", "size"),
}
CHOICE_OPTIONS: Final = (4, 5, 5, 6, 6, 7, 4, 5, 8, 6, 5, 9)
CHOICES_OPTIONS: Final = 10
AT_MOST: Final = 3
RANKED: Final = 6
# EUR a head and year: below the first edge, then between edges, then at or above the last one.
AMOUNT_EDGES: Final = {
    "budget": (10, 30, 100, 180, 320, 560, 1000, 1800, 3200, 10_000),
    "training": (5, 20, 50, 100, 200, 400, 800, 2000, 8000),
}


def questions() -> tuple[Axis, ...]:
    """Everything asked besides the cohorts; the last cell of each is "no answer"."""
    choice = [_asked(f"choice{number}", options) for number, options in enumerate(CHOICE_OPTIONS, 1)]
    several = _asked("choices", CHOICES_OPTIONS, AT_MOST)
    ranks = [_asked(f"rank{rank}", RANKED) for rank in range(1, RANKED + 1)]
    amounts = [_asked(name, len(edges) + 1) for name, edges in AMOUNT_EDGES.items()]
    return (*choice, several, *ranks, *amounts)


def workload(kept: int | None = None) -> Workload:
    """All tables of all questions, or only of the first and last few (`kept`), to try things out."""
    asked = questions() if kept is None else (*questions()[:kept], questions()[len(CHOICE_OPTIONS)])
    cohorts = tuple(Axis(name, size) for name, size in COHORTS.items())
    tables = [Table(f"@{','.join(by)}", by, ()) for by in SETS.values()]
    tables += [Table(f"{axis.name}@{','.join(by)}", by, (axis.name,)) for axis in asked for by in SETS.values()]
    return Workload(cohorts + asked, tuple(tables))


def set_of(table: Table) -> str:
    """The name of the table's cohort set."""
    return next(name for name, by in SETS.items() if by == table.by)


def _asked(name: str, options: int, touches: int = 1) -> Axis:
    return Axis(name, options + 1, touches, (options,))
