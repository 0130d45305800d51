"""Waiting when a service asks for it."""

import threading

import pytest

from survey.respondent.waiting import LONGEST_PAUSE, Waiting, pause_asked_for


@pytest.mark.parametrize(
    ("status", "retry_after", "pause"),
    [
        (429, "7", 7),
        (429, " 7 ", 7),
        (429, None, 5),
        (429, "Wed, 21 Oct 2026 07:28:00 GMT", 5),
        (429, "-1", 5),
        (429, "0", 1),
        (429, "٣", 5),
        (503, "30", 30),
        (503, "99999", LONGEST_PAUSE),
        (429, "9" * 5000, 5),
        (503, None, None),
        (502, None, None),
        (504, "2", 2),
        (500, "7", None),
        (401, "7", None),
        (200, "7", None),
    ],
)
def test_it_waits_as_long_as_asked_and_never_for_ever(status, retry_after, pause):
    assert pause_asked_for(status, retry_after) == pause


def test_whoever_waits_can_be_told_to_stop():
    waiting, went_on = Waiting(), []
    assert waiting.pause(0)
    assert not waiting.now
    threads = [threading.Thread(target=lambda: went_on.append(waiting.pause(60))) for _ in range(2)]
    for thread in threads:
        thread.start()
    while waiting._threads < 2:
        pass
    assert waiting.now
    waiting.end()
    for thread in threads:
        thread.join(10)
    assert went_on == [False, False]
    assert not waiting.now
