"""The ledger's chain in a release: it can be followed to its beginning, and ends with the release's own charge."""

import json
from dataclasses import asdict, replace
from datetime import date

import pytest
from release_rounds import VERSIONS, Round, publish

from privacy.documents import canonical
from privacy.terms import GENESIS, UNMEASURABLE, Entry, Term
from reports.additions.chain import FORMAT, chain_bytes, read_chain
from reports.checking.verify import verify_release
from reports.errors import ReleaseError
from reports.release import build_release

TERM = Term(date(2026, 1, 1), date(2026, 12, 31), 2.0, 1e-6)


def entry(before: Entry | None, rho: float = 0.01, term: Term = TERM, kind: str = "measured") -> Entry:
    seq, previous = (before.seq + 1, before.digest) if before else (1, GENESIS)
    granted = (term.name, term.epsilon, term.delta)
    day, of = term.start.isoformat(), "" if kind == UNMEASURABLE else "ab" * 32
    draft = Entry(seq, f"{seq:064x}", kind, rho, *granted, day, of, previous, "")
    return replace(draft, digest=draft.expected_digest())


def chain_of(*rhos: float) -> tuple[Entry, ...]:
    links: list[Entry] = []
    for rho in rhos:
        links.append(entry(links[-1] if links else None, rho))
    return tuple(links)


def test_what_was_written_is_read_again():
    chain = chain_of(0.01, 0.02, 0.03)
    assert read_chain(chain_bytes(chain)) == chain
    assert read_chain(None) == ()


@pytest.mark.parametrize(
    "change",
    [
        lambda links: links[1:],
        lambda links: [links[0], links[2]],
        lambda links: [{**links[0], "rho": 0.001}, *links[1:]],
        lambda links: [links[1], links[0], links[2]],
        lambda links: [*links, links[2]],
    ],
    ids=[
        "without its first",
        "without one in the middle",
        "with a changed price",
        "in another order",
        "with one twice",
    ],
)
def test_a_chain_that_was_tampered_with_is_refused(change):
    links = [asdict(link) for link in chain_of(0.01, 0.02, 0.03)]
    with pytest.raises(ReleaseError, match="does not follow"):
        read_chain(canonical({"format": FORMAT, "entries": change(links)}))


def test_a_term_that_was_charged_more_than_it_grants_is_refused():
    just = TERM.rho / 2
    assert read_chain(chain_bytes(chain_of(just, just)))
    with pytest.raises(ReleaseError, match="more was charged"):
        chain_bytes(chain_of(just, just, 1e-4))


def test_what_a_restored_tally_charges_for_rounds_it_cannot_know_may_be_more_and_lets_nothing_in_afterwards():
    paid = entry(None, TERM.rho)
    unknown = entry(paid, 0.01, kind=UNMEASURABLE)
    following = entry(unknown, 0.01, Term(date(2027, 1, 1), date(2027, 12, 31), 2.0, 1e-6))
    for chain in ((paid, unknown), (paid, unknown, following)):
        assert read_chain(chain_bytes(chain)) == chain
    with pytest.raises(ReleaseError, match="more was charged"):
        chain_bytes((paid, unknown, entry(unknown, 1e-4)))
    all_of_it = entry(None, TERM.rho, kind=UNMEASURABLE)
    with pytest.raises(ReleaseError, match="more was charged"):
        chain_bytes((all_of_it, entry(all_of_it, 1e-4)))


def test_a_second_term_of_the_same_days_cannot_spend_what_the_first_promised_not_to():
    first = entry(None, TERM.rho)
    other = Term(date(2026, 1, 1), date(2027, 12, 31), 9.0, 1e-6)
    with pytest.raises(ReleaseError, match="more was charged"):
        chain_bytes((first, entry(first, 0.1, other)))


def test_a_ledger_of_more_terms_than_any_society_has_is_refused_before_anything_is_worked_out(monkeypatch):
    def never(_: float, __: float) -> float:
        raise AssertionError("a budget was worked out")

    monkeypatch.setattr("privacy.accounting.rho_for", never)
    links: list[Entry] = []
    for year in range(2000, 2021):
        term = Term(date(year, 1, 1), date(year, 12, 31), 2.0, 1e-6)
        links.append(entry(links[-1] if links else None, 0.01, term))
    with pytest.raises(ReleaseError, match="more than 20 terms"):
        chain_bytes(tuple(links))


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b"{", b'{"format":"x","entries":[]}', canonical({"format": FORMAT, "entries": []}), b"[" * 100_000],
    ids=["nothing", "a list", "half", "another format", "no entries", "nesting without end"],
)
def test_what_is_no_ledger_is_refused_in_one_sentence(data):
    with pytest.raises(ReleaseError, match=r"^ledger\.json"):
        read_chain(data)


def test_other_spellings_of_the_same_chain_are_refused():
    spaced = json.dumps(json.loads(chain_bytes(chain_of(0.01))), indent=1).encode()
    with pytest.raises(ReleaseError, match="is not written as"):
        read_chain(spaced)


def test_a_release_says_that_its_charge_is_the_last_of_a_whole_chain(tiny_round: Round, tmp_path):
    given = {"ledger.json": chain_bytes((tiny_round.entry,))}
    release = publish(tmp_path / "release", built(tiny_round, given))
    assert any("unbroken chain of 1" in sentence for sentence in verify_release(release).established)


def test_a_chain_that_does_not_end_with_the_charge_of_its_release_is_refused(tiny_round: Round):
    further = entry(tiny_round.entry, 0.001, tiny_round.entry.promised)
    with pytest.raises(ReleaseError, match="does not end with"):
        built(tiny_round, {"ledger.json": chain_bytes((tiny_round.entry, further))})


def built(made: Round, given: dict[str, bytes]) -> dict[str, bytes]:
    return build_release(made.served, made.closing, made.measurement, made.entry, VERSIONS, given=given)
