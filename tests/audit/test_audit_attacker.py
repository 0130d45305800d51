"""The attacker: finds what there is to find, and proves nothing where there is nothing."""

import numpy as np

from audit.attacker import Rule, Seen, fitted, learn
from audit.bounds import Errors, least_mu

ALPHA = 1e-4


def mu_at_least(errors: Errors) -> float:
    return least_mu(errors, ALPHA)


def noisy(shift: np.ndarray, releases: int, seed: int) -> Seen:
    """Standard Gaussian features, moved by `shift` where the canary answered; the last one knows nothing."""
    rng = np.random.default_rng(seed)
    sides = [rng.standard_normal((releases, len(shift) + 1)) for _ in range(2)]
    sides[1][:, :-1] += shift
    return Seen(*sides)


def proved(seen: Seen) -> float:
    return mu_at_least(learn(seen.part(0, 0.5), mu_at_least).errors(seen.part(0.5, 1)))


def test_a_leak_spread_over_many_features_is_found_and_never_overstated():
    shift = np.full(40, 1.5 / 40**0.5)

    assert 0.8 * 1.5 < proved(noisy(shift, 10_000, 1)) <= 1.5


def test_a_leak_without_noise_is_found_in_few_releases_among_many_features():
    seen = noisy(np.zeros(400), 160, 2)
    seen.without[:, 123], seen.with_[:, 123] = 80.0, 81.0

    assert proved(seen) > 2


def test_a_word_that_depends_on_the_canary_is_found():
    seen = noisy(np.zeros(100), 400, 3)
    rng = np.random.default_rng(4)
    seen.without[:, 7], seen.with_[:, 7] = rng.random(400) < 0.1, rng.random(400) < 0.9

    assert proved(seen) > 1.5


def test_the_weights_known_beforehand_are_used_where_there_is_little_to_learn_from():
    seen = noisy(np.full(600, 2.0 / 600**0.5), 400, 5)
    seen.without[:, -1], seen.with_[:, -1] = (side[:, :-1].sum(axis=1) for side in (seen.without, seen.with_))

    assert np.flatnonzero(learn(seen, mu_at_least).weights).tolist() == [600]


def test_where_nothing_differs_nothing_is_proved():
    assert max(proved(noisy(np.zeros(50), 400, seed)) for seed in range(20)) == 0.0


def test_a_bound_taken_on_the_releases_that_were_learnt_from_would_be_too_high():
    seen, unseen = noisy(np.zeros(300), 400, 6), noisy(np.zeros(300), 400, 7)
    weights = fitted(seen)[1]
    rule = Rule(weights, float((seen.without @ weights).mean() + (seen.with_ @ weights).mean()) / 2)

    assert mu_at_least(rule.errors(seen)) > 0.5
    assert mu_at_least(rule.errors(unseen)) == 0.0


def test_features_that_never_differ_are_no_trouble():
    seen = noisy(np.full(3, 2.0), 400, 8)
    seen.without[:, 0] = seen.with_[:, 0] = 7.0

    assert proved(seen) > 1
