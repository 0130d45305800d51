"""Vectors of a person's place in an earlier release, for the page that computes it: made from a real measurement.

``PYTHONPATH=. python tests/reports/place_vectors.py`` draws a new round and writes them again; a test holds them to the
code. What is expected comes from the measurement by the formulas of releases, and not from `tables.csv`.
"""

import json
import random
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
from release_rounds import WISHES, answers, make_round

from privacy.measurement import Measurement
from privacy.reconstruction import reconstruct
from privacy.shares import Z95, sampling_variance
from privacy.threshold import SHOWN
from privacy.variances import Variances
from privacy.workload import Table
from reports.figures import Judged, figures, judge
from reports.published import read_served_manifest
from reports.tables_csv import tables_csv
from survey.forms.axes import Axis, question_axes
from survey.forms.canonical import canonical_form
from survey.forms.codec import decode, encode
from survey.forms.loading import form_from_toml
from survey.forms.model import Amount, Choices, Okr, Question, Ranking, Scale, Score
from survey.rounds.manifest import Manifest

FILE = Path(__file__).parents[1] / "vectors" / "place.json"
PEOPLE = 12
FORM = """
id = "place"
title = "One question of each kind"
intro = "For tests."

[[page]]
title = "All of them"
why = "Figures are split by these."

[[page.question]]
id = "team"
kind = "choice"
label = "Team"
cohort = true
options = [{ id = "red", label = "Red" }, { id = "blue", label = "Blue" }, { id = "tiny", label = "Tiny" }]

[[page.question]]
id = "lead"
kind = "choice"
label = "Do you lead others?"
cohort = true
options = [{ id = "yes", label = "Yes" }, { id = "no", label = "No" }]

[[page.question]]
id = "tools"
kind = "choices"
label = "Tools"
at_most = 2
show_if = { question = "lead", any_of = ["yes"] }
options = [{ id = "saw", label = "Saw" }, { id = "axe", label = "Axe" }, { id = "none", label = "None", alone = true }]

[[page.question]]
id = "first"
kind = "ranking"
label = "What comes first"
top = 2
options = [{ id = "pay", label = "Pay" }, { id = "time", label = "Time" }, { id = "peace", label = "Peace" }]

[[page.question]]
id = "mood"
kind = "scale"
label = "Mood"
points = 5

[[page.question]]
id = "worn"
kind = "score"
label = "Worn out"
points = 5
bins = 4
items = [{ id = "tired", label = "Tired" }, { id = "far", label = "Far away" }]

[[page.question]]
id = "budget"
kind = "amount"
label = "Budget"
unit = "EUR a year"
edges = [10, 100, 1000]
zero = "Nothing"

[[page.question]]
id = "goals"
kind = "okr"
label = "Goals"
rows = 2
objectives = [{ id = "hire", label = "Hire" }, { id = "keep", label = "Keep" }]
key_results = [{ id = "days", label = "Days" }, { id = "cost", label = "Cost" }]
progress = [{ id = "done", label = "Done" }, { id = "late", label = "Late" }]
"""
SPLITS: tuple[tuple[str, ...], ...] = ((), ("team",), ("team", "lead"))


def place_vectors(served: bytes, measurement: Mapping[str, Any]) -> dict[str, Any]:
    """What ``tests/vectors/place.json`` holds, of a round that was measured so."""
    manifest, measured = read_served_manifest(served), Measurement.from_json(measurement)
    chance = random.Random("places")
    # By way of the record: its okr rows are in order.
    form = manifest.form
    people = [decode(form, encode(form, answers(form, chance))) for _ in range(PEOPLE)]
    reader = Reader(manifest, judge(manifest, measured), measured)
    return {
        "about": "A release's tables.csv, and where answers stand in it; margin: 95 %, of either end of a band.",
        "manifest": json.loads(served),
        "measurement": measurement,
        "form": canonical_form(form),
        "usable": manifest.promise.usable_margin,
        "tables": tables_csv(figures(manifest, measured)).decode(),
        "people": [{"answers": dict(one), "place": reader.place(one)} for one in people],
    }


@dataclass(frozen=True)
class Reader:
    """Finds answers in a measurement."""

    manifest: Manifest
    judged: Mapping[str, Judged]
    measured: Measurement

    def place(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Question id -> a group each: everyone, and hers wherever the question was split by it."""
        form = self.manifest.form
        return {
            question.id: [
                {"by": by, "cells": cells} | self._band(question, by, given)
                for by in SPLITS
                if question.id not in by and set(by) <= set(given)
                if (cells := list(self._cells(question, by, given)))
            ]
            for question in form.questions
            if question.id in given
        }

    def _cells(self, question: Question, by: Sequence[str], given: Mapping[str, Any]) -> Any:
        for axis, rank, answer in _said(question, given[question.id]):
            found = self.judged.get(f"{axis.id}@{','.join(by)}") or (self.judged.get(f"@{axis.id}") if not by else None)
            if found is None:
                continue
            at = (*self._cohort(by, given), axis.cells.index(answer))
            shown = found.status[at] == SHOWN
            numbers = [
                round(float(array[at]), 4) for array in (found.estimate.share, found.estimate.low, found.estimate.high)
            ]
            share, low, high = numbers if shown else (None, None, None)
            yield {"answer": answer, "rank": rank, "shown": bool(shown), "share": share, "low": low, "high": high}

    def _cohort(self, by: Sequence[str], given: Mapping[str, Any]) -> tuple[int, ...]:
        return tuple(question_axes(self.manifest.form.question(name))[0].cells.index(given[name]) for name in by)

    def _band(self, question: Question, by: Sequence[str], given: Mapping[str, Any]) -> dict[str, Any]:
        """Everything below her bracket, and up to its end, as a share of those in a bracket."""
        if not isinstance(question, Scale | Score | Amount):
            return {}
        (axis,) = question_axes(question)
        name, cohort = f"{axis.id}@{','.join(by)}", self._cohort(by, given)
        inside = len(axis.cells) - len(axis.outside)
        place = axis.cells.index(str(given[question.id]))
        values = reconstruct(self.measured)[name][cohort][:inside]
        ends = [self._end(name, values, below) for below in (place, place + 1)]
        margin = max(margin for _, margin in ends)
        if (
            not (self.judged[name].status[cohort][:inside] == SHOWN).all()
            or margin > self.manifest.promise.usable_margin
        ):
            return {"band": None, "margin": margin}
        return {"band": {"from": ends[0][0], "to": max(ends[0][0], ends[1][0])}, "margin": margin}

    def _end(self, name: str, values: Any, below: int) -> tuple[float, float]:
        """The share below a bracket and its margin, by the exact noise of its weighted sum over the axis."""
        workload = self.measured.workload
        table: Table = workload.table(name)
        whole, brackets = np.array(values.sum()), len(values)
        share = np.clip(values[:below].sum() / whole, 0.0, 1.0)
        weights = np.zeros(workload.axis(table.of[0]).size)
        weights[:brackets] = (np.arange(brackets) < below) - share
        weighed = {table.of[0]: weights}
        noise = Variances(workload, self.measured.scales).part(table, weighed, weighed) / whole**2
        sampling = sampling_variance(share, whole) if 0 < below < brackets else 0.0
        return float(share), Z95 * sqrt(float(noise + sampling))


def _said(question: Question, answer: Any) -> list[tuple[Axis, str, str]]:
    axes = question_axes(question)
    if isinstance(question, Ranking):
        return [(axes[index], str(index + 1), one) for index, one in enumerate(answer)]
    if isinstance(question, Okr):
        return [(axes[0], "", row[0]) for row in answer]
    said = answer if isinstance(question, Choices) else (str(answer),)
    return [(axes[0], "", one) for one in said]


def new_round() -> tuple[bytes, dict[str, Any]]:
    """A round of 300 with a group that is too small to show and figures that are too uncertain."""
    wishes = replace(WISHES, by=SPLITS[1:], usable_margin=0.2, epsilon=6.0)
    with tempfile.TemporaryDirectory() as folder:
        made = make_round(Path(folder), form_from_toml(FORM), wishes)
    return made.served, made.measurement.to_json()


def as_text(vectors: Mapping[str, Any]) -> str:
    """The file's bytes: a line for each part."""
    lines = (f"{json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}" for name, value in vectors.items())
    return "{\n" + ",\n".join(lines) + "\n}\n"


def doubtful(vectors: Mapping[str, Any]) -> bool:
    """Whether a margin is so near the usable one that the published decimals decide about it."""
    groups = (group for one in vectors["people"] for groups in one["place"].values() for group in groups)
    return any(abs(group["margin"] - vectors["usable"]) < 0.004 for group in groups if "margin" in group)


if __name__ == "__main__":
    drawn = place_vectors(*new_round())
    while doubtful(drawn):
        drawn = place_vectors(*new_round())
    FILE.write_text(as_text(drawn), encoding="utf-8")
    sys.stdout.write(f"{FILE.stat().st_size} bytes\n")
