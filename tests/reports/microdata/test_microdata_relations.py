"""Which relations are held, in which order questions are drawn, and what is let go where it would take too much."""

from math import prod

import pytest
from release_rounds import tiny_form

from privacy.workload import Axis, Table, Workload
from reports.microdata.relations import relations


def workload(*tables):
    """Of tables written as `of@by,by`; every axis has three cells."""
    made = [
        Table(name, *(tuple(filter(None, part.split(","))) for part in reversed(name.split("@")))) for name in tables
    ]
    names = dict.fromkeys(name for table in made for name in table.axes)
    sizes = {table.by for table in made} - {table.by for table in made if not table.of}
    made += [Table(f"@{','.join(by)}", by, ()) for by in sorted(sizes)]
    return Workload(tuple(Axis(name, 3) for name in names), tuple(made))


@pytest.fixture
def split():
    return workload("@", "@team", "mood@", "tools@", "mood@team", "tools@team")


SIZES = {"team": 3, "mood": 4, "tools": 6}


def test_questions_of_one_table_are_held_together_and_others_are_not(split):
    held = relations(tiny_form(), split, SIZES)
    assert set(held.kept) == {table.name for table in split.tables}
    assert held.dropped == ()
    assert {frozenset(group) for group in held.groups} == {frozenset({"team", "mood"}), frozenset({"team", "tools"})}


def test_each_question_is_drawn_after_those_it_is_given():
    tables = ("@", "mood@team", "tools@team", "tools@mood")
    drawn = set()
    for step in relations(tiny_form(), workload(*tables), SIZES).order:
        assert set(step.given) <= drawn
        drawn.add(step.question)
    assert drawn == set(SIZES)


def test_every_kept_table_lies_within_one_group():
    tables = workload("@", "mood@team", "tools@team", "tools@mood")
    groups = relations(tiny_form(), tables, SIZES).groups
    assert all(any(set(table.axes) <= set(group) for group in groups) for table in tables.tables)


def test_a_question_stays_with_the_one_it_depends_on_even_if_no_table_holds_both():
    held = relations(tiny_form(), workload("@", "mood@", "tools@", "team@"), SIZES)
    assert ("team", "tools") in held.groups or ("tools", "team") in held.groups


def test_where_it_takes_too_many_cells_the_widest_splits_go_first_and_tables_for_everyone_never():
    tables = workload("@", "team@", "mood@", "tools@", "mood@team", "tools@mood")
    held = relations(tiny_form(), tables, SIZES, most=2)
    assert set(held.dropped) == {"tools@mood", "mood@team"}
    assert {"@", "team@", "mood@", "tools@"} <= set(held.kept)
    some = relations(tiny_form(), tables, SIZES, most=60)
    assert some.dropped == ("tools@mood",)
    assert sum(prod(SIZES[name] for name in (*step.given, step.question)) for step in some.order) <= 60
