"""Measuring: paid before drawn, drawn once, and nothing seen before it is stored."""

import sqlite3
from collections.abc import Callable
from math import sqrt
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa
from example_rounds import SMALL, TERM, open_ledger, small_counts
from sqlalchemy.exc import OperationalError

import privacy.measure
from privacy.allocation import Allocation, allocate
from privacy.counts import ExactCounts
from privacy.documents import canonical
from privacy.errors import (
    AllocationError,
    AlreadyMeasured,
    BudgetExceeded,
    LedgerUnavailable,
    PrivacyError,
)
from privacy.ledger import Ledger
from privacy.measure import POINTS, Charge, Measurement, measure
from privacy.noise import add_noise
from privacy.residuals import TOTAL, closure
from privacy.workload import Axis, Table, Workload
from storage.address import Address

COUNTS = small_counts(300)
ALLOCATION = allocate(SMALL, TERM.rho / 2)
CHARGE = Charge("round", 100)


def no_draw(*_arguments: object) -> np.ndarray:
    raise AssertionError("noise was drawn")


def written(measurement: Measurement | None) -> bytes:
    assert measurement is not None
    return canonical(measurement.to_json())


def test_a_measurement_is_stored_charged_and_read_back(store_address: Address) -> None:
    ledger, points = open_ledger(store_address), []
    measurement = measure(ledger, CHARGE, COUNTS, ALLOCATION, points.append)
    assert points == list(POINTS)
    assert measurement.complete
    assert list(measurement.tables) == list(SMALL.tables)
    assert list(measurement.residuals) == list(closure(SMALL))
    assert written(open_ledger(store_address).measurement("round")) == written(measurement)
    (entry,) = ledger.entries()
    assert (entry.kind, entry.rho) == ("measured", ALLOCATION.cost)


def test_a_round_is_measured_once(store_address: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = open_ledger(store_address)
    first = written(measure(ledger, CHARGE, COUNTS, ALLOCATION))
    monkeypatch.setattr(privacy.measure, "add_noise", no_draw)
    for again in (ledger, open_ledger(store_address)):
        with pytest.raises(AlreadyMeasured):
            measure(again, CHARGE, COUNTS, ALLOCATION)
    assert written(ledger.measurement("round")) == first
    assert len(ledger.entries()) == 1


def test_no_money_no_measurement_and_no_draw(store_address: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = open_ledger(store_address)
    measure(ledger, CHARGE, COUNTS, ALLOCATION)
    monkeypatch.setattr(privacy.measure, "add_noise", no_draw)
    with pytest.raises(BudgetExceeded) as caught:
        measure(ledger, Charge("next", 100), COUNTS, allocate(SMALL, TERM.rho))
    assert caught.value.requested > caught.value.remaining == ledger.remaining()
    assert ledger.measurement("next") is None
    assert len(ledger.entries()) == 1


def test_below_the_minimum_only_the_total_is_charged_and_stored(store_address: Address) -> None:
    ledger, points = open_ledger(store_address), []
    measurement = measure(ledger, Charge("round", 10_000), COUNTS, ALLOCATION, points.append)
    assert not measurement.complete
    assert measurement.tables == (SMALL.total,)
    assert list(measurement.residuals) == [TOTAL]
    assert points == ["begun", "checked", "gate-drawn", "stored", "committed"]
    (entry,) = ledger.entries()
    assert (entry.kind, entry.rho) == ("below-minimum", ALLOCATION.noise(TOTAL).rho)
    with pytest.raises(AlreadyMeasured):
        measure(ledger, Charge("round", 0), COUNTS, ALLOCATION)


def test_the_gate_reads_the_noisy_total(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = open_ledger(tmp_path)
    for name, shift, complete in (("over", 5, True), ("under", -5, False)):
        monkeypatch.setattr(privacy.measure, "add_noise", lambda counts, *_, shift=shift: counts + shift)
        assert measure(ledger, Charge(name, 300), COUNTS, ALLOCATION).complete is complete


def test_below_the_minimum_the_other_residuals_are_never_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []

    def watched(counts: np.ndarray, scale: float, l2_squared: int) -> np.ndarray:
        sizes.append(counts.size)
        return add_noise(counts, scale, l2_squared)

    monkeypatch.setattr(privacy.measure, "add_noise", watched)
    measure(open_ledger(tmp_path), Charge("round", 10_000), COUNTS, ALLOCATION)
    assert sizes == [1]


@pytest.mark.parametrize("point", POINTS)
def test_an_error_at_any_point_leaves_nothing_or_everything(store_address: Address, point: str) -> None:
    ledger = open_ledger(store_address)

    def fail(reached: str) -> None:
        if reached == point:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        measure(ledger, CHARGE, COUNTS, ALLOCATION, fail)
    stored = open_ledger(store_address).measurement("round")
    assert (stored is not None) is (point == "committed")
    assert len(ledger.entries()) == (point == "committed")
    assert (ledger.spent() == 0.0) is (point != "committed")


def test_nothing_that_depends_on_noise_leaves_before_the_commit(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    ledger = open_ledger(tmp_path)  # its tables are made, which may be said
    caplog.set_level(0)
    seen: dict[str, bytes] = {}

    def look(point: str) -> None:
        seen[point] = b"".join(path.read_bytes() for path in sorted(tmp_path.iterdir()))

    measurement = measure(ledger, CHARGE, COUNTS, ALLOCATION, look)
    marks = [str(noisy.values.tolist()).replace(" ", "").encode() for noisy in measurement.residuals.values()]
    telling = [mark for mark in marks if len(mark) > 12]
    assert telling
    assert all(mark in seen["committed"] for mark in telling)
    for point in POINTS[:-1]:
        assert not any(mark in seen[point] for mark in telling), point
        assert b'"values"' not in seen[point], point
    assert capfd.readouterr() == ("", "")
    assert caplog.records == []


def failing_commit(ledger: Ledger, after: bool) -> None:
    """Let the next commit fail, before or after the database did it."""
    engine = ledger._engine

    def fail(connection: sa.Connection) -> None:
        sa.event.remove(engine, "commit", fail)
        if after:
            connection.connection.driver_connection.commit()
        raise OperationalError("COMMIT", {}, sqlite3.OperationalError("disk I/O error"))

    sa.event.listen(engine, "commit", fail)


def test_after_a_commit_that_only_looked_failed_the_stored_measurement_is_read(store_address: Address) -> None:
    ledger = open_ledger(store_address)
    failing_commit(ledger, after=True)
    measurement = measure(ledger, CHARGE, COUNTS, ALLOCATION)
    assert written(open_ledger(store_address).measurement("round")) == written(measurement)
    assert len(ledger.entries()) == 1


def test_after_a_commit_that_failed_nothing_is_charged_and_one_may_run_again(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    failing_commit(ledger, after=False)
    with pytest.raises(LedgerUnavailable, match="nothing was charged"):
        measure(ledger, CHARGE, COUNTS, ALLOCATION)
    assert ledger.entries() == ()
    assert measure(ledger, CHARGE, COUNTS, ALLOCATION).complete


def test_when_nobody_can_tell_whether_it_committed_the_message_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = open_ledger(tmp_path)
    failing_commit(ledger, after=True)

    def unreadable(_round: str) -> None:
        raise LedgerUnavailable("no")

    monkeypatch.setattr(ledger, "measurement", unreadable)
    with pytest.raises(LedgerUnavailable, match="not known whether this was charged"):
        measure(ledger, CHARGE, COUNTS, ALLOCATION)
    with pytest.raises(AlreadyMeasured):
        measure(open_ledger(tmp_path), CHARGE, COUNTS, ALLOCATION)


def test_a_database_that_cannot_grow_charges_nothing(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)

    def full(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA max_page_count = 1")

    sa.event.listen(ledger._engine, "connect", full)
    wide = Workload((Axis("a", 20_000),), (Table("@", (), ()), Table("a@", (), ("a",))))
    cells = np.ones(20_000, dtype=np.int64)
    counts = ExactCounts(wide, {"@": np.array(20_000), "a@": cells})
    with pytest.raises(LedgerUnavailable, match="SQLITE_FULL"):
        measure(ledger, CHARGE, counts, allocate(wide, 0.01))
    assert open_ledger(tmp_path).entries() == ()


def test_a_lost_race_without_locks_is_already_measured(store_address: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger, loser = open_ledger(store_address), open_ledger(store_address)
    measure(ledger, CHARGE, COUNTS, ALLOCATION)
    monkeypatch.setattr(privacy.ledger.Transaction, "measured", lambda *_: False)
    with pytest.raises(AlreadyMeasured):
        measure(loser, CHARGE, COUNTS, ALLOCATION)
    assert len(ledger.entries()) == 1


def test_noise_that_does_not_fit_the_workload_is_refused(tmp_path: Path) -> None:
    cheap = Allocation(ALLOCATION.rho / 2, ALLOCATION.entries)
    partial = Allocation(ALLOCATION.rho, ALLOCATION.entries[1:])
    for broken in (cheap, partial):
        with pytest.raises(AllocationError):
            measure(open_ledger(tmp_path), CHARGE, COUNTS, broken)


@pytest.mark.parametrize(("name", "minimum"), [("", 1), ("a\nb", 1), ("a", -1)])
def test_a_charge_needs_a_name_and_a_minimum(name: str, minimum: int) -> None:
    with pytest.raises(PrivacyError):
        Charge(name, minimum)


WIDE = Workload(
    (Axis("one", 10_000), Axis("many", 10_000, 9)),
    (Table("@", (), ()), Table("one@", (), ("one",)), Table("many@", (), ("many",))),
)
ONES = np.ones(10_000, dtype=np.int64)
WIDE_COUNTS = ExactCounts(WIDE, {"@": np.array(10_000), "one@": ONES, "many@": 2 * ONES})
WIDE_ALLOCATION = allocate(WIDE, 0.01)
SQUARED = {("one",): 10_000 * 9_999, ("many",): 9}  # how far one person moves each residual, squared


def keeps_its_promise(folder: Path) -> bool:
    """Whether what is measured is unbiased and as noisy as its rho demands, on the way from counts to storage."""
    stored = measure(open_ledger(folder), CHARGE, WIDE_COUNTS, WIDE_ALLOCATION)
    # In a table of ones no cell differs from the mean: its residual is zero. Choices are measured as they are.
    for axes, exact in ((("one",), 0), (("many",), 2)):
        noise = stored.residuals[axes].values - exact
        promised = sqrt(SQUARED[axes] / (2 * stored.residuals[axes].rho))
        unbiased = abs(noise.mean()) < 5 * promised / sqrt(noise.size)
        scaled = abs(float(np.mean(noise**2.0)) / promised**2 - 1) < 6 * sqrt(2 / noise.size)
        if not (unbiased and scaled):
            return False
    return True


def test_what_is_stored_is_unbiased_and_as_noisy_as_promised(tmp_path: Path) -> None:
    assert keeps_its_promise(tmp_path)


PLANTS: dict[str, Callable[[np.ndarray, float, int], np.ndarray]] = {
    "a tenth too little": lambda counts, scale, l2: add_noise(counts, 0.9 * scale, l2),
    "a tenth too much": lambda counts, scale, l2: add_noise(counts, 1.1 * scale, l2),
    "a sensitivity of one for all": lambda counts, scale, l2: add_noise(counts, scale / sqrt(l2), 1),
    "averaged over two draws": lambda counts, scale, l2: (
        (add_noise(counts, scale, l2) + add_noise(counts, scale, l2)) // 2
    ),
    "clipped at zero": lambda counts, scale, l2: np.maximum(add_noise(counts, scale, l2), 0),
}


@pytest.mark.parametrize("plant", PLANTS)
def test_planted_wrong_noise_is_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, plant: str) -> None:
    monkeypatch.setattr(privacy.measure, "add_noise", PLANTS[plant])
    assert not keeps_its_promise(tmp_path)
