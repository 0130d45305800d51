"""Labels in lines: what fits, what is cut, and that nothing is lost on the way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.pictures.wrapping import width, wrapped

TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=80)
SPACES = st.floats(30, 330)


@given(TEXTS, SPACES, st.integers(1, 6))
def test_no_line_is_wider_than_its_space_and_none_is_too_many(text: str, space: float, most: int) -> None:
    lines = wrapped(text, 14, space, most)
    assert 1 <= len(lines) <= most
    assert all(width(line, 14) <= space for line in lines)


@given(TEXTS, SPACES)
def test_where_there_is_room_every_letter_stands_in_its_order(text: str, space: float) -> None:
    lines = wrapped(text, 14, space, 100)
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_what_does_not_fit_ends_in_an_ellipsis() -> None:
    lines = wrapped("Technology, finance or business services of every kind", 12, 124, 2)
    assert len(lines) == 2
    assert lines[-1].endswith("…")
    assert lines[0] == "Technology,"[: len(lines[0])] or lines[0].startswith("Technology,")


@pytest.mark.parametrize(("one", "other"), [("mm", "ii"), ("AA", "aa"), ("語語", "aa"), ("e\u0301", "ee")])
def test_letters_are_not_all_as_wide(one: str, other: str) -> None:
    assert (width(one, 14) > width(other, 14)) == (one != "e\u0301")
