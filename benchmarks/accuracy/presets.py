"""What a round of a given size asks and splits: whatever `subrosa plan --preset` proposes, behind one function."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

from survey.forms.model import Form

DELTA: Final = 1e-6
MIN_COHORT: Final = 10
MINIMUM_RESPONSES: Final = 30
USABLE_MARGIN: Final = 0.15
BETA: Final = 0.05


def available() -> bool:
    """Whether this version proposes anything."""
    return find_spec("aggregation.preset") is not None


def preset(form: Form, respondents: int, epsilon: float) -> tuple[Form, Any]:
    """The form as far as it is asked, and the wishes for it."""
    wishes: Any = import_module("aggregation.wishes").Wishes(
        respondents=respondents,
        epsilon=epsilon,
        delta=DELTA,
        min_cohort=MIN_COHORT,
        minimum_responses=MINIMUM_RESPONSES,
        usable_margin=USABLE_MARGIN,
        beta=BETA,
        by=(),
        split_only=(),
        cohort_shares={},
    )
    proposal = import_module("aggregation.preset").propose(form, wishes)
    return proposal.form, proposal.wishes
