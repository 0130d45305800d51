"""A registrar whose key file is damaged, or another round's, is not ready, says so, and spends no code on it."""

import logging

import pytest
from desks import Desks, Person, restored, taken
from societies import opened

from host.coarse_counts import CoarseCounts
from host.roles import build_role, check_role
from survey import readiness
from survey.registrar.issuing import Issuer

SENTENCE = (
    "The registrar's key for 'spring' is damaged, cannot be read, or is that of another round: move it away and "
    "restore the registrar's backup with --merge, or cancel the round."
)


@pytest.fixture
def at_once(monkeypatch):
    """Readiness is looked up at every asking."""
    monkeypatch.setattr(readiness, "FRESH_SECONDS", 0.0)


def starts(society):
    """A registrar that begins its work now."""
    return build_role(society.house.config, "registrar", CoarseCounts(1, 300)).test_client()


def damaged(key, how):
    key.write_bytes(Issuer.generate().to_der() if how == "another round's" else key.read_bytes()[:-40])


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("how", ["cut short", "another round's"])
def test_a_damaged_key_is_said_and_gives_nobody_a_fault(society, caplog, how):
    manifest, desks = opened(society), Desks(society.house)
    person = Person(manifest)
    desks.register.add(manifest.id_bytes, [person.code_hash])
    sound = starts(society)
    assert sound.get("/readyz").status_code == 200
    damaged(society.house.issuer_key(manifest.id), how)

    caplog.set_level(logging.WARNING)
    check_role(society.house.config, "registrar")
    assert [record.getMessage() for record in caplog.records] == [SENTENCE]
    for registrar in (starts(society), sound):
        caplog.clear()
        assert [registrar.get("/readyz").status_code for _ in range(2)] == [503] * 2
        assert [record.getMessage() for record in caplog.records] == ["Not ready: keys."]
    assert desks.ask(person) == "storage"
    assert desks.register.counts(manifest.id_bytes).spent == 0
    desks.stop()


def test_what_the_sentence_advises_brings_the_key_back(society):
    manifest, desks = opened(society), Desks(society.house)
    people = [Person(manifest) for _ in range(2)]
    desks.register.add(manifest.id_bytes, [people[0].code_hash])
    file, key = taken(society, "registrar"), society.house.issuer_key(manifest.id)
    desks.register.add(manifest.id_bytes, [people[1].code_hash])
    sound = key.read_bytes()
    damaged(key, "cut short")
    desks.stop()

    key.unlink()
    restored(society, file, merge=True)

    assert key.read_bytes() == sound
    assert [desks.ask(one) for one in people] == ["revoked-code", "signed"]
    desks.stop()
