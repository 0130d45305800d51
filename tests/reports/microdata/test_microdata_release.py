"""A release with synthetic records: what it states of them is derived, and nothing else can be put in their place."""

import json

import numpy as np
import pytest
from release_rounds import VERSIONS, publish, tiny_form

from reports.additions.added import read_added
from reports.checking.verify import verify_release
from reports.errors import ReleaseError
from reports.figures import figures
from reports.microdata.columns import columns, forbidden
from reports.microdata.drawing import Conditional, draw
from reports.microdata.making import LIBRARIES, generator
from reports.microdata.records_csv import FILE, records_csv
from reports.microdata.statement import NO_PERSON
from reports.release import build_release
from survey.forms.codec import encode

MADE_WITH = dict(VERSIONS) | dict.fromkeys(LIBRARIES, "0.0.1")  # nobody has it: these are not drawn again


def uniform():
    """A model of the tiny form that knows nothing but its flow."""
    form = tiny_form()
    tools = 1.0 - forbidden(form, form.question("tools").show_if, "tools", columns(form))
    return [
        Conditional("team", (), np.ones(3)),
        Conditional("mood", (), np.ones(4)),
        Conditional("tools", ("team",), tools),
    ]


@pytest.fixture(scope="module")
def records(tiny_round):
    many = tiny_round.measurement.total
    drawn = draw(tiny_form(), columns(tiny_form()), uniform(), many, generator(tiny_round.measurement, many))
    return records_csv(tiny_form(), drawn)


def files_of(made, records, versions=MADE_WITH):
    return build_release(made.served, made.closing, made.measurement, made.entry, versions, given={FILE: records})


@pytest.fixture(scope="module")
def files(tiny_round, records):
    return files_of(tiny_round, records)


@pytest.fixture(scope="module")
def stated(files):
    return json.loads(files["microdata.json"])


def test_the_statement_says_what_is_kept_and_that_no_row_is_a_person(stated, tiny_round):
    assert stated["no_person"] == NO_PERSON
    assert stated["records"] == tiny_round.measurement.total
    kept = [table["table"] for table in stated["tables"]]
    assert kept == [table.name for table in tiny_round.manifest.promise.tables if table.by or table.of]
    assert (stated["dropped"], stated["shortened"]) == ([], {})


def test_the_error_of_each_table_is_that_of_the_file_against_the_shown_figures(stated, tiny_round, records):
    """Worked out once more from the two tables alone, as a researcher would."""
    rows = [line.split(",") for line in records.decode().splitlines()[1:]]
    moods = [row[1] for row in rows if row[1]]
    shown = {
        row.answer: row.share
        for row in figures(tiny_round.manifest, tiny_round.measurement)
        if (row.question, row.by, row.estimate) == ("mood", "", "display") and row.share is not None
    }
    apart = [abs(moods.count(answer) / len(moods) - share) for answer, share in shown.items()]
    told = next(table for table in stated["tables"] if table["table"] == "mood@")
    assert len(shown) == 3
    assert told["distance"] == pytest.approx(sum(apart) / 2, abs=1e-4)
    assert told["largest"] == pytest.approx(max(apart), abs=1e-4)
    assert told["largest"] > 0.01  # a model that knows nothing misses, and it is said


def test_verify_derives_the_statement_and_says_that_the_records_were_not_drawn_again(tmp_path, files):
    verdict = verify_release(publish(tmp_path / "release", files))
    assert verdict.whole
    (told,) = [said for said in verdict.not_established if FILE in said]
    assert "was not checked" in told
    assert not verdict.redrawn
    assert [said for said in verdict.established if FILE in said] == [
        f"Every file but {FILE} follows, byte by byte, from the measurements, the manifest and what the host added."
    ]


def test_a_statement_that_claims_smaller_errors_is_found(tmp_path, files, stated):
    stated = json.loads(json.dumps(stated))
    stated["tables"][0]["distance"] = 0.0001
    forged = files | {"microdata.json": (json.dumps(stated, indent=1) + "\n").encode()}
    with pytest.raises(ReleaseError, match=r"microdata\.json"):
        verify_release(publish(tmp_path / "release", forged))


def test_the_page_says_that_no_row_is_a_person_and_that_the_host_could_have_put_other_rows_there(files):
    page = files["index.html"].decode()
    assert "No row is a person" in page
    assert "could have put other rows there" in page


def test_a_release_without_records_says_nothing_of_them(tiny_round):
    files = tiny_round.files()
    assert "microdata" not in files["index.html"].decode()
    assert "microdata.json" not in files


def test_a_file_of_another_form_or_of_another_number_of_rows_is_refused(tiny_round, records):
    with pytest.raises(ReleaseError, match="columns of the form"):
        read_added(tiny_round.manifest, {FILE: b"name,salary\nAnn,1\n"})
    for wrong in (records + b"red,1,saw\n", records[: records.rstrip().rfind(b"\n") + 1]):
        with pytest.raises(ReleaseError, match="one row for each"):
            files_of(tiny_round, wrong)


def test_a_release_that_does_not_name_what_drew_its_records_is_refused(tiny_round, records):
    with pytest.raises(ReleaseError, match="names the versions of mbi"):
        files_of(tiny_round, records, VERSIONS)


def test_a_round_below_its_minimum_has_no_records(below_round):
    row = records_csv(tiny_form(), np.frombuffer(encode(tiny_form(), {}), np.uint8)[None, :])
    with pytest.raises(ReleaseError, match="one row for each"):
        files_of(below_round, row)


def test_the_seed_depends_on_the_measurement_and_on_the_number_of_rows(tiny_round, below_round):
    seeds = [(tiny_round, 10), (tiny_round, 10), (tiny_round, 11), (below_round, 10)]
    first, again, *others = (generator(made.measurement, many).integers(2**62) for made, many in seeds)
    assert first == again
    assert first not in others
