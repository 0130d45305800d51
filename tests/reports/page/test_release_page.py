"""The page: what a person reads, and what a browser must not find in it."""

import re
from dataclasses import replace
from hashlib import sha256
from html import unescape
from pathlib import Path

import pytest
from page_reader import Page
from release_rounds import HOST_KEY, WISHES, Round, make_round, tiny_form, with_values

from host.plan_words import left_in_words
from privacy.documents import canonical
from privacy.ledger import Entry
from reports.charts import Cell, Group, chart
from reports.figures import judge
from reports.labels import Labels
from reports.page.questions import Reader, Split
from reports.wording import certainty, charge, one_in, people, percent, points
from survey.forms.loading import bundled, form_from_toml
from survey.rounds.manifest import sign_manifest

HOSTILE = """"><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7*7 }}{% raw %}&copy javascript:x"""


@pytest.mark.parametrize(("rho", "said"), [(0.18506984, "0.1851"), (0.185, "0.185"), (0.6385971, "0.6386")])
def test_a_charge_has_four_digits_and_is_never_said_to_be_less_than_it_was(rho: float, said: str) -> None:
    assert charge(rho) == said
    assert rho <= float(said) <= rho * 1.001


def test_the_page_says_the_charge_of_the_ledger_as_every_command_does(tiny_round: Round) -> None:
    rho = tiny_round.entry.rho
    assert f"\N{GREEK SMALL LETTER RHO} = {charge(rho)}" in Page(files_of(tiny_round)["index.html"]).text
    assert charge(rho) in left_in_words(rho, 1e-6, 1.0)


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [(0.26, 0.42, "±8"), (0.25, 0.42, "±9"), (0.26, 0.47, "26–47"), (0.17, 0.36, "17–36"), (0.34, 0.42, "34–42")],
)
def test_an_interval_with_a_longer_side_is_told_by_its_ends(low: float, high: float, said: str) -> None:
    cell = Cell("shown", 0.34, max(high - 0.34, 0.34 - low), low, high)
    drawn = chart([("Red",)], [Group("Everyone", (cell,), "100", ())])
    assert drawn.within(cell) == said


def with_operators(made: Round, *operators: str) -> Round:
    """The same round, had these people run its three parties."""
    services = zip(made.manifest.services, operators, strict=True)
    changed = replace(made.manifest, services=tuple(replace(one, operator=operator) for one, operator in services))
    measurement = replace(made.measurement, round_id=changed.id)
    stored = sha256(canonical(measurement.to_json())).hexdigest()
    entry = replace(made.entry, round_id=changed.id, measurement=stored)
    entry = replace(entry, digest=entry.expected_digest())
    return Round(changed, sign_manifest(changed, HOST_KEY), None, measurement, entry)


_WRITTEN: dict[tuple[bytes, bytes | None, Entry], dict[str, bytes]] = {}


def files_of(made: Round) -> dict[str, bytes]:
    """Written once: manifest, statement and charge tell rounds apart, and the charge covers the measurement."""
    key = (made.served, made.closing, made.entry)
    if key not in _WRITTEN:
        _WRITTEN[key] = made.files()
    return _WRITTEN[key]


def page_of(made: Round) -> Page:
    parsed = Page(files_of(made)["index.html"])
    assert parsed.open == []
    return parsed


@pytest.fixture(scope="module")
def benchmark_round(tmp_path_factory: pytest.TempPathFactory) -> Round:
    """Many cohorts, most of which are shown."""
    wishes = replace(WISHES, respondents=20_000, epsilon=8.9, by=(("industry",), ("size",), ("industry", "size")))
    return make_round(tmp_path_factory.mktemp("benchmark"), bundled("hr-benchmark"), wishes, people=2_500)


def assert_self_contained(page: Page, files: set[str]) -> None:
    assert [value for tag, name, value in page.attributes if tag == "script" and name == "type"] == [
        "application/ld+json"  # data that no browser runs
    ]
    assert page.tags.count("script") == 1
    assert not {"img", "iframe", "object", "embed", "link", "form", "base", "audio", "video"} & set(page.tags)
    for _tag, name, value in page.attributes:
        assert not name.startswith("on")
        assert name not in ("src", "srcset", "action", "background", "data", "poster")
        if name == "href":
            assert value.startswith("#") or value in files
        if name == "style":
            assert re.fullmatch(r"--[a-z]:[0-9.]+(;--[a-z]:[0-9.]+)*", value)


def test_the_page_has_no_script_and_no_outside_reference(benchmark_round: Round) -> None:
    files = files_of(benchmark_round)
    page = files["index.html"]
    assert_self_contained(Page(page), set(files))
    assert len(files["case.html"]) < 400_000
    assert b"url(" not in page
    assert b"@import" not in page
    assert b"default-src 'none'" in page


def test_the_page_of_a_round_below_its_minimum_is_short_and_honest(below_round: Round) -> None:
    page = page_of(with_values(below_round, "@", 23))
    assert "23" not in page.text.split("How to check")[0]
    assert_self_contained(page, set(files_of(below_round)))
    assert "Too few people answered" in page.text
    assert "unless at least 30 people answered" in page.text
    assert "details" not in page.tags


def test_where_one_operator_ran_several_parties_the_page_says_what_had_to_be_trusted(tiny_round: Round) -> None:
    of_three = page_of(tiny_round).text
    assert "Three parties each knew one thing." in of_three
    assert "had to be trusted" not in of_three
    for operators, said in (("HHH", "All three were run by H"), ("HIH", "Some were run by the same people")):
        text = page_of(with_operators(tiny_round, *operators)).text
        assert "Three parts each knew one thing." in text
        assert said in text
        assert "that nobody compared times while the round was open had to be trusted" in text


def test_every_question_and_every_answer_is_on_the_page(benchmark_round: Round) -> None:
    text = page_of(benchmark_round).text
    form = benchmark_round.manifest.form
    for question in form.questions:
        assert question.label.text() in text
    for option in form.question("priorities").options:  # type: ignore[union-attr]
        assert option.label.text() in text


def test_who_asked_and_what_protects_is_said(tiny_round: Round) -> None:
    text = page_of(tiny_round).text
    for said in (
        "Society of the Rose asked from 1 March 2026 to 1 April 2026",
        "ε = 3",
        "1 in 1,000,000",
        "fewer than 10 in that group",
        "measurements.json",
        "Two members of the board",
    ):
        assert said in text


def test_too_few_and_too_uncertain_are_explained_once(benchmark_round: Round) -> None:
    text = page_of(benchmark_round).text
    assert text.count("perhaps fewer than") == 1
    assert text.count("the noise alone may be off") == 1


def test_a_hidden_cohort_has_no_figure_on_the_page(tiny_round: Round) -> None:
    made = with_values(tiny_round, "mood@team", [[90, 60, 50, 0], [97, 1, 0, 0], [0, 0, 0, 0]])
    made = with_values(made, "@team", [200, 3, 0])
    strict = replace(made.manifest.promise, min_cohort=120)
    made = replace(made, manifest=replace(made.manifest, promise=strict))
    reader = Reader(
        made.manifest.form, Labels.of(made.manifest.form, "en"), judge(made.manifest, made.measurement), (("team",),)
    )
    split = reader.asked(made.manifest.form.question("mood"), "en").splits[0]
    assert "Blue" not in [group.label for panel in split.panels for group in panel.chart.groups]
    assert "Blue" in split.panels[0].few


def split_of(made: Round, min_cohort: int, usable_margin: float, sizes: list[int], values: list[list[int]]) -> Split:
    """Mood by team (red, blue, no answer) under these limits."""
    made = with_values(with_values(made, "mood@team", values), "@team", sizes)
    promise = replace(made.manifest.promise, min_cohort=min_cohort, usable_margin=usable_margin)
    manifest = replace(made.manifest, promise=promise)
    reader = Reader(manifest.form, Labels.of(manifest.form, "en"), judge(manifest, made.measurement), (("team",),))
    return reader.asked(manifest.form.question("mood"), "en").splits[0]


MANY, FEW = [90, 60, 50, 0], [1, 1, 0, 0]


@pytest.mark.parametrize(
    ("min_cohort", "usable_margin", "values", "shown", "none"),
    [
        (30, 0.5, [MANY, FEW, FEW], 1, ""),
        (30, 0.5, [MANY, MANY, MANY], 2, ""),
        (30, 0.5, [FEW, FEW, MANY], 0, ""),
        (30, 0.5, [FEW, FEW, FEW], 0, "no group can be shown. Too few to show: all 2."),
        (30, 0.001, [MANY, MANY, FEW], 0, "no group can be shown. Too uncertain to show: all 2."),
        (30, 0.001, [MANY, FEW, MANY], 0, "no group can be shown. Too few to show: Blue. Too uncertain to show: Red."),
    ],
)
def test_a_split_counts_real_groups_and_says_why_none_is_shown(
    tiny_round: Round, min_cohort: int, usable_margin: float, values: list[list[int]], shown: int, none: str
) -> None:
    split = split_of(tiny_round, min_cohort, usable_margin, [sum(row) for row in values], values)
    assert (split.shown, split.groups, split.none) == (shown, 2, none)
    assert "No answer" not in split.panels[0].few + split.panels[0].vague


def test_shares_that_do_not_add_up_are_explained(tiny_round: Round) -> None:
    assert "may add up to more or less than 100%, even where everyone gave a single answer" in page_of(tiny_round).text


def test_the_page_says_why_no_group_can_be_shown(tmp_path: Path) -> None:
    made = make_round(tmp_path, tiny_form(), replace(WISHES, min_cohort=220))  # of 300, in two groups
    page = page_of(made)
    assert "By Team: no group can be shown. Too few to show: all 2." in page.text


def test_a_cell_that_is_not_shown_holds_no_number() -> None:
    assert Cell("hidden") == Cell("hidden", 0.0, 0.0, 0.0, 0.0)


def test_labels_from_the_form_are_text_and_nothing_else(tmp_path: Path) -> None:
    text = (
        'id = "hostile"\ntitle = LABEL\nintro = LABEL\n[[page]]\ntitle = LABEL\nwhy = LABEL\n'
        '[[page.question]]\nid = "team"\nkind = "choice"\ncohort = true\nlabel = LABEL\n'
        'options = [{ id = "a", label = LABEL }, { id = "b", label = "B" }]\n'
        '[[page.question]]\nid = "pay"\nkind = "amount"\nlabel = LABEL\nunit = LABEL\nedges = [0, 5]\nzero = LABEL\n'
        'show_if = { question = "team", any_of = ["a"] }\n'
        '[[page.question]]\nid = "rank"\nkind = "ranking"\nlabel = LABEL\ntop = 2\n'
        'options = [{ id = "a", label = LABEL }, { id = "b", label = "B" }]\n'
    ).replace("LABEL", f"'{HOSTILE}'")
    made = make_round(tmp_path, form_from_toml(text), society=HOSTILE)
    page = page_of(made)
    assert_self_contained(page, set(files_of(made)))
    assert page.text.count("<script>alert(1)</script>") > 8
    assert "{{ 7*7 }}" in page.text
    assert "&copy javascript:x" in page.text
    assert "49" not in page.text.split("How to read it")[0]


def test_a_page_of_many_cohorts_stays_small(benchmark_round: Round) -> None:
    page = files_of(benchmark_round)["index.html"]
    assert page.count(b"<details>") > 10
    assert len(page) < 1_500_000


def test_the_page_speaks_the_language_that_was_asked_for(tiny_round: Round) -> None:
    made = unescape(files_of(tiny_round)["index.html"].decode())
    assert '<html lang="en">' in made


def test_numbers_are_worded_for_people() -> None:
    assert people(4830.4) == "4,830"
    assert people(-3.0) == "0"
    assert percent(0.3449, 0) == "34%"
    assert points(0.0001, 0) == "1"
    assert points(0.0071, 1) == "0.7"
    assert one_in(1e-6) == "1 in 1,000,000"
    assert certainty(3.0) == "95.3%"
    assert certainty(40.0) == "practically certain"


def test_a_group_that_differs_is_marked_and_the_mark_explained(tiny_round: Round) -> None:
    values = {"mood@team": [[140, 5, 5, 0], [5, 5, 140, 0], [0, 0, 0, 0]], "@team": [150, 150, 0]}
    made = with_values(with_values(tiny_round, "mood@team", values["mood@team"]), "@team", values["@team"])
    page = made.files()["index.html"].decode()
    marked = re.findall(r'<abbr title="(\w+) than all">(.)</abbr>', page)
    assert {("higher", "▲"), ("lower", "▼")} == set(marked)
    assert "larger than chance and noise would make it in one of twenty such tables" in page


def test_groups_that_are_alike_are_not_marked_and_that_is_said(tiny_round: Round) -> None:
    alike = [[50, 50, 50, 0], [50, 50, 50, 0], [0, 0, 0, 0]]
    made = with_values(with_values(tiny_round, "mood@team", alike), "@team", [150, 150, 0])
    mood = made.files()["index.html"].decode().partition('id="q-mood"')[2].partition("</article>")[0]
    assert "<abbr" not in mood
    assert "No figure is marked ▲ or ▼" in mood
