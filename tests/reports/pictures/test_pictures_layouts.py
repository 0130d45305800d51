"""Layouts: figures stand where they belong, all within the picture, and what is not shown is a gap."""

from collections.abc import Sequence
from itertools import combinations

import pytest

from reports.charts import Cell, Chart, Group, chart
from reports.page.briefs import Line as Figure
from reports.pictures.amounts import Row, Tick, amount_ticks, distribution, rows
from reports.pictures.bars import share_bars
from reports.pictures.heat import crossed, grouped, heat
from reports.pictures.marks import BESIDE, LEVELS, SMALL, WIDTH, Block, Line, Picture, Words
from reports.pictures.ranked import ranked
from reports.pictures.strips import strips
from reports.pictures.wrapping import width
from reports.spans import Spans
from survey.forms.loading import form_from_toml
from survey.forms.model import Amount

LONG = "An answer with a great many words, which no phone has the room to show on a single line of its screen"
HIDDEN, UNCERTAIN = Cell("hidden"), Cell("uncertain")


def cell(share: float, margin: float = 0.05, mark: str = "") -> Cell:
    return Cell("shown", share, margin, max(share - margin, 0.0), share + margin, mark)


def of(*columns: Sequence[Cell], labels: Sequence[str] = (), names: Sequence[str] = ()) -> Chart:
    """A chart with a group a column."""
    answers = labels or [f"Answer number {at} of these" for at in range(len(columns[0]))]
    groups = [Group(names[at] if names else f"Group {at}", tuple(c), "", ()) for at, c in enumerate(columns)]
    return chart([(answer,) for answer in answers], groups)


def blocks(picture: Picture, tone: str) -> list[Block]:
    return [mark for mark in picture.whole if isinstance(mark, Block) and mark.tone == tone]


def lines(picture: Picture, tone: str) -> list[Line]:
    return [mark for mark in picture.whole if isinstance(mark, Line) and mark.tone == tone]


def texts(picture: Picture) -> list[str]:
    return [mark.text for mark in picture.whole if isinstance(mark, Words)]


def figures(*values: tuple[float, float, float]) -> tuple[Figure, ...]:
    return tuple(Figure(f"line {at}", "shown", f"{at}00", f"{at} to 9", value) for at, value in enumerate(values))


def quarters(*told: tuple[str, str]) -> tuple[Figure, ...]:
    labels = ("What a quarter stay below", "Half have less than", "Three quarters have less than")
    return tuple(Figure(label, "shown", *of, (0.5, 0.4, 0.6)) for label, of in zip(labels, told, strict=True))


TOLD = [
    quarters(("under 1,000", "up to 1,230"), ("25,300", "23,100 to 27,400"), ("106,000", "100,000 to 113,000")),
    quarters(("7", "5 to 9"), ("10,600,000", "9,840,000 to 11,200,000"), ("106,000,000", "98,400,000 to 112,000,000")),
    quarters(
        ("under 1,000,000,000 francs a year for each member", "up to 1,230,000,000,000"),
        ("25,300,000,000", "23,100,000,000 to 27,400,000,000"),
        ("106,000,000,000,000,000", "100,000,000,000,000,000 to 113,000,000,000,000,000"),
    ),
]
FOUR = (cell(0.4), cell(0.2, 0.3), UNCERTAIN, HIDDEN)
WIDE = of(*[[cell(0.1 * at + 0.05) for at in range(9)]] * 10, labels=[LONG] * 9, names=[LONG] * 10)
EVERY = [
    share_bars(of(FOUR), "bars"),
    share_bars(of(FOUR, labels=["1", "2", "3", "4"]), "short"),
    share_bars(of(FOUR, labels=[LONG] * 4), "long"),
    ranked(of(FOUR, FOUR, labels=[LONG] * 4), "ranked"),
    *strips(of(FOUR, FOUR, names=["Everyone", LONG]), True),
    *heat(WIDE, grouped(WIDE, "many groups")),
    distribution(of([cell(0.05)] * 33), "amounts", [Tick(0.5, "10")], figures((0.2, 0.1, 0.3), (0.5, 0.4, 0.6))),
    rows("quarters", [Row(LONG, figures((0.1, 0, 0.2), (0.5, 0.4, 0.6), (0.9, 0.8, 1)))], [Tick(0, "1"), Tick(1, "5")]),
    *(distribution(of([cell(0.05)] * 33), f"amounts of {told[-1].value}", (), told) for told in TOLD),
    *(rows(f"groups of {told[-1].value}", [Row("Everyone", told), Row(LONG, told)], ()) for told in TOLD),
]


def ends_of(words: Words) -> tuple[float, float, float, float]:
    """Left, right, top and bottom; a margin beside a number is small."""
    large = 14 * {"label": 1.0, "number": 1.1}.get(words.tone, SMALL / 14)
    number, _, margin = words.text.partition(BESIDE)
    wide = width(number, large) + (5 + width(margin, SMALL) if margin else 0)
    left = words.x - wide * {"start": 0, "middle": 0.5, "end": 1}[words.anchor]
    return left, left + wide, words.y - 11, words.y


@pytest.mark.parametrize("picture", EVERY, ids=lambda picture: picture.title)
def test_every_mark_lies_within_its_picture(picture: Picture) -> None:
    for mark in picture.whole:
        match mark:
            case Block():
                assert mark.width > 0
                assert mark.height > 0
                ends = (mark.x, mark.x + mark.width, mark.y, mark.y + mark.height)
            case Line():
                ends = (mark.x, mark.x2, mark.y, mark.y2)
            case Words():
                ends = ends_of(mark)
        assert -1 <= min(ends[:2]) <= max(ends[:2]) <= WIDTH + 1, mark
        assert -1 <= min(ends[2:]) <= max(ends[2:]) <= picture.height, mark


@pytest.mark.parametrize("picture", EVERY, ids=lambda picture: picture.title)
def test_no_words_stand_on_others(picture: Picture) -> None:
    boxes = [(mark.text, ends_of(mark)) for mark in picture.whole if isinstance(mark, Words)]
    for (one, a), (other, b) in combinations(boxes, 2):
        assert a[1] <= b[0] + 1 or b[1] <= a[0] + 1 or a[3] <= b[2] or b[3] <= a[2], (one, other)


def test_bars_are_as_long_as_their_shares_and_lines_as_their_intervals() -> None:
    picture = share_bars(of((cell(0.4, 0.1), cell(0.2, 0.05))), "bars")
    assert [round(bar.width / WIDTH, 6) for bar in blocks(picture, "fill")] == [0.8, 0.4]  # of 50 %
    assert [(line.x / WIDTH, line.x2 / WIDTH) for line in lines(picture, "range")] == [
        pytest.approx((0.6, 1.0)),
        pytest.approx((0.3, 0.5)),
    ]
    assert "40%\N{EN SPACE}±10" in texts(picture)


@pytest.mark.parametrize("missing", [HIDDEN, UNCERTAIN])
def test_what_is_not_shown_is_a_gap_without_a_number(missing: Cell) -> None:
    chart_of = of((missing,), (missing,), labels=["Red"], names=["Everyone", "Blue"])
    for picture in (share_bars(chart_of, "t"), ranked(chart_of, "t"), *strips(chart_of, True)):
        assert not blocks(picture, "fill")
        assert not lines(picture, "range")
        assert not lines(picture, "dot")
        assert lines(picture, "gap")
        told = [text for text in texts(picture) if any(c.isdigit() for c in text)]
        assert set(told) <= {"0", "100%", "top 1"}  # the scale
        assert "%" not in picture.words
        assert "Not shown" in picture.words


def test_a_group_that_differs_has_a_mark_that_is_no_colour() -> None:
    (picture,) = strips(of((cell(0.2),), (cell(0.4, mark="higher"),), (cell(0.05, mark="lower"),)), True)
    assert texts(picture).count("▲") == 1
    assert texts(picture).count("▼") == 1
    assert "higher than all: Group 1 40%" in picture.words
    assert "lower than all: Group 2 5%" in picture.words


def test_everyone_is_a_line_through_the_cohorts() -> None:
    (picture,) = strips(of((cell(0.3),), (cell(0.4),)), True)
    (whole,) = lines(picture, "all")
    ring, dot = lines(picture, "ring") + lines(picture, "dot")
    assert whole.x == whole.x2 == ring.x < dot.x


def test_a_heat_map_is_stronger_where_there_are_more_and_blank_where_nothing_is_shown() -> None:
    pairs = [("a", "x"), ("a", "y"), ("b", "x"), ("b", "y")]
    cells = (cell(0.5), cell(0.25), cell(0.0), UNCERTAIN)
    drawn = chart(pairs, [Group("Everyone", cells, "", ())])
    (picture,) = heat(drawn, crossed(drawn, "t", 2))
    assert len(blocks(picture, f"heat{LEVELS}")) == 1
    assert len(blocks(picture, "heat1")) == 1
    assert sum(len(blocks(picture, f"heat{level}")) for level in range(1, LEVELS + 1)) == 3
    assert "?" in texts(picture)
    assert "50%" in texts(picture)
    assert "±5" in texts(picture)


def test_columns_that_have_no_room_for_their_names_are_spread_over_several_maps() -> None:
    maps = heat(WIDE, grouped(WIDE, "t"))
    assert len(maps) == 2
    assert [text for text in texts(maps[0]) if len(text) == 1] == list(
        "ABCD"
    ) * 2  # with their meaning, then over columns
    assert sum(len(blocks(one, f"heat{level}")) for one in maps for level in range(1, LEVELS + 1)) == 90


def test_a_ranking_has_two_bars_an_option() -> None:
    picture = ranked(of((cell(0.2),), (cell(0.3),), (cell(0.4),), labels=["Red"]), "t")
    assert blocks(picture, "deep")[0].width * 2 == pytest.approx(blocks(picture, "fill")[0].width)
    assert {"first", "top 2"} <= set(texts(picture))


AMOUNT = """
id = "pay"
title = "Pay"
intro = "Pay"
[[page]]
title = "Pay"
why = "Pay"
[[page.question]]
id = "pay"
kind = "amount"
label = "Pay"
unit = "EUR"
lower = 10
upper = 100_000
per_decade = 4
zero = "Nothing"
"""


def test_a_scale_of_amounts_shows_whole_decades_where_brackets_meet() -> None:
    question = form_from_toml(AMOUNT).question("pay")
    assert isinstance(question, Amount)
    spans = Spans.of(question)
    ticks = amount_ticks(spans)
    assert [tick.text for tick in ticks] == ["0", "10", "100", "1,000", "10,000", "100,000"]
    for tick in ticks:
        assert spans.value(tick.place * len(spans.ids)) in (float(tick.text.replace(",", "")), None)


def test_quarters_are_a_box_from_the_first_to_the_third_with_an_interval_each() -> None:
    three = figures((0.25, 0.2, 0.3), (0.5, 0.45, 0.6), (0.75, 0.7, 0.8))
    picture = rows("t", [Row("Everyone", three)], ())
    (box,) = blocks(picture, "light")
    assert (box.x / WIDTH, (box.x + box.width) / WIDTH) == pytest.approx((0.25, 0.75))
    assert [line.x / WIDTH for line in lines(picture, "middle")] == pytest.approx([0.25, 0.5, 0.75])
    assert len(lines(picture, "range")) == 3


def test_a_quarter_that_is_not_shown_leaves_no_box() -> None:
    first, _, last = figures((0.25, 0.2, 0.3), (0.5, 0.45, 0.6), (0.75, 0.7, 0.8))
    picture = rows("t", [Row("Everyone", (first, Figure("half", "uncertain"), Figure("three", "hidden")))], ())
    assert not blocks(picture, "light")
    assert len(lines(picture, "range")) == 1
    assert "too uncertain" in texts(picture)
    assert last.marks is not None
