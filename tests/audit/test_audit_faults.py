"""Planted faults: each is in the real code while it is planted, unnoticed by the engine itself, and gone afterwards."""

import numpy as np
import pytest

import aggregation.counting
import privacy.allocation
import privacy.measure
import reports.figures
import reports.release
import survey.forms.touched
from audit.faults import FAULTS
from audit.hurrying import hurrying
from audit.releases import Press
from audit.replacing import replaced
from privacy.noise import add_noise

PLACES = (
    (aggregation.counting, "count"),
    (privacy.allocation, "l2_squared"),
    (privacy.measure, "add_noise"),
    (privacy.measure, "l2_squared"),
    (reports.figures, "estimate"),
    (reports.figures, "status"),
    (reports.release, "page"),
    (survey.forms.touched, "_distinct"),
)


def functions() -> list[object]:
    return [getattr(place, name) for place, name in PLACES]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_planted_fault_is_published_and_leaves_no_trace(fault):
    before = functions()

    with fault.plant(), hurrying():
        planted = functions()
        assert Press(fault.scenario, True).release()["tables.csv"]

    assert sum(new is not old for new, old in zip(planted, before, strict=True)) > 1  # hurrying leaves out the page
    assert functions() == before


def test_a_fault_goes_even_if_something_fails_while_it_is_planted():
    def failing() -> None:
        with replaced(privacy.measure, "add_noise", lambda _real: 0):
            assert privacy.measure.add_noise == 0
            raise RuntimeError

    with pytest.raises(RuntimeError):
        failing()

    assert privacy.measure.add_noise is add_noise


def test_a_name_that_is_not_there_is_no_place_for_a_fault():
    with pytest.raises(AttributeError), replaced(privacy.measure, "no_such_function", lambda real: real):
        pass


def test_budget_spent_twice_halves_the_variance():
    fault = next(fault for fault in FAULTS if fault.name == "budget spent twice")
    with fault.plant():
        drawn = privacy.measure.add_noise(np.zeros(20_000, np.int64), 10.0, 1)

    assert 0.9 * 50 < drawn.var() < 1.1 * 50
