"""Weighing: the budget goes where it makes figures usable, and nothing for everyone pays for it."""

from functools import cache
from time import process_time

import numpy as np
import pytest
from dense import small_workloads
from example_rounds import SMALL
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy.accounting import rho_for
from privacy.allocation import Allocation, allocate
from privacy.closed_form import even_variances
from privacy.precision import Expectation, expected
from privacy.residuals import closure, needed_by
from privacy.typical import Crowd
from privacy.variances import Variances
from privacy.weighing import unreachable, usable_weights
from privacy.workload import Axis, Table, Workload

USABLE = 0.10
RHO = rho_for(2.0, 1e-6)
INDUSTRY, SIZE, LEVEL = Axis("industry", 13, 1, (12,)), Axis("size", 8, 1, (7,)), Axis("level", 6, 1, (5,))
QUESTIONS = ((9, 1, (8,)), (12, 3, (11,)), (26, 1, (25,)), (6, 1, (5,)))


def a_round(questions: int, *sets: tuple[str, ...]) -> Workload:
    """A survey of a society: three cohort questions, and others of four kinds, for everyone and by these sets."""
    asked = [Axis(f"q{n}", *QUESTIONS[n % 4]) for n in range(questions)]
    tables = [Table("@", (), ()), *(Table(f"@{','.join(by)}", by, ()) for by in sets)]
    tables += [Table(f"{a.name}@", (), (a.name,)) for a in (INDUSTRY, SIZE, LEVEL) if (a.name,) not in sets]
    for axis in asked:
        tables += [Table(f"{axis.name}@{','.join(by)}", by, (axis.name,)) for by in ((), *sets)]
    return Workload((INDUSTRY, SIZE, LEVEL, *asked), tuple(tables))


ROUND = a_round(10, ("industry",), ("size",), ("industry", "size", "level"))


@cache
def foreseen(respondents: int, weigh: bool) -> dict[str, Expectation]:
    crowd = Crowd(respondents)
    weights = usable_weights(ROUND, RHO, crowd, USABLE) if weigh else None
    return dict(expected(ROUND, allocate(ROUND, RHO, weights), crowd))


def usable(told: dict[str, Expectation]) -> int:
    return sum(told[table.name].margin <= USABLE for table in ROUND.tables if table.of)


@pytest.mark.parametrize(("respondents", "more"), [(300, 5), (800, 0), (5000, 3)])
def test_more_tables_are_usable_than_if_all_weigh_the_same(respondents: int, more: int) -> None:
    assert usable(foreseen(respondents, weigh=True)) >= usable(foreseen(respondents, weigh=False)) + more


def test_a_small_round_gets_every_table_for_everyone() -> None:
    for told in (foreseen(300, weigh=True), foreseen(800, weigh=True)):
        assert all(told[table.name].margin <= USABLE for table in ROUND.tables if table.of and not table.by)
    assert not all(foreseen(300, weigh=False)[f"q{n}@"].margin <= USABLE for n in range(10))


def noisier_than_even(workload: Workload, allocation: Allocation) -> dict[str, float]:
    """By which factor the variance of each table is above that of an even split."""
    variances, even = Variances(workload, allocation.scales), even_variances(workload, allocation.rho)
    return {t.name: variances.cell(t) / limit for t, limit in zip(workload.tables, even, strict=True)}


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_no_table_for_everyone_and_none_insisted_on_is_noisier_than_in_an_even_split(data: st.DataObject) -> None:
    workload = data.draw(small_workloads())
    insisted = data.draw(st.sets(st.sampled_from([table.name for table in workload.tables])))
    crowd, rho = Crowd(data.draw(st.integers(1, 100_000))), data.draw(st.floats(0.001, 2))
    weights = usable_weights(workload, rho, crowd, data.draw(st.floats(0.01, 0.3)), insisted)
    worse = noisier_than_even(workload, allocate(workload, rho, weights))
    for table in workload.tables:
        if not table.by or table.name in insisted:
            assert worse[table.name] <= 1.0011


@pytest.mark.parametrize("respondents", [1, 30, 300, 3000, 30_000])
@pytest.mark.parametrize("insisted", [(), ("q1@industry,size,level", "q2@size"), tuple(t.name for t in ROUND.tables)])
def test_what_is_insisted_on_gets_its_even_share_in_a_large_round(respondents: int, insisted: tuple[str, ...]) -> None:
    weights = usable_weights(ROUND, RHO, Crowd(respondents), USABLE, insisted)
    worse = noisier_than_even(ROUND, allocate(ROUND, RHO, weights))
    for table in ROUND.tables:
        if not table.by or table.name in insisted:
            assert worse[table.name] <= 1.0011


def test_a_hopeless_split_gets_next_to_nothing_and_is_named() -> None:
    crowd = Crowd(300)
    hopeless = unreachable(ROUND, RHO, crowd, USABLE)
    assert "q2@industry,size,level" in hopeless
    assert "q0@" not in hopeless
    allocation = allocate(ROUND, RHO, usable_weights(ROUND, RHO, crowd, USABLE))
    needed = {axes for table in ROUND.tables if table.name not in hopeless for axes in needed_by(ROUND, table)}
    only_hopeless = [entry.rho for entry in allocation.entries if entry.axes not in needed]
    assert len(only_hopeless) > 20
    assert sum(only_hopeless) < 0.005 * RHO
    plain = [entry.rho for entry in allocate(ROUND, RHO).entries if entry.axes not in needed]
    assert sum(plain) > 0.3 * RHO
    insisted = allocate(ROUND, RHO, usable_weights(ROUND, RHO, crowd, USABLE, hopeless[:1]))
    assert sum(entry.rho for entry in insisted.entries if entry.axes not in needed) > 10 * sum(only_hopeless)


def test_what_cannot_be_reached_alone_is_not_reached_by_any_weights() -> None:
    crowd = Crowd(800)
    for name in unreachable(ROUND, RHO, crowd, USABLE)[::4]:
        told = expected(ROUND, allocate(ROUND, RHO, {name: 1e6}), crowd)[name]
        assert told.sd * 1.96 / told.answers.mean() > USABLE


@pytest.mark.parametrize("respondents", [1, 10**7])
@pytest.mark.parametrize("rho", [1e-6, 10.0])
def test_weights_stay_numbers_that_can_be_used_whatever_the_round(respondents: int, rho: float) -> None:
    for workload in (ROUND, SMALL, Workload((), (Table("@", (), ()),))):
        weights = usable_weights(workload, rho, Crowd(respondents), USABLE)
        assert all(0 < weight < float("inf") for weight in weights.values())
        allocation = allocate(workload, rho, weights)
        assert max(noisier_than_even(workload, allocation).values()) < 1e7


def test_a_question_that_few_answer_pulls_less_budget() -> None:
    everybody, few = Crowd(800), Crowd(800, {}, {"q0": 0.02})
    scales = [allocate(ROUND, RHO, usable_weights(ROUND, RHO, crowd, USABLE)) for crowd in (everybody, few)]
    assert scales[1].noise(("q0",)).rho < scales[0].noise(("q0",)).rho


def test_a_large_round_is_weighed_and_priced_in_little_time() -> None:
    """Four cohort sets, thirty questions: process time, so that a busy machine does not matter."""
    large = a_round(30, ("industry",), ("size",), ("level",), ("industry", "size", "level"))
    assert len(closure(large)) > 200
    started = process_time()
    allocate(large, RHO, usable_weights(large, RHO, Crowd(800), USABLE))
    assert process_time() - started < 2.0


def test_sizes_are_known_where_cohorts_can_be_usable() -> None:
    """A cohort is shown if its size is known well enough: size tables have a weight of their own."""
    told = foreseen(5000, weigh=True)
    assert told["@industry"].sd * 1.645 < 0.25 * told["@industry"].answers.mean()
    assert np.all(told["@industry"].chances(0.15) > 0.99)
