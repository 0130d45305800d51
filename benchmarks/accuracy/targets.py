"""What the engine is meant to reach at 5,000 people, beside what it reached."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.accuracy.large import EVEN, OURS
from benchmarks.accuracy.questionnaire import SETS
from benchmarks.accuracy.runs import READ, Row

RESPONDENTS: Final = 5000
# How many times more precise than the even split, by cohort set.
DISPLAY: Final = {"whole": 1.0, "industry": 1.1, "size": 1.1, "region": 1.1, "pair": 1.4}
MODELLED: Final = {"industry": 1.6, "size": 1.15, "region": 2.0, "pair": 4.5}
VARIANCE: Final = 1.5
BEAT_ALL_ON: Final = ("region", "pair")


@dataclass(frozen=True, slots=True)
class Verdict:
    """One comparison. `reached` and `target`: ratios, larger is better; None where there is nothing to measure yet,
    or nothing promised.
    """

    what: str
    target: float | None
    reached: float | None

    @property
    def said(self) -> str:
        """Met or missed, and by how much."""
        if self.reached is None:
            return "not measured: this version has no such estimate"
        if self.target is None:
            return "no target"
        away = f"{abs(self.reached / self.target - 1):.0%}"
        return f"met ({away} above)" if self.reached >= self.target else f"MISSED by {away}"


def verdicts(rows: Sequence[Row], variances: Mapping[str, float]) -> Iterator[Verdict]:
    """Every target, given the rows at 5,000 people and the total variances of EVEN and OURS."""
    by_kind = {row.reading: row.errors for row in rows if row.method == OURS}
    even = next(row.errors for row in rows if row.method == EVEN and row.reading == READ)
    yield Verdict("unbiased: total variance", VARIANCE, variances[EVEN] / variances[OURS])
    for kind, wanted in (("display", DISPLAY), ("modelled", MODELLED)):
        for name, target in wanted.items():
            ratio = even[name] / by_kind[kind][name] if kind in by_kind else None
            yield Verdict(f"{kind}: {name}, against the even split", target, ratio)
    peers = [row for row in rows if row.method not in (OURS, EVEN)]
    for name in SETS if peers else ():
        best = _best(peers, name)
        ratio = best.errors[name] / by_kind["modelled"][name] if "modelled" in by_kind else None
        yield Verdict(
            f"modelled: {name}, against the best peer ({best.method})", 1.0 if name in BEAT_ALL_ON else None, ratio
        )


def _best(peers: Sequence[Row], name: str) -> Row:
    return min(peers, key=lambda row: row.errors[name])
