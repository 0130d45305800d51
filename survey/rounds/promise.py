"""What a round promises about its releases: the unit, the budget, every table and how precise it will be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import inf, prod
from typing import Any

from survey.forms.axes import axes as form_axes
from survey.forms.model import Form


@dataclass(frozen=True, slots=True)
class PromisedAxis:
    """One thing that is counted: its cells, and how many of them one respondent can be counted in."""

    name: str
    size: int
    touches: int
    outside: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PromisedNoise:
    """The noise of one residual, which all tables over these axes share; rho: its cost, scale: in its own units."""

    axes: tuple[str, ...]
    rho: float
    scale: float


@dataclass(frozen=True, slots=True)
class PromisedTable:
    """One table that will be released.

    sd: the noise of one of its cells, in respondents. margin: expected 95 % noise margin of a share in a cohort of mean
    size (None if no share can be given), sampling: that of sampling beside it, if respondents were a random sample.
    cohorts: how many there are, shown: how many of them are expected to be shown: large enough, and not too uncertain.
    """

    name: str
    by: tuple[str, ...]
    of: tuple[str, ...]
    sd: float
    margin: float | None
    cohorts: int
    shown: float
    sampling: float

    def could_be_expected(self, inside: Mapping[str, int]) -> bool:
        """Of this table alone; inside: the number of cells that are answers, by axis."""
        margins = (0.0 if self.margin is None else self.margin, self.sampling)
        possible = all(0 <= margin < inf for margin in margins) and 0 <= self.shown <= self.cohorts
        return possible and self.cohorts == prod(inside[name] for name in self.by)


@dataclass(frozen=True, slots=True)
class PromisedTerm:
    """The term whose budget the round is charged to; days as ISO 8601 dates."""

    start: str
    end: str
    epsilon: float
    delta: float


@dataclass(frozen=True, slots=True)
class Promise:
    """The privacy part of a manifest. Unit: one eligibility's response in this round, added or removed."""

    epsilon: float
    delta: float
    rho: float
    replacement_epsilon: float
    question_epsilon: float
    respondents: int
    minimum_responses: int
    min_cohort: int
    beta: float
    usable_margin: float
    weigh: str
    term: PromisedTerm
    axes: tuple[PromisedAxis, ...]
    noise: tuple[PromisedNoise, ...]
    tables: tuple[PromisedTable, ...]

    def fits(self, form: Form) -> bool:
        """Whether every axis is one of the form's, cell for cell."""
        known = {a.id: PromisedAxis(a.id, len(a.cells), a.touches, a.outside) for a in form_axes(form)}
        return all(known.get(axis.name) == axis for axis in self.axes)

    def could_be_expected(self) -> bool:
        """Whether each table states as many cohorts as it has, and a precision that some planned figures could give.

        Which figures a host planned with is not all in a promise, so that they give this precision is not checked.
        """
        inside = {axis.name: axis.size - len(axis.outside) for axis in self.axes}
        return all(table.could_be_expected(inside) for table in self.tables)

    def workload_json(self) -> dict[str, Any]:
        """Axes and tables alone, as the privacy engine reads a workload."""
        tables = [{"name": t.name, "by": list(t.by), "of": list(t.of)} for t in self.tables]
        return {"axes": self.to_json()["axes"], "tables": tables}

    def allocation_json(self) -> dict[str, Any]:
        """The noise alone, as the privacy engine reads an allocation."""
        entries = [{"axes": list(n.axes), "rho": n.rho, "scale": n.scale} for n in self.noise]
        return {"rho": self.rho, "entries": entries}

    def to_json(self) -> dict[str, Any]:
        document: dict[str, Any] = _listed(asdict(self))
        return document

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Promise:
        """From a document that the manifest's schema has already checked."""
        return cls(
            **{key: value for key, value in data.items() if key not in ("term", "axes", "noise", "tables")},
            term=PromisedTerm(**data["term"]),
            axes=tuple(PromisedAxis(**{**a, "outside": tuple(a["outside"])}) for a in data["axes"]),
            noise=tuple(PromisedNoise(**{**n, "axes": tuple(n["axes"])}) for n in data["noise"]),
            tables=tuple(PromisedTable(**{**t, "by": tuple(t["by"]), "of": tuple(t["of"])}) for t in data["tables"]),
        )


def _listed(value: Any) -> Any:
    """Tuples as lists, all the way down, as JSON reads them back."""
    if isinstance(value, dict):
        return {key: _listed(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_listed(inner) for inner in value]
    return value
