"""The register of codes."""

import random
import secrets
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
from a_round import rows
from sqlalchemy import update
from sqlalchemy.exc import SQLAlchemyError

from storage.opening import open_database
from survey.registrar.register import CodeCounts, Register, Verdict
from survey.registrar.tables import SCHEMA, codes

ROUND, OTHER = b"r" * 32, b"o" * 32
CODES = [bytes([number]) * 32 for number in range(1, 9)]


@pytest.fixture
def register(store_address):
    register = Register.open(store_address)
    register.add(ROUND, CODES)
    yield register
    register.release()


@pytest.fixture
def register_in_file(tmp_path):
    register = Register.open(tmp_path / "registrar.sqlite")
    register.add(ROUND, CODES)
    return register


def test_a_code_is_spent_on_one_message_only(register):
    assert register.spend(ROUND, CODES[0], b"one") is Verdict.SIGN
    assert register.spend(ROUND, CODES[0], b"one") is Verdict.SIGN
    assert register.spend(ROUND, CODES[0], b"two") is Verdict.USED
    assert register.spend(ROUND, CODES[0], b"one") is Verdict.SIGN
    assert register.counts(ROUND) == CodeCounts(8, 1, 0)


def test_a_code_counts_in_its_own_round_only(register):
    assert register.spend(OTHER, CODES[0], b"one") is Verdict.UNKNOWN
    assert register.spend(ROUND, bytes(32), b"one") is Verdict.UNKNOWN
    assert register.counts(OTHER) == CodeCounts(0, 0, 0)
    register.add(OTHER, CODES[:1])
    assert register.spend(OTHER, CODES[0], b"one") is Verdict.SIGN
    assert register.spend(ROUND, CODES[0], b"two") is Verdict.SIGN


def test_an_unspent_code_can_be_taken_back_and_a_spent_one_cannot(register):
    register.spend(ROUND, CODES[1], b"one")
    assert register.revoke(ROUND, CODES[0]) is Verdict.REVOKED
    assert register.revoke(ROUND, CODES[0]) is Verdict.REVOKED
    assert register.revoke(ROUND, CODES[1]) is Verdict.USED
    assert register.revoke(ROUND, bytes(32)) is Verdict.UNKNOWN
    assert register.spend(ROUND, CODES[0], b"one") is Verdict.REVOKED
    assert register.spend(ROUND, CODES[1], b"one") is Verdict.SIGN
    assert register.counts(ROUND) == CodeCounts(8, 1, 1)


def test_a_spent_code_is_not_counted_as_revoked_though_a_restoring_once_marked_it(register, store_address):
    register.spend(ROUND, CODES[0], b"one")
    engine = open_database(store_address, SCHEMA)
    with engine.begin() as connection:
        connection.execute(update(codes).values(revoked=True))
    engine.dispose()
    assert register.counts(ROUND) == CodeCounts(8, 1, 7)
    assert register.spend(ROUND, CODES[0], b"one") is Verdict.SIGN


def test_many_codes_are_taken_back_at_once_but_for_those_that_are_spent(register):
    register.spend(ROUND, CODES[1], b"one")
    register.add(OTHER, CODES[:1])
    register.revoke_all(ROUND, [*CODES[:4], bytes(32)])
    register.revoke_all(ROUND, [])
    assert register.counts(ROUND) == CodeCounts(8, 1, 3)
    assert register.spend(ROUND, CODES[0], b"one") is Verdict.REVOKED
    assert register.spend(ROUND, CODES[1], b"one") is Verdict.SIGN
    assert register.spend(ROUND, CODES[4], b"one") is Verdict.SIGN
    assert register.spend(OTHER, CODES[0], b"one") is Verdict.SIGN


def test_a_code_cannot_be_entered_twice(register):
    register.spend(ROUND, CODES[0], b"one")
    with pytest.raises(SQLAlchemyError):
        register.add(ROUND, [b"n" * 32, CODES[0]])
    assert register.spend(ROUND, b"n" * 32, b"x") is Verdict.UNKNOWN
    assert register.counts(ROUND) == CodeCounts(8, 1, 0)
    register.add(ROUND, [])


def test_what_is_spent_stays_spent_after_a_restart(register, store_address):
    register.spend(ROUND, CODES[0], b"one")
    again = Register.open(store_address)
    assert again.spend(ROUND, CODES[0], b"two") is Verdict.USED
    again.release()


def test_neither_code_nor_message_is_kept_but_their_hashes(register_in_file, tmp_path):
    register_in_file.spend(ROUND, CODES[0], b"a-marked-message")
    for path in tmp_path.iterdir():
        assert b"a-marked-message" not in path.read_bytes()


def test_of_many_messages_at_once_one_wins(register):
    messages = [secrets.token_bytes(8) for _ in range(24)]
    with ThreadPoolExecutor(12) as pool:
        verdicts = list(pool.map(lambda message: register.spend(ROUND, CODES[0], message), messages))
    assert verdicts.count(Verdict.SIGN) == 1
    assert verdicts.count(Verdict.USED) == 23
    assert register.spend(ROUND, CODES[0], messages[verdicts.index(Verdict.SIGN)]) is Verdict.SIGN


def test_closing_keeps_the_numbers_and_forgets_the_codes(register):
    register.spend(ROUND, CODES[0], b"one")
    register.revoke(ROUND, CODES[1])
    register.add(OTHER, [b"z" * 32])
    for _ in range(2):
        register.close(ROUND)
        assert register.counts(ROUND) == CodeCounts(8, 1, 1)
    assert register.spend(ROUND, CODES[0], b"one") is Verdict.UNKNOWN
    assert register.counts(OTHER) == CodeCounts(1, 0, 0)


def test_after_closing_no_code_is_left_on_the_disk(register_in_file, tmp_path):
    register_in_file.spend(ROUND, CODES[0], b"one")
    register_in_file.close(ROUND)
    for path in tmp_path.iterdir():
        assert not any(code in path.read_bytes() for code in CODES)


def test_only_the_owner_can_read_the_register(register_in_file, tmp_path):
    register_in_file.spend(ROUND, CODES[0], b"one")
    modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == {0o600}


def _spent_in_order(path, order, codes):
    register = Register.open(path)
    register.add(ROUND, codes)
    for code in order:
        assert register.spend(ROUND, code, b"message of " + code) is Verdict.SIGN
    return register


def _log(path):
    return path.with_name(path.name + "-wal")


def test_settling_leaves_nothing_of_the_order_in_which_codes_were_spent(tmp_path):
    """Two registers with the same codes spent in opposite order become the same bytes."""
    chance = random.Random(1)
    codes = [chance.randbytes(32) for _ in range(300)]
    order = chance.sample(codes, 200)
    paths = (tmp_path / "one.sqlite", tmp_path / "two.sqlite")
    stores = [_spent_in_order(paths[0], order, codes), _spent_in_order(paths[1], order[::-1], codes)]
    assert _log(paths[0]).read_bytes() != _log(paths[1]).read_bytes()  # here it still shows
    for store in stores:
        store.settle()
    assert [_log(path).stat().st_size for path in paths] == [0, 0]
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_codes_are_entered_in_no_order_that_tells_who_got_which(tmp_path):
    chance = random.Random(3)
    codes = [chance.randbytes(32) for _ in range(100)]
    files, registers = [], []  # kept: a log goes with the last who has the file open
    for name, order in (("one", codes), ("two", codes[::-1])):
        registers.append(Register.open(tmp_path / name))
        registers[-1].add(ROUND, order)
        files.append([row[0] for row in rows(tmp_path / name, "SELECT code_hash FROM codes")])
    assert files[0] == files[1] == sorted(codes)
    logs = [(tmp_path / f"{name}-wal").read_bytes() for name in ("one", "two")]
    order = [sorted(codes, key=log.rfind) for log in logs]
    assert order[0] == order[1]
