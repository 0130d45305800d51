from dataclasses import replace

import numpy as np
import pytest
from release_rounds import tiny_form

from privacy.threshold import HIDDEN, SHOWN
from reports.figures import judge
from reports.labels import Labels
from reports.page.kept import kept


def by_words(by):
    return " × ".join(Labels.of(tiny_form(), "en").questions[name] for name in by)


def numbers(words):
    return [float(number) for number in words.split(" to ")]


def test_what_came_out_stands_beside_what_was_promised(tiny_round):
    judged = judge(tiny_round.manifest, tiny_round.measurement)
    everyone, team = kept(tiny_round.manifest.promise, judged, by_words)
    assert (everyone.whom, team.whom) == ("For everyone", "By Team")
    for part, by in ((everyone, ()), (team, ("team",))):
        tables = [table for table in tiny_round.manifest.promise.tables if table.by == by and table.of]
        margins = [judged[t.name].estimate.margin_noise[judged[t.name].status == SHOWN] for t in tables]
        means = [100 * np.nanmean(one) for one in margins if np.isfinite(one).any()]
        assert numbers(part.promised) == pytest.approx(
            [100 * f(t.margin for t in tables) for f in (min, max)], abs=0.06
        )
        assert numbers(part.achieved)[0] == pytest.approx(min(means), abs=0.06)
        assert numbers(part.achieved)[-1] == pytest.approx(max(means), abs=0.06)
    assert everyone.whom in (page := tiny_round.files()["index.html"].decode())
    assert f"±{everyone.promised} promised, ±{everyone.achieved} came out" in page


def test_nothing_is_said_of_figures_that_are_not_shown(tiny_round):
    judged = judge(tiny_round.manifest, tiny_round.measurement)
    hidden = {name: replace(one, status=np.full(one.status.shape, HIDDEN)) for name, one in judged.items()}
    assert [part.achieved for part in kept(tiny_round.manifest.promise, hidden, by_words)] == ["", ""]


def test_noise_beyond_every_share_is_not_told_in_numbers(tiny_round):
    promise, judged = tiny_round.manifest.promise, judge(tiny_round.manifest, tiny_round.measurement)
    vague = tuple(replace(table, margin=None if table.margin is None else 17.5) for table in promise.tables)
    assert {part.promised for part in kept(replace(promise, tables=vague), judged, by_words)} == {"over 100"}
