from xml.etree import ElementTree

from reports.planned import Planned, planned_picture

TABLES = (
    Planned("Mood", "", 0.05, 0.04, ""),
    Planned("Mood", "Size", 0.2, 0.08, "2.0 of 3 groups"),
    Planned('Tools <b> & "more" of them, and of everything else that is asked', "", None, 0.03, ""),
)
SVG = "{http://www.w3.org/2000/svg}"


def drawn():
    return ElementTree.fromstring(planned_picture("A & B", TABLES, 0.15))  # noqa: S314 (our own)


def test_the_picture_is_well_formed_whatever_labels_hold_and_the_same_each_time():
    assert drawn().find(f"{SVG}title").text == "A & B"
    assert planned_picture("A & B", TABLES, 0.15) == planned_picture("A & B", TABLES, 0.15)


def test_every_number_stands_in_the_picture_as_text_and_in_its_description():
    root = drawn()
    texts = " ".join(text.text for text in root.iter(f"{SVG}text"))
    for words in ("± 5.0, sampling ± 4.0", "± 20.0, sampling ± 8.0 · 2.0 of 3 groups", "no share can be given"):
        assert words in texts
        assert words in root.find(f"{SVG}desc").text
    assert 'Tools <b> & "more" of them, and of everything else that is asked' in root.find(f"{SVG}desc").text
    assert root.get("role") == "img"
    assert {root.find(f"{SVG}{name}").get("id") for name in ("title", "desc")} == set(
        root.get("aria-labelledby").split()
    )


def test_bars_are_as_long_as_their_margins_and_marked_beyond_the_usable_one():
    bars = [group.find(f"{SVG}rect") for group in drawn().iter(f"{SVG}g")]
    widths = [float(bar.get("width")) for bar in bars]
    assert abs(widths[1] / widths[0] - 4) < 0.01
    assert widths[2] == 0
    assert [bar.get("class") for bar in bars] == ["noise", "wide", "noise"]


def test_nothing_is_fetched_from_elsewhere():
    assert "http" not in planned_picture("A", TABLES, 0.15).replace("http://www.w3.org/2000/svg", "")
