"""What tests of `subrosa measure` share: a society with answers, not yet measured or measured once."""

import shutil
from pathlib import Path

import pytest
from societies import PULSE, Society, founded, some_csv
from staff_answers import ROWS, quiet, wanted

from host.measuring import measure_answers


@pytest.fixture(scope="session")
def ready_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A society with a form and a table of answers."""
    society = founded(tmp_path_factory.mktemp("ready") / "society")
    society.write("pulse.toml", PULSE)
    society.write("answers.csv", some_csv(ROWS))
    named = society.config.read_text().replace("Our society", "Society of the Rose").replace("how to reach us", "us")
    society.config.write_text(named)
    return society.folder


@pytest.fixture(scope="session")
def measured_once(ready_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, with the answers measured as `staff`."""
    society = Society(Path(shutil.copytree(ready_once, tmp_path_factory.mktemp("measured") / "society")))
    measure_answers(society.house, wanted(society), quiet)
    return society.folder


@pytest.fixture
def ready(ready_once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Society:
    """Answers that were not measured, for one test alone; its folder is where commands run."""
    return _here(ready_once, tmp_path, monkeypatch)


@pytest.fixture
def measured(measured_once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Society:
    """Answers that were measured as `staff` and published in `out-staff`, likewise."""
    return _here(measured_once, tmp_path, monkeypatch)


def _here(model: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Society:
    society = Society(Path(shutil.copytree(model, folder / "society")))
    monkeypatch.chdir(society.folder)
    return society
