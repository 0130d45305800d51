"""What planning says a round can carry is what an allocation then keeps, and no less would do."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy.accounting import rho_for
from privacy.allocation import allocate, best_scales
from privacy.carrying import Carrier
from privacy.closed_form import even_variances
from privacy.limits import cheapest, of_cell, of_margins
from privacy.precision import expected
from privacy.reach import Reach
from privacy.shares import noise_of
from privacy.typical import Crowd, typical_share
from privacy.variances import Variances
from privacy.weighing import usable_weights
from privacy.workload import Axis, Table, Workload

WORKLOAD = Workload(
    (Axis("c", 4, 1, (3,)), Axis("a", 6, 1, (5,)), Axis("m", 9, 3, (8,)), Axis("b", 5, 1, (4,))),
    (
        Table("@", (), ()),
        Table("@c", ("c",), ()),
        Table("a@", (), ("a",)),
        Table("a@c", ("c",), ("a",)),
        Table("m@", (), ("m",)),
        Table("b@", (), ("b",)),
        Table("a|m@", (), ("a", "m")),
    ),
)
CROWD = Crowd(300, {"c": (0.5, 0.3, 0.2)})
RHO = rho_for(3.0, 1e-6)
WANTED = {"a@": 0.05, "m@": 0.06, "b@": 0.05, "a@c": 0.15}
NAMES = [table.name for table in WORKLOAD.tables]
weights = st.lists(st.floats(1e-3, 1e3), min_size=len(NAMES), max_size=len(NAMES))


@settings(deadline=None, max_examples=30)
@given(weights)
def test_the_matrices_say_what_the_formulas_do(given_weights):
    reach, named = Reach.of(WORKLOAD), dict(zip(NAMES, given_weights, strict=True))
    residuals = reach.spent(np.array(given_weights), RHO)
    variances = Variances(WORKLOAD, best_scales(WORKLOAD, RHO, named))
    for table in WORKLOAD.tables:
        noise = noise_of(WORKLOAD, variances, table)
        assert reach.cell[reach.row(table.name)] @ residuals == pytest.approx(noise.cell)
        if table.of and noise.way != "unknown":
            spread = noise.of_share(np.array(typical_share(WORKLOAD, table)), np.array(1.0))
            assert reach.share[reach.row(table.name)] @ residuals == pytest.approx(float(spread))


def named(found):
    return dict(zip(NAMES, map(float, found), strict=True))


def limits(wanted):
    reach = Reach.of(WORKLOAD)
    return reach, of_margins(WORKLOAD, reach, CROWD, wanted)


def margins_under(rho, found):
    told = expected(WORKLOAD, allocate(WORKLOAD, rho, found), CROWD)
    return {name: told[name].margin for name in WANTED}


def test_the_least_rho_keeps_every_margin():
    reach, kept = limits(WANTED)
    rho, found = cheapest(reach, kept)
    margins = margins_under(rho, named(found))
    assert all(margins[name] <= most * 1.0001 for name, most in WANTED.items())
    assert any(margins[name] >= most * 0.999 for name, most in WANTED.items())


def test_no_other_weights_keep_them_with_less():
    reach, kept = limits(WANTED)
    rho, _ = cheapest(reach, kept)
    of, most = np.array([one.reached for one in kept]), np.array([one.most for one in kept])
    rng = np.random.default_rng(3)
    needs = [(of @ reach.spent(10 ** rng.uniform(-3, 3, len(NAMES)), 1.0) / most).max() for _ in range(3000)]
    assert rho <= min(needs) * 1.001
    pulls = 10 ** rng.uniform(-3, 3, (3000, len(kept)))
    sure = (np.sqrt(reach.costs * (pulls @ of)).sum(axis=1) ** 2 / (pulls @ most)).max()
    assert sure <= rho * 1.0001


def test_half_the_margin_takes_four_times_the_rho():
    whole, half = (cheapest(*limits({n: m * by for n, m in WANTED.items()}))[0] for by in (1.0, 0.5))
    assert half == pytest.approx(4 * whole, rel=1e-3)


def test_an_answer_that_is_enough_says_the_same_as_the_least():
    reach, kept = limits(WANTED)
    rho, _ = cheapest(reach, kept)
    for enough in (rho * 1.01, rho * 0.98):
        assert (cheapest(reach, kept, enough)[0] <= enough) == (enough > rho)


def test_a_limit_on_a_cell_is_one_on_its_variance():
    reach = Reach.of(WORKLOAD)
    rho, found = cheapest(reach, (of_cell(reach, "a@", 9.0),))
    variances = Variances(WORKLOAD, best_scales(WORKLOAD, rho, named(found)))
    assert variances.cell(WORKLOAD.table("a@")) == pytest.approx(9.0, rel=1e-3)


@pytest.mark.parametrize("rho", [RHO, RHO / 4])
def test_a_carrier_tells_of_any_choice_of_tables_what_a_workload_of_them_needs(rho):
    chosen = ["@", "@c", "a@", "b@", "a@c"]
    wanted = {name: margin for name, margin in WANTED.items() if name in chosen}
    whole = Carrier.of(WORKLOAD, CROWD, WANTED)
    alone = Workload(WORKLOAD.axes, tuple(WORKLOAD.table(name) for name in NAMES if name in chosen))
    part = Carrier.of(alone, CROWD, wanted)
    assert whole.load(rho, chosen) == pytest.approx(part.load(rho, chosen), rel=1e-6)
    assert whole.fits(rho, chosen) == (whole.load(rho, chosen) <= 1)


@pytest.mark.parametrize("by", [0.3, 1.0, 3.0])
def test_weights_keep_the_wanted_margins_where_rho_can_pay_them_and_an_even_split_always(by):
    wanted = {name: margin * by for name, margin in WANTED.items()}
    pays = Carrier.of(WORKLOAD, CROWD, wanted).load(RHO, NAMES) <= 1
    assert pays == (by >= 1)
    found = usable_weights(WORKLOAD, RHO, CROWD, 0.15, (), (wanted,))
    margins, variances = margins_under(RHO, found), Variances(WORKLOAD, best_scales(WORKLOAD, RHO, found))
    assert all(margins[name] <= most * 1.001 for name, most in wanted.items()) == pays
    for table, even in zip(WORKLOAD.tables, even_variances(WORKLOAD, RHO), strict=True):
        if not table.by:
            assert variances.cell(table) <= even * 1.01


def test_of_several_wishes_the_first_that_rho_can_pay_is_kept():
    dear, cheap = ({name: margin * by for name, margin in WANTED.items()} for by in (0.01, 2.0))
    assert usable_weights(WORKLOAD, RHO, CROWD, 0.15, (), (dear, cheap)) == usable_weights(
        WORKLOAD, RHO, CROWD, 0.15, (), (cheap,)
    )
