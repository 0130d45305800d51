"""The audited round: its releases are real ones, and nobody could be more visible in it than the canary."""

import numpy as np
import pytest

import privacy.measure
from aggregation.promise import plan_of
from audit.hurrying import hurrying
from audit.promised import _exact, promised
from audit.releases import Press
from audit.replacing import replaced
from audit.scenarios import SHOWN, THRESHOLD
from privacy.residuals import l2_squared
from reports.dataset.assembled import MADE
from reports.dataset.files import DESCRIPTIONS

LEFT_OUT = {"case.html", "codebook.json", "index.html", "SHA256SUMS", *MADE, *DESCRIPTIONS}


def test_hurrying_changes_no_byte_of_what_is_read():
    with replaced(privacy.measure, "add_noise", lambda _real: lambda cells, *_: cells.copy()):
        slowly = Press(SHOWN, True).release()
        with hurrying():
            press = Press(SHOWN, True)
            press.release()
            quickly = press.release()

    assert set(quickly) == set(slowly)
    assert {name for name in slowly if slowly[name] != quickly[name]} == LEFT_OUT


def test_each_release_is_the_first_of_its_ledger_with_noise_of_its_own():
    with hurrying():
        press = Press(SHOWN, True)
        first, second = press.release(), press.release()

    assert b'"seq": 1,' in first["release.json"]
    assert b'"seq": 1,' in second["release.json"]
    assert first["measurements.json"] != second["measurements.json"]


def test_the_canary_moves_everything_as_far_as_the_promise_allows():
    manifest = SHOWN.manifest()
    workload, allocation = plan_of(manifest.form, manifest.promise)
    without, with_ = _exact(SHOWN, False), _exact(SHOWN, True)

    told = {axes: float(((with_[axes] - without[axes]) ** 2).sum()) for axes in with_}

    assert told == {entry.axes: l2_squared(workload, entry.axes) for entry in allocation.entries}
    mu = sum(told[entry.axes] / entry.scale**2 for entry in allocation.entries) ** 0.5
    assert mu == pytest.approx(promised(manifest).mu, rel=1e-9)


def test_at_the_threshold_the_canary_decides_whether_the_minimum_is_reached():
    form, minimum = THRESHOLD.manifest().form, THRESHOLD.wishes.min_cohort
    reds = [int((THRESHOLD.records(canary)[:, 0] == 1).sum()) for canary in (False, True)]

    assert form.questions[0].id == "team"
    assert reds == [minimum - 1, minimum]


def test_the_others_are_the_same_with_the_canary_and_without():
    with_, without = SHOWN.records(True), SHOWN.records(False)

    assert np.array_equal(with_[:-1], without)
