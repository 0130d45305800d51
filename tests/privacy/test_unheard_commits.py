"""A ledger on a server whose answer to the commit is lost on the way: what is said is true, and a second run finds out.

All connections break at once, that which holds the lock too, as where a network goes.
"""

import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from example_rounds import SMALL, TERM, open_ledger, small_counts
from lost_answers import Network, losing_answers
from servers import Postgres
from sqlalchemy import URL

from privacy.allocation import allocate
from privacy.documents import canonical
from privacy.errors import AlreadyMeasured, ChargeUnknown, LedgerUnavailable
from privacy.measure import Charge, measure

COUNTS = small_counts(300)
ALLOCATION = allocate(SMALL, TERM.rho / 2)
CHARGE = Charge("round", 100)
TELLING = b"INSERT INTO ledger_entries"


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="net") as short:  # the path of a socket may have a hundred letters or so
        yield Path(short) / "socket"


def test_a_commit_whose_answer_is_lost_is_found_where_the_server_can_be_asked(database: URL, folder: Path) -> None:
    with losing_answers(database, folder, TELLING) as network:
        measurement = measure(open_ledger(network.address), CHARGE, COUNTS, ALLOCATION)
    assert network.broken
    stored = open_ledger(database).measurement("round")
    assert stored is not None
    assert canonical(stored.to_json()) == canonical(measurement.to_json())


def test_where_nobody_can_ask_it_is_said_not_to_be_known_and_the_next_run_finds_it(database: URL, folder: Path) -> None:
    with losing_answers(database, folder, TELLING, stays_away=True) as network:
        ledger = open_ledger(network.address)
        said = unknown(network, lambda: measure(ledger, CHARGE, COUNTS, ALLOCATION))
        with pytest.raises(LedgerUnavailable) as again:  # while it is away
            measure(ledger, CHARGE, COUNTS, ALLOCATION)
    assert "it finds out" in said
    assert "nothing was charged now" in str(again.value)
    assert len(open_ledger(database).entries()) == 1
    with pytest.raises(AlreadyMeasured):
        measure(open_ledger(database), CHARGE, COUNTS, ALLOCATION)


def test_a_server_that_is_still_at_it_is_not_taken_for_one_that_charged_nothing(
    database: URL, folder: Path, postgres: Postgres
) -> None:
    """It reads as if nothing were there, and commits afterwards."""
    with (
        closing(postgres.connect(database)) as administrator,
        losing_answers(database, folder, TELLING, answered=False) as network,
    ):
        ledger = open_ledger(network.address)

        def keep_it_waiting(point: str) -> None:
            if point == "stored":
                administrator.execute("BEGIN")
                administrator.execute("LOCK TABLE ledger_entries IN SHARE MODE")

        unknown(network, lambda: measure(ledger, CHARGE, COUNTS, ALLOCATION, keep_it_waiting))
        assert ledger.entries() == ()
        administrator.execute("COMMIT")
        # What comes next waits for it, before anything is drawn.
        with pytest.raises(AlreadyMeasured):
            measure(ledger, CHARGE, COUNTS, ALLOCATION)
    assert len(open_ledger(database).entries()) == 1


def test_a_server_that_refuses_to_commit_has_charged_nothing(ledger_that_refuses: URL) -> None:
    with pytest.raises(LedgerUnavailable, match="nothing was charged") as refused:
        measure(open_ledger(ledger_that_refuses), CHARGE, COUNTS, ALLOCATION)
    assert not isinstance(refused.value, ChargeUnknown)
    assert open_ledger(ledger_that_refuses).entries() == ()


@pytest.fixture
def ledger_that_refuses(database: URL, postgres: Postgres) -> URL:
    open_ledger(database)
    with closing(postgres.connect(database)) as administrator:
        administrator.execute(
            "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION USING ERRCODE = 'disk_full'; END $$"
        )
        administrator.execute(
            "CREATE TRIGGER full_disk BEFORE INSERT ON measurements FOR EACH ROW EXECUTE FUNCTION full_disk()"
        )
    return database


def unknown(network: Network, act) -> str:
    with pytest.raises(ChargeUnknown, match="not known whether this was charged") as said:
        act()
    assert network.broken
    return str(said.value)
