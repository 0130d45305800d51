"""Who answered and how they got in, in words; and how many figures are not shown."""

from dataclasses import replace

import numpy as np
import pytest
from release_rounds import Round, with_values

from reports.figures import figures as rows
from reports.figures import judge
from reports.opening.taking_part import _ways, figures, taking_part
from survey.rounds.eligibility import CODES_ONLY, Eligibility, MailEligibility


@pytest.mark.parametrize(
    ("mail", "said"),
    [
        (MailEligibility(), "theirs: one, whoever it belongs to. Each"),
        (
            MailEligibility(free_mail=False),
            "one, whoever it belongs to, but none at the well-known providers of free mail",
        ),
        (MailEligibility(domains=("a.example", "b.example")), "theirs: one at a.example or b.example. Each"),
        (MailEligibility(members_only=True), "theirs: one that the society had entered beforehand. Each"),
        (MailEligibility(per_domain=20), "At most 20 addresses of any one mail domain"),
    ],
)
def test_the_ways_in_are_those_of_the_manifest(mail: MailEligibility, said: str) -> None:
    told = " ".join(_ways(Eligibility(codes=False, mail=mail)))
    assert said in told
    assert "code" not in told


def test_codes_are_told_and_how_many_there_were_is_not() -> None:
    (told,) = _ways(CODES_ONLY)
    assert told == "With a code that the society gave out, and that let one person in once."


def test_how_many_answered_is_the_noisy_number_with_its_margin(tiny_round: Round) -> None:
    made = with_values(tiny_round, "@", 312)
    found = taking_part(made.manifest, judge(made.manifest, made.measurement))
    assert found.answered is not None
    assert found.answered.about == "312"
    assert 0 < int(found.answered.within) < 40
    assert found.planned == "300"


def test_the_displayed_count_which_fitting_draws_upwards_is_not_the_one_that_is_told(tiny_round: Round) -> None:
    judged = dict(judge(tiny_round.manifest, tiny_round.measurement))
    total = judged["@"]
    judged["@"] = replace(total, estimate=replace(total.estimate, count=total.estimate.count + 40))
    found = taking_part(tiny_round.manifest, judged)
    assert found.answered is not None
    assert found.answered.about == f"{float(total.estimate.unbiased):.0f}"


def test_too_few_are_not_counted_aloud(tiny_round: Round) -> None:
    made = with_values(tiny_round, "@", 3)
    assert taking_part(made.manifest, judge(made.manifest, made.measurement)).answered is None


def test_figures_that_are_not_shown_are_counted_as_tables_csv_has_them(tiny_round: Round) -> None:
    judged = judge(tiny_round.manifest, tiny_round.measurement)
    found = figures(judged)
    shares = [
        row
        for row in rows(tiny_round.manifest, tiny_round.measurement)
        if row.question and not row.answer.startswith("(")
    ]
    assert found.all == str(len(shares))
    for word, said in (("hidden", found.hidden), ("uncertain", found.uncertain)):
        assert said == str(sum(row.status == word for row in shares))
    assert any(np.any(table.status == "hidden") for table in judged.values())  # else this tells nothing
