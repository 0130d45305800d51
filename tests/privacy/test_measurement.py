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
from privacy.measurement import Measurement, NoisyTable

CELL = st.integers(-(2**53) + 1, 2**53 - 1)


@st.composite
def measurements(draw: st.DrawFn) -> Measurement:
    complete = draw(st.booleans())
    tables = {}
    for table in SMALL.tables:
        if complete or table.total:
            values = draw(arrays(np.int64, SMALL.shape(table.name), elements=CELL))
            scale, rho = draw(st.floats(0.1, 1e6)), draw(st.floats(1e-9, 10))
            tables[table.name] = NoisyTable(table, scale, rho, values)
    return Measurement(draw(st.text(min_size=1)), SMALL, tables, complete)


@given(measurements())
def test_a_measurement_survives_its_json(measurement: Measurement) -> None:
    written = canonical(measurement.to_json())
    read = Measurement.from_json(json.loads(written))
    assert canonical(read.to_json()) == written
    assert read.workload == measurement.workload
    for name, noisy in measurement.tables.items():
        assert np.array_equal(read.tables[name].values, noisy.values)
        assert (read.tables[name].scale, read.tables[name].rho) == (noisy.scale, noisy.rho)


def document() -> dict:
    tables = {table.name: np.zeros(SMALL.shape(table.name), dtype=np.int64) for table in SMALL.tables}
    return pretend(SMALL, tables, dict.fromkeys(tables, 1.5)).to_json()


def with_table(position: int, **change: object) -> dict:
    whole = document()
    whole["tables"][position] |= change
    return whole


@pytest.mark.parametrize(
    "broken",
    [
        None,
        document() | {"more": 1},
        {key: value for key, value in document().items() if key != "complete"},
        document() | {"complete": 1},
        document() | {"complete": False},
        document() | {"round": 3},
        document() | {"tables": []},
        document() | {"tables": document()["tables"][::-1]},
        with_table(0, values=1.0),
        with_table(0, values=True),
        with_table(0, values=2**53),
        with_table(0, values=[1]),
        with_table(2, values=[0, 0, 0]),
        with_table(2, values=0),
        with_table(3, values=[[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0]]),
        with_table(0, scale=0),
        with_table(0, scale="1"),
        with_table(0, rho=-1),
        with_table(0, more=1),
    ],
)
def test_a_malformed_measurement_document_is_refused(broken: object) -> None:
    with pytest.raises(DocumentError):
        Measurement.from_json(broken)


def test_a_measurement_is_read_only() -> None:
    with pytest.raises(ValueError):
        Measurement.from_json(document()).tables["mood@"].values[0] = 7
