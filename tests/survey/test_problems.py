"""Everything a service says no with."""

import json
import string

import pytest

from survey import problems
from survey.problems import Problem

ALL = [value for value in vars(problems).values() if isinstance(value, Problem)]


def test_names_and_texts_are_each_used_once():
    assert len(ALL) > 15
    assert len({problem.name for problem in ALL}) == len(ALL)
    assert len({problem.detail for problem in ALL}) == len(ALL)


@pytest.mark.parametrize("problem", ALL, ids=lambda problem: problem.name)
def test_a_problem_is_a_fixed_document_with_one_sentence(problem):
    document = json.loads(problem.to_bytes())
    assert document == {
        "type": f"urn:subrosa:problem:{problem.name}",
        "status": problem.status,
        "detail": problem.detail,
    }
    assert 400 <= problem.status < 600
    assert problem.detail.endswith(".")
    assert not {"{", "}", "%"} & set(problem.detail)
    assert set(problem.name) <= set(string.ascii_lowercase + "-")
