"""How often an answer is said to lead that does not, with the noise and the sampling of a real round."""

from math import sqrt

import numpy as np
import pytest

from privacy import ahead as module
from privacy.ahead import Ahead, ahead
from privacy.residuals import closure, l2_squared
from privacy.sums import Term, covariance
from privacy.variances import Variances
from privacy.workload import Axis, Table, Workload

RUNS, LEVEL = 2000, 0.05
ALLOWED = LEVEL + 3 * sqrt(LEVEL / RUNS)


def workload_of(answers: int) -> Workload:
    return Workload((Axis("a", answers + 1, 1, (answers,)),), (Table("@", (), ()), Table("a@", (), ("a",))))


def drawn(shares: list[float], people: int, rho: float, runs: int = RUNS) -> tuple[np.ndarray, float]:
    """Noisy counts, (runs, answers), and the noise variance of a difference of two: a residual and a total each."""
    workload, rng = workload_of(len(shares)), np.random.default_rng(3)
    scales = {s: sqrt(l2_squared(workload, s) / (2 * rho)) for s in closure(workload)}
    cells = np.zeros((runs, len(shares) + 1))
    cells[:, :-1] = rng.multinomial(people, shares, size=runs)
    residual = rng.normal(0, scales["a",], cells.shape)
    noise = residual - residual.mean(axis=1, keepdims=True) + rng.normal(0, scales[()], (runs, 1))
    apart = [Term(workload.table("a@"), {"a": np.append([1.0, -1.0], np.zeros(len(shares) - 1))})]
    variance = covariance(workload, Variances(workload, scales), apart, apart)
    return (cells + noise / cells.shape[1])[:, :-1], variance


def found(counts: np.ndarray, noise: float, single: bool = True, people: float | None = None) -> list[Ahead]:
    return [ahead(row, float(row.sum()) if people is None else people, noise, single, LEVEL) for row in counts]


def wrongly(shares: list[float], people: int, rho: float) -> float:
    """In which part of rounds an answer is said to lead that others are as common as, or more."""
    counts, noise = drawn(shares, people, rho)
    best = [share >= max(shares) for share in shares]
    right = {best.index(True)} if sum(best) == 1 else set()
    return float(np.mean([one.low > 0 and one.first not in right for one in found(counts, noise)]))


EQUAL = [
    [0.5, 0.5],
    [0.25] * 4,
    [1 / 11] * 11,
    [0.3, 0.3, 0.2, 0.1, 0.1],
]


@pytest.mark.parametrize("shares", EQUAL)
@pytest.mark.parametrize(("people", "rho"), [(60, 0.05), (300, 0.02), (300, 5.0), (3000, 0.02)])
def test_of_equal_answers_one_is_said_to_lead_in_at_most_one_round_of_twenty(
    shares: list[float], people: int, rho: float
) -> None:
    assert wrongly(shares, people, rho) < ALLOWED


def test_the_level_is_used_and_not_only_kept() -> None:
    assert wrongly([0.5, 0.5], 3000, 0.02) > 0.03


def test_an_answer_that_is_a_little_less_common_is_hardly_ever_said_to_lead() -> None:
    assert wrongly([0.26, 0.25, 0.25, 0.24], 500, 0.05) < LEVEL


def test_without_a_margin_something_would_lead_in_every_round(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_limits", lambda first, second, *_: ((first - second), 1.0))
    assert wrongly([0.25] * 4, 300, 0.05) > 0.9


def test_picking_the_first_after_looking_is_paid_for(monkeypatch: pytest.MonkeyPatch) -> None:
    real = module._limits
    monkeypatch.setattr(module, "_limits", lambda *given: real(*given[:-1], 1.645))  # one-sided, as if chosen before
    assert wrongly([0.5, 0.5], 3000, 0.02) > ALLOWED


def test_answers_that_people_may_give_together_lead_no_more_often() -> None:
    rng = np.random.default_rng(8)
    for together in (0.0, 0.5, 1.0):  # how often the second is given with the first; the others lie apart
        picks = rng.random((400, 250, 8)).argsort(axis=2)[:, :, :3]
        given = np.zeros((400, 250, 8))
        np.put_along_axis(given, picks, 1.0, axis=2)
        same = rng.random((400, 250)) < together
        given[..., 1] = np.where(same, given[..., 0], given[..., 1])
        counts = given.sum(axis=1) + rng.normal(0, 5, (400, 8))
        wrong = np.mean([one.low > 0 for one in found(counts, 50.0, single=False, people=250.0)])
        assert wrong < LEVEL


def test_a_clear_lead_is_found_and_its_limits_hold_it() -> None:
    counts, noise = drawn([0.4, 0.2, 0.2, 0.1, 0.1], 400, 0.05)
    leads = found(counts, noise)
    assert np.mean([one.low > 0 and one.first == 0 for one in leads]) > 0.95
    assert np.mean([one.low <= 0.2 <= one.high for one in leads]) > 0.93


def test_more_noise_means_less_is_borne_out() -> None:
    counts = np.array([120.0, 90.0, 40.0])
    lows = [ahead(counts, 250.0, noise, True, LEVEL).low for noise in (0.0, 50.0, 200.0, 800.0)]
    assert lows == sorted(lows, reverse=True)
    assert lows[0] > 0 > lows[-1]


def test_no_one_at_all_leads_nothing() -> None:
    assert ahead(np.array([0.0, -3.0, 1.0]), 0.0, 4.0, True, LEVEL).low < 0
