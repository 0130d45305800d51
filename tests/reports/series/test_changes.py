"""What changed between releases: which figures are matched, what is called a change, and how it is said."""

import re
from collections.abc import Sequence
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from related_rounds import ANSWERS, OTHER_KEY, beside, held, pulse
from release_rounds import HOST_KEY, Round

from reports.additions.beside import Measured, read_beside
from reports.labels import Labels
from reports.series.changes import Change, changes
from reports.series.related import Related, Release
from reports.series.series import Section, Series
from survey.forms.reshaping import without

_RELATED: dict[tuple[str, ...], Related] = {}  # by the names of the rounds of this file
MORE_KEEP = {**ANSWERS, "first": {("keep", "hire"): 4, ("hire", "pay"): 1, ("pay",): 1}}
EXECUTIVE = pulse(
    ('id = "pulse"', 'id = "executive-view"'),
    ('label = "What comes first"', 'label = "What comes first for you"'),
    ('{ id = "pay", label = "Pay" }', '{ id = "pay", label = "Pay" }, { id = "ai", label = "Machines" }'),
    ('label = "Are you heard?"', 'label = "Do you listen?"\nshow_if = { question = "team", any_of = ["red"] }'),
)
BENCHMARK = pulse(('id = "pulse"', 'id = "hr-benchmark"'))
FOUR_TEAMS = pulse(('{ id = "blue", label = "Blue" }', '{ id = "blue", label = "Blue" }, { id = "x", label = "X" }'))


@pytest.fixture(scope="module")
def rounds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Round]:
    folder = tmp_path_factory.mktemp("rounds")
    return {
        "spring": held(folder, "spring", 3),
        "summer": held(folder, "summer", 6, people=8),
        "autumn": held(folder, "autumn", 9, MORE_KEEP),
        "louder": held(folder, "louder", 5, {**ANSWERS, "heard": {"yes": 5, "no": 1}}),
        "again": held(folder, "again", 10, key=OTHER_KEY, society="Another society"),
        "reshaped": held(folder, "reshaped", 1, form=FOUR_TEAMS),
        "benchmark": held(folder, "benchmark", 4, MORE_KEEP, form=BENCHMARK),
        "executives": held(folder, "executives", 3, form=EXECUTIVE),
    }


def related(rounds: dict[str, Round], here: str, *others: str) -> Related:
    if (here, *others) not in _RELATED:
        _RELATED[here, *others] = _related(rounds[here], [(rounds[name], _key(name)) for name in others])
    return _RELATED[here, *others]


def _related(of: Round, others: Sequence[tuple[Round, Ed25519PrivateKey]]) -> Related:
    found = read_beside(of.manifest, beside(of, others))
    return Related.of(Release.of(Measured(of.manifest, None, of.measurement, of.entry)), found)


def _key(name: str) -> Ed25519PrivateKey:
    return OTHER_KEY if name == "again" else HOST_KEY


def sections(of: Related) -> tuple[Section, ...]:
    form = of.here.manifest.form
    return Series(of, changes(of), Labels.of(form, "en"), "en").sections()


def differing(rows: Sequence[Change]) -> set[tuple[str, str, str]]:
    return {(one.question, one.rank, one.answer) for one in rows if one.differs and not one.by}


def test_what_changed_is_called_a_change_and_nothing_else_is(rounds: dict[str, Round]) -> None:
    rows = changes(related(rounds, "autumn", "spring"))
    # Of the answers to the first rank keep went from 1/4 to 4/6, hire from 2/4 to 1/6; pay from 1/4 to 1/6 at noise.
    assert {("first", "1", "keep"), ("first", "1", "hire")} <= differing(rows)
    assert not any(question == "heard" for question, _, _ in differing(rows))
    (keep,) = [one for one in rows if (one.by, one.rank, one.answer) == ("", "1", "keep")]
    assert keep.from_round == rounds["spring"].manifest.id
    assert keep.low is not None
    assert keep.high is not None
    assert keep.low < 4 / 6 - 1 / 4 < keep.high
    assert keep.low > 0.2


def test_cohorts_are_compared_where_both_have_the_same_and_are_a_family_apart(rounds: dict[str, Round]) -> None:
    rows = changes(related(rounds, "autumn", "spring"))
    assert {one.cohort for one in rows} == {"", "red", "blue"}
    reshaped = changes(related(rounds, "autumn", "reshaped"))
    assert {one.cohort for one in reshaped} == {""}
    alone = {one.place: one.low for one in reshaped if one.question == "heard"}
    assert set(alone) == {one.place for one in rows if one.question == "heard" and not one.by}


def test_rows_without_figures_on_both_sides_have_no_numbers(rounds: dict[str, Round]) -> None:
    of = related(rounds, "autumn", "spring")
    place = next(iter(of.here.shares))
    unseen = replace(of.here, shares={**of.here.shares, place: replace(of.here.shares[place], status="uncertain")})
    rows = changes(replace(of, here=unseen, over_time=(of.over_time[0], unseen)))
    (row,) = [one for one in rows if one.place == place]
    assert row.status == "uncertain"
    assert {row.from_share, row.to_share, row.difference, row.low, row.high} == {None}
    assert all(one.difference is not None for one in rows if one.place != place and one.status == "shown")


def test_more_comparisons_make_every_interval_wider(rounds: dict[str, Round]) -> None:
    few = {one.place: one for one in changes(related(rounds, "autumn", "spring"))}
    many = changes(related(rounds, "autumn", "spring", "again"))
    same = [one for one in many if one.to_round == rounds["autumn"].manifest.id]
    assert len(many) == 2 * len(few) == 2 * len(same)  # this round lies between the two others
    assert all(width(one) > width(few[one.place]) for one in same)


def numbers(words: str, said: str) -> list[int]:
    found = re.fullmatch(words, said)
    assert found is not None, said
    return [int(number) for number in found.groups()]


def width(of: Change) -> float:
    assert of.low is not None
    assert of.high is not None
    return of.high - of.low


def test_a_round_below_its_minimum_is_a_gap(rounds: dict[str, Round]) -> None:
    of = related(rounds, "autumn", "spring", "summer")
    assert len(changes(of)) == len(changes(related(rounds, "autumn", "spring")))
    (section,) = sections(of)
    assert [(one.name, one.gap) for one in section.columns] == [
        ("spring", ""),
        ("summer", "too few answered"),
        ("autumn", ""),
    ]
    panel = section.questions[0].panels[0]
    assert {cell.status for cell in panel.chart.groups[1].cells} == {"absent"}
    assert panel.trends[0].line.count("M") == 2
    assert len(panel.trends[0].dots) == 2
    assert section.sentences


def test_where_only_a_gap_stands_beside_there_is_nothing_to_compare(rounds: dict[str, Round]) -> None:
    (section,) = sections(related(rounds, "autumn", "summer"))
    assert len(section.columns) == 2
    assert not section.questions
    assert not section.differing


def test_a_change_is_said_with_its_shares_days_and_interval(rounds: dict[str, Round]) -> None:
    (section,) = sections(related(rounds, "autumn", "spring"))
    keep = next(one for one in section.sentences if "“Keeping people” in first place" in one)
    words = (
        r"What comes first: “Keeping people” in first place rose from (\d+)% \(1 April 2026\) to (\d+)% "
        r"\(1 October 2026\): a change of about (\d+) points \((\d+) to (\d+)\)\."
    )
    assert numbers(words, keep) == pytest.approx([25, 67, 42, 34, 50], abs=9)
    assert section.differing == len(differing(changes(related(rounds, "autumn", "spring"))))
    marked = section.questions[0].panels[0].chart.groups
    assert [cell.mark for cell in marked[0].cells] == ["", "", ""]
    assert [cell.mark for cell in marked[1].cells][:2] == ["higher", "lower"]


def test_without_a_change_no_sentence_says_one(rounds: dict[str, Round]) -> None:
    (section,) = sections(related(rounds, "again", "spring"))
    assert section.sentences == ()
    assert section.differing == 0
    assert section.questions
    assert section.columns[0].host == "Society of the Rose"
    assert section.columns[1].host == ""


def test_what_another_version_asked_differently_is_named_and_not_compared(rounds: dict[str, Round]) -> None:
    asked = pulse(('{ id = "no", label = "No" }', '{ id = "no", label = "No" }, { id = "so", label = "So so" }'))
    of = related(rounds, "autumn", "spring")
    here = replace(of.here, manifest=replace(of.here.manifest, form=asked))
    changed = replace(of, here=here, over_time=(of.over_time[0], here))
    assert {one.question for one in changes(changed)} == {"first"}
    (section,) = sections(changed)
    assert section.otherwise == ("Are you heard?",)
    assert [one.label for one in section.questions] == ["What comes first"]


def test_what_earlier_rounds_alone_were_asked_is_left_to_them(rounds: dict[str, Round]) -> None:
    of = related(rounds, "autumn", "spring", "louder")
    assert any(one.question == "heard" and one.differs for one in changes(of))
    form = of.here.manifest.form
    for here in (without(form, ["heard"]), pulse(('id = "yes", label', 'id = "aye", label'))):
        changed = replace(of.here, manifest=replace(of.here.manifest, form=here))
        shares = {place: share for place, share in changed.shares.items() if place.question != "heard"}
        changed = replace(changed, shares=shares)
        series = replace(of, here=changed, over_time=(*of.over_time[:2], changed))
        assert {one.question for one in changes(series)} == {"first"}
        (section,) = sections(series)
        assert [one.label for one in section.questions] == ["What comes first"]


def test_two_chairs_are_compared_in_the_answers_both_have(rounds: dict[str, Round]) -> None:
    of = related(rounds, "benchmark", "executives")
    (section,) = sections(of)
    assert section.kind == "chairs"
    assert [one.name for one in section.columns] == ["benchmark", "executives"]
    first, heard = section.questions
    assert [words[0] for words in first.panels[0].chart.answers] == ["Keeping people", "Hiring", "Pay"]
    assert any("only those in both lists" in note for note in first.notes)
    assert any("“What comes first for you”" in note for note in first.notes)
    assert any("does not ask this of the same people" in note for note in heard.notes)
    assert not any("does not ask" in note for note in first.notes)
    keep = next(one for one in section.sentences if "“Keeping people” in first place" in one)
    words = r".* in first place: (\d+)% here, (\d+)% there: about (\d+) points higher here \((\d+) to (\d+)\)\."
    assert numbers(words, keep) == pytest.approx([67, 25, 42, 34, 50], abs=9)


def test_from_the_other_chair_the_same_difference_is_turned_round(rounds: dict[str, Round]) -> None:
    there = changes(related(rounds, "benchmark", "executives"))
    here = {one.place: one for one in changes(related(rounds, "executives", "benchmark"))}
    for one in there:
        if one.difference is not None and one.low is not None:
            assert here[one.place].difference == pytest.approx(-one.difference)
            assert here[one.place].high == pytest.approx(-one.low)


def test_another_form_is_named_as_that_and_rounds_of_this_one_stand_over_time(rounds: dict[str, Round]) -> None:
    found = sections(related(rounds, "autumn", "spring", "benchmark"))
    assert [one.kind for one in found] == ["time", "form"]
    assert [one.name for one in found[1].columns] == ["autumn", "benchmark"]
