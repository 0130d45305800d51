"""A respondent on a slow phone: what the browser itself needs from her click on, on top of the network.

Chromium makes the page's own thread four times slower. What the browser does on other threads (checking a signature,
drawing random numbers) keeps its speed; it is a small part. Every run is a new browser that has not compiled anything.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path
from statistics import median
from typing import Any, Final

from browsing.driver import drive, missing
from browsing.society import found_society

RUNS: Final = 5
RATE: Final = 4
TARGET_SECONDS: Final = 1.5
FORM: Final = "hr-benchmark"
PHONE: Final = {"width": 360, "height": 740}


def run() -> None:
    if lacking := missing():
        print(f"SENDING FROM A SLOW PHONE IS NOT MEASURED: there is no {', no '.join(lacking)}.", flush=True)
        return
    runs = measure(RUNS)
    _say("click on 'Send my answers' to 'Thank you'", (run["sent"] for run in runs), TARGET_SECONDS)
    _say("click on 'Use my code' to the first question", (run["pass"] for run in runs), None)


def measure(runs: int) -> list[dict[str, Any]]:
    """Each run: {"pass", "sent"}, and for each {"whole", "network", "requests"}. Units: milliseconds.

    pass: blind, ask the registrar, unblind, verify. sent: encode, seal, hand in.
    """
    with tempfile.TemporaryDirectory() as folder:
        society = found_society(Path(folder) / "society")
        society.open_round("bench", FORM, 300)
        with society.serving():
            links = society.invitations("bench", runs)
            return [drive("sending.mjs", {"link": link, "rate": RATE, "viewport": PHONE}) for link in links]


def _say(what: str, spans: Iterable[dict[str, float]], target: float | None) -> None:
    """The median of what is left without the network, and the network beside it."""
    all_spans = list(spans)
    own = median(span["whole"] - span["network"] for span in all_spans) / 1000
    network = median(span["network"] for span in all_spans) / 1000
    verdict = "" if target is None else f" (target under {target:g} s: {'met' if own < target else 'MISSED'})"
    print(
        f"Slow phone, CPU {RATE} times slower, {what}: {own:.2f} s without the network{verdict}, "
        f"which took {network:.2f} s more here",
        flush=True,
    )
