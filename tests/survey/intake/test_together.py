"""Threads whose work is done together: each gets its own result, none waits without need, and a fault frees all."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from survey.intake.together import Together


class Gate:
    """Work that waits until it is let through, and notes what it was given."""

    def __init__(self):
        self.open, self.begun = threading.Event(), threading.Event()
        self.taken = []

    def __call__(self, items):
        self.taken.append(list(items))
        self.begun.set()
        assert self.open.wait(10)
        if "fault" in items:
            raise OSError("the disk is full")
        return [item * 2 for item in items]


def behind(together, gate, items):
    """The first item is under way; all others have come meanwhile. Gives their futures."""
    pool = ThreadPoolExecutor(len(items))
    futures = [pool.submit(together.do, items[0])]
    assert gate.begun.wait(10)
    for count, item in enumerate(items[1:], 1):
        futures.append(pool.submit(together.do, item))
        until(lambda count=count: len(together._waiting) == count)
    pool.shutdown(wait=False)
    return futures


def until(true):
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_whoever_comes_alone_is_served_at_once():
    gate = Gate()
    gate.open.set()
    together = Together(gate)
    assert [together.do("a"), together.do("b")] == ["aa", "bb"]
    assert gate.taken == [["a"], ["b"]]


def test_what_comes_while_work_is_under_way_is_done_together_and_each_gets_its_own():
    gate = Gate()
    futures = behind(Together(gate), gate, ["a", "b", "c", "d"])
    gate.open.set()
    assert [future.result(10) for future in futures] == ["aa", "bb", "cc", "dd"]
    assert gate.taken == [["a"], ["b", "c", "d"]]


def test_no_more_than_the_most_are_done_together_and_the_rest_comes_next():
    gate = Gate()
    futures = behind(Together(gate, most=2), gate, ["a", "b", "c", "d"])
    gate.open.set()
    assert [future.result(10) for future in futures] == ["aa", "bb", "cc", "dd"]
    assert gate.taken == [["a"], ["b", "c"], ["d"]]


def test_a_fault_reaches_all_whose_work_it_was_and_nobody_else():
    gate = Gate()
    together = Together(gate)
    futures = behind(together, gate, ["a", "b", "fault"])
    gate.open.set()
    assert futures[0].result(10) == "aa"
    for future in futures[1:]:
        with pytest.raises(OSError, match="full"):
            future.result(10)
    assert together.do("later") == "laterlater"


def test_a_fault_of_one_reaches_it_alone():
    together = Together(lambda items: [OSError("the disk is full") if item == "fault" else item * 2 for item in items])
    first, fault, last = [together.begin(item) for item in ("a", "fault", "b")]
    assert (first(), last()) == ("aa", "bb")
    with pytest.raises(OSError, match="full"):
        fault()


def test_under_many_threads_everything_is_done_exactly_once():
    done = []

    def work(items):
        done.extend(items)
        return [item + 1 for item in items]

    together = Together(work, most=3)
    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(together.do, range(2000))) == list(range(1, 2001))
    assert sorted(done) == list(range(2000))


def test_what_one_thread_begins_is_done_together_when_it_asks_for_the_first_result():
    gate = Gate()
    gate.open.set()
    together = Together(gate)
    results = [together.begin(item) for item in "abc"]
    assert gate.taken == []
    assert [result() for result in results] == ["aa", "bb", "cc"]
    assert gate.taken == [["a", "b", "c"]]
    assert together.do("d") == "dd"


def test_one_thread_may_begin_more_than_the_most_and_ask_in_any_order():
    gate = Gate()
    gate.open.set()
    together = Together(gate, most=2)
    results = [together.begin(item) for item in "abcde"]
    assert [result() for result in reversed(results)] == ["ee", "dd", "cc", "bb", "aa"]
    assert gate.taken == [["a", "b"], ["c", "d"], ["e"]]


def test_what_nobody_asks_for_keeps_nobody_waiting():
    gate = Gate()
    together = Together(gate)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(together.do, "a")
        assert gate.begun.wait(10)
        together.begin("forgotten")
        second = pool.submit(together.do, "b")
        until(lambda: len(together._waiting) == 2)
        gate.open.set()
        assert (first.result(10), second.result(10)) == ("aa", "bb")
    assert gate.taken == [["a"], ["forgotten", "b"]]
    assert together.do("c") == "cc"


def test_groups_begun_by_many_threads_are_done_exactly_once():
    done = []

    def work(items):
        done.extend(items)
        return [item + 1 for item in items]

    together = Together(work, most=5)

    def group(start):
        results = [together.begin(start + step) for step in range(4)]
        return [result() for result in results]

    with ThreadPoolExecutor(16) as pool:
        found = [one for some in pool.map(group, range(0, 2000, 4)) for one in some]
    assert found == list(range(1, 2001))
    assert sorted(done) == list(range(2000))
