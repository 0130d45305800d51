"""The days of a round, as a page says them."""

from datetime import UTC, datetime, timedelta

from reports.wording import days, on_days

OPENS = datetime(2026, 11, 30, 8, tzinfo=UTC)


def test_a_round_of_one_day_is_on_that_day_and_a_longer_one_from_one_to_the_other() -> None:
    assert on_days(OPENS, OPENS + timedelta(hours=9)) == "on 30 November 2026"
    assert days(OPENS, OPENS + timedelta(hours=9)) == "30 November 2026"
    assert on_days(OPENS, OPENS + timedelta(days=2)) == "from 30 November 2026 to 2 December 2026"
    assert days(OPENS, OPENS + timedelta(days=2)) == "30 November 2026 to 2 December 2026"
