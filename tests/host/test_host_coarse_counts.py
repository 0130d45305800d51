"""Counts of requests: summed over processes, and told so that one request more changes nothing that is ever shown."""

import os
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stopped_clock import StoppedClock

from host.coarse_counts import OUTCOMES, SHORTEST_INTERVAL, STEP, CoarseCounts, coarse, counted


@pytest.fixture
def clock():
    return StoppedClock()


@given(st.integers(0, 10 * STEP))
def test_a_count_is_rounded_to_a_step_with_the_right_mean_and_one_more_shows_in_one_draw_of_all(count):
    told = [coarse(count, lambda _step, drawn=drawn: drawn) for drawn in range(STEP)]
    assert {number % STEP for number in told} == {0}
    assert sum(told) == count * STEP
    one_more = [coarse(count + 1, lambda _step, drawn=drawn: drawn) for drawn in range(STEP)]
    assert sum(a != b for a, b in zip(told, one_more, strict=True)) == 1


def series(clock, arrivals, draws):
    """What is told at the end of each interval in which so many came."""
    drawn = iter(draws)
    counts = CoarseCounts(1, 0, clock, lambda _step: next(drawn))
    told = []
    for number in arrivals:
        for _ in range(number):
            counts.count("answered")
        clock.now += SHORTEST_INTERVAL
        told.append(counts.told()["answered"])
    return told


@settings(max_examples=30)
@given(st.lists(st.integers(1, 30), min_size=1, max_size=6), st.data())
def test_of_all_that_is_ever_told_one_request_changes_one_interval_by_one_draw_of_all(arrivals, data):
    when = data.draw(st.integers(0, len(arrivals) - 1))
    more = [number + (at == when) for at, number in enumerate(arrivals)]
    decisive = STEP - 1 - arrivals[when]
    for drawn in (0, decisive - 1, decisive, decisive + 1, STEP // 2, STEP - 1):
        without, with_it = (series(StoppedClock(), came, _draws(drawn)) for came in (arrivals, more))
        steps = [b - a for a, b in zip(without, with_it, strict=True)]
        assert steps == [STEP * (at >= when and drawn == decisive) for at in range(len(arrivals))]


def _draws(drawn):
    while True:
        yield drawn


def test_within_an_interval_nothing_changes_whatever_happens(clock):
    counts = CoarseCounts(1, 60, clock, lambda step: step - 1)  # rounds up: every one would show
    for _ in range(5000):
        counts.count("answered")
    assert set(counts.told().values()) == {0}
    clock.now += SHORTEST_INTERVAL - 1
    assert set(counts.told().values()) == {0}
    clock.now += 1
    assert counts.told()["answered"] == 5000
    counts.count("answered")
    assert counts.told()["answered"] == 5000
    clock.now += SHORTEST_INTERVAL
    assert counts.told()["answered"] == 6000


def test_it_waits_for_the_settle_interval_where_that_is_longer(clock):
    counts = CoarseCounts(1, 3600, clock, lambda step: step - 1)
    counts.count("failed")
    clock.now += 3599
    assert counts.told()["failed"] == 0
    clock.now += 1
    assert counts.told()["failed"] == STEP


def test_who_steers_a_count_to_the_edge_of_a_step_finds_no_edge(clock):
    """Had the remainder been carried on, or the draw been kept, the next one alone would have tipped it."""
    tipped = 0
    for _ in range(300):
        counts = CoarseCounts(1, 0, clock)
        for _ in range(3):
            counts._words[0] += STEP - 1  # an attacker's own requests, as many as bring a floor to its edge
            clock.now += SHORTEST_INTERVAL
            before = counts.told()["answered"]
        counts.count("answered")
        clock.now += SHORTEST_INTERVAL
        tipped += counts.told()["answered"] != before
    assert tipped <= 8  # 0.3 expected; more than 8 once in 10^10


def test_processes_count_side_by_side_and_a_successor_goes_on_where_the_other_died(clock):
    counts = CoarseCounts(2, 0, clock, lambda _step: 0)
    for place, number in ((0, 1500), (1, 700), (0, 800)):  # the third takes the place of the first
        child = os.fork()
        if child == 0:
            counts.take_place(place)
            for _ in range(number):
                counts.count("answered")
            counts.tell_settled(False)
            os._exit(0)
        os.waitpid(child, 0)
    clock.now += SHORTEST_INTERVAL
    assert counts.told() == {"answered": 3000, "refused": 0, "limited": 0, "failed": 0}
    assert not counts.settled
    clock.now += SHORTEST_INTERVAL
    assert counts.told()["answered"] == 3000


def test_answers_are_counted_by_how_they_went_and_watching_is_not(clock):
    counts = CoarseCounts(1, 0, clock, lambda _step: 0)

    def app(environ, start_response):
        start_response(environ["status"], [])
        return [b""]

    asked = counted(app, counts)
    for status, times in (("200 OK", 1), ("202 A", 1), ("404 N", 3), ("429 T", 4), ("500 F", 5), ("503 S", 6)):
        for path in ("/v1/rounds", "/healthz", "/readyz"):
            for _ in range(times):
                asked({"status": status, "PATH_INFO": path}, lambda *_given: None)
    told = Counter({outcome: counts._words[index] for index, outcome in enumerate(OUTCOMES)})
    assert told == {"answered": 2, "refused": 3, "limited": 4, "failed": 11}
