"""What else a round could be, and what that would buy: another epsilon, a split less, larger groups."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from aggregation.coarsening import coarser
from aggregation.forecast import Popularity, Summary, forecast, summary
from aggregation.planning import expect
from aggregation.wishes import Split, Wishes
from survey.forms.model import Choice, Form

_EPSILONS = (2.0, 3.0, 4.0)


@dataclass(frozen=True, slots=True)
class WhatIf:
    """A change in words, and the form and wishes it makes."""

    words: str
    form: Form
    wishes: Wishes


def what_ifs(form: Form, wishes: Wishes) -> Iterator[WhatIf]:
    """First the round as it is; then each change alone."""
    yield WhatIf(f"as planned (epsilon {wishes.epsilon:g})", form, wishes)
    for epsilon in _EPSILONS:
        if epsilon != wishes.epsilon:
            yield WhatIf(f"epsilon {epsilon:g}", form, replace(wishes, epsilon=epsilon))
    sets = split_by(wishes)
    if sets:
        yield WhatIf("no splits", form, _only(wishes, ()))
    if len(sets) > 1:
        for group in sets:
            yield WhatIf(f"without the split by {_named(group)}", form, _only(wishes, [s for s in sets if s != group]))
        for group in sets:
            yield WhatIf(f"split by {_named(group)} alone", form, _only(wishes, [group]))
    for cohort in form.cohorts:
        if any(cohort.id in group for group in sets):
            yield from _larger(form, wishes, cohort)


def outcome(change: WhatIf, popularity: Popularity) -> Summary:
    """What to expect of it. Raises: PromiseError, or what `privacy` raises."""
    lines = forecast(change.form, change.wishes, expect(change.form, change.wishes), popularity)
    return summary(lines, change.wishes.respondents / 2)


def split_by(wishes: Wishes) -> list[tuple[str, ...]]:
    """The cohort sets that anything is split by, each once."""
    return list(dict.fromkeys([*wishes.by, *(group for _, group in wishes.splits)]))


def _only(wishes: Wishes, kept: Sequence[tuple[str, ...]]) -> Wishes:
    """Without what is split by others."""
    by = tuple(group for group in wishes.by if group in kept)
    insist, splits = (_of(found, kept) for found in (wishes.insist, wishes.splits))
    return replace(wishes, by=by, splits=splits, insist=insist)


def _of(splits: tuple[Split, ...], kept: Sequence[tuple[str, ...]]) -> tuple[Split, ...]:
    return tuple((name, group) for name, group in splits if group in kept)


def _larger(form: Form, wishes: Wishes, cohort: Choice) -> Iterator[WhatIf]:
    if len(cohort.options) > 3 and (found := coarser(form, cohort, wishes.cohort_shares)) is not None:
        together = ", ".join(" with ".join(group) for group in found.groups)
        words = f"{cohort.id} in 3 groups (merge {together})"
        yield WhatIf(words, found.form, replace(wishes, cohort_shares=found.shares))


def _named(group: tuple[str, ...]) -> str:
    return " and ".join(group)
