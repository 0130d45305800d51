"""A release of external answers: checked like any other, and never in the words of a round."""

import json
import re
from datetime import date

import numpy as np
import pytest
from page_reader import Page
from release_rounds import HOST_KEY, TERM, VERSIONS, WISHES, Round, make_manifest, publish, tiny_form

from aggregation.promise import make_promise, plan_of
from privacy.counts import ExactCounts
from privacy.ledger import Ledger, Term
from privacy.measure import Charge, measure
from reports.checking.verify import verify_release
from reports.errors import ReleaseError
from reports.release import build_release
from survey.rounds.external import ExternalManifest
from survey.rounds.manifest import sign_manifest


def external_round(folder, people=300) -> Round:
    """Answers that no round collected, measured: everybody is in the first cell of every table."""
    form = tiny_form()
    manifest = ExternalManifest(
        name="staff-2025",
        society="Society of the Rose",
        contact="host@example.org",
        form=form,
        host_key=HOST_KEY.public_key().public_bytes_raw(),
        promise=make_promise(form, WISHES, TERM),
    )
    workload, allocation = plan_of(form, manifest.promise)
    tables = {}
    for table in workload.tables:
        tables[table.name] = np.zeros(workload.shape(table.name), np.int64)
        tables[table.name].flat[0] = people
    ledger = Ledger.open(
        folder / "tally.sqlite",
        Term(date(2026, 1, 1), date(2026, 12, 31), TERM.epsilon, TERM.delta),
        lambda: date(2026, 4, 2),
    )
    measurement = measure(ledger, Charge(manifest.id, 30), ExactCounts(workload, tables), allocation)
    return Round(manifest, sign_manifest(manifest, HOST_KEY), None, measurement, ledger.entries()[-1])


@pytest.fixture(scope="module")
def external(tmp_path_factory):
    return external_round(tmp_path_factory.mktemp("external"))


@pytest.fixture(scope="module")
def below(tmp_path_factory):
    return external_round(tmp_path_factory.mktemp("below"), people=3)


_OF_A_ROUND = re.compile(
    r"registrar|intake|sealed|invit|asked from|the round|pass\b|three parties|promised before|anybody answered", re.I
)


def test_it_verifies_whole_and_says_what_is_not_established(tmp_path, external):
    verdict = verify_release(publish(tmp_path / "release", external.files()))
    assert verdict.whole
    assert verdict.source == "external"
    words = " ".join((*verdict.established, *verdict.not_established))
    assert "external answers" in words
    assert "not through Subrosa" in words
    assert "one person" in words
    assert "The host holds them" in words
    assert not _OF_A_ROUND.search(words)
    assert "destroyed" not in words


def test_a_release_of_a_round_keeps_its_own_words(tmp_path, tiny_round):
    verdict = verify_release(publish(tmp_path / "release", tiny_round.files()))
    assert verdict.source == "round"
    words = " ".join((*verdict.established, *verdict.not_established))
    assert "promised before the first answer" in words
    assert "external" not in words
    text = Page(tiny_round.files()["index.html"]).text
    assert "not collected through" not in text
    assert "before anybody answered" in text


@pytest.mark.parametrize("which", ["external", "below"])
def test_the_page_claims_no_collection(request, which):
    page = Page(request.getfixturevalue(which).files()["index.html"])
    assert page.open == []
    assert "These answers were not collected through Subrosa." in page.text
    assert "Nothing is claimed here of how they were collected" in page.text
    assert "holds them still" in page.text
    assert "one person" in page.text
    assert "2 April 2026" in page.text
    assert not _OF_A_ROUND.search(page.text)
    assert "For tests." not in page.text  # a form's opening words are promises of a round: "no names"
    assert "before anybody saw it" not in page.text


def test_release_json_and_codebook_name_the_source_and_the_unit(external, tiny_round):
    for name in ("release.json", "codebook.json"):
        document = json.loads(external.files()[name])
        assert document["source"] == "external"
        assert document["collected"].startswith("Not collected through Subrosa.")
        document = json.loads(tiny_round.files()[name])
        assert document["source"] == "round"
        assert document["collected"].startswith("Collected by a round of Subrosa")
    assert json.loads(external.files()["release.json"])["unit"].startswith("One row of the host's table")
    assert json.loads(tiny_round.files()["release.json"])["unit"].startswith("One eligibility's response")


def test_it_has_no_closing_statement(external, tiny_round):
    assert "closing.json" not in external.files()
    with pytest.raises(ReleaseError, match="no round that could close"):
        build_release(external.served, tiny_round.closing, external.measurement, external.entry, VERSIONS)


def test_a_measurement_of_external_answers_does_not_pass_for_one_of_a_round(external):
    served = sign_manifest(make_manifest(tiny_form(), WISHES), HOST_KEY)
    with pytest.raises(ReleaseError, match="another round"):
        build_release(served, None, external.measurement, external.entry, VERSIONS)
