"""Chromium through playwright-core: whether it is to be had here, and one run of a script with it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

_HERE: Final = Path(__file__).parent
_CLIENT: Final = _HERE.parent / "survey" / "client"
_PACKAGES: Final = _CLIENT / "node_modules" / "playwright-core"
_SECONDS: Final = 300


class BrowserFailed(RuntimeError):
    """A script that did not come to its end; the message is what it said."""


def missing() -> list[str]:
    """What a browser needs and this machine lacks, in words."""
    needed = {
        "Chromium": shutil.which("chromium") is not None,
        "node": shutil.which("node") is not None,
        "`npm ci --ignore-scripts` in survey/client": _PACKAGES.is_dir(),
    }
    return [name for name, there in needed.items() if not there]


def drive(script: str, plan: dict[str, Any]) -> Any:
    """Run one of the scripts beside this file. `plan` is what it is to do; returns what it reports.

    Raises: BrowserFailed.
    """
    given = {"client": str(_CLIENT / "package.json"), "chromium": shutil.which("chromium")} | plan
    environment = {key: value for key, value in os.environ.items() if key != "NODE_OPTIONS"}
    ran = subprocess.run(
        ["node", str(_HERE / script)],
        input=json.dumps(given),
        env=environment,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    if ran.returncode != 0:
        raise BrowserFailed(ran.stderr.strip() or f"{script} ended with {ran.returncode}")
    return json.loads(ran.stdout)
