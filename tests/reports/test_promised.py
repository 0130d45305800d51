"""A promise that cannot be kept, or does not hold together, has no release, whoever signed it."""

from dataclasses import replace
from pathlib import Path

import pytest
from release_rounds import HOST_KEY, Round, charged_for
from test_release_external import external_round

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


def on_term(made: Round, **change: object) -> Round:
    """The same under another term, to which the ledger charged as well."""
    promise = made.manifest.promise
    term = replace(promise.term, **change)
    charged = {"term": f"{term.start}/{term.end}", "term_epsilon": term.epsilon, "term_delta": term.delta}
    return under(replace(made, entry=replace(made.entry, **charged)), replace(promise, term=term))


def test_a_term_that_grants_less_than_was_charged_is_refused(tiny_round: Round) -> None:
    on_term(tiny_round, epsilon=3.0).files()  # all of it, for this round alone
    with pytest.raises(ReleaseError, match="whole term"):
        on_term(tiny_round, epsilon=2.9).files()


def test_external_answers_are_charged_before_their_term_ends(tmp_path: Path) -> None:
    external = external_round(tmp_path)
    assert on_term(external, end=external.entry.day).files()
    with pytest.raises(ReleaseError, match="after the term"):
        on_term(external, end="2026-04-01").files()


def test_a_round_is_charged_to_the_term_it_promised_even_if_that_has_ended(tiny_round: Round) -> None:
    assert on_term(tiny_round, end="2026-04-01").files()
