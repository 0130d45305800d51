"""What the page says of a question in a few lines, and that nothing in them is more than statistics.csv has."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from release_rounds import WISHES, Round, make_round, seven_kinds

from privacy.ledger import Entry
from reports.codebook import codebook
from reports.counted import Counted
from reports.labels import Labels
from reports.page.briefs import Brief, Briefs
from reports.statistics import Statistic, statistics
from reports.summaries import Summary, summarised
from reports.wording import amount
from survey.forms.brackets import bracket_ids
from survey.forms.model import Amount, Question


def precise(folder: Path, people: int, epsilon: float) -> Round:
    wishes = replace(
        WISHES, by=(("industry",),), epsilon=epsilon, weigh="equal", accept_imprecise=True, minimum_responses=1
    )
    return make_round(folder, seven_kinds(), wishes, people=people)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Round:
    return precise(tmp_path_factory.mktemp("briefs"), 1200, 8.9)


_SUMMARISED: dict[Entry, Briefs] = {}
_STATISTICS: dict[Entry, tuple[Statistic, ...]] = {}


def briefs_of(made: Round) -> Briefs:
    """Made once, and so are the statistics: the charge tells rounds apart."""
    if made.entry not in _SUMMARISED:
        counted = Counted.of(made.measurement, made.manifest.promise)
        _SUMMARISED[made.entry] = Briefs(summarised(made.manifest.form, counted), Labels.of(made.manifest.form, "en"))
    return _SUMMARISED[made.entry]


def statistics_of(made: Round) -> tuple[Statistic, ...]:
    if made.entry not in _STATISTICS:
        _STATISTICS[made.entry] = tuple(statistics(made.manifest, made.measurement))
    return _STATISTICS[made.entry]


def question(made: Round, name: str) -> Question:
    return made.manifest.form.question(name)


def row(made: Round, name: str, statistic: str, by: str = "", cohort: str = "") -> Statistic:
    return next(
        r for r in statistics_of(made) if (r.question, r.statistic, r.by, r.cohort) == (name, statistic, by, cohort)
    )


def everyone(made: Round, name: str) -> Brief:
    found = briefs_of(made).everyone(question(made, name))
    assert found is not None
    return found


def test_an_amount_has_its_quartiles_in_words(made: Round) -> None:
    lines = everyone(made, "people_budget").lines
    for line, who in zip(lines, ("a quarter", "half", "three quarters"), strict=True):
        assert who in line.label.lower()
    median = row(made, "people_budget", "p50")
    assert median.value is not None
    assert lines[1].value == amount(median.value)
    assert lines[1].marks is not None
    place, low, high = lines[1].marks
    assert 0 <= low < place < high <= 1


def test_a_quantile_in_an_open_bracket_is_called_by_its_bracket(made: Round) -> None:
    first = row(made, "people_budget", "p25")
    line = everyone(made, "people_budget").lines[0]
    wanted = {"below-10": "under 10", "zero": "0"}
    assert line.value == wanted.get(first.answer, amount(first.value or 0.0))


def summary(answer: str, value: float | None) -> Summary:
    """One figure of an amount for everyone that is shown."""
    return Summary("p75", [answer], [value], [10.0], [None], np.array(["shown"]), [(0.5, 0.4, 0.6)])


@pytest.mark.parametrize(
    ("place", "value", "label", "said"),
    [
        (-1, None, "What three quarters stay below", " or more"),
        (1, None, "What three quarters stay below", "under 10"),
        (0, 0.0, "Three quarters have at most", "0"),
        (2, 12.0, "Three quarters have less than", "12"),
    ],
)
def test_a_quarter_reads_as_a_sentence_in_every_bracket(
    made: Round, place: int, value: float | None, label: str, said: str
) -> None:
    asked = question(made, "people_budget")
    assert isinstance(asked, Amount)
    figure = summary(bracket_ids(asked)[place], value)
    three = tuple(replace(figure, statistic=name) for name in ("p25", "p50", "p75"))
    found = Briefs({(asked.id, ()): three}, Labels.of(made.manifest.form, "en")).everyone(asked)
    assert found is not None
    assert found.lines[2].label == label
    assert found.lines[2].value.endswith(said)


def test_an_amount_says_how_it_was_placed_within_its_bracket_as_the_codebook_does(made: Round) -> None:
    amounts = [q for q in made.manifest.form.questions if isinstance(q, Amount)]
    asked = [q for part in codebook(made.manifest)["pages"] for q in part["questions"]]
    assert [q["interpolation"] for q in asked if q["id"] == amounts[0].id] == ["geometric"]
    assert "evenly by ratio" in everyone(made, amounts[0].id).note
    plain = replace(amounts[0], edges=(10, 20, 30, 40))
    found = briefs_of(made).everyone(plain)
    assert found is not None
    assert "evenly within their bracket" in found.note


def test_a_ranking_has_mean_points_with_the_most_first(made: Round) -> None:
    lines = everyone(made, "priorities").lines
    points = [float(line.value) for line in lines]
    assert len(lines) == 10
    assert points == sorted(points, reverse=True)
    assert lines[0].label == "Keeping people"


def test_a_scale_has_its_mean_with_its_interval(made: Round) -> None:
    found, (line,) = row(made, "heard", "mean"), everyone(made, "heard").lines
    assert line.value == f"{found.value:.2f}"
    assert line.within == f"{found.low:.2f} to {found.high:.2f}"


def test_a_choice_has_nothing_in_brief(made: Round) -> None:
    assert briefs_of(made).everyone(question(made, "blockers")) is None


def test_a_split_names_the_groups_that_are_shown_and_no_other(made: Round) -> None:
    found = briefs_of(made).split(question(made, "people_budget"), ("industry",))
    rows = [r for r in statistics_of(made) if (r.by, r.statistic) == ("industry", "p50")]
    labels = Labels.of(made.manifest.form, "en").group(("industry",))
    shown = [label for label, r in zip(labels, rows, strict=True) if r.status == "shown"]
    assert [line.label for line in found.lines] == shown if found else not shown


def test_what_is_not_shown_has_no_number_on_the_page(tmp_path: Path) -> None:
    noisy = precise(tmp_path, 90, 1.0)
    for asked in noisy.manifest.form.questions:
        found = briefs_of(noisy).everyone(asked)
        for line in found.lines if found else ():
            assert line.status == "shown" or not (line.value or line.within or line.marks)
    assert isinstance(question(noisy, "people_budget"), Amount)
    assert {line.status for line in everyone(noisy, "people_budget").lines} <= {"hidden", "uncertain"}


def test_the_page_has_the_briefs(made: Round) -> None:
    page = made.files()["index.html"].decode()
    assert "Half have less than" in page
    assert "Mean points" in page
    assert "statistics.csv" in page


@pytest.mark.parametrize(
    ("value", "written"), [(1234.5, "1,230"), (0.41234, "0.412"), (0.0, "0"), (-56.78, "-56.8"), (99.96, "100")]
)
def test_amounts_have_three_digits(value: float, written: str) -> None:
    assert amount(value) == written
