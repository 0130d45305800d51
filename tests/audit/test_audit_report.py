"""What an audit says, and with which code it ends."""

from dataclasses import replace

import pytest

import audit.__main__
from audit.bounds import Errors
from audit.promised import Promised
from audit.report import passed, row, verdict
from audit.trial import ENGINE, PLANTED, Outcome, Trial

KEPT = Outcome(Promised(4.0, 1e-6, 0.8), mu=0.7, epsilon=0.5, errors=Errors(1, 9, 1, 9))
MORE_MU, MORE_EPSILON = replace(KEPT, mu=0.9), replace(KEPT, epsilon=4.1)


def test_the_engine_passes_if_nothing_exceeds_its_promise():
    assert passed(ENGINE[0], KEPT)
    assert not passed(ENGINE[0], MORE_MU)
    assert not passed(ENGINE[0], MORE_EPSILON)


def test_a_fault_passes_only_if_it_is_seen():
    assert not passed(PLANTED[0], KEPT)
    assert passed(PLANTED[0], MORE_MU)
    assert passed(PLANTED[0], MORE_EPSILON)


def test_a_row_says_how_close_the_bound_comes():
    assert row(ENGINE[0], KEPT)[2:] == ("0.700", "0.800", "87%", "0.50", "4.00", "kept")
    assert "BROKEN" in verdict(ENGINE[0], MORE_MU)
    assert "MISSED" in verdict(PLANTED[0], KEPT)


@pytest.mark.parametrize(
    ("engine", "planted", "code"), [(KEPT, MORE_MU, 0), (MORE_EPSILON, MORE_MU, 1), (KEPT, KEPT, 1)]
)
def test_the_exit_code_tells_whether_the_audit_passed(monkeypatch, capsys, engine, planted, code):
    def found(_pool: object, trial: Trial, _advance: object) -> Outcome:
        return planted if trial.fault else engine

    monkeypatch.setattr(audit.__main__, "attack", found)

    assert audit.__main__.main() == code
    assert "What releases leak" in capsys.readouterr().out


def test_the_planted_faults_are_the_six_that_were_asked_for():
    assert len({trial.fault.name for trial in PLANTED if trial.fault}) == 6
