"""Places among brackets become amounts, and nothing where a bracket is open."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.spans import Spans, is_geometric
from survey.forms.brackets import edges_per_decade
from survey.forms.labels import Label
from survey.forms.model import Amount


def amount(edges: tuple[int, ...], zero: bool = False) -> Amount:
    name = Label.of("Amount")
    return Amount("pay", name, name, (), edges, name if zero else None)


DECADES = amount(edges_per_decade(10, 10_000, 4))
PLAIN = amount((-50, -10, 0, 10, 50), zero=True)


def test_edges_of_a_form_that_counts_per_decade_are_known_again() -> None:
    assert is_geometric(DECADES)
    assert is_geometric(amount(edges_per_decade(3, 700, 7)))
    assert not is_geometric(PLAIN)
    assert not is_geometric(amount((10, 20, 30, 40)))


@given(st.integers(1, 500), st.floats(0.2, 5), st.integers(1, 100))
def test_every_number_per_decade_that_a_form_may_ask_for_is_known_again(lower: int, decades: float, many: int) -> None:
    upper = max(int(lower * 10**decades), lower + 1)
    try:
        edges = edges_per_decade(lower, upper, many)
    except ValueError:  # closer together than integers can be
        return
    assert is_geometric(amount(edges))


def test_whether_edges_are_parts_of_decades_is_told_without_trying_them_all(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[int] = []
    edges = edges_per_decade(10, 10_000_000, 8)

    def noted(lower: int, upper: int, per_decade: int) -> tuple[int, ...]:
        tried.append(per_decade)
        return edges_per_decade(lower, upper, per_decade)

    monkeypatch.setattr("reports.spans.edges_per_decade", noted)
    assert not is_geometric(amount((*edges[:3], edges[3] + 1, *edges[4:])))
    assert 1 <= len(tried) <= 3


def test_amounts_are_interpolated_by_their_logarithm_in_decades_and_straight_otherwise() -> None:
    assert Spans.of(DECADES).value(1.5) == pytest.approx((10 * 18) ** 0.5)
    assert Spans.of(amount((10, 20, 30, 40))).value(1.25) == pytest.approx(12.5)


def test_an_open_bracket_has_no_amount_and_limits_an_interval_at_its_one_edge() -> None:
    spans = Spans.of(DECADES)
    last = float(len(spans.ids))
    assert (spans.value(0.5), spans.low(0.5), spans.high(0.5)) == (None, None, 10.0)
    for place in (last - 0.5, last):
        assert (spans.value(place), spans.low(place), spans.high(place)) == (None, 10_000.0, None)


def test_zero_has_a_bracket_without_width() -> None:
    spans = Spans.of(PLAIN)
    place = spans.ids.index("zero")
    assert spans.ids[place - 1 : place + 2] == ("-10-0", "zero", "0-10")
    assert {spans.value(place + part) for part in (0.0, 0.3, 0.99)} == {0.0}
    assert spans.value(place - 0.5) == -5.0


@given(st.floats(0, 14), st.floats(0, 14))
def test_amounts_rise_with_their_places(one: float, other: float) -> None:
    spans = Spans.of(DECADES)
    low, high = spans.value(min(one, other)), spans.value(max(one, other))
    assert low is None or high is None or low <= high
