"""What a round is told to expect is what it gets."""

from math import isnan

import numpy as np
import pytest
from example_rounds import SMALL, pretend

from privacy.accounting import rho_for
from privacy.allocation import Allocation, allocate
from privacy.errors import AllocationError, PrivacyError
from privacy.estimate import estimate
from privacy.precision import expected
from privacy.threshold import SHOWN, status
from privacy.workload import Axis, Table, Workload

ROUND = Workload(
    (Axis("c", 5, 1, (4,)), Axis("a", 6, 1, (5,)), Axis("m", 9, 3, (8,))),
    (
        Table("@", (), ()),
        Table("@c", ("c",), ()),
        Table("a@", (), ("a",)),
        Table("a@c", ("c",), ("a",)),
        Table("m@", (), ("m",)),
        Table("m@c", ("c",), ("m",)),
    ),
)
SHARES = {"c": (0.55, 0.25, 0.15, 0.05)}
PEOPLE = 600
ALLOCATION = allocate(ROUND, rho_for(3.0, 1e-6))
EXPECTED = expected(ROUND, ALLOCATION, PEOPLE, SHARES, min_cohort=40)


def equal_answers(shares: tuple[float, ...]) -> dict[str, np.ndarray]:
    """Exact counts of a round where every answer is equally popular."""
    sizes = np.append(np.array(shares) * PEOPLE, 0)
    single, several = np.append(np.full(5, 1 / 5), 0), np.append(np.full(8, 3 / 8), 0)
    split = {"@c": sizes, "a@c": np.outer(sizes, single), "m@c": np.outer(sizes, several)}
    return split | {"@": np.array(PEOPLE), "a@": PEOPLE * single, "m@": PEOPLE * several}


def simulated(shares: tuple[float, ...], runs: int = 400) -> dict[str, list]:
    rng = np.random.default_rng(4)
    scales = {table.name: ALLOCATION.noise(table.name).scale for table in ROUND.tables}
    exact = equal_answers(shares)
    results: dict[str, list] = {name: [] for name in scales}
    for _ in range(runs):
        noisy = {n: np.rint(t + rng.normal(0, scales[n], t.shape)) for n, t in exact.items()}
        for name, told in estimate(pretend(ROUND, noisy, scales)).items():
            results[name].append(told)
    return results


@pytest.mark.parametrize("table", ["a@", "m@", "a@c", "m@c"])
def test_the_expected_margin_is_the_margin_of_a_mean_cohort(table: str) -> None:
    runs = simulated((0.25, 0.25, 0.25, 0.25))[table]
    shape = ROUND.table(table)
    answers = slice(0, -1)
    margins = [(t.margin_noise[:4] if shape.by else t.margin_noise)[..., answers] for t in runs]
    assert EXPECTED[table].margin == pytest.approx(np.mean(margins), rel=0.1)
    errors = np.std([(t.share[:4] if shape.by else t.share)[..., answers] for t in runs], axis=0)
    assert EXPECTED[table].margin == pytest.approx(1.96 * errors.mean(), rel=0.1)


@pytest.mark.parametrize("table", ["@c", "a@c", "m@c", "a@"])
def test_as_many_cohorts_are_shown_as_expected(table: str) -> None:
    runs = simulated(SHARES["c"])[table]
    passed = [status(told, 40, 1e9) == SHOWN for told in runs]
    cohorts = [(p[:4].reshape(4, -1)[:, 0] if ROUND.table(table).by else p[:1]).sum() for p in passed]
    assert EXPECTED[table].shown == pytest.approx(np.mean(cohorts), abs=0.1)
    assert EXPECTED[table].cohorts == (4 if ROUND.table(table).by else 1)


def test_cohorts_that_nobody_described_are_taken_as_equal() -> None:
    equal = expected(ROUND, ALLOCATION, PEOPLE, {"c": (0.25, 0.25, 0.25, 0.25)}, min_cohort=40)
    assert expected(ROUND, ALLOCATION, PEOPLE, {}, min_cohort=40) == equal


def test_the_share_of_people_who_name_no_cohort_may_be_given_too() -> None:
    told = expected(ROUND, ALLOCATION, PEOPLE, {"c": (0.5, 0.2, 0.1, 0.05, 0.15)})
    assert told["a@c"].cohorts == 4
    assert told["a@c"].margin > EXPECTED["a@c"].margin


def test_more_people_and_more_budget_are_more_precise() -> None:
    more = expected(ROUND, ALLOCATION, 2 * PEOPLE, SHARES)
    richer = expected(ROUND, allocate(ROUND, 4 * ALLOCATION.rho), PEOPLE, SHARES)
    for name in ("a@", "a@c", "m@c", "@c"):
        assert more[name].margin == pytest.approx(EXPECTED[name].margin / 2)
        assert richer[name].margin == pytest.approx(EXPECTED[name].margin / 2)


def test_a_table_without_a_known_denominator_expects_nothing() -> None:
    told = expected(SMALL, allocate(SMALL, 1.0), 500, {})["mood|blockers@industry"]
    assert isnan(told.margin)
    assert told.shown == 0.0


@pytest.mark.parametrize("shares", [(0.5, 0.5), (0.5, 0.5, 0.5, 0.5), (1.5, -0.5, 0, 0), (float("nan"),) * 4])
def test_shares_that_do_not_add_up_are_refused(shares: tuple[float, ...]) -> None:
    with pytest.raises(PrivacyError):
        expected(ROUND, ALLOCATION, PEOPLE, {"c": shares})


def test_impossible_rounds_are_refused() -> None:
    with pytest.raises(PrivacyError):
        expected(ROUND, ALLOCATION, 0, {})
    with pytest.raises(PrivacyError):
        expected(ROUND, ALLOCATION, 10, {"nowhere": (1.0,)})
    with pytest.raises(AllocationError):
        expected(ROUND, Allocation(1.0, ()), 10, {})
