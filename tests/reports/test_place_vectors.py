"""Where answers stand in an earlier release: the vectors that the respondent's page is held to."""

import json
from collections import Counter

import pytest
from place_vectors import FILE, as_text, new_round, place_vectors
from rfc8785 import dumps

STORED = json.loads(FILE.read_text(encoding="utf-8"))


def kinds(vectors):
    """How often a cell is shown or not, and a place is told or not."""
    groups = [group for one in vectors["people"] for question in one["place"].values() for group in question]
    cells = Counter(cell["shown"] for group in groups for cell in group["cells"])
    return cells, Counter(group["band"] is not None for group in groups if "band" in group)


def test_the_stored_vectors_are_what_their_measurement_gives():
    """After a wanted change: PYTHONPATH=. python tests/reports/place_vectors.py"""
    again = place_vectors(dumps(STORED["manifest"]), STORED["measurement"])
    assert FILE.read_text(encoding="utf-8") == as_text(again)


@pytest.mark.parametrize("which", ["stored", "new"])
def test_a_measured_round_has_figures_that_are_shown_and_figures_that_are_not(which):
    vectors = STORED if which == "stored" else place_vectors(*new_round())
    cells, bands = kinds(vectors)
    assert min(cells[True], cells[False], bands[True], bands[False]) > 0
