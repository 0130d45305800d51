"""The ledger: grows only, shows tampering, and never lets a term spend more than it has."""

import sqlite3
import stat
from dataclasses import replace
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path

import pytest
from example_rounds import SMALL, TERM, open_ledger, small_counts
from sqlalchemy import URL, text

from privacy.accounting import rho_for
from privacy.allocation import allocate
from privacy.errors import BudgetExceeded, ChainBroken, LedgerError, LedgerUnavailable, OutsideTerm
from privacy.ledger import GENESIS, Ledger, Term
from privacy.measure import Charge, measure
from privacy.store import SCHEMA
from storage import postgresql
from storage.address import Address, read_address
from storage.opening import open_database

COUNTS = small_counts()
THIRD = allocate(SMALL, TERM.rho / 3)


def charge(ledger: Ledger, *rounds: str) -> None:
    for name in rounds:
        measure(ledger, Charge(name, 10), COUNTS, THIRD)


def tamper(folder: Path, *statements: str) -> None:
    """Change the file as someone with a database shell would, past the triggers."""
    connection = sqlite3.connect(folder / "ledger.db")
    triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for (name,) in triggers:
        connection.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def test_entries_form_a_chain_from_the_first(store_address: Address) -> None:
    ledger = open_ledger(store_address)
    charge(ledger, "one", "two", "three")
    entries = ledger.entries()
    assert [entry.seq for entry in entries] == [1, 2, 3]
    assert [entry.previous for entry in entries] == [GENESIS, entries[0].digest, entries[1].digest]
    assert all(entry.digest == entry.expected_digest() for entry in entries)
    assert {(entry.kind, entry.day, entry.term) for entry in entries} == {
        ("measured", "2025-05-05", "2025-01-01/2025-12-31")
    }


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE ledger_entries SET rho = rho / 2 WHERE seq = 2",
        "UPDATE ledger_entries SET kind = 'below-minimum' WHERE seq = 2",
        "UPDATE ledger_entries SET day = '2024-05-05' WHERE seq = 2",
        "UPDATE ledger_entries SET term = '2024-01-01/2024-12-31' WHERE seq = 2",
        "UPDATE ledger_entries SET term_epsilon = 9 WHERE seq = 2",
        "UPDATE ledger_entries SET round_id = 'other' WHERE seq = 2",
        "UPDATE ledger_entries SET digest = 'aa' WHERE seq = 2",
        "UPDATE ledger_entries SET previous = 'aa' WHERE seq = 2",
        "UPDATE ledger_entries SET seq = 9 WHERE seq = 3",
        "DELETE FROM ledger_entries WHERE seq = 1",
        "DELETE FROM ledger_entries WHERE seq = 2",
        "DELETE FROM ledger_entries WHERE seq = 3",
        "DELETE FROM measurements WHERE round_id = 'three'",
        "UPDATE measurements SET document = X'7b7d' WHERE round_id = 'two'",
        "UPDATE ledger_entries SET measurement = 'aa' WHERE seq = 3",
    ],
)
def test_a_changed_ledger_is_not_opened(tmp_path: Path, change: str) -> None:
    charge(open_ledger(tmp_path), "one", "two", "three")
    tamper(tmp_path, change)
    with pytest.raises(ChainBroken):
        open_ledger(tmp_path)


@pytest.mark.parametrize("table", ["ledger_entries", "measurements", "destroyed"])
@pytest.mark.parametrize("change", ["UPDATE {} SET round_id = 'x'", "DELETE FROM {}"])
def test_the_database_itself_refuses_changes(tmp_path: Path, table: str, change: str) -> None:
    ledger = open_ledger(tmp_path)
    charge(ledger, "one")
    ledger.mark_destroyed("one")
    connection = sqlite3.connect(tmp_path / "ledger.db")
    with pytest.raises(sqlite3.IntegrityError, match="only ever added"):
        connection.execute(change.format(table))
    connection.close()


def test_a_term_pays_three_thirds_and_not_a_fourth(store_address: Address) -> None:
    ledger = open_ledger(store_address)
    charge(ledger, "one", "two", "three")
    with pytest.raises(BudgetExceeded) as caught:
        charge(ledger, "four")
    assert caught.value.requested == THIRD.cost
    assert caught.value.remaining == ledger.remaining() < 1e-9
    assert len(ledger.entries()) == 3


def test_spent_and_remaining_are_rounded_against_the_spender(store_address: Address) -> None:
    ledger = open_ledger(store_address)
    assert (ledger.spent(), ledger.remaining()) == (0.0, TERM.rho)
    charge(ledger, "one", "two")
    exact = sum(Fraction(entry.rho) for entry in ledger.entries())
    assert Fraction(ledger.spent()) >= exact
    assert Fraction(ledger.remaining()) <= Fraction(TERM.rho) - exact
    assert ledger.spent() + ledger.remaining() == pytest.approx(TERM.rho)


def test_the_next_term_starts_afresh_and_the_last_one_is_kept(store_address: Address) -> None:
    charge(open_ledger(store_address), "one", "two", "three")
    following = replace(TERM, start=date(2026, 1, 1), end=date(2026, 12, 31))
    ledger = open_ledger(store_address, following, date(2026, 1, 1))
    assert ledger.spent() == 0.0
    charge(ledger, "four")
    assert len(ledger.entries()) == 4
    assert ledger.spent() == pytest.approx(THIRD.cost)


@pytest.mark.parametrize(
    "edited",
    [
        replace(TERM, epsilon=2.0),
        replace(TERM, start=date(2025, 5, 1)),
        replace(TERM, end=date(2025, 6, 30)),
    ],
)
def test_editing_the_term_does_not_forget_what_it_paid(tmp_path: Path, edited: Term) -> None:
    charge(open_ledger(tmp_path), "one", "two")
    assert open_ledger(tmp_path, edited).spent() == pytest.approx(2 * THIRD.cost)


def test_nothing_is_measured_before_the_term(tmp_path: Path) -> None:
    with pytest.raises(OutsideTerm):
        charge(open_ledger(tmp_path, day=date(2024, 12, 31)), "one")


def test_a_late_tally_is_charged_to_the_term_that_promised_it(tmp_path: Path) -> None:
    late = open_ledger(tmp_path, day=date(2026, 1, 15))
    charge(late, "one")
    assert late.entries()[0].term == TERM.name
    assert late.spent() == pytest.approx(THIRD.cost)
    charge(late, "two", "three")
    with pytest.raises(BudgetExceeded):
        charge(late, "four")


def test_a_raised_budget_does_not_break_what_an_earlier_round_was_promised(tmp_path: Path) -> None:
    charge(open_ledger(tmp_path), "one", "two", "three")
    raised = open_ledger(tmp_path, replace(TERM, epsilon=20.0))
    assert raised.remaining() < 1e-9
    with pytest.raises(BudgetExceeded):
        charge(raised, "four")


def test_sliding_terms_do_not_pay_twice_within_one_of_them(tmp_path: Path) -> None:
    charge(open_ledger(tmp_path, day=date(2025, 6, 1)), "one", "two", "three")
    slid = replace(TERM, start=date(2025, 6, 2), end=date(2026, 6, 1))
    with pytest.raises(BudgetExceeded):
        charge(open_ledger(tmp_path, slid, day=date(2025, 6, 2)), "four")


@pytest.mark.parametrize("end", [TERM.end, date(2025, 12, 30)])
def test_a_late_charge_to_an_edited_term_counts_in_the_one_that_was_promised(tmp_path: Path, end: date) -> None:
    charge(open_ledger(tmp_path), "one", "two", "three")
    edited = replace(TERM, end=end, epsilon=20.0)
    with pytest.raises(BudgetExceeded):
        charge(open_ledger(tmp_path, edited, day=date(2026, 1, 2)), "four")


def test_the_next_term_has_its_own_budget(tmp_path: Path) -> None:
    charge(open_ledger(tmp_path), "one", "two", "three")
    following = replace(TERM, start=date(2026, 1, 1), end=date(2026, 12, 31))
    charge(open_ledger(tmp_path, following, day=date(2026, 1, 1)), "four", "five", "six")


def test_a_clock_that_was_set_back_is_noticed(store_address: Address) -> None:
    charge(open_ledger(store_address, day=date(2025, 5, 5)), "one")
    with pytest.raises(OutsideTerm, match="clock"):
        charge(open_ledger(store_address, day=date(2025, 5, 4)), "two")


def test_no_hour_of_a_clock_reaches_the_ledger(tmp_path: Path) -> None:
    ledger = Ledger.open(tmp_path / "ledger.db", TERM, lambda: datetime(2025, 5, 5, 13, 14, 15))
    charge(ledger, "one")
    ledger.mark_destroyed("one")
    assert ledger.entries()[0].day == "2025-05-05"
    assert b"13:14" not in (tmp_path / "ledger.db").read_bytes()


def test_files_are_the_owners_alone(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").touch(mode=0o644)
    seen: dict[str, int] = {}

    def look(_point: str) -> None:
        seen.update({path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()})

    measure(open_ledger(tmp_path), Charge("one", 10), COUNTS, THIRD, look)
    assert set(seen) == {"ledger.db", "ledger.db-wal", "ledger.db-shm"}
    assert set(seen.values()) == {0o600}


def test_every_connection_is_durable_and_keeps_uncommitted_pages_in_memory(tmp_path: Path) -> None:
    with open_database(tmp_path / "ledger.db", SCHEMA, pooled=False).connect() as connection:
        names = ("journal_mode", "synchronous", "foreign_keys", "cache_spill", "temp_store")
        settings = [connection.execute(text(f"PRAGMA {name}")).scalar() for name in names]
    assert settings == ["wal", 2, 1, 0, 2]


def test_destruction_is_remembered_once(store_address: Address) -> None:
    ledger = open_ledger(store_address)
    charge(ledger, "one")
    assert not ledger.destroyed("one")
    ledger.mark_destroyed("one")
    ledger.mark_destroyed("one")
    assert open_ledger(store_address).destroyed("one")


def test_a_round_that_was_never_measured_has_nothing_to_destroy(store_address: Address) -> None:
    ledger = open_ledger(store_address)
    assert ledger.measurement("one") is None
    with pytest.raises(LedgerUnavailable):
        ledger.mark_destroyed("one")


def test_a_ledger_that_cannot_be_opened_says_so(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere" / "ledger.db", tmp_path):
        with pytest.raises(LedgerUnavailable, match="check its path"):
            Ledger.open(path, TERM)


def test_a_file_that_was_cut_short_or_overwritten_is_called_damaged(tmp_path: Path) -> None:
    (tmp_path / "overwritten").write_bytes(b"this is not a database, and long enough to be read as one" * 40)
    ledger = Ledger.open(tmp_path / "cut-short", TERM)
    charge(ledger, "one")
    whole = (tmp_path / "cut-short").read_bytes()
    (tmp_path / "cut-short").write_bytes(whole[: len(whole) // 2])
    for name in ("overwritten", "cut-short"):
        with pytest.raises(LedgerUnavailable, match=r"is damaged .* restore the tally's backup") as refused:
            Ledger.open(tmp_path / name, TERM).entries()
        assert "disk" not in str(refused.value)


def test_of_a_ledger_on_a_server_it_is_the_server_that_is_to_be_checked(tmp_path: Path, database: URL) -> None:
    away = read_address(f"postgresql:///ledger?host={tmp_path}")
    nobody = open_ledger(database)
    nobody._engine = postgresql.new_engine(away, pooled=False)  # it went after the ledger was opened
    for ask in (lambda: Ledger.open(away, TERM), nobody.entries):
        with pytest.raises(LedgerUnavailable, match=r"its server runs, and `database` in \[tally\]") as refused:
            ask()
        assert "disk" not in str(refused.value)


def test_a_term_has_the_budget_of_its_epsilon_and_at_least_a_day() -> None:
    assert TERM.rho == rho_for(3.0, 1e-6)
    with pytest.raises(LedgerError):
        Term(date(2025, 2, 1), date(2025, 1, 1), 3.0, 1e-6)
