"""Work within a time: what it gives, what it raises, and that nobody waits for it longer."""

import time
from threading import Event

import pytest

from host.time_limits import within


def test_work_that_is_done_in_time_gives_what_it_gives_or_raises() -> None:
    assert within(5, lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        within(5, lambda: 1 // 0)


def test_work_that_never_ends_is_left_and_late_work_is_not_begun() -> None:
    never, begun, start = Event(), Event(), time.monotonic()
    with pytest.raises(TimeoutError):
        within(0.05, lambda: never.wait(5))
    assert time.monotonic() - start < 2
    with pytest.raises(TimeoutError):
        within(-1, begun.set)
    assert not begun.wait(0.05)
    never.set()
