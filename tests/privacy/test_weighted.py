"""Figures for everyone, weighted to known margins: right about everyone, and with honest limits."""

from collections.abc import Mapping
from itertools import product

import numpy as np
import pytest
from example_rounds import equally_dear, pretend

from privacy.estimate import Estimate, estimate
from privacy.measurement import Measurement
from privacy.shares import Z95, noise_of
from privacy.threshold import large_enough
from privacy.variances import Variances
from privacy.weighted import Weighted, pooled, weighted
from privacy.workload import Axis, Table, Workload

# A fourth cohort is no answer; so is the last cell of each question.
TEAMS, MOOD, TOOLS = Axis("team", 4, 1, (3,)), Axis("mood", 4, 1, (3,)), Axis("tools", 3, 2, (2,))
ROUND = Workload(
    (TEAMS, MOOD, TOOLS),
    (
        Table("@", (), ()),
        Table("@team", ("team",), ()),
        *(Table(f"{name}@{by}", (by,) if by else (), (name,)) for name in ("mood", "tools") for by in ("", "team")),
    ),
)
KNOWN = np.array([0.5, 0.3, 0.2, 0.0])
WHO_ANSWERS = np.array([0.15, 0.25, 0.55, 0.05])
MOODS = np.array([[0.6, 0.3, 0.1], [0.4, 0.4, 0.2], [0.15, 0.35, 0.5], [0.3, 0.3, 0.4]])
TRUTH = KNOWN @ MOODS
SILENT = 0.1


def enough(number: float, sd: float) -> bool:
    return bool(large_enough(np.array(number), sd, 10, 0.05))


def drawn(rng: np.random.Generator, people: int, scale: float, workload: Workload = ROUND) -> Measurement:
    """People of one cohort answer more readily than those of another, and some leave a question out.

    Who uses the first tool is whoever has the first mood; the second one is used by all who have the third.
    """
    mood = np.zeros((4, 4))
    for team, size in enumerate(rng.multinomial(people, WHO_ANSWERS)):
        mood[team] = rng.multinomial(size, [*MOODS[team] * (1 - SILENT), SILENT])
    tools = np.stack([mood[:, 0] + mood[:, 1], mood[:, 1] + mood[:, 2], mood[:, 3]], axis=1)
    split = {"@team": mood.sum(axis=1), "mood@team": mood, "tools@team": tools}
    whole = {"@": mood.sum(), "mood@": mood.sum(axis=0), "tools@": tools.sum(axis=0)}
    return pretend(workload, {**split, **whole}, equally_dear(workload, scale), rng)


def versions(measurement: Measurement) -> tuple[Mapping[str, Estimate], Mapping[str, Weighted]]:
    estimates = estimate(measurement)
    return estimates, weighted(measurement, estimates, {"team": KNOWN}, enough)


def test_weighted_figures_are_right_on_average_where_one_cohort_answers_more_readily() -> None:
    rng = np.random.default_rng(1)
    rounds = [versions(drawn(rng, 800, 3.0)) for _ in range(80)]
    plain = np.mean([estimates["mood@"].share[:3] for estimates, _ in rounds], axis=0)
    found = np.mean([versions["mood@"].share[:3] for _, versions in rounds], axis=0)
    assert abs(found - TRUTH).max() < 0.008
    assert abs(plain - TRUTH).max() > 0.1


@pytest.mark.parametrize(
    ("people", "scale", "rounds"),
    [(400, 2.0, 120), *(pytest.param(*more, 250, marks=pytest.mark.long) for more in ((400, 2.0), (800, 6.0)))],
)
def test_their_limits_cover_everyone_95_times_in_100(people: int, scale: float, rounds: int) -> None:
    rng = np.random.default_rng(people)
    truths = {"mood@": TRUTH, "tools@": np.array([TRUTH[0] + TRUTH[1], TRUTH[1] + TRUTH[2]])}
    held = {name: np.zeros(len(truth)) for name, truth in truths.items()}
    for _ in range(rounds):
        found = versions(drawn(rng, people, scale))[1]
        for name, truth in truths.items():
            low, high = (limit[: len(truth)] for limit in (found[name].low, found[name].high))
            held[name] += (low <= truth) & (truth <= high)
    for times in held.values():
        assert 0.93 <= times.mean() / rounds <= 0.98
        assert times.min() / rounds > 0.91


@pytest.mark.parametrize(("rounds", "off"), [(100, 0.2), pytest.param(300, 0.12, marks=pytest.mark.long)])
def test_their_noise_margin_is_that_of_the_noise_they_have(rounds: int, off: float) -> None:
    """Drawn many times over the same people."""
    rng = np.random.default_rng(5)
    exact = drawn(rng, 2000, 1e-9)
    tables = {name: np.rint(one.unbiased) for name, one in estimate(exact).items()}
    scales = equally_dear(ROUND, 6.0)
    found = [versions(pretend(ROUND, tables, scales, rng))[1] for _ in range(rounds)]
    for name, answers in (("mood@", 3), ("tools@", 2)):
        shares = np.array([one[name].share[:answers] for one in found])
        said = np.mean([one[name].margin_noise[:answers] for one in found], axis=0) / Z95
        assert shares.std(axis=0) == pytest.approx(said, rel=off)


def test_without_noise_and_with_the_margins_of_those_who_answered_nothing_changes() -> None:
    measurement = drawn(np.random.default_rng(2), 3000, 1e-9)
    estimates = estimate(measurement)
    answered = np.where(np.arange(4) < 3, estimates["mood@team"].answered, 0.0)
    found = weighted(measurement, estimates, {"team": answered / answered.sum()}, enough)["mood@"]
    counts = estimates["mood@team"].unbiased[:3, :3].sum(axis=0)
    assert found.share[:3] == pytest.approx(counts / counts.sum(), abs=1e-6)
    assert np.isnan(found.share[3])
    assert found.share[:3].sum() == pytest.approx(1)


def test_a_group_of_its_own_has_the_noise_of_its_table() -> None:
    """One cohort that is everyone: its weighted share is its own, and so is the margin."""
    measurement = drawn(np.random.default_rng(3), 2000, 4.0)
    estimates = estimate(measurement)
    only = weighted(measurement, estimates, {"team": np.array([0.0, 0.0, 1.0, 0.0])}, enough)
    noise = noise_of(ROUND, Variances(ROUND, measurement.scales), ROUND.table("tools@team"))
    own = estimates["tools@team"]
    assert not only["tools@"].possible
    assert only["tools@"].share[:2] == pytest.approx(own.share[2, :2])
    wanted = Z95 * np.sqrt(noise.of_share(own.share[2, :2], own.answered[2]))
    # The ratio to the share is Agresti and Coull's, so nearly and not exactly the same.
    assert only["tools@"].margin_noise[:2] == pytest.approx(wanted, rel=0.05)
    assert only["tools@"].low[:2] == pytest.approx(own.low[2, :2], abs=0.01)
    assert only["tools@"].high[:2] == pytest.approx(own.high[2, :2], abs=0.01)


def groups_of(sizes: list[float], margin: list[float], sd: float = 2.0) -> tuple[tuple[int, ...], ...]:
    class Split:
        answered = np.array(sizes)

        def answered_sd(self, cohorts: tuple[int, ...]) -> float:
            return sd * len(cohorts) ** 0.5

    return pooled(Split(), np.array(margin), enough)  # type: ignore[arg-type]


def test_cohorts_too_small_to_stand_alone_count_together() -> None:
    assert groups_of([100, 9, 50, 8, 3], [0.2, 0.2, 0.2, 0.4, 0]) == ((0,), (2,), (1, 3))


def test_if_they_are_too_few_even_so_the_smallest_of_the_others_joins_them() -> None:
    assert groups_of([100, 5, 50, -2], [0.25] * 4) == ((0,), (1, 3, 2))
    assert groups_of([100, 5], [0.5] * 2) == ((1, 0),)


def test_cohorts_of_which_there_are_none_and_those_without_an_answer_are_left_out() -> None:
    for sizes in product([3.0, 100.0], repeat=3):
        found = groups_of([*sizes, 80.0], [0.5, 0.5, 0.0, 0.0])
        assert sorted(cohort for group in found for cohort in group) == [0, 1]


def test_of_two_cohort_questions_the_one_that_leaves_most_groups_is_taken() -> None:
    other = Axis("site", 3, 1, (2,))
    further = (Table("@site", ("site",), ()), Table("mood@site", ("site",), ("mood",)))
    workload = Workload((*ROUND.axes, other), (*ROUND.tables, *further))
    made = estimate(drawn(np.random.default_rng(4), 900, 1.0))
    tables = {name: np.rint(one.unbiased) for name, one in made.items()}
    tables["mood@site"] = np.stack([tables["mood@"], 0 * tables["mood@"], 0 * tables["mood@"]])
    tables["@site"] = tables["mood@site"].sum(axis=1)
    measurement = pretend(workload, tables, equally_dear(workload, 0.1))
    margins = {"site": np.array([0.5, 0.5, 0.0]), "team": KNOWN}
    found = weighted(measurement, estimate(measurement), margins, enough)
    assert found["mood@"].by == "team"
    assert not weighted(measurement, estimate(measurement), {"site": margins["site"]}, enough)["mood@"].possible
