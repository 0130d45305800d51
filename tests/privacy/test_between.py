"""The variance between cohorts: found where it is, none found where it is not."""

import numpy as np
import pytest

from privacy.between import Between, differences

COHORTS, ANSWERS, RUNS = 12, 6, 400
KEPT = (1 - 1 / COHORTS) * (1 - 1 / ANSWERS)


def drawn(spread: float, noise: float) -> list[Between]:
    rng = np.random.default_rng(3)
    people = rng.integers(30, 600, COHORTS)[:, None].astype(float)
    share = rng.dirichlet(np.full(ANSWERS, 4.0))[None, :] * np.ones((COHORTS, 1))
    chance = share * (1 - share)
    found = []
    for _ in range(RUNS):
        own = rng.normal(0, 1, share.shape) * np.sqrt(people * chance + spread * people**2 * chance)
        own += rng.normal(0, noise, share.shape)
        away = own - own.mean(axis=0) - own.mean(axis=1, keepdims=True) + own.mean()
        found.append(differences(away, people, share, noise**2, 1.0, KEPT))
    return found


@pytest.mark.parametrize(("spread", "noise"), [(0.03, 5.0), (0.03, 20.0), (0.2, 10.0)])
def test_the_spread_is_right_on_average_and_as_doubtful_as_it_says(spread: float, noise: float) -> None:
    found = drawn(spread, noise)
    estimates = np.array([one.spread for one in found])
    assert estimates.mean() == pytest.approx(spread, rel=0.1)
    assert estimates.std() == pytest.approx(np.mean([one.doubt for one in found]) ** 0.5, rel=0.25)


def test_without_differences_most_of_what_is_found_is_nothing() -> None:
    estimates = np.array([one.spread for one in drawn(0.0, 20.0)])
    assert np.mean(estimates == 0) > 0.3
    assert estimates.mean() < 0.01


def test_weights_grow_with_people_and_spread_and_shrink_with_noise() -> None:
    quiet, loud = drawn(0.1, 3.0)[0], drawn(0.1, 60.0)[0]
    assert quiet.weight.mean() > 0.9
    assert loud.weight.mean() < 0.7
    assert ((loud.weight >= 0) & (loud.weight <= 1)).all()


def test_cohorts_without_people_say_nothing() -> None:
    none = differences(np.zeros((2, 3)), np.zeros((2, 1)), np.full((2, 3), 1 / 3), 4.0, 1.0, 1 / 3)
    assert (none.spread, none.doubt) == (0.0, 0.0)
    assert (none.weight == 0).all()
