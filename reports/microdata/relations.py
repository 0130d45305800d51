"""Which relations a model of the records holds: those of the released tables, as far as they can be computed with.

Questions that stand in one table are joined. Eliminating the questions one by one shows which of them have to be held
together, and how many cells that takes; where it takes too many, splits of the question with most codes are let go.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Final

from privacy.workload import Table, Workload
from survey.forms.model import Form

MOST_CELLS: Final = 2**22  # of all groups of questions that are held together: each takes a few copies in memory

Questions = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One question that is drawn given others, which are drawn before it."""

    question: str
    given: Questions


@dataclass(frozen=True, slots=True)
class Relations:
    """kept, dropped: names of tables; order: in which questions are drawn, the whole of what is held together."""

    kept: tuple[str, ...]
    dropped: tuple[str, ...]
    order: tuple[Step, ...]

    @property
    def groups(self) -> tuple[Questions, ...]:
        """The questions that are held together, those within others left out."""
        found = [(*step.given, step.question) for step in self.order]
        return tuple(one for one in found if not any(set(one) < set(other) for other in found))


def relations(form: Form, workload: Workload, sizes: Mapping[str, int], most: int = MOST_CELLS) -> Relations:
    """What is held of these tables. sizes: how many codes each question has."""
    kept, dropped = list(workload.tables), list[str]()
    while True:
        order = _order(form, [questions_of(table.axes) for table in kept], sizes)
        widest = sorted(order, key=lambda step: -_cells([step], sizes))
        found = (_least_missed(kept, {*step.given, step.question}, sizes) for step in widest)
        table = next((table for table in found if table is not None), None)
        if table is None or _cells(order, sizes) <= most:
            return Relations(tuple(table.name for table in kept), tuple(dropped), order)
        kept.remove(table)
        dropped.append(table.name)


def questions_of(axes: Collection[str]) -> Questions:
    """Whose axes these are, each once."""
    return tuple(dict.fromkeys(axis.partition(".")[0] for axis in axes))


def _order(form: Form, together: Sequence[Questions], sizes: Mapping[str, int]) -> tuple[Step, ...]:
    """Last drawn first eliminated: always the question that brings fewest cells together, of equals the later one."""
    joined: dict[str, set[str]] = {question.id: set() for question in form.questions}
    rules = [(q.show_if.question, q.id) for q in form.questions if q.show_if is not None]
    for group in (*together, *rules):
        for name in group:
            joined[name] |= set(group) - {name}
    place = {name: at for at, name in enumerate(joined)}
    steps = []
    while joined:
        name = min(joined, key=lambda one: (prod(sizes[n] for n in (one, *joined[one])), -place[one]))
        given = joined.pop(name)
        for other in given:
            joined[other] = (joined[other] | given) - {other, name}
        steps.append(Step(name, tuple(sorted(given, key=place.__getitem__))))
    return tuple(reversed(steps))


def _cells(order: Sequence[Step], sizes: Mapping[str, int]) -> int:
    return sum(prod(sizes[name] for name in (*step.given, step.question)) for step in order)


def _least_missed(kept: Sequence[Table], among: Collection[str], sizes: Mapping[str, int]) -> Table | None:
    """Of tables over several of these questions the last one of the question with most codes; none if there is none."""
    inside = [t for t in kept if len(questions_of(t.axes)) > 1 and set(questions_of(t.axes)) <= set(among)]
    return max(inside, key=lambda t: (max(sizes[n] for n in questions_of(t.axes)), kept.index(t)), default=None)
