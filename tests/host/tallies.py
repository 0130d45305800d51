"""A tally that is run again and again and killed where one says, and what it drew each time, for a search."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import warm
from societies import Society

KILLED = -signal.SIGKILL
_SCRIPT = """
import json, os, signal, sys, time
from pathlib import Path
import privacy.measure
from host.house import House
from host.lifecycle import close
from host.tallying import run_tally
from survey.rounds.times import now

config, notes = Path(sys.argv[1]), Path(sys.argv[2])
usual, usual_draw = privacy.measure.canonical, privacy.measure._draw

def note(ending, line):
    with notes.with_suffix(ending).open("ab") as file:
        file.write(line + b"\\n")

def noted(drawn):
    document = usual(drawn)
    note(".drawn", document)
    return document

def counted(charge, counts, allocation, hook):
    exact = {"/".join(entry.axes): counts.marginal(entry.axes).tolist() for entry in allocation.entries}
    note(".counted", json.dumps(exact).encode())
    return usual_draw(charge, counts, allocation, hook)

privacy.measure.canonical, privacy.measure._draw = noted, counted

def fill(path):
    with open(path, "ab", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return

def once(last):
    house = House.at(config)
    published = house.rounds.find("spring")
    if last == "close":
        close(house, published, now(), early=True)
        return {}
    def hook(point):
        if point == last:
            os.kill(os.getpid(), signal.SIGKILL)
        if point == "stored" and last.startswith("fill "):
            fill(last.removeprefix("fill "))

    run_tally(house, published.manifest, None, lambda *_: None, hook)
    return {}

for line in sys.stdin:
    child = os.fork()
    if child == 0:
        try:
            said = once(line.strip())
        except Exception as error:
            said = {"error": type(error).__name__, "words": str(error)}
        sys.stdout.write(json.dumps(said) + "\\n")
        sys.stdout.flush()
        os._exit(0)
    if line.startswith("after "):
        time.sleep(float(line.removeprefix("after ")))
        os.kill(child, signal.SIGKILL)
    status = os.waitpid(child, 0)[1]
    print(os.waitstatus_to_exitcode(status), flush=True)
"""


@dataclass
class Tally:
    """A process that begins a new one for each run, so that what is loaded is loaded once."""

    process: warm.Popen
    notes: Path

    def run(self, last: str = "") -> dict[str, Any] | int:
        """Run it, to its end or until it is killed at the point `last`: what it says, or how it ended.

        `after SECONDS` kills it then; `fill FILE` fills the disk of that file when all is drawn and not yet committed.
        """
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{last}\n")
        self.process.stdin.flush()
        said = self.process.stdout.readline()
        if said.startswith("{"):
            assert self.process.stdout.readline() == "0\n"
            found: dict[str, Any] = json.loads(said)
            return found
        return int(said)

    @property
    def drafts(self) -> list[bytes]:
        """Every noisy document that was ever drawn, the oldest first: known to the test alone."""
        return self.notes.with_suffix(".drawn").read_bytes().splitlines()

    @property
    def counted(self) -> list[dict[str, Any]]:
        """What each draw was made from: exact counts by axes, known to the test alone."""
        return [json.loads(line) for line in self.notes.with_suffix(".counted").read_text().splitlines()]


@contextmanager
def tally_of(society: Society, notes: Path) -> Iterator[Tally]:
    """A tally that notes what it counts and draws in files outside of everything that is searched."""
    command = [sys.executable, "-c", _SCRIPT, str(society.config), str(notes)]
    with (notes.parent / "tally.log").open("wb") as log:
        process = warm.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        yield Tally(process, notes)
    finally:
        process.communicate(timeout=60)


def pieces_left(drafts: Sequence[bytes], kept: bytes, files: Mapping[str, bytes]) -> list[str]:
    """Which files hold a piece of a draft that is not the one that was kept: names only."""
    pieces = {piece for draft in drafts if draft != kept for piece in _pieces(draft) if piece not in kept}
    assert pieces or all(draft == kept for draft in drafts)
    return [name for name, content in files.items() if any(piece in content for piece in pieces)]


def _pieces(document: bytes, size: int = 20, count: int = 12) -> Iterable[bytes]:
    """Short pieces from everywhere in the noisy values; no two draws have one of these in common but by rare chance."""
    step = max(1, len(document) // count)
    return (document[start : start + size] for start in range(0, len(document) - size, step))


def everything_below(*folders: Path) -> dict[str, bytes]:
    """Every file that is there at this moment; some of a running server's vanish meanwhile."""
    found = {}
    for folder in folders:
        for place, _, names in os.walk(folder):
            for name in names:
                path = Path(place) / name
                try:
                    found[str(path)] = path.read_bytes()
                except OSError:
                    continue
    return found
