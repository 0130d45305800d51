"""Passes by mail in the register: one an address, so many a domain, and nothing kept but hashes in their order."""

import hashlib
import hmac
import pickle
import random
import secrets
from concurrent.futures import ThreadPoolExecutor

import pytest
from a_round import rows

from survey.registrar.mail_addresses import read_address
from survey.registrar.mail_keys import NO_DOMAIN, MailKey
from survey.registrar.passes import Grant, MailCounts, MembersClosed
from survey.registrar.register import Register

ROUND, OTHER = b"r" * 32, b"o" * 32
ANA, BEN, EVA = (bytes([n]) * 32 for n in (1, 2, 3))
DOMAIN, ELSEWHERE = b"d" * 32, b"e" * 32


@pytest.fixture
def register(store_address):
    register = Register.open(store_address)
    yield register
    register.release()


@pytest.fixture
def passes(register):
    return register.passes


def test_an_address_is_bound_to_one_message(passes):
    assert passes.grant(ROUND, ANA, NO_DOMAIN, b"one", None) is Grant.SIGN
    assert passes.grant(ROUND, ANA, NO_DOMAIN, b"one", None) is Grant.SIGN
    assert passes.grant(ROUND, ANA, NO_DOMAIN, b"two", None) is Grant.USED
    assert passes.grant(OTHER, ANA, NO_DOMAIN, b"two", None) is Grant.SIGN
    assert (passes.counts(ROUND), passes.counts(OTHER)) == (MailCounts(1, 0), MailCounts(1, 0))


def test_a_domain_is_full_for_new_addresses_only_and_in_its_round_only(passes):
    assert passes.grant(ROUND, ANA, DOMAIN, b"one", 1) is Grant.SIGN
    assert passes.grant(ROUND, BEN, DOMAIN, b"two", 1) is Grant.DOMAIN_FULL
    assert passes.grant(ROUND, ANA, DOMAIN, b"one", 1) is Grant.SIGN
    assert passes.grant(ROUND, ANA, DOMAIN, b"two", 1) is Grant.USED
    assert passes.grant(ROUND, EVA, ELSEWHERE, b"two", 1) is Grant.SIGN
    assert passes.grant(OTHER, BEN, DOMAIN, b"two", 1) is Grant.SIGN
    assert passes.counts(ROUND).passes == 2


def test_the_last_place_of_a_domain_is_given_once_however_many_come_at_once(passes):
    addresses = [secrets.token_bytes(32) for _ in range(16)]
    with ThreadPoolExecutor(8) as pool:
        grants = list(pool.map(lambda a: passes.grant(ROUND, a, DOMAIN, b"m" + a, 3), addresses))
    assert (grants.count(Grant.SIGN), grants.count(Grant.DOMAIN_FULL)) == (3, 13)


def test_members_are_entered_once_and_known_in_their_round_only(passes):
    assert passes.add_members(ROUND, [BEN, ANA, BEN]) == 2
    assert passes.add_members(ROUND, [ANA, EVA]) == 1
    assert passes.add_members(ROUND, []) == 0
    assert passes.is_member(ROUND, ANA)
    assert not passes.is_member(OTHER, ANA)
    assert not passes.is_member(ROUND, DOMAIN)
    assert passes.counts(ROUND) == MailCounts(0, 3)
    passes.forget_members(ROUND)
    assert passes.counts(ROUND) == MailCounts(0, 0)


def test_closing_keeps_the_numbers_and_forgets_who(register, passes, tmp_path):
    passes.add_members(ROUND, [ANA, BEN])
    passes.grant(ROUND, ANA, DOMAIN, b"one", 5)
    passes.grant(OTHER, EVA, DOMAIN, b"one", 5)
    for _ in range(2):
        register.close(ROUND)
        assert passes.counts(ROUND) == MailCounts(1, 2)
    assert passes.counts(OTHER) == MailCounts(1, 0)
    for path in tmp_path.iterdir():
        assert not any(kept in path.read_bytes() for kept in (ANA, BEN))


def test_what_comes_after_closing_is_not_kept(register, passes):
    register.close(ROUND)
    assert passes.grant(ROUND, ANA, NO_DOMAIN, b"one", None) is Grant.CLOSED
    with pytest.raises(MembersClosed, match="closed"):
        passes.add_members(ROUND, [ANA])
    assert passes.counts(ROUND) == MailCounts(0, 0)


def test_settling_leaves_nothing_of_the_order_in_which_passes_were_given(tmp_path):
    """Two registers with the same passes given in opposite order become the same bytes."""
    chance = random.Random(5)
    people = [(chance.randbytes(32), chance.randbytes(32), chance.randbytes(8)) for _ in range(200)]
    stores = {name: Register.open(tmp_path / name) for name in ("one", "two")}
    for name, order in (("one", people), ("two", people[::-1])):
        for address, domain, message in order:
            assert stores[name].passes.grant(ROUND, address, domain, message, 3) is Grant.SIGN
    logs = [(tmp_path / f"{name}-wal").read_bytes() for name in ("one", "two")]
    assert logs[0] != logs[1]  # here it still shows
    for store in stores.values():
        store.settle()
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert [(tmp_path / f"{name}-wal").stat().st_size for name in ("one", "two")] == [0, 0]


def test_members_are_entered_in_no_order_that_tells_the_list(tmp_path):
    chance = random.Random(6)
    people = [chance.randbytes(32) for _ in range(100)]
    stores = {name: Register.open(tmp_path / name) for name in ("one", "two")}
    for name, order in (("one", people), ("two", people[::-1])):
        stores[name].passes.add_members(ROUND, order)
    kept = [
        [row[0] for row in rows(tmp_path / name, "SELECT address_hash FROM mail_members")] for name in ("one", "two")
    ]
    assert kept[0] == kept[1] == sorted(people)
    logs = [(tmp_path / f"{name}-wal").read_bytes() for name in ("one", "two")]
    assert sorted(people, key=logs[0].rfind) == sorted(people, key=logs[1].rfind)


def test_nothing_about_time_or_sender_has_a_column(tmp_path):
    Register.open(tmp_path / "registrar.sqlite")
    (columns,) = {tuple(r[1] for r in rows(tmp_path / "registrar.sqlite", "PRAGMA table_info(mail_passes)"))}
    assert columns == ("round_id", "address_hash", "domain_hash", "blinded_hash")


def test_a_hash_tells_nothing_without_its_rounds_key():
    address = read_address("ana@a.example")
    one, two = MailKey.generate(), MailKey.generate()
    hashes = {key.address_hash(round_id, address) for key in (one, two) for round_id in (ROUND, OTHER)}
    hashes |= {key.domain_hash(round_id, address) for key in (one, two) for round_id in (ROUND, OTHER)}
    assert len(hashes) == 8
    again = MailKey(one.to_bytes())
    assert again.address_hash(ROUND, read_address("Ana+x@A.example")) == one.address_hash(ROUND, address)


def test_a_hash_is_that_of_the_protocol():

    key, address = MailKey(bytes(range(32))), read_address("Ana+x@A.example")
    said = hmac.new(bytes(range(32)), b"subrosa/mail-address/v1" + ROUND + b"ana@a.example", hashlib.sha256).digest()
    assert key.address_hash(ROUND, address) == said
    said = hmac.new(bytes(range(32)), b"subrosa/mail-domain/v1" + ROUND + b"a.example", hashlib.sha256).digest()
    assert key.domain_hash(ROUND, address) == said


def test_a_key_prints_redacted_and_is_not_pickled():

    key = MailKey(b"marked" + bytes(26))
    assert "marked" not in repr(key)
    with pytest.raises(TypeError):
        pickle.dumps(key)
    with pytest.raises(ValueError, match="damaged"):
        MailKey(b"short")
