"""Where a tally counts, as the command line says it."""

import click
import pytest
from societies import PULSE, enter_directly, opened, some_rows

from aggregation.engines.cluster import Cluster
from aggregation.engines.local import ProcessPool, ThisProcess
from host.cli.counting import chosen_engine
from host.lifecycle import close
from host.tallied_words import outcome_words
from host.tallying import run_tally
from survey.rounds.times import now

NOTHING = {"engine": "local", "processes": None, "scheduler": None, "tls_ca": None, "tls_cert": None, "tls_key": None}


def test_left_alone_as_many_processes_count_as_pay_off():
    assert chosen_engine(NOTHING) is None


def test_processes_that_are_named_are_used():
    assert chosen_engine(NOTHING | {"processes": 1}) == ThisProcess()
    assert chosen_engine(NOTHING | {"processes": 3}) == ProcessPool(3)


def test_a_cluster_takes_an_address_and_three_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    files = {name: tmp_path / f"{name}.pem" for name in ("tls_ca", "tls_cert", "tls_key")}
    asked = NOTHING | {"engine": "dask", "scheduler": "tls://10.0.0.1:8786", **files}
    engine = chosen_engine(asked)
    assert isinstance(engine, Cluster)
    assert (engine.scheduler, engine.tls.authority) == ("tls://10.0.0.1:8786", files["tls_ca"])
    assert "tls_key" not in repr(engine)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"scheduler": "tls://10.0.0.1:8786"}, "--scheduler is for --engine dask"),
        ({"engine": "dask"}, "also needs --scheduler, --tls-ca, --tls-cert, --tls-key"),
        ({"engine": "dask", "processes": 2}, "--processes is for --engine local"),
    ],
)
def test_options_that_do_not_belong_together_are_refused(changes, words):
    with pytest.raises(click.UsageError, match=words):
        chosen_engine(NOTHING | changes)


def test_a_round_tallied_in_two_processes_is_measured_and_its_box_destroyed(society):
    """The box is read by others while this process holds the ledger; none of them is left reading it."""
    manifest = opened(society, form=PULSE, minimum_responses=0)
    enter_directly(society, manifest, some_rows(9))
    close(society.house, society.house.rounds.find("spring"), now(), early=True)
    told = []
    outcome = run_tally(society.house, manifest, None, lambda *said: told.append(said), engine=ProcessPool(2, 4))
    assert (outcome.inspection.counted, outcome.box_destroyed) == (9, True)
    assert told[-1] == ("Opening and counting", 9, 9)
    assert len(told) == 3
    assert list(society.house.tally_keys.iterdir()) == []
    (entry,) = society.house.ledger().entries()
    assert "\nMeasured once, with noise: " in outcome_words(manifest, outcome, entry)
    again = outcome_words(manifest, run_tally(society.house, manifest, None, lambda *_: None), entry)
    assert again.startswith("'spring' was measured before; nothing was drawn or charged again.\nIt was measured once, ")
