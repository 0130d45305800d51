"""Counting, against a counter that is plain and slow."""

import random
from collections import Counter
from dataclasses import replace
from itertools import chain, combinations, product

import numpy as np
import pytest
from form_samples import every_kind, forms, some_answers
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tallied_rounds import ballot, box, every_kind_round

from aggregation import opening
from aggregation.counting import count
from aggregation.opening import Drop, Inspection, OpenedBatch, open_box
from aggregation.planning import workload_for
from aggregation.promise import plan_of
from privacy.counts import ExactCounts
from survey.forms.axes import NO_ANSWER, NOT_ASKED, axes
from survey.forms.codec import asked, encode, record_length
from survey.forms.model import Choices, Okr, Ranking

thorough = settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def _cells(form, axis, answers):
    """The names of the cells one respondent is in."""
    question = form.question(axis.question)
    if question.id not in asked(form, answers):
        return {NOT_ASKED}
    answer = answers.get(question.id)
    if not isinstance(question, Choices | Ranking | Okr):
        return {NO_ANSWER} if answer is None else {str(answer)}
    given_answers = answer or ()
    if isinstance(question, Choices):
        found = set(given_answers)
    elif isinstance(question, Ranking):
        found = set(given_answers[int(axis.part) - 1 : int(axis.part)])
    else:
        pick = {
            "objective": lambda row: row[0],
            "key_result": lambda row: row[1],
            "objective|key_result": lambda row: f"{row[0]}|{row[1]}",
            "objective|progress": lambda row: f"{row[0]}|{row[2]}",
        }[axis.part]
        found = {pick(row) for row in given_answers}
    return found or {NO_ANSWER}


def brute_force(form, workload, everyone):
    """Table name -> cell names -> respondents."""
    known = {axis.id: axis for axis in axes(form)}
    tables = {table.name: Counter() for table in workload.tables}
    for answers in everyone:
        for table in workload.tables:
            for cell in product(*(_cells(form, known[name], answers) for name in table.axes)):
                tables[table.name][cell] += 1
    return tables


def flat(counts, workload, table):
    """The table's cells in its own order: counts are handed out over axes in the order of the workload."""
    axes = tuple(axis.name for axis in workload.axes if axis.name in table.axes)
    return counts.marginal(axes).transpose([axes.index(name) for name in table.axes]).reshape(-1)


def _named(form, workload, counts):
    """The counts of the tally, by the names of their cells."""
    known = {axis.id: axis.cells for axis in axes(form)}
    tables = {}
    for table in workload.tables:
        cells = product(*(known[name] for name in table.axes))
        tables[table.name] = {cell: int(n) for cell, n in zip(cells, flat(counts, workload, table), strict=True) if n}
    return tables


def _batches(form, everyone, sizes):
    records = b"".join(encode(form, answers) for answers in everyone)
    rows = np.frombuffer(records, np.uint8).reshape(len(everyone), record_length(form))
    start = 0
    for size in chain(sizes, [len(everyone)]):
        yield OpenedBatch(rows[start : start + size])
        start += size


@st.composite
def rounds(draw):
    """A form, cohort sets of it, and people who answered."""
    form = draw(forms())
    cohorts = [cohort.id for cohort in form.cohorts]
    sets = [*((one,) for one in cohorts), *combinations(cohorts, 2)]
    by = draw(st.lists(st.sampled_from(sets), max_size=3, unique=True)) if sets else []
    split = draw(st.sets(st.sampled_from([question.id for question in form.questions])))
    chance = random.Random(draw(st.integers(0, 2**32)))
    everyone = [some_answers(form, chance) for _ in range(draw(st.integers(0, 60)))]
    return form, workload_for(form, by, tuple(split)), everyone


@thorough
@given(rounds(), st.lists(st.integers(0, 30), max_size=3))
def test_the_tally_counts_as_a_person_would(round_, sizes):
    form, workload, everyone = round_
    counts = count(form, workload, _batches(form, everyone, sizes))
    assert isinstance(counts, ExactCounts)
    assert _named(form, workload, counts) == brute_force(form, workload, everyone)


@pytest.mark.parametrize("by", [(), (("team",),)])
def test_every_kind_of_question_is_counted_right(by):
    form, chance = every_kind(), random.Random(8)
    everyone = [some_answers(form, chance) for _ in range(400)]
    workload = workload_for(form, by)
    counts = _named(form, workload, count(form, workload, _batches(form, everyone, [150])))
    assert counts == brute_force(form, workload, everyone)
    assert counts["@"] == {(): 400}
    assert all(cells for cells in counts.values())


def test_pairs_of_questions_are_counted_too():
    """A workload may hold tables of several questions, also of several with more than one answer."""
    from privacy.workload import Table, Workload

    form, chance = every_kind(), random.Random(9)
    everyone = [some_answers(form, chance) for _ in range(300)]
    base = workload_for(form, [("team",)])
    pairs = (
        Table("mood|tools@", (), ("mood", "tools")),
        Table("tools|okrs@team", ("team",), ("tools", "okrs.objective|progress")),
    )
    workload = Workload(base.axes, (*base.tables, *pairs))
    counts = _named(form, workload, count(form, workload, _batches(form, everyone, [])))
    assert counts == brute_force(form, workload, everyone)


def test_nobody_is_counted_as_nobody():
    form = every_kind()
    workload = workload_for(form, [("team",)])
    for batches in ([], _batches(form, [], [])):
        counts = count(form, workload, batches)
        assert all(not flat(counts, workload, table).any() for table in workload.tables)


def test_counts_print_nothing_confidential():
    form = every_kind()
    counts = count(form, workload_for(form, []), _batches(form, [{"team": "alpha"}], []))
    assert "1" not in repr(counts)


def test_a_batch_without_one_good_ballot_does_not_stop_the_run(monkeypatch):
    """Whoever can place bad ballots side by side must not be able to stop a tally."""
    monkeypatch.setattr(opening, "BATCH", 4)
    round_ = every_kind_round()
    form, empty = round_.manifest.form, bytes(record_length(round_.manifest.form))
    ballots = box(*(ballot(round_, empty) for _ in range(12)))
    ballots[4:8] = [replace(one, authenticator=bytes(256)) for one in ballots[4:8]]
    workload, _ = plan_of(form, round_.manifest.promise)
    inspection = Inspection()
    counts = count(form, workload, open_box(round_.manifest, round_.sealing, ballots, inspection))
    assert inspection == Inspection(counted=8, dropped={Drop.BAD_TOKEN: 4})
    assert int(counts.marginal(())) == 8


def test_from_sealed_ballots_to_counts():
    round_ = every_kind_round()
    form, chance = round_.manifest.form, random.Random(10)
    everyone = [some_answers(form, chance) for _ in range(40)]
    ballots = box(*(ballot(round_, encode(form, answers)) for answers in everyone))
    workload, _ = plan_of(form, round_.manifest.promise)
    inspection = Inspection()
    counts = count(form, workload, open_box(round_.manifest, round_.sealing, ballots, inspection))
    assert inspection == Inspection(counted=40)
    assert _named(form, workload, counts) == brute_force(form, workload, everyone)
