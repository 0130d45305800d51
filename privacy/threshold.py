"""Which figures are displayed. Reads noisy estimates only: a threshold on exact counts would itself leak."""

from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from privacy.errors import PrivacyError
from privacy.estimate import Estimate
from privacy.modelled import RELIABLE

Floats = npt.NDArray[np.float64]

SHOWN, HIDDEN, UNCERTAIN = "shown", "hidden", "uncertain"


def status(estimate: Estimate, min_cohort: int, usable_margin: float, beta: float = 0.05) -> npt.NDArray[np.str_]:
    """For each cell "shown", "hidden" (possibly too few answered) or "uncertain" (too noisy to use).

    Shape: the table's. Guarantee, over the noise: a cohort of fewer than min_cohort people has anything at all shown
    with a chance of at most beta, since one and the same noisy size decides for all its figures; and a figure that
    fewer of them answered has that chance too. Cells without a share that may be displayed carry their count only.
    """
    if min_cohort < 0 or usable_margin <= 0 or not 0 < beta < 1:
        raise PrivacyError("a threshold needs min_cohort >= 0, usable_margin > 0 and beta between 0 and 1")
    enough = large_enough(estimate.answered, estimate.answered_sd, min_cohort, beta)
    enough &= large_enough(estimate.people, estimate.people_sd, min_cohort, beta)
    further = estimate.share.ndim - enough.ndim
    enough = np.broadcast_to(enough.reshape(enough.shape + (1,) * further), estimate.share.shape)
    return judged(enough, estimate.margin_noise > usable_margin)  # not too noisy where there is no share


def large_enough(answered: Floats, sd: Floats | float, min_cohort: int, beta: float) -> npt.NDArray[np.bool_]:
    """Whether at least min_cohort answered, as far as the noise lets one tell; not where it is not known."""
    return np.asarray(answered - quantile(beta) * sd >= min_cohort)


def judged(enough: npt.NDArray[np.bool_], too_noisy: npt.NDArray[np.bool_]) -> npt.NDArray[np.str_]:
    """The three words, from whether a cohort is large enough and its figure too noisy. Shape: both have the same."""
    return np.where(enough, np.where(too_noisy, UNCERTAIN, SHOWN), HIDDEN)


def modelled_instead(estimate: Estimate, verdict: npt.NDArray[np.str_], usable_margin: float) -> npt.NDArray[np.bool_]:
    """Where a modelled figure is displayed: the measured one is too uncertain, and the model is precise and reliable.

    verdict: what `status` says. Shape: the table's. Never where too few may have answered.
    """
    if estimate.model is None:
        return np.zeros(estimate.share.shape, dtype=np.bool_)
    precise = (estimate.model.margin_noise <= usable_margin) & ~np.isnan(estimate.model.share)
    return np.asarray((verdict == UNCERTAIN) & precise & (estimate.model.reliability >= RELIABLE))


def quantile(beta: float) -> float:
    """How many standard deviations of noise are taken off before a cohort counts as large enough."""
    return NormalDist().inv_cdf(1 - beta)
