"""Changes between releases: how often anything is called one where nothing changed, and where something did."""

from dataclasses import dataclass, replace
from math import sqrt

import numpy as np
import pytest

from privacy.changing import LEVEL, Sample, change, deviation, strictness

RUNS, QUESTIONS = 500, 20
EVEN = np.full(10, 0.1)
SKEWED = 0.5 ** np.arange(10) / sum(0.5 ** np.arange(10))
RARE = np.append(0.91, np.full(9, 0.01))


@dataclass(frozen=True)
class Drawn:
    """Rounds of people who answer questions of ten answers each, with noise of this sd in each answer's number."""

    people: int
    sd: float

    def draw(self, rng: np.random.Generator, shares: np.ndarray) -> Sample:
        """Shapes: (runs, answers), or (runs, questions, answers) of shares of each question."""
        runs = np.broadcast_to(shares, (RUNS, *shares.shape))
        cells = rng.multinomial(self.people, runs) + rng.normal(0, self.sd, runs.shape)
        answered = np.broadcast_to(cells.sum(axis=-1, keepdims=True), cells.shape)
        noise = (np.full(cells.shape, self.sd**2 * times) for times in (1, 1, shares.shape[-1]))
        return Sample(cells, answered, *noise)


def both(before: Drawn, after: Drawn, shares: np.ndarray, then: np.ndarray | None = None) -> tuple[Sample, Sample]:
    rng = np.random.default_rng(7)
    asked = np.tile(shares, (QUESTIONS, 1))
    return before.draw(rng, asked), after.draw(rng, asked if then is None else then)


def one_question(of: Sample) -> Sample:
    return Sample(*(getattr(of, name)[0, 0] for name in Sample.__dataclass_fields__))


def called_changes(before: Sample, after: Sample, z: float) -> np.ndarray:
    return np.abs(deviation(before, after, np.zeros(before.cells.shape))) > z


def wrongly(before: Drawn, after: Drawn, shares: np.ndarray, z: float) -> float:
    """In which part of pairs of rounds anything at all is called a change, though nothing changed."""
    return float(called_changes(*both(before, after, shares), z).any(axis=(1, 2)).mean())


PAIRS = [
    (Drawn(300, 2.0), Drawn(300, 2.0)),
    (Drawn(300, 6.0), Drawn(300, 6.0)),
    (Drawn(40, 0.3), Drawn(40, 0.3)),
    (Drawn(60, 2.0), Drawn(3000, 2.0)),
    (Drawn(1000, 0.3), Drawn(150, 6.0)),
]


@pytest.mark.parametrize("shares", [EVEN, SKEWED, RARE], ids=["even", "skewed", "rare"])
@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_where_nothing_changed_anything_is_called_a_change_in_at_most_one_of_twenty_pairs(
    before: Drawn, after: Drawn, shares: np.ndarray
) -> None:
    wrong = wrongly(before, after, shares, strictness(QUESTIONS * shares.size))
    assert wrong < LEVEL + 3 * sqrt(LEVEL / RUNS)


def test_the_level_is_used_and_not_only_kept() -> None:
    assert wrongly(*PAIRS[1], EVEN, strictness(QUESTIONS * 10)) > 0.02


def test_intervals_for_one_comparison_each_would_call_something_a_change_in_nearly_every_pair() -> None:
    assert wrongly(*PAIRS[0], EVEN, strictness(1)) > 0.9


def test_changes_that_are_noise_alone_would_be_called_some_if_noise_did_not_count() -> None:
    pair = both(Drawn(300, 6.0), Drawn(300, 6.0), EVEN)
    none = np.zeros(pair[0].cells.shape)
    silent = [replace(one, cell_noise=none, shared_noise=none, answered_noise=none) for one in pair]
    assert called_changes(silent[0], silent[1], strictness(QUESTIONS * 10)).any(axis=(1, 2)).mean() > 3 * LEVEL


def test_changes_that_are_sampling_alone_would_be_called_some_if_it_counted_less() -> None:
    pair = both(Drawn(300, 0.01), Drawn(300, 0.01), EVEN)
    more = [replace(one, cells=one.cells * 10, answered=one.answered * 10) for one in pair]
    assert called_changes(more[0], more[1], strictness(QUESTIONS * 10)).any(axis=(1, 2)).mean() > 3 * LEVEL


def test_a_real_change_is_found_and_is_the_one_that_is_called_one() -> None:
    then = np.tile(EVEN, (QUESTIONS, 1))
    then[3] = [0.28, *np.full(9, 0.08)]
    found = called_changes(*both(Drawn(300, 2.0), Drawn(300, 2.0), EVEN, then), strictness(QUESTIONS * 10))
    assert found[:, 3, 0].mean() > 0.9
    assert np.delete(found, 3, axis=1).any(axis=(1, 2)).mean() < LEVEL + 3 * sqrt(LEVEL / RUNS)


def test_all_intervals_hold_the_true_changes_at_once() -> None:
    rng = np.random.default_rng(1)
    shares, then = (rng.dirichlet(np.ones(10), QUESTIONS) for _ in range(2))
    before, after = Drawn(300, 2.0).draw(rng, shares), Drawn(150, 1.0).draw(rng, then)
    away = np.abs(deviation(before, after, np.broadcast_to(then - shares, before.cells.shape)))
    held = (away <= strictness(shares.size)).all(axis=(1, 2)).mean()
    assert 0.93 < held < 0.999


def test_limits_are_where_a_true_change_would_no_longer_be_contradicted() -> None:
    before, after = both(Drawn(300, 2.0), Drawn(200, 1.0), SKEWED)
    before, after = one_question(before), one_question(after)
    low, high = change(before, after, 3.0)
    assert (low < after.share - before.share).all()
    assert (after.share - before.share < high).all()
    assert deviation(before, after, low) == pytest.approx(np.full(10, 3.0), abs=1e-4)
    assert deviation(before, after, high) == pytest.approx(np.full(10, -3.0), abs=1e-4)


def test_the_other_way_round_a_change_is_the_same() -> None:
    before, after = both(Drawn(300, 2.0), Drawn(60, 1.0), SKEWED)
    before, after = one_question(before), one_question(after)
    low, high = change(before, after, 3.0)
    less, more = change(after, before, 3.0)
    assert less == pytest.approx(-high, abs=1e-8)
    assert more == pytest.approx(-low, abs=1e-8)


def test_people_who_answer_alike_in_both_make_the_intervals_hold_more_often() -> None:
    rng = np.random.default_rng(2)
    people = rng.multinomial(300, EVEN, RUNS)
    moved = rng.binomial(people, 0.2)  # one in five says something else the next time
    again = people - moved + np.stack([rng.multinomial(many, EVEN) for many in moved.sum(axis=1)])
    nothing, everyone = np.full(people.shape, 0.01), np.full(people.shape, 300.0)
    before, after = (Sample(cells.astype(float), everyone, nothing, nothing, nothing) for cells in (people, again))
    assert called_changes(before, after, strictness(1)).mean() < LEVEL / 5
