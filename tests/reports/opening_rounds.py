"""A round with something to find: a clear first priority, a group that differs, an amount; and one with nothing."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from release_rounds import WISHES, Round, make_round, with_values

from survey.forms.loading import form_from_toml

FORM = form_from_toml("""
id = "opening"
title = { en = "What there is to find", es = "Lo que hay" }
intro = "For tests."

[[page]]
title = "All of them"
why = "Figures are split by team."

[[page.question]]
id = "team"
kind = "choice"
label = { en = "Team", es = "Equipo" }
cohort = true
options = [{ id = "red", label = "Red" }, { id = "blue", label = "Blue" }]

[[page.question]]
id = "first"
kind = "ranking"
top = 1
label = "Your priorities"
options = [
    { id = "keep", label = { en = "Keeping people", es = "Retener" } },
    { id = "hire", label = "Hiring" },
    { id = "other", label = "Other" },
]

[[page.question]]
id = "why"
kind = "choice"
label = "Why the last <b>no</b>?"
options = [{ id = "money", label = "No budget" }, { id = "time", label = "No time" }, { id = "other", label = "Other" }]

[[page.question]]
id = "pocket"
kind = "amount"
label = "Your budget"
unit = "EUR a head"
edges = [0, 100, 200, 300, 400, 500, 600]
""")


def something(folder: Path) -> Round:
    """300 people; red says money, blue says time; most keep people; half have about 310."""
    made = nothing(folder)
    first = [170, 80, 40, 10]
    why = [[110, 30, 5, 5], [30, 100, 10, 5], [2, 2, 1, 0]]
    pocket = [5, 10, 40, 90, 90, 40, 10, 5, 10]
    for table, values in (("first.1@", first), ("why@team", why), ("pocket@", pocket)):
        made = with_values(made, table, values)
    return made


def nothing(folder: Path) -> Round:
    """The same people, of whom as many give each answer in each team."""
    made = make_round(folder, FORM, replace(WISHES, respondents=300, epsilon=6.0, minimum_responses=0), people=300)
    even = {"first.1@team": [[48, 48, 49, 0], [48, 48, 49, 0], [4, 3, 3, 0]]}
    even["why@team"] = even["first.1@team"]
    even["pocket@team"] = [[18, 18, 18, 18, 18, 18, 18, 18, 1], [18, 18, 18, 18, 18, 18, 18, 18, 1], [1] * 8 + [2]]
    for table, values in even.items():
        made = with_values(made, table, np.array(values))
    return made
