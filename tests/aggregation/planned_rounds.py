"""Invented people for planned rounds: as many in each group as expected, common and rare answers."""

import numpy as np

from aggregation.counting import count
from aggregation.opening import OpenedBatch
from aggregation.planning import Plan
from aggregation.wishes import Wishes
from privacy.estimate import estimate
from privacy.measurement import Measurement, NoisyResidual
from privacy.noise import add_noise
from privacy.residuals import l2_squared, residual
from privacy.threshold import SHOWN, status
from survey.forms.domains import answer_ids
from survey.forms.layout import record_length, slots
from survey.forms.model import Choice, Choices, Form, Okr, Question
from survey.forms.rows import asked_rows

WISHES = Wishes(
    respondents=300,
    epsilon=3.0,
    delta=1e-6,
    min_cohort=10,
    minimum_responses=30,
    usable_margin=0.15,
    beta=0.05,
    by=(),
    split_only=(),
    cohort_shares={},
)


def invented(form: Form, wishes: Wishes, rng: np.random.Generator) -> np.ndarray:
    """Records of as many people as are expected. Shape: (respondents, record bytes)."""
    records = np.zeros((wishes.respondents, record_length(form)), np.uint8)
    for question in form.questions:
        place = slots(form)[question.id]
        records[:, place] = _answers(question, wishes, rng)
        records[~asked_rows(form, question, records), place] = 0
    return records


def _answers(question: Question, wishes: Wishes, rng: np.random.Generator) -> np.ndarray:
    people = wishes.respondents
    if isinstance(question, Okr):
        lists = (question.objectives, question.key_results, question.progress)
        return np.stack([rng.integers(1, len(one) + 1, people) for one in lists], axis=1)
    if isinstance(question, Choice) and question.cohort:
        shares = wishes.cohort_shares.get(question.id) or np.full(len(question.options), 1 / len(question.options))
        return rng.choice(len(shares), (people, 1), p=shares) + 1
    ids = answer_ids(question)
    liking = np.log(1 / np.arange(1, len(ids) + 1)) + rng.gumbel(size=(people, len(ids)))
    if isinstance(question, Choices):
        liking[:, [at for at, option in enumerate(question.options) if option.alone]] = -np.inf
    many = getattr(question, "top", getattr(question, "at_most", 1))
    chosen = np.argsort(-liking, axis=1)[:, :many] + 1
    return np.sort(chosen, axis=1) if isinstance(question, Choices) else chosen


def shown_parts(form: Form, wishes: Wishes, planned: Plan, rounds: int) -> dict[str, float]:
    """Table name to the part of its answers, over cohorts and rounds, that was shown. The noise is OpenDP's own."""
    rng, parts = np.random.default_rng(7), {}
    for _ in range(rounds):
        for name, part in _one_round(form, wishes, planned, rng).items():
            parts.setdefault(name, []).append(part)
    return {name: float(np.mean(found)) for name, found in parts.items()}


def _one_round(form: Form, wishes: Wishes, planned: Plan, rng: np.random.Generator) -> dict[str, float]:
    workload = planned.workload
    counts = count(form, workload, [OpenedBatch(invented(form, wishes, rng))])
    noisy = {}
    for entry in planned.allocation.entries:
        exact = residual(workload, entry.axes, counts.marginal(entry.axes))
        cells = add_noise(exact.reshape(-1), entry.scale, l2_squared(workload, entry.axes)).reshape(exact.shape)
        noisy[entry.axes] = NoisyResidual(entry.axes, entry.scale, entry.rho, cells)
    found = {}
    for name, told in estimate(Measurement("planned", workload, noisy, True)).items():
        judged = status(told, wishes.min_cohort, wishes.usable_margin, wishes.beta) == SHOWN
        answers = ~np.isnan(told.share)
        for position, axis in enumerate(told.table.by):
            answers = np.delete(answers, workload.axis(axis).outside, axis=position)
            judged = np.delete(judged, workload.axis(axis).outside, axis=position)
        found[name] = float(judged[answers].mean())
    return found
