"""Of the processes of a role one rewrites the database, all forget, and none waits for another."""

import os
import threading
import time
from contextlib import ExitStack
from dataclasses import replace

import pytest
from societies import until
from sqlalchemy import make_url
from test_host_config import EXAMPLE

from host.config import load_config
from host.roles import _settling
from host.settling import Settling, keep_settled


class Store:
    """Counts how often it was rewritten, and can take its time, or fail."""

    def __init__(self):
        self.settled, self.fault, self.within, self.let_go = 0, None, threading.Event(), threading.Event()
        self.let_go.set()

    def settle(self):
        self.within.set()
        assert self.let_go.wait(10)
        self.settled += 1
        if self.fault:
            raise self.fault

    def release(self):
        pass


@pytest.fixture
def kept():
    """`keep_settled`, ended with the test."""
    with ExitStack() as ends:
        yield lambda *given: ends.callback(keep_settled(*given).set)


@pytest.fixture
def journal(tmp_path):
    path = tmp_path / "store.sqlite-wal"
    path.write_bytes(b"order of arrival")
    return path


def test_while_one_process_rewrites_another_goes_on_without(journal):
    slow, other = Store(), Store()
    slow.let_go.clear()
    one = threading.Thread(target=Settling(slow, journal).now)
    one.start()
    assert slow.within.wait(10)
    assert Settling(other, journal).now() is None
    assert other.settled == 0
    slow.let_go.set()
    one.join(10)
    assert Settling(other, journal).now() is True


def test_a_process_that_dies_while_it_rewrites_leaves_no_lock_behind(journal):
    child = os.fork()
    if child == 0:
        store = Store()
        store.settle = lambda: os._exit(1)
        Settling(store, journal).now()
    os.waitpid(child, 0)
    assert Settling(Store(), journal).now() is True


def test_it_rewrites_at_the_start_and_then_where_something_came_and_tells_how_it_went(journal, kept):
    store, told = Store(), []
    kept(Settling(store, journal), 3600, lambda: None, told.append)
    assert (store.settled, told) == (1, [True])
    settling = Settling(store, journal)
    assert settling.if_needed() is True
    journal.write_bytes(b"")
    assert settling.if_needed() is None
    store.fault = OSError(28, "full")
    journal.write_bytes(b"order of arrival")
    assert settling.if_needed() is False
    assert store.settled == 3


def test_every_process_forgets_also_where_another_rewrites_or_there_is_nothing_to_rewrite(journal, kept):
    forgot = []
    with ExitStack() as held:
        slow = Store()
        slow.let_go.clear()
        one = threading.Thread(target=Settling(slow, journal).now)
        one.start()
        held.callback(one.join, 10)
        held.callback(slow.let_go.set)
        assert slow.within.wait(10)
        for number, settling in enumerate((Settling(Store(), journal), None)):
            kept(settling, 0.05, lambda number=number: forgot.append(number), lambda _well: None)
        until(lambda: {0, 1} <= set(forgot))


def test_what_fails_to_be_forgotten_once_is_forgotten_the_next_time(kept):
    tries = []

    def forget():
        tries.append(time.monotonic())
        raise OSError

    kept(None, 0.02, forget, lambda _well: None)
    until(lambda: len(tries) > 1)


def test_a_store_on_a_database_server_is_not_rewritten_while_it_serves(tmp_path):
    party, file = replace(load_config(EXAMPLE).intake, database=None), tmp_path / "intake.sqlite"
    assert _settling(Store(), party, file).journal == tmp_path / "intake.sqlite-wal"
    assert _settling(Store(), replace(party, database=make_url("postgresql:///intake")), file) is None
