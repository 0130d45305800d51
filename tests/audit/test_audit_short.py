"""`make audit` in short: the engine keeps its promise, and planted faults are seen to break it.

Two of the three faults are planted by `make test-long` only.

A right engine fails here with a chance below one in a thousand: two scenarios, two bounds each, ALPHA each.
"""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context

import pytest

from audit.__main__ import attack
from audit.trial import ALPHA, ENGINE, PLANTED, Trial

# Strong faults, and more of the releases to bound with: none is missed more often than once in ten thousand runs.
SHORT = {"threshold on exact counts": 100, "a later step reads the counts": 100, "a ballot counted twice": 500}
LONG = {"a ballot counted twice", "threshold on exact counts"}
LEARNING = 0.25
# 51 are left to bound with: of an engine whose every release told, mu would be bounded above 1.9, and 1.5 is promised.
RELEASES = 68
CAUGHT = [
    pytest.param(trial, marks=[pytest.mark.long] if trial.fault.name in LONG else [], id=trial.name)
    for trial in PLANTED
    if trial.fault and trial.fault.name in SHORT
]


@pytest.fixture(scope="module")
def pool() -> Iterator[ProcessPoolExecutor]:
    """One process: the other cores have other tests to run."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        yield pool


@pytest.mark.parametrize("trial", ENGINE, ids=lambda trial: trial.name)
def test_the_engine_leaks_no_more_than_it_promised(pool: ProcessPoolExecutor, trial: Trial) -> None:
    outcome = attack(pool, replace(trial, releases=RELEASES, learning=LEARNING), lambda _done: None)

    assert 2 * len(ENGINE) * ALPHA <= 1e-3
    assert not outcome.exceeded, outcome


@pytest.mark.parametrize("trial", CAUGHT)
def test_a_planted_fault_leaks_more_than_was_promised(pool: ProcessPoolExecutor, trial: Trial) -> None:
    assert trial.fault
    outcome = attack(pool, replace(trial, releases=SHORT[trial.fault.name], learning=LEARNING), lambda _done: None)

    assert outcome.exceeded, outcome
