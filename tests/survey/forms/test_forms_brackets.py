import dataclasses
from itertools import pairwise

import pytest
from form_samples import every_kind, label_of
from hypothesis import assume, given
from hypothesis import strategies as st

from survey.forms.brackets import (
    bin_ids,
    bin_of,
    bin_starts,
    bracket_ids,
    bracket_labels,
    bracket_of,
    check_edges,
    edges_per_decade,
    in_base_unit,
    zero_is_possible,
)
from survey.forms.model import Amount, Option, Score

PAY = every_kind().question("pay")


def amount(*edges, zero=False):
    return Amount("pay", label_of("Pay"), label_of("EUR"), (), edges, label_of("Nothing") if zero else None)


def score(items, points, bins):
    options = tuple(Option(f"i{index}", label_of("Item")) for index in range(items))
    return Score("tired", label_of("Tired"), points, options, bin_starts(items, points, bins))


def test_edges_of_a_decade_are_rounded_half_up_and_end_with_upper():
    assert edges_per_decade(10, 1000, 8) == (
        *(10, 13, 18, 24, 32, 42, 56, 75),
        *(100, 133, 178, 237, 316, 422, 562, 750, 1000),
    )
    assert edges_per_decade(1, 100, 1) == (1, 10, 100)
    assert edges_per_decade(20, 90, 3) == (20, 43, 90)


def test_edges_that_collapse_are_refused():
    for lower, upper, per_decade in ((1, 10, 8), (10, 10_000, 100), (10, 178, 4)):
        with pytest.raises(ValueError, match="take fewer"):
            edges_per_decade(lower, upper, per_decade)
    with pytest.raises(ValueError, match="rising"):
        check_edges([1, 3, 2])
    with pytest.raises(ValueError, match="rising"):
        check_edges([1, 1])


@given(st.integers(1, 10**6), st.integers(2, 10**12), st.integers(1, 20))
def test_edges_of_a_decade_are_exact(lower, upper, per_decade):
    """Edge i is e with (e - 1/2)^k <= lower^k 10^i < (e + 1/2)^k: checked in whole numbers, without roots."""
    assume(lower < upper)
    try:
        edges = edges_per_decade(lower, upper, per_decade)
    except ValueError:
        return
    assert edges[-1] == upper
    assert all(low < high for low, high in pairwise(edges))
    for index, edge in enumerate(edges[:-1]):
        exact = 2**per_decade * lower**per_decade * 10**index
        assert (2 * edge - 1) ** per_decade <= exact < (2 * edge + 1) ** per_decade
        assert exact < (2 * upper) ** per_decade
    assert lower**per_decade * 10 ** (len(edges) - 1) >= upper**per_decade


def test_bracket_ids_have_one_below_and_one_above():
    assert bracket_ids(amount(10, 20)) == ("below-10", "10-20", "from-20")
    assert bracket_ids(amount(-5)) == ("below--5", "from--5")


def test_the_zero_bracket_stands_where_zero_is():
    assert bracket_ids(PAY) == ("below--50", "-50--10", "-10-0", "zero", "0-10", "10-50", "from-50")
    assert bracket_ids(amount(10, 20, zero=True)) == ("zero", "below-10", "10-20", "from-20")
    assert bracket_ids(amount(0, 20, zero=True)) == ("below-0", "zero", "0-20", "from-20")
    assert bracket_ids(amount(-20, 0, zero=True)) == ("below--20", "-20-0", "zero", "from-0")


def test_zero_needs_to_be_an_edge_or_below_all():
    assert zero_is_possible((0,))
    assert zero_is_possible((5, 10))
    assert not zero_is_possible((-5, 5))
    assert not zero_is_possible((-5,))


@pytest.mark.parametrize(
    ("value", "bracket"),
    [
        (-1e300, "below--50"),
        (-50.000001, "below--50"),
        (-50, "-50--10"),
        (-10, "-10-0"),
        (-5e-324, "-10-0"),
        (0, "zero"),
        (-0.0, "zero"),
        (5e-324, "0-10"),
        (9.999999999999998, "0-10"),
        (10, "10-50"),
        (49.99999999999999, "10-50"),
        (50, "from-50"),
        (1e300, "from-50"),
    ],
)
def test_a_value_at_an_edge_belongs_above_it(value, bracket):
    assert bracket_of(PAY, value) == bracket


def test_zero_without_a_bracket_of_its_own_is_a_value_like_others():
    assert bracket_of(amount(0, 10), 0) == "0-10"
    assert bracket_of(amount(5, 10), 0) == "below-5"
    assert bracket_of(amount(5, 10, zero=True), 0) == "zero"
    assert bracket_of(amount(5, 10, zero=True), -1) == "below-5"
    assert bracket_of(amount(5, 10, zero=True), 5) == "5-10"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_no_bracket_holds_what_is_not_finite(value):
    with pytest.raises(ValueError, match="finite"):
        bracket_of(PAY, value)


@given(
    st.sets(st.integers(-100, 100), min_size=1, max_size=9),
    st.booleans(),
    st.floats(-150, 150) | st.integers(-101, 101).map(float),
)
def test_a_bracket_holds_exactly_the_values_that_its_id_says(edges, zero, value):
    edges = sorted(edges)
    question = amount(*edges, zero=zero and zero_is_possible(edges))
    found = bracket_of(question, value)
    if question.zero is not None and value == 0:
        assert found == "zero"
        return
    below = [edge for edge in edges if edge <= value]
    above = [edge for edge in edges if edge > value]
    name = f"below-{above[0]}" if not below else f"from-{below[-1]}" if not above else f"{below[-1]}-{above[0]}"
    assert found == name
    assert found in bracket_ids(question)


def test_a_value_in_another_unit_is_divided_by_its_rate():
    assert in_base_unit(PAY, 10.8, "USD") == pytest.approx(10)
    assert in_base_unit(PAY, 10.8, "EUR") == in_base_unit(PAY, 10.8) == 10.8
    with pytest.raises(ValueError, match="unit"):
        in_base_unit(PAY, 10.8, "GBP")
    with pytest.raises(ValueError, match="unit"):
        in_base_unit(amount(1), 10.8, "EUR")


def test_brackets_are_labelled_in_words_and_else_in_symbols():
    question = dataclasses.replace(PAY, edges=(0, 1000))
    assert bracket_labels(question) == ("under 0", "Nothing", "0 to under 1,000", "1,000 or more")
    assert bracket_labels(question, "es")[2:] == ("de 0 a menos de 1.000", "1.000 o más")
    assert bracket_labels(question, "de")[2] == "≥ 0, < 1\u202f000"


def test_bins_share_the_sums_as_equally_as_possible():
    assert bin_ids(score(2, 5, 4)) == ("2-3", "4-5", "6-7", "8-10")
    assert bin_ids(score(1, 3, 3)) == ("1", "2", "3")


@given(st.integers(1, 12), st.integers(2, 10), st.data())
def test_every_sum_has_one_bin_and_bins_differ_by_at_most_one(items, points, data):
    sums = items * (points - 1) + 1
    bins = data.draw(st.integers(2, sums))
    question = score(items, points, bins)
    found = [bin_of(question, total) for total in range(items, items * points + 1)]
    assert tuple(dict.fromkeys(found)) == bin_ids(question)
    sizes = [found.count(name) for name in bin_ids(question)]
    assert max(sizes) - min(sizes) <= 1
    assert len(sizes) == bins


@pytest.mark.parametrize("total", [-1, 1, 11])
def test_a_sum_that_cannot_be_is_refused(total):
    with pytest.raises(ValueError, match="between 2 and 10"):
        bin_of(score(2, 5, 4), total)
