"""A tally that is lost and restored: what may have been measured since is charged, and never measured again."""

import base64
import json
import shutil
from dataclasses import replace
from types import SimpleNamespace

import pytest
from desks import lose, on_servers, restored, taken
from societies import Society, enter_directly, founded, opened, some_rows

from host.backups.judging import RestoreRefused
from host.backups.tally import destroy_charged
from host.ballot_sources import TallyError
from host.carrying import destroy_box
from host.from_tally import NotMeasured
from host.keys import read_signing_key
from host.lifecycle import cancel, close, standing
from host.publishing import Publication, publish_round
from host.tallying import run_tally
from storage.still_read import StillRead
from survey.intake import box
from survey.rounds.any_manifest import sign_manifest
from survey.rounds.external import ExternalManifest
from survey.rounds.times import now

NAMES = ("first", "second", "third", "fourth", "fifth")


def tally(society: Society, name: str):
    manifest = society.house.rounds.find(name).manifest
    return run_tally(society.house, manifest, None, lambda *_: None)


def backed_up(society: Society, name: str):
    return taken(society, "tally", name)


@pytest.fixture(scope="module")
def history(tmp_path_factory) -> SimpleNamespace:
    """Five rounds: the first measured before the backup, the next two after it, and of these the third published; the
    fourth closed; the fifth still open."""
    society = founded(tmp_path_factory.mktemp("history") / "society")
    house = society.house
    empty = backed_up(society, "empty.backup")
    for name in NAMES:
        manifest = opened(society, name, epsilon=0.5)
        enter_directly(society, manifest, some_rows(3))
        if name != "fifth":
            close(house, house.rounds.find(name), now(), early=True)
    tally(society, "first")
    seeds = [path.read_bytes() for path in house.tally_keys.glob("*.seed")]
    file = backed_up(society, "tally.backup")
    tally(society, "second")
    tally(society, "third")
    release, _ = publish_round(house, house.rounds.find("third"), Publication())
    entries, left = house.ledger().entries(), house.ledger().remaining()
    ids = {name: house.rounds.find(name).manifest.id for name in NAMES}
    told = {"empty": empty, "file": file, "release": release, "entries": entries, "left": left, "ids": ids}
    return SimpleNamespace(society=society, seeds=seeds, **told)


@pytest.fixture
def broken(history, tmp_path) -> Society:
    """The same society once more, its ledger lost; the keys that were left are there still."""
    shutil.copytree(history.society.folder, tmp_path / "society")
    for path in (tmp_path / "society" / "tally").glob("tally.sqlite*"):
        path.unlink()
    return Society(tmp_path / "society")


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_what_may_have_been_measured_since_is_charged_and_never_measured(history, broken, engine, request):
    if engine == "postgresql":
        on_servers(broken, tally=request.getfixturevalue("postgres").new_database())
    house = broken.house
    assert len(list(house.tally_keys.glob("*.seed"))) == 2

    told = restored(broken, history.file)

    assert (told.charges, told.taken_back, told.lost, told.unmeasurable, told.odd_releases) == (
        *(1, ("third",), ("second",), ("fourth",)),
        (),
    )
    ledger = house.ledger()
    ledger.verify_chain()
    assert ledger.entries()[:3] == history.entries  # the very chain that the release shows
    assert [entry.kind == "unmeasurable" for entry in ledger.entries()] == [False] * 3 + [True]
    assert ledger.entries()[3].rho == house.rounds.find("fourth").manifest.promise.rho
    assert ledger.remaining() < history.left
    third = ledger.measurement(history.ids["third"])
    assert json.loads((history.release / "measurements.json").read_bytes()) == third.to_json()
    for name in ("second", "fourth"):
        assert ledger.unmeasurable(history.ids[name])
        with pytest.raises(TallyError, match="never be measured"):
            tally(broken, name)
        with pytest.raises(NotMeasured, match="never gets one"):
            publish_round(house, house.rounds.find(name), Publication())
        assert "never to be measured" in standing(house, house.rounds.find(name), now()).measured
    for name in NAMES[:4]:
        assert house.ballot_box().state(bytes.fromhex(history.ids[name])) == "destroyed"
        assert ledger.destroyed(history.ids[name])
    assert len(list(house.tally_keys.glob("*.seed"))) == 1  # of the fifth, which goes on
    close(house, house.rounds.find("fifth"), now(), early=True)
    assert tally(broken, "fifth").inspection.counted == 3
    publish_round(house, house.rounds.find("third"), Publication(out=broken.folder / "again"))


def test_a_round_that_can_never_be_measured_may_be_cancelled(history, broken):
    restored(broken, history.file)
    cancel(broken.house, broken.house.rounds.find("fourth"), now())
    assert standing(broken.house, broken.house.rounds.find("fourth"), now()).phase.value == "cancelled"


def test_a_measurement_is_taken_back_only_from_a_release_that_the_host_signed(history, broken):
    release = broken.house.releases / history.ids["third"]
    document = json.loads((release / "measurements.json").read_bytes())
    document["residuals"][0]["values"] += 1
    (release / "measurements.json").write_text(json.dumps(document))

    told = restored(broken, history.file)

    assert (told.taken_back, told.odd_releases) == ((), (release,))
    assert sorted(told.unmeasurable) == ["fourth", "second", "third"]
    assert broken.house.ledger().remaining() <= history.left


def test_a_release_that_lies_elsewhere_can_be_named(history, broken, tmp_path):
    elsewhere = (broken.house.releases / history.ids["third"]).rename(tmp_path / "carried")
    assert restored(broken, history.file, releases=(elsewhere,)).taken_back == ("third",)


def test_rounds_or_keys_that_are_not_known_here_stop_it(history, broken):
    shutil.rmtree(broken.folder / "rounds" / history.ids["fourth"])
    with pytest.raises(RestoreRefused, match="belongs to no round"):
        restored(broken, history.file)
    shutil.rmtree(broken.folder / "rounds")
    shutil.rmtree(broken.folder / "tally")
    with pytest.raises(RestoreRefused, match="not be charged"):
        restored(broken, history.file)
    assert not broken.house.has_tally()


def test_without_its_keys_an_open_round_is_named(history, broken):
    lose(broken.house, "tally")
    assert restored(broken, history.file).without_key == ("fifth",)


def test_a_ledger_that_is_here_is_not_replaced(history, broken):
    restored(broken, history.file)
    before = broken.house.ledger().entries()
    for how in ({}, {"merge": True}):
        with pytest.raises(RestoreRefused, match="later, or another"):
            restored(broken, history.file, **how)
    assert broken.house.ledger().entries() == before


def test_an_older_ledger_is_gone_on_from(history, broken, monkeypatch):
    shutil.copy(history.society.folder / "tally" / "tally.sqlite", broken.folder / "tally" / "tally.sqlite")
    newest = taken(broken, "tally", "newest.backup")
    (broken.folder / "tally" / "tally.sqlite").unlink()
    monkeypatch.setattr("host.backups.tally.charge_doubtful", lambda *_: None)
    monkeypatch.setattr("host.backups.tally.evidence_in", lambda *_: ([], []))
    restored(broken, history.file)
    monkeypatch.undo()
    with pytest.raises(RestoreRefused, match="--merge"):
        restored(broken, newest)
    assert restored(broken, newest, merge=True).unmeasurable == ("fourth",)
    assert broken.house.ledger().entries()[:3] == history.entries


def test_answers_that_a_host_had_may_have_been_measured_as_well(history, broken):
    of = broken.house.rounds.find("first").manifest
    external = ExternalManifest("staff", of.society, of.contact, of.form, of.host_key, replace(of.promise, rho=0.01))
    broken.house.externals.add(sign_manifest(external, read_signing_key(broken.house.signing_key)))

    assert sorted(restored(broken, history.file).unmeasurable) == ["fourth", "staff"]
    assert {entry.rho for entry in broken.house.ledger().entries() if entry.kind == "unmeasurable"} >= {0.01}


def test_a_tallys_backup_holds_no_key(history):
    assert history.seeds
    for file in (history.file, history.empty):
        content = file.read_bytes()
        for seed in history.seeds:
            for form in (seed, seed.hex().encode(), base64.b64encode(seed), seed[::-1], seed[:16]):
                assert form not in content


def test_a_destruction_that_was_cut_short_is_finished_by_doing_it_again(history, broken, monkeypatch):
    """Somebody read the database: the rows are deleted, and what is left of them in its files is not overwritten."""
    restored(broken, history.file)
    house, rewritten = broken.house, []
    fifth = house.rounds.find("fifth")
    close(house, fifth, now(), early=True)

    def busy(_engine):
        raise StillRead

    monkeypatch.setattr(box, "settle", busy)
    with pytest.raises(StillRead):
        destroy_box(house, fifth)
    assert house.ballot_box().state(fifth.manifest.id_bytes) == "destroyed"
    monkeypatch.setattr(box, "settle", rewritten.append)
    destroy_box(house, fifth)
    assert len(rewritten) == 1
    destroy_charged(house, [house.rounds.find("fourth")], {history.ids["fourth"]})
    assert len(rewritten) == 2
