"""Workers that begin while their database is away."""

import logging

import pytest
from sqlalchemy.exc import OperationalError

from host.patience import PAUSE_SECONDS, patiently
from storage.opening import DatabaseUnavailable


def test_a_worker_waits_for_its_database_and_says_so_once(caplog: pytest.LogCaptureFixture) -> None:
    faults = [DatabaseUnavailable("intake"), OperationalError("a statement", {}, Exception("marked")), OSError(28)]
    pauses: list[float] = []

    def build() -> str:
        if faults:
            raise faults.pop(0)
        return "app"

    with caplog.at_level(logging.ERROR):
        assert patiently(build, pauses.append) == "app"

    assert pauses == [PAUSE_SECONDS] * 3
    assert caplog.messages == ["A worker waits for its database: DatabaseUnavailable"]


def test_what_no_waiting_mends_is_raised() -> None:
    def build() -> str:
        raise ValueError

    with pytest.raises(ValueError):
        patiently(build, lambda _: pytest.fail("waited"))
