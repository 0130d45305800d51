"""A model of the records, fitted to the noisy measurements alone. The one module that needs private-PGM (`mbi`).

Source: McKenna, Sheldon and Miklau 2019, "Graphical-model based estimation and inference for differential privacy".
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import numpy as np

from privacy.measurement import Measurement
from privacy.nearest import nearest
from privacy.residuals import TOTAL, AxisSet, divisor, needed_by
from privacy.workload import Table, Workload
from reports.microdata.columns import Column, Floats, forbidden
from reports.microdata.drawing import Conditional
from reports.microdata.relations import Questions, Relations, Step, questions_of
from survey.forms.model import Form

_STEPS: Final = 1500
_ROUNDED: Final = 10  # decimals of a probability: what the last bits of a float say differs from machine to machine
_ENOUGH: Final = 1e-4  # by which part of the loss fifty steps must lower it to go on

Progress = Callable[[str, int, int], None]


def fit(
    form: Form, measurement: Measurement, known: Mapping[str, Column], held: Relations, progress: Progress
) -> list[Conditional]:
    """Each question given those it is held together with, in the order they are drawn.

    The loss is the squared distance from every residual of the displayed tables, in units of its own noise. Nothing
    but measurements.json is used.
    """
    jax, mbi = _libraries()
    with jax.enable_x64(True), jax.default_device(jax.devices("cpu")[0]):  # other processors round differently
        domain = mbi.Domain.fromdict({name: known[name].size for name in known})
        parts = tuple(_linear(mbi, *one) for one in _residuals(measurement, known, held).items())
        groups = [domain.canonical(group) for group in held.groups]
        loss = mbi.marginal_loss.MarginalLossFn(groups, _distance, parts)
        rules = tuple(_rules(form, known, domain, mbi))
        total, steps = float(max(measurement.total, 1)), _Steps(progress)
        oracle = mbi.marginal_oracles.message_passing_shafer_shenoy
        found = mbi.estimation.MirrorDescent(marginal_oracle=oracle).estimate(
            domain, loss, known_total=total, constraints=rules, iters=_STEPS, callback_fn=steps, tol=_ENOUGH
        )
        marginals = found.marginals
        told = [marginals.project((*step.given, step.question)).datavector(flatten=False) for step in held.order]
        model = [_conditional(*one) for one in zip(held.order, map(np.asarray, told), strict=True)]
    progress(_Steps.TITLE, _STEPS, _STEPS)
    return model


def _libraries() -> tuple[Any, Any]:
    """JAX and private-PGM, without the latter's warning that 32 bits may not be enough: here it has 64."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        import jax  # noqa: PLC0415
        import mbi  # noqa: PLC0415
    return jax, mbi


def _conditional(step: Step, joint: Floats) -> Conditional:
    """Rounded, so that what can hardly happen cannot, and what is drawn is the same on every machine."""
    whole = joint.sum(axis=-1, keepdims=True)
    return Conditional(step.question, step.given, np.round(joint / np.where(whole > 0, whole, 1.0), _ROUNDED))


def _residuals(
    measurement: Measurement, known: Mapping[str, Column], held: Relations
) -> Mapping[Questions, list[tuple[list[Floats], Floats, float]]]:
    """By questions: every residual over them, as what leads there from codes, its value, and its noise.

    The value is that of the displayed tables: what was measured, made to have no cell below 0, tables for everyone
    first. Fitted to the raw values instead, the great noise of splits would move the small noise of everyone.
    What leads from the codes of a question to an axis has its mean taken off where one person is in one cell, and so
    has the value: the rest belongs to residuals over fewer axes. Units: respondents.
    """
    workload, displayed = measurement.workload, nearest(measurement)
    found, seen = dict[Questions, list[tuple[list[Floats], Floats, float]]](), {TOTAL}
    for table in map(workload.table, held.kept):
        for axes in needed_by(workload, table):
            if axes not in seen:
                seen.add(axes)
                ways = [_centred(workload, name, known[name.partition(".")[0]].cells[name], 1) for name in axes]
                value = _value(workload, table, displayed[table.name], axes)
                noise = measurement.residuals[axes].scale / divisor(workload, axes)
                found.setdefault(questions_of(axes), []).append((ways, value, noise))
    return found


def _value(workload: Workload, table: Table, cells: Floats, axes: AxisSet) -> Floats:
    """The residual over some axes of a table, in respondents."""
    kept = [name for name in table.axes if name in axes]
    value = np.asarray(cells.sum(axis=tuple(at for at, name in enumerate(table.axes) if name not in axes)))
    value = value.transpose([kept.index(name) for name in axes])
    for position, name in enumerate(axes):
        value = _centred(workload, name, value, position)
    return value


def _centred(workload: Workload, axis: str, cells: Floats, position: int) -> Floats:
    single = workload.axis(axis).single
    return cells - cells.mean(axis=position, keepdims=True) if single else cells


def _linear(mbi: Any, questions: Questions, residuals: list[tuple[list[Floats], Floats, float]]) -> Any:
    """All residuals over the same questions as one measurement, each in units of its noise."""
    import jax.numpy as jnp  # noqa: PLC0415

    scaled = [([ways[0] / sd, *ways[1:]], values / sd) for ways, values, sd in residuals]

    def read(factor: Any) -> Any:
        cells = factor.transpose(questions).values
        return jnp.concatenate([_applied(jnp, cells, ways).reshape(-1) for ways, _ in scaled])

    noisy = np.concatenate([values.reshape(-1) for _, values in scaled])
    return mbi.LinearMeasurement(noisy, questions, 1.0, query=read)


def _applied(jnp: Any, cells: Any, ways: list[Floats]) -> Any:
    """One matrix an axis: each takes the first axis of the cells and puts the one it leads to last."""
    for way in ways:
        cells = jnp.tensordot(cells, way, axes=(0, 0))
    return cells


def _distance(marginals: Any, parts: Any) -> Any:
    """Half the squared distance, in units of the noise."""
    apart = [part.query(marginals.project(part.clique)) - part.noisy_measurement for part in parts]
    return sum((own * own).sum() for own in apart) / 2


def _rules(form: Form, known: Mapping[str, Column], domain: Any, mbi: Any) -> Iterator[Any]:
    """Nobody answers what she was not asked, or is not asked what she was."""
    for question in form.questions:
        if question.show_if is not None:
            pairs = np.argwhere(forbidden(form, question.show_if, question.id, known))
            yield mbi.Constraint(domain.project((question.show_if.question, question.id)), invalid=pairs)


class _Steps:
    """Counts the calls, one after so many steps."""

    TITLE: Final = "Fitting a model"

    def __init__(self, progress: Progress) -> None:
        self._progress, self._done = progress, 0

    def __call__(self, _marginals: object) -> None:
        self._done += 50
        self._progress(self.TITLE, min(self._done, _STEPS), _STEPS)
