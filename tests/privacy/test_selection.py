"""The shift of what is shown: right at the median, and nothing far from the threshold."""

import numpy as np
import pytest

from privacy.selection import shift


@pytest.mark.parametrize("people", [30.0, 40.0, 50.0, 60.0])
def test_the_shift_leaves_the_number_who_answered_too_large_as_often_as_too_small(people: float) -> None:
    rng, sd, least = np.random.default_rng(4), 8.0, 45.0
    seen = rng.normal(people, sd, 60_000)
    seen = seen[seen >= least][:2000]
    above = (seen - shift(seen, sd, least) > people).mean()
    assert above == pytest.approx(0.5, abs=0.05)


def test_far_above_the_threshold_there_is_no_shift_and_nearer_it_grows() -> None:
    found = shift(np.array([45.0, 47.0, 50.0, 60.0, 200.0]), 5.0, 45.0)
    assert list(found) == sorted(found, reverse=True)
    assert found[0] == pytest.approx(22.5)  # half of them: no more is ever taken off
    assert found[-2] < 0.2
    assert found[-1] == 0
