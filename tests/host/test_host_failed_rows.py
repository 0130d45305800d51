"""What is said of rows that did not go through."""

from host.cli.failed_rows import failure_lines
from survey.respondent.bulk import Failure


def test_rows_that_failed_for_one_reason_take_one_line():
    failures = [Failure(row, "No answer.") for row in range(40)]
    assert list(failure_lines(failures)) == ["Respondents 1 to 40: No answer."]


def test_of_very_many_rows_the_first_are_named_and_the_others_counted():
    failures = [Failure(row, "No answer.") for row in (*range(0, 38, 2), 40, 41, *range(50, 100, 3))]
    (line,) = failure_lines(failures)
    named = ", ".join(str(row + 1) for row in range(0, 38, 2))
    assert line == f"Respondents {named}, 41 to 42 and 17 more: No answer."
    assert list(failure_lines(failures[:21])) == [f"Respondents {named}, 41 to 42: No answer."]


def test_each_reason_has_its_line_and_names_exactly_its_rows():
    failures = [Failure(0, "A."), Failure(2, "A."), Failure(3, "B."), Failure(5, "A."), Failure(6, "A.")]
    assert list(failure_lines(failures)) == ["Respondents 1, 3, 6 to 7: A.", "Respondent 4: B."]
    assert list(failure_lines([])) == []
