"""Several processes at one database, on either engine: each thing happens once, whoever comes first."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from typing import Any

import pytest
from sqlalchemy import URL

from storage import transactions
from storage.address import Address
from storage.opening import open_database
from storage.transactions import writing
from survey.intake.box import BallotBox, Stored
from survey.intake.tables import SCHEMA, box_states
from survey.registrar.passes import Grant
from survey.registrar.register import Register, Verdict

PROCESSES = 3
ROUND, DOMAIN = b"r" * 32, b"d" * 32
TOKEN = b"a" * 256

# What each process does. It waits for a moment that all have in common, so that they meet.


def open_new(address: Address, start: float) -> str:
    _wait(start)
    engine = open_database(address, SCHEMA)
    with engine.connect() as connection:
        version: str = connection.exec_driver_sql("SELECT version_num FROM intake_version").scalar_one()
    engine.dispose()
    return version


def put_all(address: Address, start: float, me: int) -> list[Stored]:
    """The same nonces as everybody, each with contents of its own."""
    box = BallotBox.open(address)
    _wait(start)
    stored = [box.put(ROUND, bytes([n]) * 32, 1, TOKEN, bytes([me]) * 40) for n in range(12)]
    box.release()
    return stored


def put_until_closed(address: Address, start: float, me: int) -> list[bytes]:
    """New nonces without an end; those that were stored, until the box is closed."""
    box, mine = BallotBox.open(address), []
    _wait(start)
    for n in range(10_000):
        nonce = bytes([me]) + n.to_bytes(31)
        if box.put(ROUND, nonce, 1, TOKEN, b"sealed") is not Stored.NEW:
            break
        mine.append(nonce)
    box.release()
    return mine


def spend_all(address: Address, start: float, me: int) -> list[Verdict]:
    register = Register.open(address)
    _wait(start)
    spent = [register.spend(ROUND, bytes([n]) * 32, bytes([me])) for n in range(12)]
    register.release()
    return spent


def grant_all(address: Address, start: float, me: int) -> list[Grant]:
    """Each of its own addresses, all of one domain that has five places."""
    register = Register.open(address)
    _wait(start)
    grants = [register.passes.grant(ROUND, bytes([me, n]) * 16, DOMAIN, b"m", 5) for n in range(5)]
    register.release()
    return grants


def _wait(start: float) -> None:
    time.sleep(max(0.0, start - time.time()))


@pytest.fixture(scope="module")
def processes() -> Iterator[ProcessPoolExecutor]:
    """Processes that share nothing with this one but the code."""
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        for warm in [pool.submit(time.sleep, 0.2) for _ in range(PROCESSES)]:
            warm.result()
        yield pool


def at_once(pool: ProcessPoolExecutor, work: Callable[..., Any], address: Address, *mine: tuple[Any, ...]) -> list[Any]:
    start = time.time() + 0.3
    futures: list[Future[Any]] = [pool.submit(work, address, start, *arguments) for arguments in mine]
    return [future.result() for future in futures]


def test_several_processes_open_a_new_database_and_one_makes_it(
    processes: ProcessPoolExecutor, store_address: Address
) -> None:
    assert at_once(processes, open_new, store_address, (), (), ()) == [SCHEMA.head] * PROCESSES


def test_each_nonce_is_stored_once_with_the_contents_of_who_was_told_so(
    processes: ProcessPoolExecutor, store_address: Address
) -> None:
    BallotBox.open(store_address).release()
    stored = at_once(processes, put_all, store_address, (0,), (1,), (2,))
    assert all(
        sorted(one, key=str) == sorted([Stored.NEW, *[Stored.OTHER_BYTES] * 2], key=str)
        for one in zip(*stored, strict=True)
    )
    box = BallotBox.open(store_address)
    winners = [one.index(Stored.NEW) for one in zip(*stored, strict=True)]
    assert [sealed for *_, sealed in box.ballots(ROUND)] == [bytes([winner]) * 40 for winner in winners]
    box.release()


def test_closing_waits_for_those_on_their_way_and_nothing_goes_in_afterwards(
    processes: ProcessPoolExecutor, store_address: Address
) -> None:
    box = BallotBox.open(store_address)
    start = time.time() + 0.3
    putting = [processes.submit(put_until_closed, store_address, start, me) for me in range(2)]
    _wait(start + 0.5)
    box.close(ROUND)
    counted = box.count(ROUND)
    confirmed = [nonce for future in putting for nonce in future.result()]
    assert [nonce for nonce, *_ in box.ballots(ROUND)] == sorted(confirmed)
    assert counted == box.count(ROUND) == len(confirmed) > 0
    box.release()


def test_a_code_is_spent_once(processes: ProcessPoolExecutor, store_address: Address) -> None:
    register = Register.open(store_address)
    register.add(ROUND, [bytes([n]) * 32 for n in range(12)])
    spent = at_once(processes, spend_all, store_address, (0,), (1,), (2,))
    assert all(one.count(Verdict.SIGN) == 1 and one.count(Verdict.USED) == 2 for one in zip(*spent, strict=True))
    assert register.counts(ROUND).spent == 12
    register.release()


def test_the_last_place_of_a_domain_is_given_once(processes: ProcessPoolExecutor, store_address: Address) -> None:
    register = Register.open(store_address)
    granted = [grant for one in at_once(processes, grant_all, store_address, (0,), (1,), (2,)) for grant in one]
    assert (granted.count(Grant.SIGN), granted.count(Grant.DOMAIN_FULL)) == (5, 10)
    assert register.passes.counts(ROUND).passes == 5
    register.release()


def test_what_decides_is_read_after_the_lock_even_where_a_server_would_answer_from_before(
    database: URL, postgres: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server set to `repeatable read` shows a transaction what was there at its start: before it got the lock."""
    with postgres.connect(database) as admin:
        admin.execute(f"ALTER DATABASE {database.database} SET default_transaction_isolation = 'repeatable read'")
    try:
        assert _put_behind_a_closing(database) is Stored.BOX_CLOSED
    finally:
        with postgres.connect(database) as admin:
            admin.execute(f"ALTER DATABASE {database.database} RESET default_transaction_isolation")


def test_without_the_lock_a_ballot_would_slip_in_beside_the_closing(
    database: URL, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transactions, "BESIDE", "SELECT 1")
    assert _put_behind_a_closing(database) is Stored.NEW


def _put_behind_a_closing(database: URL) -> Stored:
    """Begin to store while somebody is closing the box, who commits a moment later."""
    box = BallotBox.open(database)
    with ThreadPoolExecutor(1) as pool:
        with writing(box._engine) as connection:
            connection.execute(box_states.insert().values(round_id=ROUND, state="closed"))
            putting = pool.submit(box.put, ROUND, b"n" * 32, 1, TOKEN, b"sealed")
            time.sleep(0.3)
        stored = putting.result()
    box.release()
    return stored
