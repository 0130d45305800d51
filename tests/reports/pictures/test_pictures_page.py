"""Pictures on the page of a release: one for every question, with words, with its figures, and with nothing more."""

import re
from dataclasses import replace
from html import unescape

import numpy as np
import pytest
from release_rounds import WISHES, Round, make_round, seven_kinds, with_values

from privacy.estimate import Estimate
from privacy.threshold import HIDDEN, SHOWN
from privacy.workload import Table
from reports.figures import Judged
from reports.labels import Labels
from reports.page.pairs import pairs
from reports.page.questions import Reader
from reports.pictures.drawing import forget
from reports.pictures.marks import ANCHORS, BLOCKS, LINES, WORDS
from reports.pictures.placing import Placing

TONES = (*BLOCKS, *LINES, *WORDS, *ANCHORS)
FIGURE = re.compile(r"\d[\d,.]*%")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Round:
    wishes = replace(WISHES, respondents=900, epsilon=8.9, by=(("industry",),))
    return make_round(tmp_path_factory.mktemp("pictures"), seven_kinds(), wishes, people=900)


@pytest.fixture(scope="module")
def page(made: Round) -> str:
    return made.files()["index.html"].decode()


def articles(page: str) -> dict[str, str]:
    """Each question's part of the page, by its id."""
    return dict(re.findall(r'<article id="q-([a-z0-9_-]+)">(.*?)</article>', page, re.DOTALL))


def pictures(part: str) -> list[str]:
    return re.findall(r'<svg class="drawn".*?</svg>', part, re.DOTALL)  # others are not of these


def without_pictures(part: str) -> str:
    return re.sub(r"<svg.*?</svg>", "", part, flags=re.DOTALL)


def drawn_words(picture: str) -> str:
    """What is written in a picture, without its title and description."""
    return re.sub(r"<[^>]+>", " ", re.sub(r"<title.*?</desc>", "", picture, flags=re.DOTALL))


def test_every_question_has_a_picture_and_its_figures(made: Round, page: str) -> None:
    found = articles(page)
    assert set(found) == {question.id for question in made.manifest.form.questions}
    for part in found.values():
        assert pictures(part)
        assert "<summary>The figures</summary>" in part
        assert "<table" in part


def test_every_picture_has_a_title_and_a_description_of_its_own(page: str) -> None:
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    drawn = [picture for picture in pictures(page) if "bets-title" not in picture]  # that one is no figure's
    assert len(drawn) > 20
    for picture in drawn:
        (name,) = re.findall(r'<svg class="drawn" viewBox="[\d. ]+" role="img" aria-labelledby="(p\d+) \1d">', picture)
        title, words = re.findall(rf'<title id="{name}">(.+?)</title><desc id="{name}d">(.+?)</desc>', picture)[0]
        assert title.strip()
        assert len(words) > 10


def test_the_figures_beside_a_picture_are_those_in_it(page: str) -> None:
    for name, part in articles(page).items():
        tables = set(FIGURE.findall(without_pictures(part)))
        inside = set(FIGURE.findall(" ".join(map(drawn_words, pictures(part))))) - {"10%", "25%", "50%", "100%"}
        assert inside <= tables, name
        assert inside or name in ("people_budget",)


def test_what_a_picture_says_in_words_is_in_its_figures_too(page: str) -> None:
    for part in articles(page).values():
        tables = set(FIGURE.findall(without_pictures(part)))
        for words in re.findall(r"<desc[^>]*>(.*?)</desc>", part):
            assert set(FIGURE.findall(unescape(words))) <= tables


def test_a_ranking_says_how_many_put_an_answer_among_the_first_few(page: str) -> None:
    part = articles(page)["priorities"]
    assert "Among the first three" in part
    assert "top 3" in drawn_words(pictures(part)[0])


def test_a_question_that_nobody_may_be_told_of_has_no_picture(tiny_round: Round) -> None:
    made = with_values(tiny_round, "mood@", [2, 1, 0, 0])
    made = replace(made, manifest=replace(made.manifest, promise=replace(made.manifest.promise, min_cohort=200)))
    reader = _reader(made)
    asked = reader.asked(made.manifest.form.question("mood"), "en")
    placed = dict(Placing(made.manifest.form, {}).of_question(asked))
    assert placed == {}


def _reader(made: Round) -> Reader:
    from reports.figures import judge

    form = made.manifest.form
    return Reader(form, Labels.of(form, "en"), judge(made.manifest, made.measurement), (("team",),))


def test_a_promised_pair_is_a_heat_map_of_answers_only(tiny_round: Round) -> None:
    reader = _reader(tiny_round)
    judged = _pair(reader, ("team", "mood"))
    (pair,) = pairs(replace(reader, judged={**reader.judged, judged.table.name: judged}))
    assert (pair.first, pair.second) == ("Team", "Mood")
    (panel,) = pair.panels
    assert panel.chart.answers == (
        ("Red", "1"),
        ("Red", "2"),
        ("Red", "3"),
        ("Blue", "1"),
        ("Blue", "2"),
        ("Blue", "3"),
    )
    assert [cell.status for cell in panel.chart.groups[0].cells] == [SHOWN] * 5 + [HIDDEN]
    (place, (picture,)) = next(iter(Placing(reader.form, {}).of_panels(pair.name, "Team × Mood", pair.panels)))
    assert place == ("team|mood", "", "0")
    words = [mark.text for mark in picture.whole if hasattr(mark, "text")]
    assert {"Red", "Blue", "1", "2", "3", "10%", "50%", "–"} <= set(words)
    assert "77%" not in words


def _pair(reader: Reader, of: tuple[str, str]) -> Judged:
    """Of team and mood, where nothing is known of the last pair, and those who gave no answer would be 77 %."""
    share = np.full((3, 4), 0.77)
    share[:2, :3] = np.array([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]])
    status = np.full((3, 4), SHOWN, dtype="<U9")
    status[1, 2] = HIDDEN
    arrays = {name: share for name in Estimate.__dataclass_fields__ if name not in ("table", "model")}
    arrays |= {name: np.array(100.0) for name in ("base", "answered", "answered_sd", "people", "people_sd")}
    arrays |= {"margin": np.full((3, 4), 0.05), "low": share - 0.05, "high": share + 0.05}
    table = Table(f"{of[0]}|{of[1]}@", (), of)
    return Judged(Estimate(table, **arrays), status, np.zeros((3, 4), dtype=bool))  # type: ignore[arg-type]


def test_no_rule_for_what_is_in_a_picture_asks_what_stands_around_it(page: str) -> None:
    """Around what a <use> repeats there is nothing of the page, in most browsers: such a rule would not hold there."""
    style = re.sub(
        r"/\*.*?\*/|@media[^{]*", "", page.split("<style>")[1].split("</style>", maxsplit=1)[0], flags=re.DOTALL
    )
    selectors = [one.strip() for part in re.findall(r"([^{}]+){", style) for one in part.split(",")]
    named = [one for one in selectors if re.search(rf"\.({'|'.join(TONES)})\b|\b(text|tspan)\b", one)]
    assert [one for one in named if re.search(r"[\s>+~]", one)] == []
    assert {".label", ".end", "text", "tspan[dx]"} <= set(named)
    assert "<use " in page


def test_nothing_but_pictures_has_the_look_of_what_is_in_them(page: str) -> None:
    classes = {name for of in re.findall(r'class="([^"]*)"', without_pictures(page)) for name in of.split()}
    assert {"panel", "note"} <= classes
    assert classes.isdisjoint(TONES)


def test_the_same_release_has_the_same_pictures(made: Round, page: str) -> None:
    forget()
    assert made.files()["index.html"].decode() == page
