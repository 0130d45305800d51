"""The made-up society is the same for the same seed and looks like the one that its docstring describes."""

import numpy as np

from benchmarks.accuracy.counting import count
from benchmarks.accuracy.population import draw
from benchmarks.accuracy.questionnaire import AT_MOST, RANKED, SETS, questions, set_of, workload
from privacy.counts import ExactCounts

PEOPLE = draw(3000, 1)
WORKLOAD = workload()


def test_the_same_seed_draws_the_same_people_and_another_seed_others():
    again, others = draw(3000, 1), draw(3000, 2)
    assert all(np.array_equal(PEOPLE.cells[name], again.cells[name]) for name in PEOPLE.cells)
    assert not np.array_equal(PEOPLE.cells["choice1"], others.cells["choice1"])


def test_every_axis_has_a_column_for_each_cell_that_a_person_may_touch():
    for axis in WORKLOAD.axes:
        cells = PEOPLE.cells[axis.name]
        assert cells.shape == (3000, axis.touches)
        assert cells.min() >= -1
        assert cells.max() < axis.size


def test_who_gives_no_answer_is_in_no_other_cell_and_some_do():
    for axis in questions():
        cells = PEOPLE.cells[axis.name]
        silent = (cells == axis.outside[0]).any(axis=1)
        assert 0.005 < silent.mean() < 0.1
        assert (np.sort(cells[silent], axis=1)[:, :-1] == -1).all()


def test_a_ranking_names_each_option_once_or_nothing_at_all():
    ranks = np.hstack([PEOPLE.cells[f"rank{rank}"] for rank in range(1, RANKED + 1)])
    answered = (ranks != RANKED).any(axis=1)
    assert (np.sort(ranks[answered], axis=1) == np.arange(RANKED)).all()
    assert (ranks[~answered] == RANKED).all()


def test_several_answers_of_one_person_differ():
    given = [row[row >= 0] for row in PEOPLE.cells["choices"]]
    assert all(len(set(row.tolist())) == len(row) <= AT_MOST for row in given)
    assert any(len(row) == AT_MOST for row in given)


def test_cohorts_are_skewed_and_answers_depend_on_the_pair_beyond_its_parts():
    tables = count(WORKLOAD, draw(60_000, 3))
    assert tables["@industry"].max() > 5 * tables["@industry"].min()
    by_pair = tables["choice1@industry,size"][..., 0] / tables["@industry,size"]
    logit = np.log(by_pair / (1 - by_pair))
    additive = logit.mean(axis=1, keepdims=True) + logit.mean(axis=0, keepdims=True) - logit.mean()
    assert 0.15 < (logit - additive).std() < 1.0


def test_the_workload_counts_every_question_by_every_set_and_its_counts_pass_the_engines_checks():
    assert len(WORKLOAD.tables) == 5 * (1 + 12 + 1 + 6 + 2)
    assert {set_of(table) for table in WORKLOAD.tables} == set(SETS)
    ExactCounts(WORKLOAD, count(WORKLOAD, PEOPLE))


def test_amounts_have_a_heavy_tail():
    top = count(WORKLOAD, draw(60_000, 4))["budget@"][-2] / 60_000
    assert 0.0005 < top < 0.02
