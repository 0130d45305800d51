"""What is said of rows that did not go through."""

from host.cli.failed_rows import failure_lines
from survey.respondent.bulk import Failure


def test_rows_that_failed_for_one_reason_take_one_line():
    failures = [Failure(row, "No answer.") for row in range(40)]
    assert list(failure_lines(failures)) == ["Respondents 1 to 40: No answer."]


def test_each_reason_has_its_line_and_names_exactly_its_rows():
    failures = [Failure(0, "A."), Failure(2, "A."), Failure(3, "B."), Failure(5, "A."), Failure(6, "A.")]
    assert list(failure_lines(failures)) == ["Respondents 1, 3, 6 to 7: A.", "Respondent 4: B."]
    assert list(failure_lines([])) == []
