"""Node with the client's locked packages: whether it is to be had here, and the client's modules in it."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[3]
CLIENT = REPOSITORY / "survey" / "client"
BUNDLE = REPOSITORY / "survey" / "pages" / "static" / "client.js"
CASE = REPOSITORY / "survey" / "case" / "case.js"
NEEDED = 20
Run = Callable[..., subprocess.CompletedProcess[str]]


class Client:
    """The client's own modules in a Node process: one task a line, one answer a line. Bytes are hex."""

    def __init__(self, program: Path) -> None:
        command = ["node", "--no-warnings=ExperimentalWarning", str(program)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __call__(self, task: str, **asked: Any) -> dict[str, Any]:
        pipe, answers = self._process.stdin, self._process.stdout
        assert pipe is not None
        assert answers is not None
        pipe.write(json.dumps({"task": task, **asked}) + "\n")
        pipe.flush()
        answer: dict[str, Any] = json.loads(answers.readline())
        return answer

    def close(self) -> None:
        self._process.communicate(timeout=10)


def run(*command: str, timeout: int = 300) -> subprocess.CompletedProcess[str]:
    """In survey/client, without options that someone's shell would give to Node."""
    environment = {key: value for key, value in os.environ.items() if key != "NODE_OPTIONS"}
    return subprocess.run(
        command, cwd=CLIENT, env=environment, capture_output=True, text=True, timeout=timeout, check=False
    )


def why_not() -> str | None:
    """Why the client cannot be built here, in a few words, or None."""
    return _missing_node() or _missing_packages()


def _missing_node() -> str | None:
    if shutil.which("node") is None or shutil.which("npm") is None:
        return "there is no node and npm on this machine"
    version = run("node", "--version").stdout.strip()
    old = int(version.lstrip("v").partition(".")[0]) < NEEDED
    return f"node is {version}, and {NEEDED} or newer is needed" if old else None


def _missing_packages() -> str | None:
    """Installs what the lock says, unless it is there already. No package's own scripts are run."""
    if run("npm", "ls", "--all").returncode == 0:
        return None
    try:
        installed = run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
    except subprocess.TimeoutExpired:
        return "`npm ci` in survey/client comes to no end here"
    return None if installed.returncode == 0 else "`npm ci` in survey/client does not work here"
