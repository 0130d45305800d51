"""Modelled figures: better where cohorts are alike, no worse where they are not, and honest about it."""

from functools import cache

import numpy as np
import pytest
from example_rounds import equally_dear, pretend

from privacy.estimate import Estimate, estimate
from privacy.threshold import HIDDEN, SHOWN, UNCERTAIN, modelled_instead, status
from privacy.workload import Axis, Table, Workload

SETS = ((), ("a",), ("b",), ("a", "b"))
ROUND = Workload(
    (Axis("a", 6), Axis("b", 4), *(Axis(f"q{n}", n + 1, 1, (n,)) for n in (4, 5, 6)), Axis("m", 6, 3, (5,))),
    tuple(Table(f"{of}@{','.join(by)}", by, (of,) if of else ()) for of in ("", "q4", "q5", "q6", "m") for by in SETS),
)
PEOPLE, RUNS, SCALE = 2500, 6, 5.0


def population(main: float, interaction: float, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """People who choose by random utility, with effects of both cohort questions and of their combination."""
    a = rng.choice(6, PEOPLE, p=(0.3, 0.25, 0.2, 0.12, 0.08, 0.05))
    b = rng.choice(4, PEOPLE, p=(0.4, 0.3, 0.2, 0.1))
    chosen: dict[str, list[np.ndarray]] = {"": [np.zeros(PEOPLE, dtype=np.int64)]}
    for name in ("q4", "q5", "q6", "m"):
        options = ROUND.axis(name).size - 1
        effects = rng.normal(0, main, (6, options))[a] + rng.normal(0, main, (4, options))[b]
        effects += rng.normal(0, interaction, (6, 4, options))[a, b] + rng.normal(0, 0.7, options)
        order = np.argsort(-(effects + rng.gumbel(size=(PEOPLE, options))), axis=1)
        silent = rng.random(PEOPLE) < 0.04
        picks = [np.where(silent, options, order[:, 0])]
        if name == "m":
            many = rng.integers(1, 4, PEOPLE)
            picks += [np.where(silent | (many <= extra), -1, order[:, extra]) for extra in (1, 2)]
        chosen[name] = picks
    return {table.name: _count(table, {"a": a, "b": b}, chosen) for table in ROUND.tables}


def _count(table: Table, cohorts: dict[str, np.ndarray], chosen: dict[str, list[np.ndarray]]) -> np.ndarray:
    cells = np.zeros(ROUND.shape(table.name), dtype=np.int64)
    for pick in chosen[table.of[0] if table.of else ""]:
        index = tuple(cohorts[name][pick >= 0] for name in table.by) + ((pick[pick >= 0],) if table.of else ())
        np.add.at(cells, index, 1) if index else cells.__iadd__(PEOPLE)
    return cells


def shares(cells: dict[str, np.ndarray], table: Table) -> np.ndarray:
    axis, counts = ROUND.axis(table.of[0]), cells[table.name]
    inside = counts[..., list(axis.inside)]
    answered = inside.sum(axis=-1) if axis.single else cells[f"@{','.join(table.by)}"] - counts[..., -1]
    return np.asarray(inside / np.maximum(answered, 1)[..., None])


@cache
def runs(
    main: float, interaction: float, scale: float = SCALE
) -> list[tuple[dict[str, np.ndarray], dict[str, Estimate]]]:
    found = []
    for seed in range(RUNS):
        rng = np.random.default_rng(seed)
        exact = population(main, interaction, rng)
        found.append((exact, dict(estimate(pretend(ROUND, exact, equally_dear(ROUND, scale), rng)))))
    return found


def errors(main: float, interaction: float, by: tuple[str, ...], scale: float = SCALE) -> tuple[float, float]:
    """Root-mean-square errors of displayed and of modelled shares."""
    squares = []
    for exact, told in runs(main, interaction, scale):
        for table in ROUND.tables:
            if table.of and table.by == by:
                true, one = shares(exact, table), told[table.name]
                squares.append([((kind[..., :-1] - true) ** 2).mean() for kind in (one.share, one.modelled)])
    shown, modelled = np.mean(squares, axis=0) ** 0.5
    return float(shown), float(modelled)


@pytest.mark.parametrize("by", SETS[1:])
def test_cohorts_that_are_alike_are_told_much_better(by: tuple[str, ...]) -> None:
    shown, modelled = errors(0.0, 0.0, by)
    assert modelled < 0.85 * shown


@pytest.mark.parametrize(("main", "interaction"), [(0.3, 0.0), (0.3, 0.3)])
def test_ordinary_differences_are_told_better_in_small_cohorts(main: float, interaction: float) -> None:
    shown, modelled = errors(main, interaction, ("a", "b"))
    assert modelled < 0.8 * shown


@pytest.mark.parametrize("by", SETS[1:])
@pytest.mark.parametrize(("main", "interaction"), [(0.3, 1.0), (0.0, 1.5), (1.5, 2.0)])
def test_where_cohorts_interact_strongly_the_model_gives_way(
    main: float, interaction: float, by: tuple[str, ...]
) -> None:
    shown, modelled = errors(main, interaction, by)
    assert modelled < shown * 1.08


def test_with_little_noise_the_displayed_table_takes_the_place_of_a_model_that_does_not_fit() -> None:
    shown, modelled = errors(1.5, 2.0, ("a", "b"), scale=1.2)
    assert modelled < shown * 1.04


def offered(main: float, interaction: float) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Of all modelled figures that would be displayed: error, noise margin, and error of the displayed figure."""
    found = []
    for exact, told in runs(main, interaction):
        for table in ROUND.tables:
            one = told[table.name]
            if table.of and one.model is not None:
                there = modelled_instead(one, status(one, 10, 0.15), 0.15)[..., :-1]
                true = shares(exact, table)
                both = ((kind[..., :-1] - true)[there] for kind in (one.modelled, one.share))
                away, plain = both
                found.append((away, one.model.margin_noise[..., :-1][there], plain))
    return found


@pytest.mark.parametrize(("main", "interaction"), [(0.3, 0.0), (0.3, 0.3), (0.3, 1.0), (1.5, 2.0)])
def test_margins_of_what_is_displayed_cover(main: float, interaction: float) -> None:
    away, margin, plain = (np.concatenate(part) for part in zip(*offered(main, interaction), strict=True))
    assert away.size > 60
    assert 0.9 < np.mean(abs(away) <= margin) < 0.995
    assert np.mean(abs(away) <= margin * 0.6) < 0.9  # the test would notice margins that are far too wide
    assert np.mean(away**2) < np.mean(plain**2) * 1.1


def test_nothing_modelled_is_displayed_where_too_few_may_have_answered() -> None:
    _, told = runs(0.3, 0.0)[0]
    for one in told.values():
        verdict = status(one, 40, 0.05)
        there = modelled_instead(one, verdict, 0.05)
        assert not there[(verdict == HIDDEN) | (verdict == SHOWN)].any()
    assert any((status(one, 40, 0.05) == UNCERTAIN).any() for one in told.values())


def test_modelled_counts_of_a_pair_add_up_to_those_of_its_questions() -> None:
    for _, told in runs(0.3, 0.3):
        pair, first = told["q4@a,b"].model, told["q4@a"].model
        assert pair is not None
        assert first is not None
        if (pair.reliability != 0).any():
            assert np.allclose(pair.count.sum(axis=1), first.count, atol=0.5)


def test_tables_for_everyone_and_of_several_questions_have_no_model() -> None:
    _, told = runs(0.0, 0.0)[0]
    assert told["q4@"].model is None
    assert np.array_equal(told["q4@"].modelled, told["q4@"].share, equal_nan=True)
    assert told["@a"].model is None
