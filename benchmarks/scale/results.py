"""What was found, as one table and as JSON: each line with its target, and whether it was met."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from benchmarks.scale.cores import cores
from benchmarks.scale.intake import Rates
from benchmarks.scale.many import Command
from benchmarks.scale.memory import gigabytes
from benchmarks.scale.tallying import Counting

HALF = 0.5  # of pgbench's rate, with the one verification of a signature taken off
PER_CORE, ON_DASK = 0.75, 0.65
MEMORY = 1.5e9
AFTER_SECONDS = 30.0
LINEAR = 0.8  # a response of the largest box may take 1 / 0.8 as long as one of a tenth


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the table. met: None where there is no target."""

    what: str
    found: str
    against: str
    target: str
    met: bool | None

    def to_markdown(self) -> str:
        verdict = {True: ", met", False: ", **missed**", None: ""}[self.met]
        return f"| {self.what} | {self.found} | {self.against} | {self.target}{verdict} |"


def machine(settings: dict[str, str]) -> str:
    """What the figures were taken on; settings: of the PostgreSQL server."""
    said = ", ".join(f"{name} {value}" for name, value in settings.items())
    here = f"{cores()} processors ({platform.machine()}), Python {platform.python_version()}"
    return f"{here}; PostgreSQL: {said}; SQLite: write-ahead log, synchronous FULL."


def of_intake(rates: Rates) -> Line:
    ours, bare = median(rates.ours), median(rates.bare)
    what = f"submissions a second, {rates.engine}, {_many(rates.processes, 'process')}"
    found = f"{ours:,.0f} (99 of 100 within {1000 * median(rates.waits):.0f} ms)"
    verifying = f"{1e6 * median(rates.verifying):.0f} µs of verifying taken off: {rates.ratio_unverified:.2f}"
    against = f"pgbench {bare:,.0f}: ratio {rates.ratio:.2f}; {verifying}"
    return Line(what, found, against, f"at least {HALF}", rates.ratio_unverified >= HALF)


def of_counting(one: Counting, largest: bool = True) -> Line:
    """largest: whether this is the box that the target is about; in a small one the start of processes weighs more."""
    target = ON_DASK if one.engine.startswith("Dask") else PER_CORE
    what = f"tally of {one.count:,}, {one.engine}, a second and core"
    against = f"bare loop {one.bare:,.0f}: ratio {one.ratio:.2f}"
    found = f"{one.rate:,.0f} ({one.seconds:,.1f} s)"
    return Line(what, found, against, f"at least {target}" if largest else "", one.ratio >= target if largest else None)


def of_growth(found: list[Counting]) -> Iterator[Line]:
    """From the smallest box to the largest, by one engine."""
    for one in found:
        what = f"memory at most, tally of {one.count:,}, all processes"
        yield Line(what, gigabytes(one.peak), "", f"at most {gigabytes(MEMORY)}", one.peak <= MEMORY)
    least, most = found[-2:]
    # Against the bare loops beside each, which a busier machine slows down as well.
    kept = most.ratio / least.ratio
    what = f"a response of {most.count:,} as fast as one of {least.count:,}"
    yield Line(what, f"{kept:.2f} of it", "each against its bare loop", f"at least {LINEAR}", kept >= LINEAR)


def of_after(one: Counting) -> Line:
    total = one.after["measure"] + one.after["publish"]
    found = f"{total:.1f} s: measuring {one.after['measure']:.1f}, publishing {one.after['publish']:.1f}"
    return Line(f"after counting {one.count:,}", found, "", f"at most {AFTER_SECONDS:.0f} s", total <= AFTER_SECONDS)


def of_command(one: Command) -> Line:
    return Line(f"`{one.name}`, {one.engine}, {one.count:,}", f"{one.seconds:.1f} s", "", gigabytes(one.peak), None)


def write(path: Path, about: str, lines: list[Line]) -> None:
    """Whatever is there already is replaced."""
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {"machine": about, "cpus": os.cpu_count(), "lines": [asdict(line) for line in lines]}
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def table(about: str, lines: list[Line]) -> str:
    head = "| what | found | against | target |\n|---|---|---|---|"
    return "\n".join([about, "", head, *(line.to_markdown() for line in lines)])


def _many(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}es"
