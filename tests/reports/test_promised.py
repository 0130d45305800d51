"""A promise that cannot be kept, or does not hold together, has no release, whoever signed it."""

from dataclasses import replace

import pytest
from release_rounds import HOST_KEY, Round, charged_for

from reports.errors import ReleaseError
from survey.rounds.manifest import sign_manifest
from survey.rounds.promise import Promise


def under(made: Round, promise: Promise) -> Round:
    """The same measurement under another promise, its entry and all signatures made anew."""
    manifest = replace(made.manifest, promise=promise)
    measurement = replace(made.measurement, round_id=manifest.id)
    entry = charged_for(measurement, replace(made.entry, round_id=manifest.id))
    return Round(manifest, sign_manifest(manifest, HOST_KEY), None, measurement, entry)


def test_a_promise_that_understates_what_it_gives_away_is_refused(tiny_round: Round) -> None:
    modest = replace(tiny_round.manifest.promise, question_epsilon=0.1)
    with pytest.raises(ReleaseError, match="another guarantee"):
        under(tiny_round, modest).files()


@pytest.mark.parametrize("change", [{"cohorts": 777}, {"shown": 50.0}])
def test_a_promise_of_cohorts_that_its_tables_do_not_have_is_refused(
    tiny_round: Round, change: dict[str, float]
) -> None:
    promise = tiny_round.manifest.promise
    under(tiny_round, promise).files()
    forged = replace(promise, tables=tuple(replace(table, **change) for table in promise.tables))
    with pytest.raises(ReleaseError, match="cohorts"):
        under(tiny_round, forged).files()
