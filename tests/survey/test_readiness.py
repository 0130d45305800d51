"""Whether a role can do its work now: looked up once a second at most, however many ask and however long it takes."""

import threading

import pytest
from stopped_clock import StoppedClock

from survey.readiness import FRESH_SECONDS, STALE_SECONDS, Readiness


class Check:
    """A check that is counted, and works or not as a test wants."""

    def __init__(self):
        self.works, self.looks = True, 0

    def __call__(self):
        self.looks += 1
        if not self.works:
            raise OSError(28, "marked-path")


@pytest.fixture
def clock():
    return StoppedClock()


def test_it_names_what_fails_and_says_so_once(clock, caplog):
    disk, store = Check(), Check()
    readiness = Readiness({"disk": disk, "store": store}, clock)
    assert readiness.failing() == frozenset()
    disk.works = False
    for _ in range(3):
        clock.now += FRESH_SECONDS
        assert readiness.failing() == {"disk"}
    disk.works = True
    clock.now += FRESH_SECONDS
    assert readiness.failing() == frozenset()
    assert [record.getMessage() for record in caplog.records] == ["Not ready: disk."]


def test_asked_however_often_it_looks_once_a_second(clock):
    store = Check()
    readiness = Readiness({"store": store}, clock)
    for _ in range(100):
        readiness.failing()
        clock.now += FRESH_SECONDS / 50
    assert store.looks == 2


def test_a_check_that_hangs_holds_up_one_request_and_then_counts_as_failing(clock):
    hanging, let_go, within = threading.Event(), threading.Event(), threading.Event()

    def check():
        if hanging.is_set():
            within.set()
            assert let_go.wait(10)

    readiness = Readiness({"store": check}, clock)
    assert readiness.failing() == frozenset()
    hanging.set()
    clock.now += FRESH_SECONDS
    asker = threading.Thread(target=readiness.failing)
    asker.start()
    assert within.wait(10)
    assert readiness.failing() == frozenset()  # what was known a second ago
    clock.now += STALE_SECONDS
    assert readiness.failing() == {"store"}
    let_go.set()
    asker.join(10)
    assert readiness.failing() == frozenset()


def test_before_anything_is_known_everybody_waits_for_whoever_looks_first(clock):
    let_go, within, told = threading.Event(), threading.Event(), []

    def check():
        within.set()
        assert let_go.wait(10)

    readiness = Readiness({"store": check}, clock)
    askers = [threading.Thread(target=lambda: told.append(readiness.failing())) for _ in range(3)]
    for asker in askers:
        asker.start()
    assert within.wait(10)
    let_go.set()
    for asker in askers:
        asker.join(10)
    assert told == [frozenset()] * 3
