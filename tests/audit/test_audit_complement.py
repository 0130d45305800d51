"""Complementary disclosure: what is hidden can be worked out from what is shown, and is then as noisy as published."""

import csv
import io
import json

import pytest

from audit.hurrying import hurrying
from audit.releases import Press
from audit.scenarios import THRESHOLD
from privacy.measurement import Measurement
from privacy.reconstruction import reconstruct


def test_a_hidden_cohort_worked_out_from_shown_ones_is_the_noisy_number_that_is_published_anyway():
    with hurrying():
        files = Press(THRESHOLD, False).release()
    rows = csv.DictReader(io.StringIO(files["tables.csv"].decode(), newline=""))
    sizes = {row["cohort"]: row for row in rows if not row["question"]}
    measurement = Measurement.from_json(json.loads(files["measurements.json"]))
    red, _, nobody = reconstruct(measurement)["@team"]

    worked_out = float(sizes[""]["unbiased"]) - float(sizes["blue"]["unbiased"])

    assert sizes["(no answer)"]["status"] == "hidden"
    assert worked_out == pytest.approx(red + nobody, abs=0.11)  # two numbers of one decimal each
