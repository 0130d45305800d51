"""The stored form of a measurement: strict, and the same each time."""

import json

import numpy as np
import pytest
from example_rounds import SMALL, pretend
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from privacy.documents import canonical
from privacy.errors import DocumentError
from privacy.measurement import Measurement, NoisyResidual
from privacy.residuals import closure, shape

CELL = st.integers(-(2**53) + 1, 2**53 - 1)


@st.composite
def measurements(draw: st.DrawFn) -> Measurement:
    complete = draw(st.booleans())
    noisy = {}
    for axes in closure(SMALL):
        if complete or not axes:
            values = draw(arrays(np.int64, shape(SMALL, axes), elements=CELL))
            scale, rho = draw(st.floats(0.1, 1e6)), draw(st.floats(1e-9, 10))
            noisy[axes] = NoisyResidual(axes, scale, rho, values)
    return Measurement(draw(st.text(min_size=1)), SMALL, noisy, complete)


@given(measurements())
def test_a_measurement_survives_its_json(measurement: Measurement) -> None:
    written = canonical(measurement.to_json())
    read = Measurement.from_json(json.loads(written))
    assert canonical(read.to_json()) == written
    assert read.workload == measurement.workload
    assert read.tables == measurement.tables
    for axes, noisy in measurement.residuals.items():
        again = read.residuals[axes]
        assert np.array_equal(again.values, noisy.values)
        assert (again.axes, again.scale, again.rho) == (axes, noisy.scale, noisy.rho)


def document() -> dict:
    tables = {table.name: np.zeros(SMALL.shape(table.name), dtype=np.int64) for table in SMALL.tables}
    return pretend(SMALL, tables, dict.fromkeys(closure(SMALL), 1.5)).to_json()


def with_residual(position: int, **change: object) -> dict:
    whole = document()
    whole["residuals"][position] |= change
    return whole


INDUSTRY, INDUSTRY_MOOD = (closure(SMALL).index(axes) for axes in (("industry",), ("industry", "mood")))


@pytest.mark.parametrize(
    "broken",
    [
        None,
        document() | {"more": 1},
        {key: value for key, value in document().items() if key != "complete"},
        document() | {"complete": 1},
        document() | {"complete": False},
        document() | {"round": 3},
        document() | {"residuals": []},
        document() | {"residuals": document()["residuals"][::-1]},
        document() | {"residuals": document()["residuals"] * 2},
        with_residual(0, axes=["mood"]),
        with_residual(INDUSTRY_MOOD, axes=["mood", "industry"]),
        with_residual(0, axes=None),
        with_residual(0, values=1.0),
        with_residual(0, values=True),
        with_residual(0, values=2**53),
        with_residual(0, values=[1]),
        with_residual(INDUSTRY, values=[0, 0]),
        with_residual(INDUSTRY, values=0),
        with_residual(INDUSTRY_MOOD, values=[[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0]]),
        with_residual(0, scale=0),
        with_residual(0, scale="1"),
        with_residual(0, rho=-1),
        with_residual(0, more=1),
    ],
)
def test_a_malformed_measurement_document_is_refused(broken: object) -> None:
    with pytest.raises(DocumentError):
        Measurement.from_json(broken)


def test_a_measurement_is_read_only() -> None:
    with pytest.raises(ValueError):
        Measurement.from_json(document()).residuals["mood",].values[0] = 7
