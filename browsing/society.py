"""An invented society, founded and served as a host would do it: through the command line, by real processes."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

import urllib3

from host.ports import free_port
from host.supervising import stop_all
from survey.rounds.times import now, stamp

NAME: Final = "People at Work Society"
CONTACT: Final = "hello@society.example"
_FIRST_PORTS: Final = {"site": 8000, "registrar": 8001, "intake": 8002}
_OPERATORS: Final = ("The Northern Guild", "Workplace Data Trust", "The hosts of the society")
_WAIT_SECONDS: Final = 30


class SocietyFailed(RuntimeError):
    """A command or a service of the invented society did not do what it should; the message is what it said."""


@dataclass(frozen=True, slots=True)
class Society:
    """A folder with a society in it, and the addresses that its three services have while they are served."""

    folder: Path
    urls: dict[str, str]

    def does(self, *arguments: str) -> str:
        """What a command prints. Raises: SocietyFailed."""
        command = [sys.executable, "-m", "host.cli", *arguments]
        ran = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
        if ran.returncode != 0:
            raise SocietyFailed(ran.stderr.strip())
        return ran.stdout

    def open_round(self, name: str, form: str, respondents: int, *more: str) -> None:
        """A round that is open now, for a month; `more` are further options of `round open`."""
        closes = stamp(now() + timedelta(days=30))
        given = ("--form", form, "--name", name, "--respondents", str(respondents), "--closes", closes)
        self.does("round", "open", *given, *more)

    def invitations(self, name: str, count: int) -> list[str]:
        """Links with a fresh code each."""
        made = self.folder / f"links-{name}.txt"
        made.unlink(missing_ok=True)
        self.does("invite", name, "--count", str(count), "--links", "--out", str(made))
        return made.read_text(encoding="utf-8").split()

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Registrar, intake and site, from when they answer until the block ends. Raises: SocietyFailed."""
        children = [self._start(role) for role in self.urls]
        try:
            for role, url in self.urls.items():
                if not _answers(url):
                    raise SocietyFailed(f"The {role} did not start. {self._log(role).read_text(encoding='utf-8')}")
            yield
        finally:
            stop_all(children)

    def _start(self, role: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "host.cli", "serve", "--role", role]
        with self._log(role).open("wb") as log:
            return subprocess.Popen(command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def _log(self, role: str) -> Path:
        return self.folder / f"{role}.log"


def found_society(folder: Path) -> Society:
    """A new society in a folder that does not exist yet, on free ports of this machine, run by three parties."""
    urls = {role: f"http://127.0.0.1:{free_port()}" for role in _FIRST_PORTS}
    folder.parent.mkdir(parents=True, exist_ok=True)
    Society(folder.parent, {}).does("init", folder.name)
    config = folder / "subrosa.toml"
    text = config.read_text(encoding="utf-8").replace('name = "Our society"', f'name = "{NAME}"')
    text = text.replace("how to reach us", CONTACT)
    for operator in _OPERATORS:
        text = text.replace('operator = "Our society"', f'operator = "{operator}"', 1)
    for role, port in _FIRST_PORTS.items():
        text = text.replace(f"127.0.0.1:{port}", urls[role].removeprefix("http://"))
    config.write_text(text, encoding="utf-8")
    return Society(folder, urls)


def _answers(url: str) -> bool:
    """Whether something answers there before the patience ends."""
    deadline = time.monotonic() + _WAIT_SECONDS
    while time.monotonic() < deadline:
        try:
            urllib3.request("GET", f"{url}/", headers={"Connection": "close"}, retries=False, timeout=2)
        except urllib3.exceptions.HTTPError:
            time.sleep(0.1)
        else:
            return True
    return False
