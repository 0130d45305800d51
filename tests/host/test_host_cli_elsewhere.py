"""Rounds that go another way: tallied on another machine, cancelled, too small; and one signed release after all."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from societies import PULSE, Society, enter_directly, founded, later, opened, some_rows, subrosa

from host.lifecycle import close
from privacy.measurement import Measurement
from survey.rounds.times import now

RESPONDENTS = 9


@pytest.fixture(scope="module")
def journey(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """The services on one machine, the tally on another; only public and sealed files travel, and one measurement."""
    place = tmp_path_factory.mktemp("elsewhere")
    here, there = founded(place / "services"), Society(place / "offline")
    subrosa(place, "init", "offline")
    public = Path(there.json("keys", "new")["public_key"])
    here.write("pulse.toml", PULSE)
    asked = ("--form", "pulse.toml", "--name", "spring", "--closes", later(hours=1), "--respondents", 40)
    wishes = ("--minimum-responses", 0, "--sealing-key", there.folder / public)
    journey = SimpleNamespace(here=here, there=there, id=here.json("round", "open", *asked, *wishes)["round"])
    manifest = here.house.rounds.find("spring").manifest
    journey.manifest = manifest
    journey.people = enter_directly(here, manifest, some_rows(RESPONDENTS))
    here.does("round", "close", "spring", "--early")
    journey.no_key = here("tally", "spring")
    journey.exported = here.does("box", "export", "spring", "--out", "spring.box")
    journey.box = (here.folder / "spring.box").read_bytes()
    journey.box_mode = (here.folder / "spring.box").stat().st_mode & 0o777
    (here.folder / "spring.box").rename(there.folder / "spring.box")
    journey.by_name = there("tally", "spring", "--box", "spring.box")
    journey.of_another = there("tally", "0" * 64, "--box", "spring.box")
    journey.tallied = there.json("tally", journey.id, "--box", "spring.box", "--out", "spring.measurement")
    journey.unfinished = here.json("round", "show", "spring")
    (there.folder / "spring.measurement").rename(here.folder / "spring.measurement")
    journey.destroyed = here.does("box", "destroy", "spring", "--yes")
    journey.destroyed_again = here("box", "destroy", "spring", "--yes")
    journey.published = here.json("publish", "spring", "--measurement", "spring.measurement", "--out", "release")
    journey.verified = here.json("verify", "release")
    return journey


def test_the_ledgers_chain_travels_with_the_measurement(journey):
    assert any("the last of an unbroken chain of 1" in said for said in journey.verified["established"])


def test_without_the_key_the_services_cannot_tally(journey):
    assert (journey.no_key.code, journey.no_key.out) == (2, "")
    assert "private key" in journey.no_key.err
    assert not any((journey.here.folder / "tally" / "keys").glob("*.seed"))


def test_the_box_travels_sealed_and_private(journey):
    assert str(RESPONDENTS) in journey.exported
    assert journey.box_mode == 0o600
    assert b'"promise"' in journey.box  # the manifest is public and travels along
    for person in journey.people:
        assert person.sealed in journey.box
        assert person.code.encode() not in journey.box
        assert person.ticket.secret not in journey.box


def test_a_box_is_not_taken_for_a_round_that_only_the_box_itself_names(journey):
    assert journey.by_name.code == 2
    assert "full id" in journey.by_name.err
    assert journey.of_another.code == 2
    assert "'spring'" in journey.of_another.err


def test_the_tally_elsewhere_measures_once_and_destroys_its_key_and_the_file(journey):
    assert (journey.tallied["counted"], journey.tallied["dropped"]) == (RESPONDENTS, {})
    assert list((journey.there.folder / "tally" / "keys").iterdir()) == []
    assert not (journey.there.folder / "spring.box").exists()
    (entry,) = journey.there.json("ledger")["entries"]
    assert entry["round_id"] == journey.id
    assert journey.here.json("ledger")["entries"] == []


def test_the_intakes_copy_stays_until_its_host_destroys_it_and_the_tally_says_so(journey):
    assert journey.tallied["ballots_destroyed_here"] is False
    assert (journey.unfinished["box"], journey.unfinished["responses"]) == ("closed", RESPONDENTS)
    assert "destroyed" in journey.destroyed
    assert journey.destroyed_again.code == 0  # it would finish what was cut short
    assert journey.here.box.count(journey.manifest.id_bytes) == 0
    left = (journey.here.folder / "intake" / "intake.sqlite").read_bytes()
    assert not any(person.sealed[:64] in left or person.token.nonce in left for person in journey.people)


def test_the_release_is_published_from_the_carried_measurement(journey):
    assert journey.verified["sound"] is True
    assert journey.verified["round_id"] == journey.id


def test_a_round_that_too_few_answered_is_charged_for_its_total_only(society, told):
    manifest = opened(society, minimum_responses=500, respondents=600, epsilon=4.0, by=(("team",),))
    enter_directly(society, manifest, some_rows(3))
    close(society.house, society.house.rounds.find("spring"), now(), early=True)
    tallied = told(society, "tally", "spring")
    assert (tallied["complete"], tallied["tables"], tallied["measured_now"]) == (False, 1, True)
    (entry,) = told(society, "ledger")["entries"]
    assert entry["kind"] == "below-minimum"
    assert entry["rho"] < manifest.promise.rho / 2
    assert list((society.folder / "tally" / "keys").iterdir()) == []
    assert society.box.count(manifest.id_bytes) == 0
    release = told(society, "publish", "spring")["release"]
    assert told(society, "verify", release)["sound"] is True
    measured = Measurement.from_json(json.loads((Path(release) / "measurements.json").read_text()))
    assert [table.name for table in measured.tables] == ["@"]


def test_cancelling_an_open_round_destroys_both_keys_and_all_ballots(society, told, ask):
    manifest = opened(society)
    people = enter_directly(society, manifest, some_rows(4))
    keys = [*(society.folder / "tally" / "keys").iterdir(), *(society.folder / "registrar" / "keys").iterdir()]
    assert sorted(key.suffix for key in keys) == [".der", ".pub", ".seed"]

    assert society("round", "cancel", "spring", stdin="n\n").code == 130
    assert all(key.exists() for key in keys)
    society.does("round", "cancel", "spring", stdin="y\n")

    assert not any(key.exists() for key in keys)
    shown = told(society, "round", "show", "spring")
    assert (shown["state"], shown["box"], shown["responses"]) == ("cancelled", "destroyed", 0)
    for path in society.folder.rglob("*.sqlite*"):
        content = path.read_bytes()
        assert not any(person.sealed[:64] in content or person.code_hash in content for person in people), path
    assert ask("round", "cancel", "spring", "--yes").code == 0  # again, it finishes what was interrupted
    assert ask("invite", "spring", "--count", 1).code == 2
    society.write("pulse.toml", PULSE)
    # Its budget is free again.
    again = ("--form", "pulse.toml", "--name", "again", "--closes", later(hours=1), "--respondents", 40)
    assert ask("round", "open", *again, "--epsilon", 6).code == 0
