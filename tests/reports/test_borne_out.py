"""What a whole release says of leaders and groups where nothing leads and no group differs."""

from collections.abc import Mapping
from math import sqrt

import numpy as np
import pytest
from simulated_releases import Simulated, form_of

from reports import distinct, leads
from reports.comparisons import Comparisons, comparisons
from reports.counted import Counted
from reports.figures import Judged

RUNS = 100
ALLOWED = 0.05 + 2.5 * sqrt(0.05 / RUNS)
FORM = form_of(cohorts=2, questions=8, answers=2)  # with more answers the first two are nearer to each other

Release = tuple[Counted, dict[str, Judged], Mapping[str, Comparisons]]


@pytest.fixture(scope="module")
def releases() -> list[Release]:
    """Intervals end coarsely here, nearer to the measured difference than they should: that only lets more pass."""
    with pytest.MonkeyPatch.context() as coarse:
        coarse.setattr("privacy.scores._HALVINGS", 2)
        rounds = Simulated(FORM, people=400, epsilon=4.0).rounds(RUNS)
        return [(counted, judged, comparisons(counted, judged)) for counted, judged in rounds]


def leaders(of: Release) -> int:
    """How many answers this release would say lead; all of it is false."""
    found = leads.leads(FORM, of[0], of[1])
    assert found.looked == 8
    return len(found.found)


def differences(of: Release) -> int:
    found = distinct.distinctions(of[0].workload, of[2])
    assert found.figures == 2 * 8 * 4 * 2  # cohort questions, questions, groups with those of no answer, answers
    return len(found.found)


def test_where_nothing_is_to_be_found_at_most_one_release_of_twenty_says_anything(releases: list[Release]) -> None:
    assert np.mean([leaders(one) + differences(one) > 0 for one in releases]) < ALLOWED


def test_without_a_margin_nearly_every_release_would_name_a_leader(
    releases: list[Release], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("privacy.ahead._limits", lambda first, second, *_: (first - second, 1.0))
    assert np.mean([leaders(one) > 0 for one in releases[:20]]) > 0.9


def test_if_every_question_were_looked_at_alone_too_many_releases_would_name_a_leader(
    releases: list[Release], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leads, "LEVEL", 0.05 * 8)
    assert np.mean([leaders(one) > 0 for one in releases]) > 2 * ALLOWED


def test_if_every_table_had_the_whole_chance_too_many_releases_would_name_a_group(
    releases: list[Release], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(distinct, "LEVEL", 0.05 * 16)
    assert np.mean([differences(one) > 0 for one in releases]) > 2 * ALLOWED
