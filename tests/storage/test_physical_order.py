"""What lies in the files of a PostgreSQL server after a round: rows in the order of their keys, not of their coming.

The examiner has the disk, the system columns and the log.
"""

import random
import secrets
import struct
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import pairwise
from typing import Any

import psycopg
import pytest
from servers import Postgres
from sqlalchemy import URL

from storage import postgresql
from survey.intake.box import BallotBox, Stored
from survey.registrar.register import Register, Verdict

ROUND, OTHER = b"r" * 32, b"o" * 32
TOKEN = b"a" * 256
PEOPLE = 60
PAGE = 8192
Admin = psycopg.Connection[tuple[Any, ...]]


@pytest.fixture
def server(postgres: Postgres, database: URL) -> Iterator[Admin]:
    with closing(postgres.connect(database)) as connection:
        yield connection


def arrive(url: URL) -> list[bytes]:
    """Fill a box by three connections in turn, in an order that no database would choose; some change their minds."""
    chance = random.Random(11)
    ballots = [(chance.randbytes(32), chance.randbytes(1200)) for _ in range(PEOPLE)]
    boxes = [BallotBox.open(url) for _ in range(3)]
    for place, (nonce, sealed) in enumerate(ballots):
        assert boxes[place % 3].put(ROUND, nonce, 1, TOKEN, sealed) is Stored.NEW
        if place % 7 == 0:
            assert boxes[(place + 1) % 3].put(ROUND, nonce, 2, TOKEN, sealed[::-1]) is Stored.KEPT
    for box in boxes:
        box.release()
    return [nonce for nonce, _ in ballots]


def close(url: URL) -> None:
    box = BallotBox.open(url)
    box.close(ROUND)
    box.release()


def column(server: Admin, query: str) -> list[Any]:
    return [row[0] for row in server.execute(query)]


def file_of(server: Admin, relation: str) -> bytes:
    server.execute("CHECKPOINT")
    (content,) = server.execute("SELECT pg_read_binary_file(pg_relation_filepath(%s))", [relation]).fetchone() or (b"",)
    return bytes(content)


def line_pointers(page: bytes) -> list[tuple[int, int]]:
    """(offset in the page, state) of each row of a page; state 1 is a row, the others are dead or moved ones."""
    lower = struct.unpack_from("<H", page, 12)[0]
    words = struct.unpack_from(f"<{(lower - 24) // 4}I", page, 24)
    return [(word & 0x7FFF, (word >> 15) & 3) for word in words]


def rows_in_file(content: bytes) -> list[tuple[int, int, int]]:
    """(xmin, xmax, cid) of every row, dead or alive, in the order in which they lie in the file."""
    found = []
    for start in range(0, len(content), PAGE):
        page = content[start : start + PAGE]
        for offset, state in line_pointers(page):
            assert state == 1, "a row that was moved or died left its place behind"
            found.append(struct.unpack_from("<III", page, offset))
    return found


def agreement(order: list[bytes], other: list[bytes]) -> float:
    """Share of pairs that come in the same order in both: 0.5 where one says nothing of the other."""
    place = {nonce: index for index, nonce in enumerate(other)}
    pairs = [(a, b) for i, a in enumerate(order) for b in order[i + 1 :]]
    return sum(place[a] < place[b] for a, b in pairs) / len(pairs)


def tells_the_order(server: Admin, arrival: list[bytes]) -> list[str]:
    """Everything in the table's files from which somebody could tell who came first."""
    by_place = column(server, "SELECT nonce FROM ballots ORDER BY ctid")
    found = []
    if by_place != sorted(arrival):
        found.append("ctid")
    for name in ("xmin", "xmax", "cmin"):
        if len(set(column(server, f"SELECT {name}::text FROM ballots"))) > 1:  # noqa: S608
            found.append(name)
    heap = file_of(server, "ballots")
    states = [state for start in range(0, len(heap), PAGE) for _, state in line_pointers(heap[start : start + PAGE])]
    if set(states) != {1} or len(states) != len(arrival):
        found.append("dead rows")
    elif len(set(rows_in_file(heap))) > 1:
        found.append("row headers")
    # A page is filled from its end.
    in_file = sorted(arrival, key=lambda nonce: (heap.find(nonce) // PAGE, -heap.find(nonce)))
    if in_file != sorted(arrival) or any(heap.count(nonce) != 1 for nonce in arrival):
        found.append("the file")
    return found + [index for index in indexes(server) if not in_key_order(file_of(server, index), arrival)]


def indexes(server: Admin) -> list[str]:
    return column(server, "SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = 'ballots'::regclass")


def in_key_order(index: bytes, keys: list[bytes]) -> bool:
    """Whether leaves of the index were made one after the other as keys go up, not by splitting as rows came."""
    leaves = [index[start : start + PAGE] for start in range(PAGE, len(index), PAGE)]
    first_seen = [[key for key in keys if key in page] for page in leaves]
    ordered = [sorted(found) for found in first_seen if len(found) > 1]
    return all(one[-1] <= following[0] for one, following in pairwise(ordered))


def test_before_closing_place_and_transaction_do_tell_the_order(database: URL, server: Admin) -> None:
    """So that the tests below are known to look in the right places."""
    arrival = arrive(database)
    changed = set(arrival[::7])
    once = [nonce for nonce in arrival if nonce not in changed]
    by_transaction = column(server, "SELECT nonce FROM ballots ORDER BY xmin::text::bigint")
    by_place = column(server, "SELECT nonce FROM ballots ORDER BY ctid")
    assert [nonce for nonce in by_transaction if nonce not in changed] == once
    assert agreement(once, by_place) > 0.9
    assert {"ctid", "xmin", "dead rows", "the file"} <= set(tells_the_order(server, arrival))


def test_after_closing_nothing_in_the_files_tells_the_order(database: URL, server: Admin) -> None:
    arrival = arrive(database)
    close(database)
    assert tells_the_order(server, arrival) == []
    toast = "SELECT pg_relation_size(reltoastrelid) FROM pg_class WHERE oid = 'ballots'::regclass"
    assert column(server, toast) in ([0], [None])  # no side table, whose numbers count up


def test_sorting_the_table_alone_would_be_caught(database: URL, server: Admin, monkeypatch: pytest.MonkeyPatch) -> None:
    """CLUSTER, as the manual would have it: rows lie in key order, and each still says which transaction brought it."""
    arrival = arrive(database)

    def cluster(connection: Any, table: str) -> None:
        connection.exec_driver_sql(f"CLUSTER {table} USING {table}_pkey")

    monkeypatch.setattr(
        postgresql, "_rewrite", lambda connection, table: table == "ballots" and cluster(connection, table)
    )
    close(database)
    assert "xmin" in tells_the_order(server, arrival)


def test_a_forgotten_row_order_would_be_caught(database: URL, server: Admin, monkeypatch: pytest.MonkeyPatch) -> None:
    """One transaction writes all rows anew, but in the order in which they lay."""
    arrival = arrive(database)

    def copy(connection: Any, table: str) -> None:
        connection.exec_driver_sql(f"CREATE TEMPORARY TABLE settling ON COMMIT DROP AS SELECT * FROM {table}")  # noqa: S608
        connection.exec_driver_sql(f"TRUNCATE {table}")
        connection.exec_driver_sql(f"INSERT INTO {table} SELECT * FROM settling")  # noqa: S608

    monkeypatch.setattr(
        postgresql, "_rewrite", lambda connection, table: table == "ballots" and copy(connection, table)
    )
    close(database)
    assert {"ctid", "the file"} <= set(tells_the_order(server, arrival))


def test_a_destroyed_box_is_gone_from_the_files(database: URL, server: Admin) -> None:
    arrival = arrive(database)
    before = column(server, "SELECT pg_relation_filepath('ballots')")[0]
    box = BallotBox.open(database)
    box.put(OTHER, b"n" * 32, 1, TOKEN, b"kept")
    box.destroy(ROUND)
    box.release()
    kept = file_of(server, "ballots") + file_of(server, "ballots_pkey")
    assert not any(nonce in kept for nonce in arrival)
    assert b"kept" in kept
    assert column(server, f"SELECT length(pg_read_binary_file('{before}', 0, 10, true))") in ([0], [None])


def test_the_register_keeps_nothing_of_the_order_in_which_codes_were_spent(database: URL, server: Admin) -> None:
    chance = random.Random(1)
    codes = [chance.randbytes(32) for _ in range(PEOPLE)]
    register = Register.open(database)
    register.add(ROUND, codes)
    with ThreadPoolExecutor(3) as pool:
        verdicts = list(pool.map(lambda code: register.spend(ROUND, code, b"of " + code), codes[::2]))
    assert set(verdicts) == {Verdict.SIGN}
    assert len(set(column(server, "SELECT xmin::text FROM codes"))) > PEOPLE // 2  # here it still shows
    register.settle()
    register.release()
    assert column(server, "SELECT code_hash FROM codes ORDER BY ctid") == sorted(codes)
    assert len(set(rows_in_file(file_of(server, "codes")))) == 1


@pytest.fixture
def ordinary_user(database: URL, server: Admin) -> Iterator[URL]:
    """A user who owns nothing but our tables, with the two rights that docs/threat-model.md names."""
    server.execute("CREATE ROLE an_ordinary_user LOGIN")
    server.execute("GRANT ALL ON SCHEMA public TO an_ordinary_user")
    server.execute("GRANT pg_checkpoint TO an_ordinary_user")
    server.execute("GRANT EXECUTE ON FUNCTION pg_switch_wal() TO an_ordinary_user")
    yield database.set(username="an_ordinary_user")
    server.execute("DROP OWNED BY an_ordinary_user")
    server.execute("DROP ROLE an_ordinary_user")


def test_the_log_of_a_closed_round_is_let_go_where_the_server_is_set_so(ordinary_user: URL, server: Admin) -> None:
    """As docs/threat-model.md tells administrators; the pieces that held the rows as they came are gone."""
    server.execute("ALTER SYSTEM SET wal_recycle = off")
    server.execute("SELECT pg_reload_conf()")
    try:
        wait_until_the_log_is_let_go(server)
        arrival = arrive(ordinary_user)
        assert order_in_log(server, arrival) == arrival
        close(ordinary_user)
        # The rewriting itself is in the log, in key order; anything else would be from before.
        found = order_in_log(server, arrival)
        assert found == [nonce for nonce in sorted(arrival) if nonce in found]
    finally:
        server.execute("ALTER SYSTEM RESET wal_recycle")
        server.execute("SELECT pg_reload_conf()")


def wait_until_the_log_is_let_go(server: Admin) -> None:
    """Until the server's process that keeps the log has read its settings, which nobody can ask it: seen by a mark."""
    mark = secrets.token_hex(16)
    deadline = time.monotonic() + 60
    server.execute("SELECT pg_logical_emit_message(false, 'mark', %s)", [mark])
    while mark.encode() in log_files(server):
        assert time.monotonic() < deadline, "the server keeps its log for a minute after it was set to let it go"
        server.execute("CHECKPOINT")


def log_files(server: Admin) -> bytes:
    names = column(server, "SELECT name FROM pg_ls_waldir() ORDER BY name")
    server.execute("SELECT pg_switch_wal()")
    return b"".join(
        bytes((server.execute("SELECT pg_read_binary_file(%s)", [f"pg_wal/{name}"]).fetchone() or (b"",))[0])
        for name in names
    )


def order_in_log(server: Admin, nonces: list[bytes]) -> list[bytes]:
    """Those of them that stand in the log, by where each stands first."""
    log = log_files(server)
    return sorted((nonce for nonce in nonces if nonce in log), key=log.find)
