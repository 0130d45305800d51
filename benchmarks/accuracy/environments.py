"""Peers, and an environment of its own for each: a venv under build/peers, made once and again when its pins change."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

PROJECT: Final = Path(__file__).resolve().parents[2]
SCRIPTS: Final = Path(__file__).parent / "peers"
CACHE: Final = PROJECT / "build" / "peers"


class NotInstalled(Exception):
    """A peer that cannot run here. `why`: the last lines of its installation."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Peer:
    """A library to compare with. `most`: respondents beyond which it is not run, and `because`."""

    id: str
    title: str
    settings: str
    most: int
    because: str = ""

    @property
    def script(self) -> Path:
        """What runs in its environment."""
        return SCRIPTS / f"on_{self.id}.py"

    @property
    def pins(self) -> Path:
        """Every package of its environment with its version."""
        return SCRIPTS / f"{self.id}.txt"


EVERYONE: Final = 1_000_000
PEERS: Final = (
    Peer("pipelinedp", "PipelineDP", "one aggregation, Gaussian, (ε, δ)", 5000, "it counts in Python"),
    Peer("diffprivlib", "diffprivlib", "histograms, (ε, δ) by its accountant", EVERYONE),
    Peer("mbi", "private-PGM (mbi), fixed marginals", "ρ split evenly, mirror descent", EVERYONE),
    Peer("aim", "AIM (OpenDP on mbi)", "ρ, its defaults", 5000, "each round refits its model"),
    Peer("tumult", "Tumult Analytics", "ρ split evenly, discrete Gaussian", 5000, "a Spark job a table"),
)  # fmt: skip


def python_of(peer: Peer) -> Path:
    """The interpreter of its environment, installed if it is not yet. Raises: NotInstalled.

    What pip said is kept beside the environment, in build/peers/<peer>.log.
    """
    home, log = CACHE / peer.id, CACHE / f"{peer.id}.log"
    python, stamp = home / "bin" / "python", home / "installed"
    wanted = sha256(peer.pins.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return python
    CACHE.mkdir(parents=True, exist_ok=True)
    stamp.unlink(missing_ok=True)
    steps: list[list[str | Path]] = [
        [sys.executable, "-m", "venv", home],
        [python, "-m", "pip", "--disable-pip-version-check", "install", "-r", peer.pins],
    ]
    with log.open("w", encoding="utf-8") as said:
        done = all(subprocess.run(step, stdout=said, stderr=said, check=False).returncode == 0 for step in steps)
    if not done:
        raise NotInstalled(_last_line(log))
    stamp.write_text(wanted, encoding="utf-8")
    return python


def _last_line(log: Path) -> str:
    said = [line.strip() for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    return said[-1] if said else "pip said nothing"
