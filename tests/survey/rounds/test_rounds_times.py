"""Times as manifests write them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.rounds.times import instant, now, stamp

offsets = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
times = st.datetimes(
    min_value=datetime(1971, 1, 1), max_value=datetime(2199, 1, 1), timezones=offsets, allow_imaginary=False
)


@given(times)
def test_a_time_reads_back_to_the_second_whatever_its_offset(time):
    assert instant(stamp(time)) == time.replace(microsecond=0)
    assert stamp(instant(stamp(time))) == stamp(time)
    assert instant(time.isoformat()) == time.replace(microsecond=0)


def test_a_time_is_written_in_one_way():
    assert stamp(datetime(2026, 12, 1, 19, 0, 0, 999999, timezone(timedelta(hours=1)))) == "2026-12-01T18:00:00Z"


@pytest.mark.parametrize("text", ["", "soon", "2026-12-01", "2026-12-01T18:00:00", "2026-13-01T00:00:00Z"])
def test_a_time_without_its_offset_is_refused(text):
    with pytest.raises(ValueError, match="with its offset"):
        instant(text)


def test_now_has_an_offset():
    assert now().tzinfo is UTC
