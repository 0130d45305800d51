"""One trial: releases with the canary and without, an attacker who learns from some, and what the others prove."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from audit.attacker import Seen, learn
from audit.bounds import Errors, least_epsilon, least_mu
from audit.faults import FAULTS, Fault
from audit.hurrying import hurrying
from audit.promised import Promised, Suspicion, promised
from audit.reading import read
from audit.releases import Press
from audit.scenarios import SHOWN, THRESHOLD, Scenario

Floats = npt.NDArray[np.float64]

# A bound is too high with a chance of at most this. Two scenarios of the engine with two bounds each make one in a
# thousand, whatever the engine leaks.
ALPHA: Final = 2.5e-4
SUSPICION: Final = "~"  # sorts after every name that a release can give


@dataclass(frozen=True, slots=True)
class Trial:
    """What is attacked: a scenario, as it is or with a fault planted by name; `releases` of either kind.

    `learning`: the part of them that the attacker learns from; the bound is taken on the rest.
    """

    name: str
    scenario: Scenario
    releases: int
    fault: Fault | None = None
    learning: float = 0.5


ENGINE: Final = (
    Trial(f"engine, canary {SHOWN.name}", SHOWN, 4000),
    Trial(f"engine, cohort {THRESHOLD.name}", THRESHOLD, 2500),
)
PLANTED: Final = tuple(Trial(f"fault: {fault.name}", fault.scenario, fault.releases, fault) for fault in FAULTS)


@dataclass(frozen=True, slots=True, eq=False)
class Pages:
    """Releases as numbers. Shape: values (releases, names); a name may be missing where no release has it."""

    names: tuple[str, ...]
    values: Floats


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a trial proved: `mu` and `epsilon` are at least that, each with confidence 1 - ALPHA."""

    promised: Promised
    mu: float
    epsilon: float
    errors: Errors

    @property
    def exceeded(self) -> bool:
        """Whether more leaks than was promised."""
        return self.mu > self.promised.mu or self.epsilon > self.promised.epsilon


def print_releases(trial: Trial, with_canary: bool, many: int) -> Pages:
    """So many releases of one kind, read."""
    suspicion = Suspicion(trial.scenario)  # formed by someone who does not know of the fault
    with ExitStack() as stack:
        if trial.fault is not None:
            stack.enter_context(trial.fault.plant())
        stack.enter_context(hurrying())
        press = Press(trial.scenario, with_canary)
        readings = [read(files) | {SUSPICION: suspicion.of(files)} for files in _printed(press, many)]
    names = tuple(sorted({name for reading in readings for name in reading}))
    return Pages(names, np.array([[reading.get(name, 0.0) for name in names] for reading in readings]))


def _printed(press: Press, many: int) -> Iterator[dict[str, bytes]]:
    for _ in range(many):
        yield dict(press.release())


def judge(trial: Trial, without: Sequence[Pages], with_: Sequence[Pages]) -> Outcome:
    """Learn from the first releases, and bound on the others."""
    promise = promised(trial.scenario.manifest())
    names = tuple(sorted({name for pages in (*without, *with_) for name in pages.names}))
    seen = Seen(_aligned(without, names), _aligned(with_, names))
    learning, held_out = seen.part(0, trial.learning), seen.part(trial.learning, 1)

    def mu(errors: Errors) -> float:
        return least_mu(errors, ALPHA)

    def epsilon(errors: Errors) -> float:
        return least_epsilon(errors, promise.delta, ALPHA)

    errors = learn(learning, mu).errors(held_out)
    return Outcome(promise, mu(errors), epsilon(learn(learning, epsilon).errors(held_out)), errors)


def _aligned(parts: Sequence[Pages], names: tuple[str, ...]) -> Floats:
    column = {name: at for at, name in enumerate(names)}
    whole = np.zeros((sum(len(pages.values) for pages in parts), len(names)))
    row = 0
    for pages in parts:
        whole[row : row + len(pages.values), [column[name] for name in pages.names]] = pages.values
        row += len(pages.values)
    return whole
