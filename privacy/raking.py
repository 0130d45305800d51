"""Raking (iterative proportional fitting): a table made to add up to given sums, its proportions kept otherwise.

Source: Deming and Stephan 1940; docs/privacy.md, section 5, "Modelled".
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Margin = tuple[int, Floats]

_ROUNDS = 30


def rake(cells: Floats, margins: Sequence[Margin]) -> Floats:
    """Scale the cells, a margin after the other and again, until they add up to all of them.

    margins: the axis that is summed over, and the sums. Nothing can be scaled up from zero.
    """
    for _ in range(_ROUNDS):
        for axis, wanted in margins:
            there = cells.sum(axis=axis)
            factor = np.divide(wanted, there, out=np.zeros(there.shape), where=there > 0)
            cells = cells * np.expand_dims(factor, axis)
    return cells
