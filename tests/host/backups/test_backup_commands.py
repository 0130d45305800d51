"""The two commands: what they print, and how they refuse."""

import json
import shutil

import pytest
from desks import lose

from host.backups.taking import Taken, store_of
from host.backups.words import taken_words
from host.lifecycle import close
from survey.rounds.times import now


@pytest.fixture
def lived_in(town, people_of, monkeypatch):
    desks, people = people_of(town)
    for person in people[:2]:
        desks.ask(person)
        desks.send(person, 1, person.sealed(1))
    desks.stop()
    monkeypatch.chdir(town.folder)
    return town


def test_a_whole_society_is_lost_and_comes_back(lived_in, ask, monkeypatch):
    parts = ("host", "registrar", "intake", "tally")
    away = lived_in.folder.parent
    for party in parts:
        ran = ask("backup", party, "--out", away / f"{party}.backup")
        assert ran.code == 0, ran
        assert ("Destroy it" in ran.out) == (party in ("registrar", "intake"))
        assert "encrypted" in ran.out
    monkeypatch.chdir(away)
    shutil.rmtree(lived_in.folder)
    lived_in.folder.mkdir()
    monkeypatch.chdir(lived_in.folder)

    told = {party: ask("restore", away / f"{party}.backup") for party in parts}

    assert {ran.code for ran in told.values()} == {0}, told
    assert "2 codes that were not used by then are blocked" in told["registrar"].out
    assert "'spring': open, 2 responses" in told["intake"].out
    assert "cancel them" in told["tally"].out  # their key was in no backup
    ledger = json.loads(ask("ledger", "--json").out)
    assert (ledger["entries"], list(ledger["promised"])) == ([], ["spring"])
    again = ask("restore", away / "registrar.backup")
    assert (again.code, again.out) == (2, "")
    assert "--merge" in again.err


def test_a_round_that_was_closed_is_shown_as_charged_and_never_measured(lived_in, ask):
    away = lived_in.folder.parent
    assert ask("backup", "tally", "--out", away / "tally.backup").code == 0
    close(lived_in.house, lived_in.house.rounds.find("spring"), now(), early=True)
    lose(lived_in.house, "tally")
    told = ask("restore", away / "tally.backup", "--json")
    assert json.loads(told.out)["unmeasurable"] == ["spring"]
    assert "unmeasurable" in ask("ledger").out
    assert "never to be measured" in ask("round", "show", "spring").out
    for command in ("tally", "publish"):
        ran = ask(command, "spring")
        assert (ran.code, ran.out) == (2, "")
        assert "restored from a backup" in ran.err


def test_what_a_backup_holds_is_said_in_plain_words_and_where_it_could_not_be_written(lived_in, ask):
    away = lived_in.folder.parent
    ran = ask("backup", "registrar", "--out", away / "registrar.backup")
    assert f"Wrote {away / 'registrar.backup'}: 4 codes, 1 key.\n" in ran.out
    assert "--replace" in ask("backup", "registrar", "--out", away / "registrar.backup").err
    assert ask("backup", "registrar", "--out", away / "registrar.backup", "--replace").code == 0
    ran = ask("backup", "registrar", "--out", away / "nowhere" / "registrar.backup")
    assert (ran.code, ran.out) == (2, "")
    assert str(away / "nowhere" / "registrar.backup") in ran.err


def test_every_table_of_a_backup_has_words_for_one_row_and_for_several(society):
    for role in ("registrar", "intake", "tally"):
        _, schema = store_of(society.house, role)
        for table in schema.metadata.sorted_tables:
            one, two = (taken_words(role, "a.backup", Taken({table.name: number}, 0)) for number in (1, 2))
            assert "_" not in one + two
            assert one.replace(" 1 ", " 2 ") != two


def test_a_file_that_is_no_backup_is_refused_in_one_sentence(lived_in, ask):
    lived_in.write("a.backup", "not one")
    ran = ask("restore", "a.backup")
    assert (ran.code, ran.out, len(ran.err.splitlines())) == (2, "", 1)
    assert "Nothing was changed" in ran.err
