"""What the tests of the host share: a founded society, and a command line in this process for quick questions."""

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from screens import Rounds, in_every_state
from societies import Ran, Society, founded, opened, serving
from visits import Browser

from host.cli.program import main

# A shell that starts the suite in the background has it ignore the interrupt, and every server would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def society(tmp_path: Path) -> Society:
    return founded(tmp_path / "society")


@pytest.fixture
def usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str], usual_umask: None) -> Callable[..., Ran]:
    """One command in this process: quicker than a real one, and with warnings as errors."""

    def asked(*arguments: object) -> Ran:
        capsys.readouterr()
        with pytest.raises(SystemExit) as done:
            main([str(argument) for argument in arguments])
        code = done.value.code
        printed = capsys.readouterr()
        return Ran(code if isinstance(code, int) else int(code is not None), printed.out, printed.err)

    return asked


@pytest.fixture
def told(ask: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """What a command that succeeds reports of a society, in this process."""

    def telling(society: Society, *arguments: object) -> Any:
        monkeypatch.chdir(society.folder)
        ran = ask(*arguments, "--json")
        assert ran.code == 0, ran
        return json.loads(ran.out)

    return telling


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all visits."""
    started = Browser()
    yield started
    started.close()


@pytest.fixture(scope="session")
def online(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleNamespace]:
    """A society online, with an open round of every kind of question and one of three short ones."""
    society = founded(tmp_path_factory.mktemp("online") / "society")
    seven = Path(__file__).with_name("seven_kinds.toml").read_text(encoding="utf-8")
    kinds = opened(society, "kinds", form=seven, by=(("industry",),), min_cohort=5, respondents=300, epsilon=2.0)
    pulse = opened(society, "pulse", epsilon=0.5)
    with serving(society, "registrar", "intake", "site"):
        yield SimpleNamespace(society=society, kinds=kinds, pulse=pulse)


@pytest.fixture(scope="session")
def rounds(online: SimpleNamespace) -> Rounds:
    """Beside the open ones, a round in every other state, and a release."""
    return in_every_state(online.society, online.kinds, online.pulse)
