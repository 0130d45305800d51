"""Raking: tables made to add up, and their proportions kept otherwise."""

import numpy as np

from privacy.raking import rake


def test_a_raked_table_adds_up_to_its_margins_and_keeps_its_odds() -> None:
    rng = np.random.default_rng(2)
    start, wanted = rng.uniform(1, 9, (4, 3)), rng.uniform(1, 9, (4, 3))
    raked = rake(start, [(0, wanted.sum(axis=0)), (1, wanted.sum(axis=1))])
    assert np.allclose(raked.sum(axis=0), wanted.sum(axis=0))
    assert np.allclose(raked.sum(axis=1), wanted.sum(axis=1))
    odds = (cells[:-1, :-1] * cells[1:, 1:] / cells[:-1, 1:] / cells[1:, :-1] for cells in (start, raked))
    assert np.allclose(*odds)


def test_three_two_way_margins_are_all_kept() -> None:
    wanted = np.random.default_rng(3).uniform(1, 9, (4, 3, 5))
    raked = rake(np.ones(wanted.shape), [(axis, wanted.sum(axis=axis)) for axis in range(3)])
    assert all(np.allclose(raked.sum(axis=axis), wanted.sum(axis=axis), rtol=1e-4) for axis in range(3))


def test_what_is_empty_stays_empty() -> None:
    raked = rake(np.array([[0.0, 0.0], [1.0, 3.0]]), [(0, np.array([2.0, 2.0])), (1, np.array([0.0, 4.0]))])
    assert (raked[0] == 0).all()
    assert np.allclose(raked[1], 2.0)
