"""The state machine sees faults that are planted in its lives; and lives of which it was wrong itself once."""

import pytest
from living_rounds import NAMES
from test_host_state_machine import Rounds, run

# Short lives that some planted fault must not survive: the function that does nothing, and the steps that show it.
FAULTS = {
    "host.backups.registrar.block_codes": ("back_up 0 0", "spend 0 1", "break_and_restore 0 7", "spend 0 0"),
    "host.backups.tally.charge_doubtful": (
        *("back_up 2 0", "spend 0 1", "submit 0 1", "close 0 7", "tally 0 0"),
        "break_and_restore 0 7",
    ),
    "host.backups.intake.end_box": ("back_up 1 0", "spend 0 1", "submit 0 1", "close 0 7", "break_and_restore 0 7"),
    "host.tallying.destroy_sealing_key": ("spend 0 1", "submit 0 1", "close 0 7", "tally 0 0"),
}


@pytest.mark.parametrize("fault", [None, *FAULTS])
def test_the_machine_sees_planted_faults(fault, monkeypatch):
    if fault is not None:
        monkeypatch.setattr(fault, lambda *_: 0)
    lives = FAULTS.values() if fault is None else [FAULTS[fault]]
    for life in lives:
        if fault is None:
            lived(life)
            continue
        with pytest.raises(AssertionError):
            lived(life)


def test_what_a_cancelled_round_gave_back_is_charged_beyond_the_term_if_the_ledger_was_lost():
    """The second and the third round promised all of it, and the first may have been measured elsewhere."""
    opened = ("open_round 0 1", "cancel 0 0", "open_round 0 1", "wait 0 7", "back_up 2 0", "break_and_restore 0 7")
    rounds = lived(opened)
    assert len(rounds.model.chain) == len(NAMES)


def lived(life):
    rounds = Rounds()
    rounds.begin()
    try:
        for step in life:
            name, pick, how = step.split()
            rounds.live(name, int(pick), int(how))
            rounds.check()
    finally:
        rounds.teardown()
    return rounds


@pytest.mark.long
def test_lives_that_nobody_wrote_reach_a_planted_fault(monkeypatch):
    """Three of four lives of thirty steps do; steps that come together less often would not."""
    monkeypatch.setattr("host.backups.registrar.block_codes", lambda *_: 0)
    with pytest.raises(AssertionError):
        run(examples=15, steps=30)
