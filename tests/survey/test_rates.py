"""How fast one source may ask."""

from hypothesis import example, given
from hypothesis import strategies as st
from stopped_clock import StoppedClock

from survey.rates import MINUTE, Rate


def taken(rate, source, times):
    return sum(rate.take(source) for _ in range(times))


def test_a_minute_s_requests_may_come_at_once_and_further_ones_as_they_are_earned():
    clock = StoppedClock()
    rate = Rate(60, clock)
    assert taken(rate, b"office", 100) == 60
    assert taken(rate, b"another", 100) == 60
    clock.now += 5.001
    assert taken(rate, b"office", 100) == 5
    clock.now += 3600
    assert taken(rate, b"office", 100) == 60


@given(st.integers(1, 50), st.lists(st.floats(0, 30), max_size=120))
@example(1, [1.8107337692289498])
def test_in_no_minute_does_a_source_get_more_than_twice_its_rate_nor_less_than_it(per_minute, pauses):
    clock = StoppedClock()
    rate, times = Rate(per_minute, clock), []
    for pause in pauses:
        clock.now += pause
        before = sum(time > clock.now - MINUTE for time in times)
        if rate.take(b"one"):
            times.append(clock.now)
            assert before < 2 * per_minute
        else:
            assert before >= per_minute  # an honest source that keeps to the rate is never refused


def test_a_source_is_forgotten_as_soon_as_it_makes_no_difference():
    clock = StoppedClock()
    rate = Rate(60, clock)
    assert taken(rate, b"quick", 60) == 60
    assert rate.take(b"slow")
    clock.now += 2
    rate.forget_old()
    assert set(rate._earned_at) == {b"quick"}
    clock.now += MINUTE
    rate.forget_old()
    assert rate._earned_at == {}


def test_many_who_come_from_many_places_neither_fill_the_memory_nor_shut_others_out():
    clock = StoppedClock()
    rate = Rate(60, clock, most_sources=10)
    assert all(taken(rate, bytes([number]), 60) == 60 for number in range(10))
    assert taken(rate, b"further", 200) == 200
    assert not rate.take(bytes([3]))  # who is remembered stays limited
    assert len(rate._earned_at) == 10
    clock.now += MINUTE + 1
    assert taken(rate, b"further", 200) == 60
    assert len(rate._earned_at) == 1
