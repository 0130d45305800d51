"""What is audited: a small round in which one person's answers are in question and all others are known."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

import numpy as np
import numpy.typing as npt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from aggregation.promise import make_promise
from aggregation.wishes import Wishes
from survey.forms.codec import Answers, encode
from survey.forms.loading import form_from_toml
from survey.rounds.eligibility import CODES_ONLY
from survey.rounds.manifest import Manifest, Service
from survey.rounds.promise import PromisedTerm
from survey.sealing import PUBLIC_BYTES
from survey.tokens import TokenKey

Records = npt.NDArray[np.uint8]

# The keys of a round that nobody answers: they sign and seal nothing.
HOST_KEY: Final = Ed25519PrivateKey.from_private_bytes(bytes(32))
_MODULUS: Final = (1 << 2047) + int.from_bytes(hashlib.sha512(b"a modulus that nobody uses").digest()) | 1
_TERM: Final = PromisedTerm("2026-01-01", "2026-12-31", 8.0, 1e-6)

# One question of each kind that is counted in its own way: one cell, several cells, several rows of several cells.
_FORM: Final = """
id = "audited"
title = "An audited form"
intro = "Nobody answers it."

[[page]]
title = "All of it"
why = "Figures are split by team."

[[page.question]]
id = "team"
kind = "choice"
label = "Team"
cohort = true
options = [{ id = "red", label = "Red" }, { id = "blue", label = "Blue" }]

[[page.question]]
id = "mood"
kind = "scale"
label = "Mood"
points = 3

[[page.question]]
id = "tools"
kind = "choices"
label = "Tools"
at_most = 10
options = [
    { id = "t0", label = "0" }, { id = "t1", label = "1" }, { id = "t2", label = "2" }, { id = "t3", label = "3" },
    { id = "t4", label = "4" }, { id = "t5", label = "5" }, { id = "t6", label = "6" }, { id = "t7", label = "7" },
    { id = "t8", label = "8" }, { id = "t9", label = "9" },
]

[[page.question]]
id = "okrs"
kind = "okr"
label = "Goals"
rows = 3
objectives = [{ id = "a", label = "A" }, { id = "b", label = "B" }, { id = "c", label = "C" }]
key_results = [{ id = "k", label = "K" }, { id = "l", label = "L" }, { id = "m", label = "M" }]
progress = [{ id = "p", label = "P" }, { id = "q", label = "Q" }]
"""

# She is in as many cells as one person can be: what protects her protects everybody.
_CANARY: Final[Answers] = {
    "team": "red",
    "mood": 1,
    "tools": tuple(f"t{tool}" for tool in range(10)),
    "okrs": (("a", "k", "p"), ("b", "l", "q"), ("c", "m", "q")),
}

_WISHES: Final = Wishes(
    respondents=80,
    epsilon=8.0,
    delta=1e-6,
    min_cohort=10,
    minimum_responses=0,
    usable_margin=0.5,
    beta=0.05,
    by=(("team",),),
    split_only=("tools",),
    cohort_shares={},
    weigh="equal",
    accept_imprecise=True,
)


@dataclass(frozen=True, slots=True)
class Scenario:
    """A round, and how many people of each team answered beside the canary, who is in the first."""

    name: str
    wishes: Wishes
    teams: tuple[int, int]

    def manifest(self) -> Manifest:
        """The round's promise; the same each time."""
        form = form_from_toml(_FORM)
        return Manifest(
            name="audit",
            society="Nobody",
            contact="nobody",
            form=form,
            opens=datetime(2026, 3, 1, tzinfo=UTC),
            closes=datetime(2026, 4, 1, tzinfo=UTC),
            closes_latest=datetime(2026, 4, 1, tzinfo=UTC),
            services=(
                Service("intake", "nobody", "https://intake.invalid"),
                Service("registrar", "nobody", "https://registrar.invalid"),
                Service("tally", "nobody", ""),
            ),
            issuer_name="registrar.invalid",
            origin_info="intake.invalid",
            token_key=TokenKey.from_modulus(_MODULUS).spki,
            sealing_key=bytes(PUBLIC_BYTES),
            host_key=HOST_KEY.public_key().public_bytes_raw(),
            eligibility=CODES_ONLY,
            promise=make_promise(form, self.wishes, _TERM),
        )

    def records(self, with_canary: bool) -> Records:
        """What was answered. Shape: (respondents, record bytes). The canary comes last."""
        form = form_from_toml(_FORM)
        answers = [*self._others(), *([_CANARY] if with_canary else [])]
        return np.stack([np.frombuffer(encode(form, given), np.uint8) for given in answers])

    def _others(self) -> Iterator[Answers]:
        for team, people in zip(("red", "blue"), self.teams, strict=True):
            for person in range(people):
                rows = (("a", "l", "q"),) if person % 3 == 0 else ()
                yield {"team": team, "mood": person % 3 + 1, "tools": (f"t{person % 10}",), "okrs": rows}


SHOWN: Final = Scenario("in a shown cohort", _WISHES, (60, 60))
# Alone she decides whether her team has the minimum.
THRESHOLD: Final = replace(SHOWN, name="at the threshold", teams=(_WISHES.min_cohort - 1, 60))
