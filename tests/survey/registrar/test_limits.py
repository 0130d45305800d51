"""How often something may happen: counted exactly, forgotten in time, and never at a price that grows."""

from collections import deque
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.registrar.limits import HOUR, RateLimit


@pytest.fixture
def limit(clock):
    return RateLimit(3, clock, most_tags=4)


def test_it_may_happen_so_often_an_hour_for_each_tag(limit, clock):
    assert [limit.take(b"a") for _ in range(4)] == [True] * 3 + [False]
    assert limit.take(b"b")
    clock.time += HOUR - timedelta(seconds=1)
    assert not limit.take(b"a")
    clock.time += timedelta(seconds=1)
    assert limit.take(b"a")


def test_asking_whether_it_may_counts_nothing(limit):
    assert [limit.allows(b"a") for _ in range(9)] == [True] * 9
    assert limit._times == {}


def test_what_did_not_happen_is_given_back(limit):
    for _ in range(3):
        limit.take(b"a")
    limit.give_back(b"a")
    assert [limit.take(b"a"), limit.take(b"a")] == [True, False]
    limit.give_back(b"unknown")
    limit.take(b"b")
    limit.give_back(b"b")
    assert list(limit._times) == [b"a"]


def test_no_more_tags_are_held_than_can(limit, clock):
    assert [limit.take(bytes([tag])) for tag in range(6)] == [True] * 4 + [False] * 2
    assert limit.take(b"\0")  # who is known already is not put out by them
    clock.time += HOUR
    assert limit.take(b"\5")


class Guarded(dict):
    """Times that may be looked at from the front or by tag, not gone through."""

    def items(self):
        for looked, pair in enumerate(super().items()):
            assert looked < 2, "gone through"
            yield pair

    __iter__ = keys = values = None


def test_a_call_looks_at_no_more_tags_however_many_there_are(clock):
    limit = RateLimit(3, clock)
    limit._times = Guarded({bytes([n]): deque([clock()]) for n in range(200)})
    assert limit.take(b"new")
    assert limit.allows(b"\7")


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2500), st.booleans()), max_size=60))
def test_it_counts_like_a_list_of_all_times(steps):
    """An oracle that keeps everything."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    limit, taken = RateLimit(3, lambda: now), []
    for tag, seconds, back in steps:
        now += timedelta(seconds=seconds)
        may = sum(t == tag and time > now - HOUR for t, time in taken) < 3
        assert limit.take(bytes([tag])) is may
        taken += [(tag, now)] * may
        if may and back:
            limit.give_back(bytes([tag]))
            taken.pop()
        limit.forget_old()
        assert set(limit._times) >= {bytes([t]) for t, time in taken if time > now - HOUR}
    now += HOUR
    limit.forget_old()
    assert limit._times == {}
