"""What being shown does to a figure: of cohorts about as large as the threshold, those are shown whose noise is high.

A figure that is shown whenever the noisy number who answered reaches some number carries, given that it is shown, more
noise of one sign than of the other. How much of it is likely is estimated from how close to that number it came.
Source: docs/privacy.md, section "Statistics"; truncated normal, median-unbiased.
"""

from math import erfc, sqrt

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_HALVINGS = 40
_FAR = 8.0  # standard deviations: further from the threshold nothing is selected, and nearer than that noise never gets


def shift(answered: Floats, sd: float, least: float) -> Floats:
    """By how much noise has lifted the number who answered, at the median, where it is shown from `least` on.

    Shape: answered's; units: respondents. From 0, far above the threshold, to half of those who answered.
    """
    above = (answered - least) / sd
    found = np.array([_median(float(one)) for one in above.reshape(-1)]).reshape(answered.shape)
    return np.asarray(np.clip(found * sd, 0.0, np.maximum(answered, 0.0) / 2))


def _median(above: float) -> float:
    """The number v with half the chance of exceeding v - above to exceed v, for a standard normal variable."""
    low, high = 0.0, _FAR
    if above >= _FAR:
        return 0.0
    for _ in range(_HALVINGS):
        half = (low + high) / 2
        low, high = (half, high) if _tail(half) > _tail(half - above) / 2 else (low, half)
    return high


def _tail(value: float) -> float:
    """The chance that a standard normal variable exceeds a value."""
    return erfc(value / sqrt(2)) / 2
