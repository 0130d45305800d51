"""What long commands show while they work: a spinner in a terminal, after a while, and nothing anywhere else."""

import sys
from time import sleep

import pytest
from rich.status import Status

from host.cli.show import spinner


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The titles of spinners that were shown."""
    found: list[str] = []
    monkeypatch.setattr(Status, "start", lambda status: found.append(str(status.status)))
    return found


def waited(seconds: float, terminal: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a spinner that waits for 0.05 seconds."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    with spinner("Working", 0.05):
        sleep(seconds)


def test_work_that_lasts_has_a_spinner_in_a_terminal(started: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    waited(1.0, True, monkeypatch)
    assert started == ["Working"]


def test_work_that_is_soon_done_has_none(started: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    waited(0.0, True, monkeypatch)
    assert started == []


def test_a_file_or_a_program_that_reads_along_gets_none(started: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    waited(0.5, False, monkeypatch)
    assert started == []


def test_a_fault_in_the_work_is_passed_on(started: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with pytest.raises(KeyError), spinner("Working", 0.05):
        raise KeyError
