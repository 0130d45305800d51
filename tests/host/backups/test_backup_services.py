"""A registrar and an intake that are lost and restored, from either engine: they go on, and nobody counts twice."""

import shutil
import socket
from threading import Thread

import pytest
from a_round import rows
from desks import Person, lose, on_servers, restored, taken

from host.backups import intake, registrar
from host.backups.judging import RestoreRefused
from host.backups.registrar import RestoredRound
from host.backups.taking import store_of
from host.backups.words import restored_words
from host.lifecycle import cancel, close
from storage import copying
from storage.copying import InUse
from storage.opening import open_database
from survey.registrar.register import CodeCounts
from survey.respondent.ticket import new_ticket
from survey.rounds.times import now


def gone(society, desks, role):
    """The party's store as after a broken disk, in whichever engine."""
    desks.stop()
    house = society.house
    if getattr(house.config, role).database is not None:
        engine = open_database(*store_of(house, role))
        with engine.begin() as connection:
            for table in reversed(store_of(house, role)[1].metadata.sorted_tables):
                connection.execute(table.delete())
        engine.dispose()
    lose(house, role)


def test_after_a_restoring_an_old_pass_comes_again_and_no_code_gives_a_second_one(either, desks, people):
    before, since, never, idle = people
    assert desks.ask(before) == "signed"
    file = taken(either, "registrar")
    assert desks.ask(since) == "signed"
    gone(either, desks, "registrar")

    told = restored(either, file)

    assert told.rounds == (RestoredRound("spring", blocked_codes=3),)
    assert desks.ask(before) == "signed"  # the same blinded message
    assert desks.ask(before, ticket=new_ticket(before.manifest)) == "used-code"
    assert [desks.ask(one, ticket=new_ticket(one.manifest)) for one in (since, never, idle)] == ["revoked-code"] * 3
    new = Person(before.manifest)
    desks.register.add(new.manifest.id_bytes, [new.code_hash])
    assert desks.ask(new) == "signed"


def test_codes_stay_good_if_the_host_knows_that_none_was_used_since(either, desks, people):
    before, *others = people
    desks.ask(before)
    file = taken(either, "registrar")
    gone(either, desks, "registrar")
    told = restored(either, file, idle=True)
    assert told.rounds == (RestoredRound("spring", good_codes=3),)
    assert "3 codes" in restored_words(told)
    assert "revoke those once more" in restored_words(told)
    assert [desks.ask(one) for one in others] == ["signed"] * 3
    assert desks.ask(before, ticket=new_ticket(before.manifest)) == "used-code"


def test_responses_of_the_backup_are_there_again_and_later_ones_can_be_sent_again(either, desks, people):
    first, second, late, _ = people
    for person in (first, second, late):
        desks.ask(person)
    sealed = first.sealed(1)
    assert desks.send(first, 1, sealed) == "new"
    assert desks.send(second, 1, second.sealed(1)) == "new"
    file = taken(either, "intake")
    assert desks.send(second, 2, second.sealed(2)) == "kept"
    assert desks.send(late, 1, late.sealed(1)) == "new"
    gone(either, desks, "intake")

    (box,) = restored(either, file)

    assert (box.name, box.state, box.responses) == ("spring", "open", 2)
    assert "with `subrosa respond` runs it once more with the same files and --resend." in restored_words((box,))
    assert desks.send(first, 1, sealed) == "kept"
    assert desks.send(first, 1, first.sealed(1)) == "revision-taken"
    assert desks.send(second, 2, second.sealed(2)) == "kept"
    assert desks.send(late, 1, late.sealed(1)) == "new"
    assert desks.box.count(first.manifest.id_bytes) == 3


@pytest.mark.parametrize(("end", "state"), [("close", "closed"), ("cancel", "destroyed"), ("publish", "destroyed")])
def test_a_round_that_ended_since_is_not_brought_back(town, people_of, end, state):
    desks, (person, *_) = people_of(town)
    desks.ask(person)
    desks.send(person, 1, person.sealed(1))
    files = {role: taken(town, role) for role in ("registrar", "intake")}
    desks.stop()
    house, published = town.house, town.house.rounds.find("spring")
    if end == "cancel":
        cancel(house, published, now())
    else:
        close(house, published, now(), early=True)
    if end == "publish":
        (house.releases / published.manifest.id).mkdir()
    for role, file in files.items():
        lose(house, role)
        restored(town, file)

    box, register = desks.box, desks.register
    assert box.state(published.manifest.id_bytes) == state
    assert box.count(published.manifest.id_bytes) == (1 if state == "closed" else 0)
    assert not house.issuer_key(published.manifest.id).exists()
    assert desks.ask(person, ticket=new_ticket(person.manifest)) in ("closed", "cancelled")
    counts = register.counts(published.manifest.id_bytes)
    assert (counts.issued, counts.spent) == (4, 1)
    assert rows(house.config.root / "registrar" / "registrar.sqlite", "SELECT * FROM codes") == []


def test_a_party_that_has_something_is_not_overwritten(either, desks, people):
    person, other, *_ = people
    desks.ask(person)
    desks.send(person, 1, person.sealed(1))
    files = {role: taken(either, role) for role in ("registrar", "intake")}
    desks.ask(other)
    desks.send(other, 1, other.sealed(1))
    desks.stop()
    for file in files.values():
        with pytest.raises(RestoreRefused, match="--merge"):
            restored(either, file)
    assert desks.box.count(person.manifest.id_bytes) == 2
    assert desks.register.counts(person.manifest.id_bytes).spent == 2


def test_merged_into_what_is_here_the_later_revision_and_every_spent_code_stay(either, desks, people):
    first, second, third, _ = people
    desks.ask(first)
    desks.send(first, 1, first.sealed(1))
    files = {role: taken(either, role) for role in ("registrar", "intake")}
    desks.ask(second)
    last = first.sealed(2)
    assert [desks.send(first, 2, last), desks.send(second, 1, second.sealed(1))] == ["kept", "new"]
    desks.stop()

    told = {role: restored(either, file, merge=True) for role, file in files.items()}

    key = first.manifest.id_bytes
    assert told["registrar"].rounds == (RestoredRound("spring", blocked_codes=2),)
    assert desks.register.counts(key) == CodeCounts(issued=4, spent=2, revoked=2)
    assert [row[1] for row in desks.box.ballots(key) if row[0] == first.token.nonce] == [2]
    assert desks.box.count(key) == 2
    assert desks.send(first, 2, last) == "kept"
    assert desks.ask(second) == "signed"
    assert desks.ask(second, ticket=new_ticket(second.manifest)) == "used-code"
    assert desks.ask(third) == "revoked-code"


def test_a_backup_goes_from_one_engine_to_the_other_and_back(town, people_of, postgres):
    desks, people = people_of(town)
    for number, person in enumerate(people):
        desks.ask(person)
        desks.send(person, number + 1, person.sealed(number + 1))
    desks.stop()
    sqlite = {role: taken(town, role) for role in ("registrar", "intake")}
    plain = town.config.read_text()
    on_servers(town, **{role: postgres.new_database() for role in sqlite})
    for file in sqlite.values():
        restored(town, file, idle=True, merge=True) if "intake" not in file.name else restored(town, file)
    server = {role: taken(town, role, f"{role}.pg") for role in sqlite}
    assert [server[role].read_bytes() for role in sqlite] == [file.read_bytes() for file in sqlite.values()]

    town.config.write_text(plain)
    for role, file in server.items():
        lose(town.house, role)
        restored(town, file, **({"idle": True} if role == "registrar" else {}))
    again = {role: taken(town, role, f"{role}.again") for role in sqlite}
    assert [again[role].read_bytes() for role in sqlite] == [file.read_bytes() for file in sqlite.values()]


def test_a_round_that_is_not_known_here_is_not_restored(town, people_of):
    desks, (person, *_) = people_of(town)
    desks.ask(person)
    desks.send(person, 1, person.sealed(1))
    desks.stop()
    files = {role: taken(town, role) for role in ("registrar", "intake")}
    shutil.rmtree(town.folder / "rounds")
    for role, file in files.items():
        lose(town.house, role)
        with pytest.raises(RestoreRefused, match="rounds/"):
            restored(town, file)
        assert [path for path in (town.folder / role).rglob("*") if path.is_file()] == []


def test_a_service_that_runs_is_not_restored_under_its_feet(town, people_of):
    people_of(town)
    file = taken(town, "registrar")
    lose(town.house, "registrar")
    with socket.socket() as listening:
        listening.bind(town.house.config.registrar.address)
        listening.listen()
        with pytest.raises(RestoreRefused, match="stop the registrar"):
            restored(town, file)
    assert town.house.register() is None


def test_a_service_elsewhere_that_has_the_database_open_is_not_restored_under_its_feet(
    either, desks, people, monkeypatch
):
    """On another machine, or in a container: nothing listens here."""
    monkeypatch.setattr(copying, "_GOING_SECONDS", 0.2)
    person, other, *_ = people
    desks.ask(person)
    desks.send(person, 1, person.sealed(1))
    files = {role: taken(either, role) for role in ("registrar", "intake")}
    for file in files.values():
        with pytest.raises(InUse, match="stop"):
            restored(either, file, merge=True)
    assert desks.box.count(person.manifest.id_bytes) == 1
    assert desks.ask(other) == "signed"


def test_whoever_comes_to_a_server_while_it_is_restored_waits_and_nothing_is_lost(
    town, people_of, postgres, monkeypatch
):
    on_servers(town, **{party: postgres.new_database() for party in ("registrar", "intake")})
    desks, (first, second, *_) = people_of(town)
    files = {"registrar": taken(town, "registrar")}
    assert [desks.ask(first), desks.ask(second)] == ["signed", "signed"]
    assert desks.send(first, 1, first.sealed(1)) == "new"
    files["intake"] = taken(town, "intake")
    late = Person(first.manifest)
    desks.register.add(late.manifest.id_bytes, [late.code_hash])
    desks.stop()
    said, coming = [], []

    def meanwhile(room, come):
        real = room.install

        def install(*args, **how):
            coming.append(Thread(target=lambda: said.append(come())))
            coming[-1].start()
            coming[-1].join(0.5)  # long enough to get an answer, if there were one
            real(*args, **how)

        monkeypatch.setattr(room, "install", install)

    meanwhile(registrar, lambda: desks.ask(late))
    meanwhile(intake, lambda: desks.send(second, 1, second.sealed(1)))
    for file in files.values():
        restored(town, file, merge=True)
        coming[-1].join()
        desks.stop()

    assert said == ["signed", "new"]
    assert desks.ask(late, ticket=new_ticket(late.manifest)) == "used-code"
    assert desks.box.count(first.manifest.id_bytes) == 2
