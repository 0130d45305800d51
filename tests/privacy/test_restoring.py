"""Going on with a ledger that was lost: exactly as it was published, and nothing measured twice."""

from dataclasses import replace
from datetime import date
from hashlib import sha256

import pytest
from example_rounds import SMALL, TERM, open_ledger, small_counts

from privacy.allocation import allocate
from privacy.documents import canonical
from privacy.errors import ChainBroken, OutsideTerm, Unmeasurable
from privacy.ledger import Transaction
from privacy.measure import Charge, measure
from privacy.restoring import Doubtful, Evidence, charge_doubtful, longest, take_back

COUNTS, QUARTER = small_counts(), allocate(SMALL, TERM.rho / 4)
TODAY = date(2025, 5, 5)


def measured(folder, *rounds):
    folder.mkdir()
    ledger = open_ledger(folder)
    for name in rounds:
        measure(ledger, Charge(name, 10), COUNTS, QUARTER)
    return ledger


def document_of(ledger, name):
    document = canonical(ledger.measurement(name).to_json())
    return {sha256(document).hexdigest(): document}


@pytest.fixture
def lost(tmp_path):
    """A ledger as it was, and what a backup from before its second and third round makes of it."""
    whole = measured(tmp_path / "whole", "one", "two", "three")
    (tmp_path / "restored").mkdir()
    return whole, open_ledger(tmp_path / "restored")


def test_a_chain_is_gone_on_with_as_it_was_published(lost):
    whole, restored = lost
    chain = whole.entries()
    evidence = [Evidence(chain[:2], document_of(whole, "two")), Evidence(chain, document_of(whole, "three"))]
    with restored.transaction() as transaction:
        added, missing = take_back(transaction.connection, (), evidence, "2025-05-05")
    assert (added, missing) == (chain, {"one"})
    restored.verify_chain()
    assert restored.entries() == chain
    assert restored.measurement("three").to_json() == whole.measurement("three").to_json()
    assert (restored.measurement("one"), restored.unmeasurable("one")) == (None, True)
    assert restored.remaining() == whole.remaining()
    with pytest.raises(Unmeasurable):
        measure(restored, Charge("one", 10), COUNTS, QUARTER)


def test_a_chain_that_does_not_go_on_from_the_known_one_is_left(lost, tmp_path):
    whole, _ = lost
    other = measured(tmp_path / "other", "four", "five")
    known = other.entries()[:1]
    assert longest(known, [Evidence(whole.entries(), {})]) == known
    assert longest(known, [Evidence(other.entries(), {}), Evidence(known, {})]) == other.entries()


def test_a_broken_chain_is_not_taken_back(lost):
    whole, restored = lost
    first, second, _ = whole.entries()
    for chain in ((replace(first, rho=first.rho / 2),), (second,), (first, replace(second, day="2025-01-01"))):
        with pytest.raises(ChainBroken), restored.transaction() as transaction:
            take_back(transaction.connection, (), [Evidence(chain, {})], "2025-05-05")
    assert restored.entries() == ()


def test_a_doubtful_round_is_charged_even_if_the_term_cannot_pay_it_and_never_measured(lost):
    _, restored = lost
    with restored.transaction() as transaction:
        charge_doubtful(transaction.connection, [Doubtful("one", TERM.rho * 2, TERM)], TODAY)
    restored.verify_chain()
    (entry,) = restored.entries()
    assert (entry.kind, entry.rho, entry.measurement) == ("unmeasurable", TERM.rho * 2, "")
    assert restored.remaining() == 0.0
    with pytest.raises(Unmeasurable):
        measure(restored, Charge("one", 10), COUNTS, QUARTER)


def test_a_doubtful_round_is_not_charged_before_the_last_charge(lost):
    whole, _ = lost
    with pytest.raises(OutsideTerm), whole.transaction() as transaction:
        Transaction(transaction.connection, TERM, date(2025, 5, 4)).record_unmeasurable("four", 0.1)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE ledger_entries SET kind = 'measured' WHERE kind = 'unmeasurable'",
        "UPDATE ledger_entries SET kind = 'unmeasurable' WHERE round_id = 'one'",
        "INSERT INTO lost VALUES ('one', '2025-05-05')",
        "DELETE FROM lost",
    ],
)
def test_a_charge_without_a_measurement_cannot_be_made_or_hidden_afterwards(lost, change):
    whole, restored = lost
    with restored.transaction() as transaction:
        evidence = [Evidence(whole.entries(), document_of(whole, "one") | document_of(whole, "two"))]
        take_back(transaction.connection, (), evidence, "2025-05-05")
        charge_doubtful(transaction.connection, [Doubtful("four", 0.1, TERM)], TODAY)
    restored.verify_chain()
    with restored.transaction() as transaction:
        for table in ("ledger_entries", "lost"):
            for action in ("update", "delete"):
                transaction.connection.exec_driver_sql(f"DROP TRIGGER {table}_no_{action}")
        transaction.connection.exec_driver_sql(change)
    with pytest.raises(ChainBroken):
        restored.verify_chain()
