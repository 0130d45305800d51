"""Nobody who copies the disk learns who came first: not after closing, and while a round is open not after a moment.

A control shows that the search is able to see an order of arrival: before a database is settled, it finds it.
"""

import resource
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest
import urllib3
from societies import CLOSE, Respondent, Society, enter_directly, founded, opened, serving, some_rows, stop, until

from host.lifecycle import close
from survey.forms.codec import encode
from survey.rounds.manifest import Manifest
from survey.rounds.times import now
from survey.tokens import authorization

PEOPLE = 10


def arrive(society: Society, manifest: Manifest) -> list[Respondent]:
    """Respondents who come one after the other, in an order that no database would choose."""
    people = [Respondent(manifest, encode(manifest.form, row)) for row in some_rows(PEOPLE)]
    society.register.add(manifest.id_bytes, [person.code_hash for person in people])
    for person in people:
        assert submit(society, person) == (200, 201)
    return people


def submit(society: Society, person: Respondent) -> tuple[int, int]:
    round_url = f"/v1/rounds/{person.manifest.id}"
    bearer = CLOSE | {"Authorization": f"Bearer {person.code}"}
    url = society.url("registrar", f"{round_url}/token-request")
    issued = urllib3.request("POST", url, body=person.request, headers=bearer)
    person.redeem(issued.data)
    return issued.status, put(society, person)


def put(society: Society, person: Respondent) -> int:
    headers = CLOSE | {"Authorization": authorization(person.token), "Subrosa-Revision": "1"}
    url = society.url("intake", f"/v1/rounds/{person.manifest.id}/response")
    return urllib3.request("PUT", url, body=person.sealed, headers=headers, retries=False).status


def nonces(people: Sequence[Respondent]) -> list[bytes]:
    return [person.token.nonce for person in people]


def bindings(people: Sequence[Respondent]) -> list[bytes]:
    """What the registrar writes when a code is spent."""
    return [sha256(person.ticket.blinded_message).digest() for person in people]


def order_in(content: bytes, items: Sequence[bytes]) -> list[bytes]:
    """Those of the items that are in the bytes, by where each stands first."""
    return sorted((item for item in items if item in content), key=content.index)


def key_order(path: Path, table: str, key: str, value: str) -> list[bytes]:
    """The order that a database has in which the same rows were put in the order of their keys."""
    with closing(sqlite3.connect(path)) as live, closing(sqlite3.connect(path.with_name("reference"))) as other:
        (size,) = live.execute("PRAGMA page_size").fetchone()
        other.execute(f"PRAGMA page_size = {size}")
        other.execute("PRAGMA secure_delete = ON")
        for (statement,) in live.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall():
            other.execute(statement)
        rows = live.execute(f"SELECT * FROM {table} ORDER BY {key}").fetchall()  # noqa: S608
        other.executemany(f"INSERT INTO {table} VALUES ({','.join('?' * len(rows[0]))})", rows)  # noqa: S608
        other.commit()
        other.execute("VACUUM")
        values = [row[0] for row in other.execute(f"SELECT {value} FROM {table}")]  # noqa: S608
    return order_in(path.with_name("reference").read_bytes(), values)


def log_of(path: Path) -> bytes:
    log = path.with_name(f"{path.name}-wal")
    return log.read_bytes() if log.exists() else b""


def index_of(path: Path) -> bytes:
    index = path.with_name(f"{path.name}-shm")
    return index.read_bytes() if index.exists() else b""


@pytest.fixture
def slow(tmp_path: Path) -> Society:
    """A society whose servers would settle an hour from now."""
    return founded(tmp_path / "society", settle_seconds=3600)


@pytest.fixture
def box(slow: Society) -> Path:
    return slow.folder / "intake" / "intake.sqlite"


@pytest.fixture
def register(slow: Society) -> Path:
    return slow.folder / "registrar" / "registrar.sqlite"


def test_before_it_is_settled_the_log_is_the_order_of_arrival(slow, box):
    with serving(slow):
        people = arrive(slow, opened(slow))
        assert order_in(log_of(box), nonces(people)) == nonces(people)


def test_closing_leaves_no_order_of_arrival(slow, box, register):
    manifest = opened(slow)
    with serving(slow):
        people = arrive(slow, manifest)
        close(slow.house, slow.house.rounds.find("spring"), now(), early=True)

        content = box.read_bytes()
        assert log_of(box) == log_of(register) == b""
        assert order_in(content, nonces(people)) == key_order(box, "ballots", "round_id, nonce", "nonce")
        assert order_in(content, nonces(people)) != nonces(people)
        # Who took part is gone altogether.
        assert order_in(register.read_bytes(), bindings(people)) == []


def test_stopping_a_server_leaves_no_order_of_arrival(slow, box, register):
    with serving(slow) as processes:
        people = arrive(slow, opened(slow))
        for process in processes.values():
            stop(process)

        assert log_of(box) == log_of(register) == b""
        key = "round_id, code_hash"
        assert order_in(box.read_bytes(), nonces(people)) == key_order(box, "ballots", "round_id, nonce", "nonce")
        assert order_in(register.read_bytes(), bindings(people)) == key_order(register, "codes", key, "blinded_hash")


def test_the_settle_interval_takes_the_order_away_while_the_round_is_open(tmp_path):
    society = founded(tmp_path / "society", settle_seconds=1)
    box, register = society.folder / "intake" / "intake.sqlite", society.folder / "registrar" / "registrar.sqlite"
    with serving(society):
        people = arrive(society, opened(society))
        until(lambda: log_of(box) == log_of(register) == b"")

        key = "round_id, code_hash"
        everything = box.read_bytes() + index_of(box)
        assert order_in(everything, nonces(people)) == key_order(box, "ballots", "round_id, nonce", "nonce")
        assert order_in(register.read_bytes(), bindings(people)) == key_order(register, "codes", key, "blinded_hash")
        assert put(society, people[0]) == 200  # and it goes on serving


def test_a_database_that_cannot_grow_refuses_without_losing_anything(slow):
    manifest = opened(slow)
    with serving(slow, "intake") as processes:
        (early, late) = enter_directly(slow, manifest, some_rows(2))
        slow.box.destroy(manifest.id_bytes)
        reopen(slow, manifest)
        assert put(slow, early) == 201
        worker = worker_of(processes["intake"].pid)
        unlimited = resource.prlimit(worker, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
        assert put(slow, late) == 503
        assert slow.box.count(manifest.id_bytes) == 1
        resource.prlimit(worker, resource.RLIMIT_FSIZE, unlimited)
        assert (put(slow, late), put(slow, early)) == (201, 200)
        assert slow.box.count(manifest.id_bytes) == 2


def reopen(society: Society, manifest: Manifest) -> None:
    with closing(sqlite3.connect(society.folder / "intake" / "intake.sqlite")) as database:
        database.execute("DELETE FROM box_states")
        database.commit()
    assert society.box.state(manifest.id_bytes) is None


def worker_of(pid: int) -> int:
    (child,) = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(child)
