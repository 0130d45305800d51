"""Tables without negative cells, as near to the measured ones as their noise asks for.

Nearest: the sum over all coordinates of (coordinate - measured)^2 / variance is as small as it can be, which is
weighted least squares in the sense of the exact noise. First the tables for everyone by themselves; then, these being
given, all others at once. In one go the many small cells of the splits, which can only be moved up, would push the
precise tables for everyone away from what was measured.
Source: docs/privacy.md, section 5, "Display"; the search is ADMM as in Boyd et al. 2011.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from privacy.coordinates import Coordinates, Views
from privacy.measurement import Measurement
from privacy.variances import Variances
from privacy.workload import Table, Workload

Floats = npt.NDArray[np.float64]

_STEPS = 200
_FOUND = 1e-6  # respondents; a search that stopped earlier would stop elsewhere on another machine
_RELAXED = 1.7  # each step goes a little further than it says, as is usual
_PULL = 10.0  # how hard cells pull, beside their noise; only the speed depends on it


def nearest(measurement: Measurement) -> Mapping[str, Floats]:
    """Every measured table, by name. Shapes: the tables'. Units: respondents, never negative.

    Guarantee: a table summed over an axis that counts everybody once is the narrower table, to a fraction of a
    respondent. Deterministic. Source: docs/privacy.md, section 5, "Display".
    """
    coordinates = Coordinates(measurement.workload, tuple(measurement.residuals))
    measured, variance = coordinates.measured(measurement)
    free = np.ones(coordinates.length, dtype=np.bool_)
    for tables in _in_turn(measurement.tables):
        views = Views(coordinates, _widest(measurement.workload, tables))
        measured = _Search(views, measured, variance, free).found(measurement)
        for table in tables:
            free[coordinates.places(table)[0]] = False
    everything = Views(coordinates, measurement.tables)
    return everything.split(np.maximum(everything.read(measured), 0.0))


def _in_turn(tables: Sequence[Table]) -> tuple[Sequence[Table], ...]:
    """The tables for everyone (of a cohort question that is its size table), and all."""
    everyone = [table for table in tables if not table.by or (len(table.by) == 1 and not table.of)]
    return everyone, tables


def _widest(workload: Workload, tables: Sequence[Table]) -> list[Table]:
    """The tables of which all others are sums: if these have no negative cells, none has."""
    return [table for table in tables if not any(_adds_up(workload, wide, table) for wide in tables)]


def _adds_up(workload: Workload, wide: Table, narrow: Table) -> bool:
    further = set(wide.axes) - set(narrow.axes)
    return set(narrow.axes) < set(wide.axes) and all(workload.axis(name).single for name in further)


@dataclass(frozen=True, slots=True, eq=False)
class _Search:
    """Alternating directions: free coordinates, cells that are not negative, and the price of their difference."""

    views: Views
    measured: Floats
    variance: Floats
    free: npt.NDArray[np.bool_]

    def found(self, measurement: Measurement) -> Floats:
        """The coordinates. Those that are not free stay as they are."""
        exact, views = Variances(measurement.workload, measurement.scales), self.views
        pull = views.spread({table.name: _PULL / exact.cell(table) for table in views.tables})
        curvature = 1 / self.variance + views.added(pull * views.factors**2)
        at = self.measured
        cells = np.maximum(views.read(at), 0.0)
        price = np.zeros(cells.shape)
        for _ in range(_STEPS):
            pulled = self.measured / self.variance + views.gather(pull * (cells - price))
            at = np.where(self.free, pulled / curvature, self.measured)
            read = views.read(at)
            if float(read.min()) > -_FOUND and float(np.abs(read - cells).max()) < _FOUND:
                break
            ahead = _RELAXED * read + (1 - _RELAXED) * cells + price
            cells = np.maximum(ahead, 0.0)
            price = ahead - cells
        return at
