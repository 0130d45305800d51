"""Which questions of two forms are the same, whatever they are called."""

import pytest

from survey.forms.alike import asked_alike, question_digests
from survey.forms.loading import bundled, form_from_toml

EVERY_KIND = """
id = "kinds"
title = "Kinds"
intro = "i"

[[page]]
title = "All"
why = "w"

[[page.question]]
id = "team"
kind = "choice"
label = "Team"
cohort = true
options = [{ id = "red", label = "Red" }, { id = "blue", label = "Blue" }]

[[page.question]]
id = "tools"
kind = "choices"
label = "Tools"
at_most = 2
show_if = { question = "team", any_of = ["red"] }
options = [{ id = "saw", label = "Saw" }, { id = "axe", label = "Axe" }, { id = "none", label = "None", alone = true }]

[[page.question]]
id = "first"
kind = "ranking"
label = "First"
top = 2
options = [{ id = "saw", label = "Saw" }, { id = "axe", label = "Axe" }]

[[page.question]]
id = "mood"
kind = "scale"
label = "Mood"
points = 5
low = "Bad"
high = "Good"

[[page.question]]
id = "worn"
kind = "score"
label = "Worn out"
points = 5
bins = 3
items = [{ id = "tired", label = "Tired" }, { id = "far", label = "Far" }]

[[page.question]]
id = "budget"
kind = "amount"
label = "Budget"
unit = "EUR a year"
units = { EUR = 1.0, USD = 1.08 }
edges = [10, 100, 1000]
zero = "Nothing"

[[page.question]]
id = "okrs"
kind = "okr"
label = "OKRs"
rows = 2
objectives = [{ id = "hire", label = "Hire" }, { id = "keep", label = "Keep" }]
key_results = [{ id = "time", label = "Time" }, { id = "cost", label = "Cost" }]
progress = [{ id = "done", label = "Done" }]
"""
ALL = ["team", "tools", "first", "mood", "worn", "budget", "okrs"]


def alike_after(old, new):
    assert EVERY_KIND.count(old) >= 1
    return list(asked_alike(form_from_toml(EVERY_KIND.replace(old, new, 1)), form_from_toml(EVERY_KIND)))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Kinds", "Other"),
        ('label = "Team"', 'label = "Crew"'),
        ('label = "Red"', 'label = "Crimson"'),
        ('label = "Mood"', 'label = { en = "Mood", es = "Ánimo" }'),
        ('low = "Bad"', 'low = "Awful"'),
        ('high = "Good"', ""),
        ('zero = "Nothing"', 'zero = "None at all"'),
        ("cohort = true", "cohort = false"),
        ('label = "Tired"', 'label = "Weary"'),
    ],
)
def test_a_question_in_other_words_is_the_same_question(old, new):
    assert alike_after(old, new) == ALL


@pytest.mark.parametrize(
    ("old", "new", "other"),
    [
        ('id = "mood"', 'id = "moods"', "mood"),
        ('kind = "scale"\nlabel = "Mood"\npoints = 5', 'kind = "scale"\nlabel = "Mood"\npoints = 7', "mood"),
        ("at_most = 2", "at_most = 1", "tools"),
        (", alone = true", "", "tools"),
        ('any_of = ["red"]', 'any_of = ["blue"]', "tools"),
        ('{ id = "blue", label = "Blue" }', '{ id = "blue", label = "Blue" }, { id = "x", label = "X" }', "team"),
        ("top = 2", "top = 1", "first"),
        ("bins = 3", "bins = 4", "worn"),
        ('unit = "EUR a year"', 'unit = "EUR a month"', "budget"),
        ("edges = [10, 100, 1000]", "edges = [10, 100, 1001]", "budget"),
        ("USD = 1.08", "USD = 1.10", "budget"),
        ('zero = "Nothing"', "", "budget"),
        ("rows = 2", "rows = 3", "okrs"),
    ],
)
def test_a_question_of_other_answers_limits_or_unit_is_another_one(old, new, other):
    assert alike_after(old, new) == [name for name in ALL if name != other]


def test_whom_a_question_is_asked_of_is_left_out_where_that_is_asked_for():
    now, then = form_from_toml(EVERY_KIND), form_from_toml(EVERY_KIND.replace('any_of = ["red"]', 'any_of = ["blue"]'))
    assert question_digests(now, flow=False) == question_digests(then, flow=False)
    assert question_digests(now)["tools"] != question_digests(then)["tools"]


def test_both_chairs_are_asked_the_same_in_other_words():
    chairs = [question_digests(bundled(name), flow=False) for name in ("hr-benchmark", "executive-view")]
    alike = {name for name, digest in chairs[0].items() if chairs[1].get(name) == digest}
    assert alike >= {"size", "priorities", "agenda", "own_kpi", "heard", "people_budget", "last_no", "no_said", "moved"}
