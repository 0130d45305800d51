"""Releases in which nothing is to be found: people who answer by chance, and a round's own noise."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
from release_rounds import TERM, WISHES

from aggregation.counting import count
from aggregation.opening import OpenedBatch
from aggregation.promise import make_promise, plan_of
from privacy.measurement import Measurement, NoisyResidual
from privacy.residuals import residual
from privacy.threshold import SHOWN
from reports.counted import Counted
from reports.figures import Judged
from survey.forms.loading import form_from_toml
from survey.forms.model import Choice, Form

_QUESTION = """
[[page.question]]
id = "{id}"
kind = "choice"
label = "{id}"
cohort = {cohort}
options = [{options}]
"""


def form_of(cohorts: int, questions: int, answers: int) -> Form:
    """So many cohort questions of three groups, and so many questions of so many answers."""
    head = 'id = "even"\ntitle = "Even"\nintro = "For tests."\n[[page]]\ntitle = "All"\nwhy = "To split."\n'
    named = [(f"c{at}", "true", 3) for at in range(cohorts)] + [(f"q{at}", "false", answers) for at in range(questions)]
    asked = (
        _QUESTION.format(
            id=name, cohort=cohort, options=", ".join(f'{{ id = "o{n}", label = "O{n}" }}' for n in range(many))
        )
        for name, cohort, many in named
    )
    return form_from_toml(head + "".join(asked))


class Simulated:
    """Rounds of one form. Everything is taken for shown, so that all there is to look at is looked at."""

    def __init__(self, form: Form, people: int, epsilon: float) -> None:
        by = tuple((cohort.id,) for cohort in form.cohorts)
        wishes = WISHES.__class__(**{**_fields(WISHES), "respondents": people, "epsilon": epsilon, "by": by})
        self.form, self.people = form, people
        self.promise = make_promise(form, wishes, TERM)
        self.workload, allocation = plan_of(form, self.promise)
        self.scales = allocation.scales

    def rounds(self, many: int, seed: int = 1) -> Iterator[tuple[Counted, dict[str, Judged]]]:
        rng = np.random.default_rng(seed)
        for _ in range(many):
            counts = count(self.form, self.workload, [OpenedBatch(self._records(rng))])
            noisy = {}
            for axes, scale in self.scales.items():
                exact = residual(self.workload, axes, counts.marginal(axes))
                values = exact + np.rint(rng.normal(0, scale, exact.shape)).astype(np.int64)
                noisy[axes] = NoisyResidual(axes, scale, 0.0, np.asarray(values, np.int64))
            counted = Counted.of(Measurement("simulated", self.workload, noisy, True), self.promise)
            yield counted, {table.name: _shown(counted, table.name) for table in self.workload.tables}

    def _records(self, rng: np.random.Generator) -> Any:
        """Everybody answers everything, each answer as likely as the others, whatever the group."""
        codes = [
            rng.integers(1, len(cast(Choice, question).options) + 1, self.people) for question in self.form.questions
        ]
        return np.stack(codes, axis=1).astype(np.uint8)


def _shown(counted: Counted, name: str) -> Judged:
    values, table = counted.tables[name], counted.workload.table(name)
    estimate = SimpleNamespace(table=table, share=values)
    return Judged(cast(Any, estimate), np.full(values.shape, SHOWN), np.zeros(values.shape, np.bool_))


def _fields(one: Any) -> dict[str, Any]:
    return {name: getattr(one, name) for name in type(one).__dataclass_fields__}
