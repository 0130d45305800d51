"""What a round is told to expect is what it gets."""

from functools import cache
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
from privacy.typical import Crowd
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
CROWD = Crowd(PEOPLE, SHARES)
EXPECTED = expected(ROUND, ALLOCATION, CROWD, min_cohort=40)


def equal_answers(shares: tuple[float, ...]) -> dict[str, np.ndarray]:
    """Exact counts of a round where every answer is equally popular."""
    sizes = np.append(np.array(shares) * PEOPLE, 0)
    single, several = np.append(np.full(5, 1 / 5), 0), np.append(np.full(8, 3 / 8), 0)
    split = {"@c": sizes, "a@c": np.outer(sizes, single), "m@c": np.outer(sizes, several)}
    return split | {"@": np.array(PEOPLE), "a@": PEOPLE * single, "m@": PEOPLE * several}


@cache
def simulated(shares: tuple[float, ...], runs: int = 150) -> dict[str, list]:
    rng = np.random.default_rng(4)
    exact = equal_answers(shares)
    results: dict[str, list] = {name: [] for name in exact}
    for _ in range(runs):
        for name, told in estimate(pretend(ROUND, exact, ALLOCATION.scales, rng)).items():
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
@pytest.mark.parametrize("usable", [0.15, 1e9])
def test_as_many_cohorts_are_shown_as_expected(table: str, usable: float) -> None:
    by = ROUND.table(table).by
    margins = EXPECTED[table].margins
    assert usable > 1 or bool((abs(margins / usable - 1) > 0.1).all())  # no cohort stands at the edge
    shown = [(status(told, 40, usable) == SHOWN)[: 4 if by else None] for told in simulated(SHARES["c"])[table]]
    answers = [np.atleast_1d(s).reshape(EXPECTED[table].cohorts, -1)[:, 0] for s in shown]
    assert EXPECTED[table].shown(usable) == pytest.approx(np.mean([s.sum() for s in answers]), abs=0.15)
    assert EXPECTED[table].cohorts == (4 if by else 1)


def test_a_usable_margin_takes_the_cohorts_that_are_too_uncertain() -> None:
    told = EXPECTED["a@c"]
    assert told.shown(1e9) == pytest.approx(told.chances(1e9).sum())
    assert bool((told.chances(0.15) <= told.chances(1e9)).all())
    assert told.chances(float(told.margins[1]))[1] == pytest.approx(0.5)  # at the edge it is a matter of luck
    assert told.shown(1e-9) == pytest.approx(0.0, abs=1e-9)


def test_cohorts_that_nobody_described_are_taken_as_equal() -> None:
    equal, none = (expected(ROUND, ALLOCATION, Crowd(PEOPLE, s)) for s in ({"c": (0.25,) * 4}, {}))
    for name, told in equal.items():
        assert told.answers.tolist() == none[name].answers.tolist()
        assert told.margin == none[name].margin
    assert none["a@c"].answers.tolist() == [PEOPLE / 4] * 4


def test_the_share_of_people_who_name_no_cohort_may_be_given_too() -> None:
    told = expected(ROUND, ALLOCATION, Crowd(PEOPLE, {"c": (0.5, 0.2, 0.1, 0.05, 0.15)}))
    assert told["a@c"].cohorts == 4
    assert told["a@c"].margin > EXPECTED["a@c"].margin
    assert told["@c"].margin == pytest.approx(EXPECTED["@c"].margin, rel=0.05)  # shares are of everybody
    assert told["@c"].sampling[0] == pytest.approx(1.96 * (0.25 / (PEOPLE + 3.84)) ** 0.5, rel=1e-3)  # one half of them


def test_a_question_that_fewer_answer_is_less_precise_and_its_cohorts_are_smaller() -> None:
    half = expected(ROUND, ALLOCATION, Crowd(PEOPLE, SHARES, {"a": 0.5}), min_cohort=40)
    for name in ("a@", "a@c"):
        assert half[name].answers == pytest.approx(EXPECTED[name].answers / 2)
        assert half[name].margin == pytest.approx(EXPECTED[name].margin * 2)
    assert half["a@c"].shown(1e9) < EXPECTED["a@c"].shown(1e9)
    for name in ("@", "@c", "m@", "m@c"):
        assert half[name].margin == EXPECTED[name].margin
        assert half[name].answers.tolist() == EXPECTED[name].answers.tolist()


def test_cohorts_of_several_axes_are_taken_as_independent() -> None:
    crowd = Crowd(1000, {"c": SHARES["c"], "a": (0.4, 0.3, 0.1, 0.1, 0.1)})
    two = Table("@c,a", ("c", "a"), ())
    assert crowd.people(ROUND, two) == pytest.approx(1000 * np.outer(SHARES["c"], crowd.shares["a"]).reshape(-1))


def test_sampling_is_what_remains_of_a_margin_without_noise() -> None:
    told = EXPECTED["a@c"]
    assert told.sampling == pytest.approx(1.96 * np.sqrt(0.2 * 0.8 / told.answers), rel=0.06)
    assert EXPECTED["@"].sampling.tolist() == [0.0]


def test_more_people_and_more_budget_are_more_precise() -> None:
    more = expected(ROUND, ALLOCATION, Crowd(2 * PEOPLE, SHARES))
    richer = expected(ROUND, allocate(ROUND, 4 * ALLOCATION.rho), CROWD)
    for name in ("a@", "a@c", "m@c", "@c"):
        assert more[name].margin == pytest.approx(EXPECTED[name].margin / 2)
        assert richer[name].margin == pytest.approx(EXPECTED[name].margin / 2)
        assert richer[name].sd == pytest.approx(EXPECTED[name].sd / 2)


def test_a_table_without_a_known_denominator_expects_nothing() -> None:
    told = expected(SMALL, allocate(SMALL, 1.0), Crowd(500))["mood|blockers@industry"]
    assert isnan(told.margin)
    assert told.shown(1e9) == 0.0


@pytest.mark.parametrize("shares", [(0.5, 0.5), (0.5, 0.5, 0.5, 0.5), (1.5, -0.5, 0, 0), (float("nan"),) * 4])
def test_shares_that_do_not_add_up_are_refused(shares: tuple[float, ...]) -> None:
    with pytest.raises(PrivacyError):
        expected(ROUND, ALLOCATION, Crowd(PEOPLE, {"c": shares}))


@pytest.mark.parametrize("part", [0.0, -0.5, 1.5, float("nan")])
def test_a_part_of_the_crowd_that_cannot_be_is_refused(part: float) -> None:
    with pytest.raises(PrivacyError):
        Crowd(PEOPLE, {}, {"a": part})


def test_impossible_rounds_are_refused() -> None:
    with pytest.raises(PrivacyError):
        Crowd(0)
    for crowd in (Crowd(10, {"nowhere": (1.0,)}), Crowd(10, {}, {"nowhere": 1.0})):
        with pytest.raises(PrivacyError):
            expected(ROUND, ALLOCATION, crowd)
    with pytest.raises(AllocationError):
        expected(ROUND, Allocation(1.0, ()), Crowd(10))
