"""What is wrong with the shares that a host expects, told on one short line."""

import pytest
from a_round import SMALL_FORM

from aggregation.wishes import PromiseError, cohort_shares
from survey.forms.loading import form_from_toml


@pytest.mark.parametrize("question", ["nails", "a" * 100_000, "a\x1b[2Jb"])
def test_a_question_that_is_no_cohort_is_named_shortly(question):
    with pytest.raises(PromiseError, match=r"^cohort shares: .* is not a cohort question of this form\.$") as refused:
        cohort_shares(form_from_toml(SMALL_FORM), {question: {"red": 1}})
    assert str(refused.value).isprintable()
    assert len(str(refused.value)) < 200
