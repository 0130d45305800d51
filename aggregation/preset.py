"""What a round of a given size can carry: which questions, and which of them split by what."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from aggregation.coarsening import Coarser, Groups, coarser
from aggregation.planning import crowd_for, workload_for
from aggregation.wanted import wanted_margins
from aggregation.wishes import Split, Wishes
from privacy.accounting import rho_for
from privacy.carrying import Carrier
from survey.forms.axes import Axis, question_axes
from survey.forms.model import Form, Question
from survey.forms.reshaping import decided_by, without

FEW: Final = 5  # questions of a first split
WORTH: Final = 3  # a split of fewer is not worth asking for


@dataclass(frozen=True, slots=True)
class Proposal:
    """A round that keeps the wanted margins. `form`: what is asked; `load`: the part of the budget that it takes.

    `left_out`: questions of the whole form that are not asked; `merged`: cohort questions with larger groups;
    `wishes`: the host's, with the splits.
    """

    form: Form
    wishes: Wishes
    left_out: tuple[str, ...]
    merged: tuple[tuple[str, Groups], ...]
    load: float


def propose(form: Form, wishes: Wishes) -> Proposal:
    """As many questions for everyone as the round can carry; if all, then as many splits as it can carry too.

    A cohort question is asked if there is a split by it, if other questions depend on it, or if there is room for it.
    Raises: PromiseError, or what `privacy` raises for impossible numbers.
    """
    trial = _Trial.of(form, replace(wishes, by=(), split_only=(), splits=()), [c.id for c in form.cohorts])
    asked = trial.questions()
    if len(asked) < len(trial.wanted_questions()):
        return _proposal(form, trial, asked, [])
    if trial.cohorts and trial.carrier.fits(trial.rho, trial.carrier.reach.tables):
        whole = _proposal(form, trial, [question.id for question in form.questions], trial.everything())
        return replace(whole, wishes=replace(trial.wishes, by=tuple((cohort,) for cohort in trial.cohorts)))
    splits = trial.splits(asked)
    if splits:
        return _proposal(form, trial, trial.with_room(asked, splits), splits)
    best, coarse = trial, None
    for one in _coarser_forms(form, wishes):
        other = _Trial.of(one.form, replace(trial.wishes, cohort_shares=one.shares), [one.cohort])
        found = other.splits(asked)
        if len(found) > len(splits):
            best, coarse, splits = other, one, found
    return _proposal(form, best, best.with_room(asked, splits), splits, coarse)


def _coarser_forms(form: Form, wishes: Wishes) -> list[Coarser]:
    found = (coarser(form, cohort, wishes.cohort_shares) for cohort in form.cohorts)
    return [one for one in found if one is not None]


@dataclass(frozen=True, slots=True)
class _Trial:
    """One form, and all tables that a round of it could have with these cohorts."""

    form: Form
    wishes: Wishes
    cohorts: tuple[str, ...]
    carrier: Carrier
    rho: float

    @classmethod
    def of(cls, form: Form, wishes: Wishes, cohorts: Sequence[str]) -> _Trial:
        workload = workload_for(form, [(cohort,) for cohort in cohorts])
        crowd = crowd_for(form, wishes, workload)
        carrier = Carrier.of(workload, crowd, wanted_margins(workload, crowd, wishes.usable_margin))
        return cls(form, wishes, tuple(cohorts), carrier, rho_for(wishes.epsilon, wishes.delta))

    def carries(self, asked: Sequence[str], splits: Sequence[Split]) -> bool:
        return self.carrier.fits(self.rho, self._tables(asked, splits))

    def load_of(self, asked: Sequence[str], splits: Sequence[Split]) -> float:
        return self.carrier.load(self.rho, self._tables(asked, splits))

    def wanted_questions(self) -> list[str]:
        """All questions but the cohort ones that nothing depends on."""
        cohorts = {cohort.id for cohort in self.form.cohorts}
        return self._with_decisive([question.id for question in self.form.questions if question.id not in cohorts])

    def questions(self) -> list[str]:
        """Those that the round can carry for everyone, in the form's order.

        The first one counts most; then those with one answer that everybody is asked.
        """
        wanted = self.wanted_questions()
        if self.carries(wanted, []):
            return wanted
        cohorts = {cohort.id for cohort in self.form.cohorts}
        own = [question for question in self.form.questions if question.id not in cohorts]
        order = own[:1] + sorted(own[1:], key=lambda one: (_several(one), one.show_if is not None))
        kept: list[str] = []
        for question in order:
            more = self._with_decisive([*kept, question.id])
            if self.carries(more, []):
                kept = more
        return kept

    def splits(self, asked: Sequence[str]) -> list[Split]:
        """A few questions by each cohort; then, of the cohorts that this worked for, more of them."""
        found: list[Split] = []
        for cohort in self.cohorts:
            few = self._few(asked, cohort, found)
            found += few if len(few) >= WORTH else []
        for cohort in dict.fromkeys(group[0] for _, group in found):
            found += self._more(asked, cohort, found)
        return found

    def everything(self) -> list[Split]:
        return [
            (axis.id, (cohort,)) for cohort in self.cohorts for q in self._splittable() for axis in question_axes(q)
        ]

    def with_room(self, asked: Sequence[str], splits: Sequence[Split]) -> list[str]:
        """What is asked, with the cohort questions of the splits, and any other that there is room for."""
        kept = self._with_decisive([*asked, *(group[0] for _, group in splits)])
        for cohort in self.form.cohorts:
            more = self._with_decisive([*kept, cohort.id])
            if cohort.id not in kept and self.carries(more, splits):
                kept = more
        return kept

    def _few(self, asked: Sequence[str], cohort: str, before: Sequence[Split]) -> list[Split]:
        """A few questions in the form's order; those first that everybody is asked, if that makes them more."""
        questions = self._splittable(asked)
        tried = (questions, sorted(questions, key=lambda question: question.show_if is not None))
        return max((self._fitting(order, asked, cohort, before) for order in tried), key=len)

    def _fitting(
        self, questions: Sequence[Question], asked: Sequence[str], cohort: str, before: Sequence[Split]
    ) -> list[Split]:
        found: list[Split] = []
        for question in questions:
            more = [*found, (_first(question).id, (cohort,))]
            if len(more) <= FEW and self.carries(asked, [*before, *more]):
                found = more
        return found

    def _more(self, asked: Sequence[str], cohort: str, before: Sequence[Split]) -> list[Split]:
        """As many further ones as fit, in the form's order. Each takes something, so that halving finds the last."""
        every: list[Split] = [(axis.id, (cohort,)) for q in self._splittable(asked) for axis in question_axes(q)]
        rest = [split for split in every if split not in before]
        many = bisect_left(range(1, len(rest) + 1), True, key=lambda n: not self.carries(asked, [*before, *rest[:n]]))
        return rest[:many]

    def _splittable(self, asked: Sequence[str] | None = None) -> list[Question]:
        cohorts = {cohort.id for cohort in self.form.cohorts}
        return [q for q in self.form.questions if q.id not in cohorts and (asked is None or q.id in asked)]

    def _with_decisive(self, names: Iterable[str]) -> list[str]:
        needed = {one for name in names for one in decided_by(self.form, self.form.question(name))}
        return [question.id for question in self.form.questions if question.id in needed]

    def _tables(self, asked: Sequence[str], splits: Sequence[Split]) -> set[str]:
        by = {group[0] for _, group in splits}
        axes = [
            axis.id for name in self._with_decisive([*asked, *by]) for axis in question_axes(self.form.question(name))
        ]
        everyone = {f"@{name}" if name in self.cohorts else f"{name}@" for name in axes}
        return {"@", *everyone, *(f"{name}@{group[0]}" for name, group in splits)}


def _first(question: Question) -> Axis:
    """What to split of a question if not all: the first place of a ranking, the objective of an okr."""
    return question_axes(question)[0]


def _several(question: Question) -> bool:
    """Whether it costs more than a question with one answer."""
    axes = question_axes(question)
    return len(axes) > 1 or axes[0].touches > 1


def _proposal(
    form: Form, trial: _Trial, asked: Sequence[str], splits: Sequence[Split], coarse: Coarser | None = None
) -> Proposal:
    left_out = tuple(question.id for question in form.questions if question.id not in asked)
    used = coarse if coarse is not None and splits else None
    return Proposal(
        form=without(used.form if used else form, left_out),
        wishes=replace(trial.wishes, splits=tuple(splits)),
        left_out=left_out,
        merged=((used.cohort, used.groups),) if used else (),
        load=trial.load_of(asked, splits),
    )
