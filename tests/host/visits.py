"""Visits of respondents in a real Chromium: one process of it for all of them, each visit with an empty profile."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import Any

import pytest
from societies import Society

from host.inviting import make_invitations
from host.keys import read_sealing_key
from survey.rounds.manifest import Manifest
from survey.sealing import Status

CLIENT = Path(__file__).resolve().parents[2] / "survey" / "client"
CHROMIUM, NODE = shutil.which("chromium"), shutil.which("node")
MODULES = CLIENT / "node_modules"
MISSING = [
    name
    for name, there in {
        "Chromium": CHROMIUM,
        "node": NODE,
        "`npm ci` in survey/client": (MODULES / "playwright-core").is_dir() and (MODULES / "axe-core").is_dir(),
    }.items()
    if not there
]
in_a_browser = pytest.mark.skipif(bool(MISSING), reason=f"NO BROWSER TEST: there is no {', no '.join(MISSING)}")

PHONE, DESKTOP = {"width": 360, "height": 740}, {"width": 1280, "height": 900}
SENT = "Thank you. Your answers are in"
FOUND = "You have been here before"
Steps = list[list[Any]]


class Browser:
    """A Chromium and its driver, until closed."""

    def __init__(self, netlog: Path | None = None) -> None:
        self._netlog = netlog
        self._driver = subprocess.Popen(
            [str(NODE), str(Path(__file__).with_name("whole_way.mjs"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def tries(
        self,
        address: str,
        steps: Steps,
        viewport: dict[str, int] = PHONE,
        scheme: str = "light",
        helps: Mapping[str, Callable[[], Any]] = MappingProxyType({}),
        **more: Any,
    ) -> SimpleNamespace:
        """Take the steps; what was seen, with a `failure` if a step could not be taken.

        helps: what is done, and given back to the browser, at a step ["help", NAME].
        more: before (steps before the address is opened), zoom (device pixels a CSS pixel), script (false: none runs).
        """
        shots = os.environ.get("SUBROSA_SCREENSHOTS")
        plan = {
            "client": str(CLIENT / "package.json"),
            "chromium": CHROMIUM,
            "link": address,
            "steps": steps,
            "viewport": viewport,
            "scheme": scheme,
            "shots": shots and str(Path(shots) / f"{viewport['width']}-{scheme}"),
            "axe": str(MODULES / "axe-core" / "axe.min.js"),
            "netlog": self._netlog and str(self._netlog),
        } | more
        told = self._say(plan)
        while "help" in told:
            told = self._say(helps[told["help"]]())
        return SimpleNamespace(**told)

    def _say(self, what: Any) -> dict[str, Any]:
        """One line to the driver, one line back."""
        assert self._driver.stdin is not None
        assert self._driver.stdout is not None
        self._driver.stdin.write(json.dumps(what) + "\n")
        self._driver.stdin.flush()
        line = self._driver.stdout.readline()
        assert line, "the browser's driver has ended"
        told: dict[str, Any] = json.loads(line)
        return told

    def visit(self, address: str, steps: Steps, *rest: Any, **more: Any) -> SimpleNamespace:
        """The same, where every step has to work."""
        seen = self.tries(address, steps, *rest, **more)
        assert not hasattr(seen, "failure"), (seen.failure, seen.text, seen.console)
        return seen

    def close(self) -> None:
        self._driver.communicate(timeout=30)
        assert self._driver.returncode == 0


def link(society: Society, manifest: Manifest) -> str:
    """A new invitation."""
    (made,) = make_invitations(society.house, society.house.rounds.find(manifest.id), 1, links=True)
    return made


def code_in(address: str) -> str:
    return address.rpartition(".")[2]


def opened_ballots(society: Society, manifest: Manifest) -> list[tuple[bytes, Status]]:
    """What the tally finds when it opens the box: records and whether they are answers, in no order of arrival."""
    key = read_sealing_key(society.house.tally_keys, manifest.sealing_key)
    found = []
    for nonce, _revision, authenticator, sealed in society.box.ballots(manifest.id_bytes):
        assert manifest.verifier.accepts(nonce, authenticator)
        response = key.open(sealed, manifest.id_bytes, nonce)
        found.append((response.record, response.status))
    return found


def faults(seen: SimpleNamespace) -> list[str]:
    """What the browser complained of; that a service said no (403, 404, 409, 410) is no fault."""
    return [line for line in seen.console if "server responded with a status of 4" not in line]


def found(looks: list[dict[str, Any]]) -> dict[tuple[str, str], list[str]]:
    """What axe said, and what was cut off, by screen and kind of window."""
    return {(look["kind"], look["view"]): look["found"] for look in looks if look["found"]}
