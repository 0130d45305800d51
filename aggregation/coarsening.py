"""Which answers of a cohort question to put together, so that fewer and larger groups are left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from aggregation.wishes import Wishes
from survey.forms.model import Choice, Form
from survey.forms.reshaping import merged, without

_LARGEST = 0.5  # a group of more than half of all says little beside everyone
Groups = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Coarser:
    """A form with larger groups in one cohort question, and the expected shares of its cohorts."""

    form: Form
    cohort: str
    groups: Groups
    shares: Mapping[str, Sequence[float]]


def coarser(form: Form, cohort: Choice, shares: Mapping[str, Sequence[float]], many: int = 3) -> Coarser | None:
    """Neighbouring answers put together, the smallest first, until `many` groups are left; None where that cannot be.

    Neighbours, because lists are often in an order; but answers that decide whether a later question is asked stay
    apart from those that decide otherwise.
    """
    given = shares.get(cohort.id) or [1 / len(cohort.options)] * len(cohort.options)
    alone: list[tuple[str, ...]] = [(option.id,) for option in cohort.options]
    groups = list(zip(alone, given, strict=False))
    while len(groups) > many:
        pairs = [at for at in range(len(groups) - 1) if _alike(form, cohort, groups[at][0] + groups[at + 1][0])]
        if not pairs:
            return None
        at = min(pairs, key=lambda index: (groups[index][1] + groups[index + 1][1], index))
        (first, one), (second, other) = groups[at : at + 2]
        groups[at : at + 2] = [(first + second, one + other)]
    if len(groups) == len(cohort.options) or max(share for _, share in groups) > _LARGEST:
        return None
    together = tuple(ids for ids, _ in groups if len(ids) > 1)
    return Coarser(
        merged(form, cohort.id, together), cohort.id, together, {**shares, cohort.id: [share for _, share in groups]}
    )


def shaped(
    form: Form, wishes: Wishes, left_out: Sequence[str], merging: Sequence[tuple[str, Groups]]
) -> tuple[Form, Wishes]:
    """What is asked, and the wishes with the shares of its cohorts. Raises: FormError."""
    for cohort, groups in merging:
        after = merged(form, cohort, groups)
        form, wishes = after, replace(wishes, cohort_shares=merged_shares(form, wishes.cohort_shares, cohort, groups))
    out = set(left_out)
    kept = {name: shares for name, shares in wishes.cohort_shares.items() if name not in out}
    return without(form, left_out), replace(wishes, cohort_shares=kept)


def merged_shares(
    form: Form, shares: Mapping[str, Sequence[float]], cohort: str, groups: Groups
) -> dict[str, Sequence[float]]:
    """Expected shares of a form's cohorts after these answers of one of them are put together (`merged`).

    Answers of which nothing is known are taken to be equally common before that, and so no longer after it.
    """
    options = [option.id for option in next(one for one in form.cohorts if one.id == cohort).options]
    given = shares.get(cohort) or [1 / len(options)] * len(options)
    home = {name: group for group in groups for name in group}
    sums: dict[tuple[str, ...], float] = {}
    for name, share in zip(options, given, strict=False):
        group = home.get(name, (name,))
        sums[group] = sums.get(group, 0.0) + share
    return {**shares, cohort: list(sums.values())}


def _alike(form: Form, cohort: Choice, ids: Sequence[str]) -> bool:
    deciding = (q.show_if.any_of for q in form.questions if q.show_if is not None and q.show_if.question == cohort.id)
    return all(len({name in any_of for name in ids}) == 1 for any_of in deciding)
