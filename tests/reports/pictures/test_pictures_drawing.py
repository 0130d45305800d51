"""Marks as SVG: where they stand, whose they are, and that a label is text and nothing else."""

from xml.etree import ElementTree as ET

from reports.pictures.drawing import drawn
from reports.pictures.marks import Block, Line, Words, beside

HOSTILE = """"><script>alert(1)</script>&copy;\x00\ud800\u202e"""


def test_blocks_lines_and_words_stand_where_they_were_put() -> None:
    marks = (
        Block("fill", 10, 20.25, 100, 8),
        Line("range", 30, 24, 90.06, 24),
        Words("label", 0, 15, "Red"),
        Words("number", 328, 15, beside("34%", "±8"), "end"),
        Words("small", 5, 40, "0"),
    )
    assert drawn([marks]) == (
        '<path class="fill" d="M10 20.2h100v8h-100"/><path class="range" d="M30 24h60.1"/>'
        '<text class="label" x="0" y="15">Red</text>'
        '<text class="number end" x="328" y="15">34%<tspan dx="5">±8</tspan></text>'
        '<text x="5" y="40">0</text>',
    )


def test_marks_of_one_tone_are_one_path_and_words_of_one_line_one_text() -> None:
    marks = (*(Block("track", 0, at, 5, 5) for at in (0, 10)), *(Words("strong", at, 9, f"{at}") for at in (1, 2)))
    (inside,) = drawn([marks])
    assert inside.count("<path") == 1
    assert inside.count("<text") == 1
    assert '<tspan x="1">1</tspan><tspan x="2">2</tspan>' in inside


def test_words_that_look_alike_say_once_how() -> None:
    (inside,) = drawn([(Words("label", 0, 9, "a"), Words("label", 0, 19, "b"), Words("small", 0, 29, "c", "end"))])
    assert inside == (
        '<g class="label"><text x="0" y="9">a</text><text x="0" y="19">b</text></g>'
        '<text class="end" x="0" y="29">c</text>'
    )


def test_tones_are_painted_in_one_order_whatever_order_they_came_in() -> None:
    marks = (Line("dot", 1, 1, 1, 1), Line("range", 0, 1, 9, 1), Block("fill", 0, 0, 9, 9), Block("track", 0, 0, 9, 9))
    (inside,) = drawn([marks])
    at = [inside.index(f'class="{tone}"') for tone in ("track", "fill", "range", "dot")]
    assert at == sorted(at)


def test_every_picture_gets_its_own_marks_and_no_other() -> None:
    found = drawn([(Words("label", 0, 9, f"picture {at}"), Block("fill", at, 0, 1, 1)) for at in range(12)] + [()])
    for at, inside in enumerate(found[:12]):
        assert f">picture {at}<" in inside
        assert f"M{at} 0h1" in inside
    assert found[12] == ""


def test_a_label_is_text_and_nothing_else() -> None:
    (inside,) = drawn([(Words("label", 0, 9, HOSTILE),)])
    (text,) = ET.fromstring(f"<svg>{inside}</svg>")  # noqa: S314
    assert text.text == '"><script>alert(1)</script>&copy;\ufffd\ufffd\u202e'
    assert "font" not in inside
    assert "fill" not in inside


def test_no_pictures_need_no_drawing() -> None:
    assert drawn([]) == ()
