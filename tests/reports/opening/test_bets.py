"""The picture of the guarantee: its lengths and its words are those of the round."""

from math import exp

import pytest
from release_rounds import Round

from reports.opening.bets import bets
from reports.promised import check_promised


def test_every_bar_is_as_long_as_the_bet_can_become_sure_and_never_shorter_than_even(tiny_round: Round) -> None:
    made = tiny_round
    charged = check_promised(made.manifest, made.measurement, made.entry)
    drawn = bets(made.manifest.promise, charged)
    took_part, which, single = drawn.bets
    assert took_part.length == pytest.approx(100 / (1 + exp(-made.manifest.promise.epsilon)), abs=0.05)
    assert which.length == pytest.approx(100 / (1 + exp(-charged.guarantee.replacement_epsilon)), abs=0.05)
    assert single.length == pytest.approx(100 / (1 + exp(-max(q.epsilon for q in charged.questions))), abs=0.05)
    for bet in drawn.bets:
        assert 50 <= bet.length <= 100
        assert bet.length <= float(bet.sure.rstrip("%"))  # the words are the limit: rounded up
    assert [bet.top for bet in drawn.bets] == sorted({bet.top for bet in drawn.bets})
    assert drawn.height > drawn.bets[-1].top
