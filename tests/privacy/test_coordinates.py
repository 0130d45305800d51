"""Coordinates: what tables read from them is what was measured, in a basis in which the noise is independent."""

import numpy as np
import pytest
from example_rounds import SMALL, count, equally_dear, pretend, random_records

from privacy.coordinates import Coordinates, Views, helmert
from privacy.reconstruction import reconstruct
from privacy.variances import Variances

MEASURED = pretend(
    SMALL, count(SMALL, random_records(SMALL, 60, 3)), equally_dear(SMALL, 2.0), np.random.default_rng(4)
)
COORDINATES = Coordinates(SMALL, tuple(MEASURED.residuals))
VIEWS = Views(COORDINATES, SMALL.tables)


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_a_basis_is_orthonormal_and_starts_with_what_is_constant(size: int) -> None:
    basis = helmert(size)
    assert np.allclose(basis @ basis.T, np.eye(size))
    assert np.allclose(basis[0], basis[0, 0])


def test_tables_read_from_the_coordinates_are_the_unbiased_ones() -> None:
    read = VIEWS.split(VIEWS.read(COORDINATES.measured(MEASURED)[0]))
    for name, cells in reconstruct(MEASURED).items():
        assert np.allclose(read[name], cells)


def test_gathering_is_the_transpose_of_reading() -> None:
    rng = np.random.default_rng(5)
    coordinates, cells = rng.normal(size=COORDINATES.length), rng.normal(size=VIEWS.places.size)
    assert np.dot(VIEWS.read(coordinates), cells) == pytest.approx(np.dot(coordinates, VIEWS.gather(cells)))


def test_independent_coordinates_give_each_cell_its_exact_variance() -> None:
    variance, exact = COORDINATES.measured(MEASURED)[1], Variances(SMALL, MEASURED.scales)
    for table in SMALL.tables:
        view = Views(COORDINATES, [table])
        first = np.zeros(view.places.size)
        first[0] = 1.0
        assert np.sum(view.gather(first) ** 2 * variance) == pytest.approx(exact.cell(table))
