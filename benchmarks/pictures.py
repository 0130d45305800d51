"""A release of twenty questions by five cohort sets: how long it takes, how large its page is, what pictures add."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median
from typing import Any
from unittest.mock import patch

from markupsafe import Markup

from benchmarks.a_release import Parts, made_of
from benchmarks.a_round import new_keys
from benchmarks.ratios import report, seconds
from reports.pictures.drawing import forget
from reports.pictures.placing import EXAMPLE_PLACE, Placing
from reports.release import build_release
from reports.versions import installed_versions

QUESTIONS, COHORTS, PEOPLE, TURNS = 20, 5, 6000, 3
SECONDS, BYTES = 10.0, 1_500_000  # what a release may take, and how large its page may be


def run() -> None:
    parts = made_of(new_keys(), QUESTIONS, COHORTS, PEOPLE)
    size = len(_built(parts)["index.html"])  # once before the clock runs: the first drawing starts the engine
    drawn, bare = [], []
    for _ in range(TURNS):
        with patch.object(Placing, "page", _no_pictures):
            bare.append(seconds(lambda: _built(parts)))
        forget()
        drawn.append(seconds(lambda: _built(parts)))
    took = median(drawn)
    print(
        f"A release of {QUESTIONS} questions by {COHORTS} cohort sets: {took:.1f} s "
        f"(target under {SECONDS:g} s: {_verdict(took < SECONDS)}), its page {size / 1e6:.2f} MB "
        f"(target under {BYTES / 1e6:g} MB: {_verdict(size < BYTES)})",
        flush=True,
    )
    rates, bare_rates = [1 / one for one in drawn], [1 / one for one in bare]
    report("Releases with pictures", "releases", rates, bare_rates, 0.5, "the same without pictures")


def _built(parts: Parts) -> Mapping[str, bytes]:
    return build_release(parts.served, None, parts.measurement, parts.entry, installed_versions())


def _no_pictures(*_: Any) -> Mapping[Any, Markup]:
    return {EXAMPLE_PLACE: Markup()}


def _verdict(met: bool) -> str:
    return "met" if met else "MISSED"
