"""What must never be believed, reused or taken for granted: boxes, keys, terms, closings and cancellations."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import warm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from societies import Society, enter_directly, founded, opened, some_rows

from aggregation.ballots import BoxFile, write_box
from host.ballot_sources import TallyError, find_round
from host.carrying import export_box
from host.folders import destroy
from host.keys import read_sealing_key
from host.lifecycle import LifecycleError, cancel, close, extend
from host.opening import OpeningError
from host.promising import Unpromisable
from host.tallying import run_tally
from survey.intake.box import BallotBox
from survey.registrar.codes import CodeHash
from survey.registrar.register import RegisterClosed
from survey.rounds.closing import Phase, phase
from survey.rounds.folder import write_durably
from survey.rounds.manifest import Manifest, sign_manifest
from survey.rounds.times import now

ROWS = 9


def silent(_title: str, _done: int, _total: int) -> None:
    """No progress bar."""


@pytest.fixture
def there(tmp_path: Path) -> Society:
    return founded(tmp_path / "there")


def closed_round(society: Society, name: str = "spring", rows: int = ROWS) -> Manifest:
    manifest = opened(society, name)
    enter_directly(society, manifest, some_rows(rows))
    close(society.house, society.house.rounds.find(name), now(), early=True)
    return manifest


def forged_box(folder: Path, manifest: Manifest) -> Path:
    """A box without ballots under a manifest of somebody else, which names the round's own name and sealing key."""
    stranger = Ed25519PrivateKey.generate()
    promise = replace(manifest.promise, term=replace(manifest.promise.term, epsilon=20.0))
    forged = replace(manifest, host_key=stranger.public_key().public_bytes_raw(), promise=promise)
    path = folder / "forged.box"
    with path.open("wb") as file:
        write_box(file, forged, sign_manifest(forged, stranger), 0, [])
    return path


@pytest.mark.parametrize("known", [True, False])
def test_a_box_file_of_the_same_name_and_key_is_not_taken_for_the_round(society, there, tmp_path, known):
    manifest = closed_round(society)
    house = (society if known else there).house
    forged = forged_box(tmp_path, manifest)
    for name in ("spring", manifest.id, manifest.id[:8], ""):
        with pytest.raises((TallyError, LookupError)):
            find_round(house, name, forged)
    assert BoxFile.open(forged).manifest.id not in house.rounds.ids()
    assert read_sealing_key(society.house.tally_keys, manifest.sealing_key)


def test_a_box_in_which_nothing_counts_costs_no_round_its_key(society):
    manifest = closed_round(society, rows=0)
    with pytest.raises(TallyError, match="Not one ballot"):
        run_tally(society.house, manifest, None, silent)
    assert read_sealing_key(society.house.tally_keys, manifest.sealing_key)
    assert society.house.ledger().entries() == ()
    run_tally(society.house, manifest, None, silent, accept_empty=True)
    assert len(society.house.ledger().entries()) == 1


def test_closing_where_the_intake_is_not_makes_no_box_that_could_be_tallied(society):
    manifest = opened(society)
    ended = close(society.house, society.house.rounds.find("spring"), now(), early=True)
    assert not ended.intake_here
    assert not (society.folder / "intake").exists()
    with pytest.raises(TallyError, match="no ballot box on this machine"):
        run_tally(society.house, manifest, None, silent)


def test_a_cancelled_round_is_never_measured_even_if_its_key_and_box_survive(society, tmp_path):
    manifest = closed_round(society)
    published = society.house.rounds.find("spring")
    export_box(society.house, published, tmp_path / "spring.box")
    seed = next(society.house.tally_keys.glob("*.seed"))
    kept = seed.read_bytes()
    assert cancel(society.house, published, now()).sealing_key_destroyed
    seed.write_bytes(kept)
    with pytest.raises(TallyError, match="cancelled"):
        run_tally(society.house, manifest, BoxFile.open(tmp_path / "spring.box"), silent)
    assert society.house.ledger().entries() == ()


def test_one_sealing_key_serves_one_round(society):
    first = opened(society)
    with pytest.raises(OpeningError, match="another round"):
        opened(society, "autumn", sealing_key=first.sealing_key)


def test_a_round_without_a_tally_in_reach_needs_its_public_key(society):
    (society.folder / "tally" / "tally.sqlite").unlink()
    with pytest.raises(OpeningError, match="--sealing-key"):
        opened(society)
    assert society.house.rounds.ids() == []


def test_a_term_cannot_change_while_a_round_that_promised_it_runs(society):
    opened(society)
    society.config.write_text(society.config.read_text().replace("epsilon = 6.0", "epsilon = 20.0"))
    with pytest.raises(Unpromisable, match="must stay that"):
        opened(Society(society.folder), "autumn")


def test_a_box_of_another_term_is_not_measured_under_this_one(society, there, tmp_path):
    manifest = closed_round(society)
    export_box(society.house, society.house.rounds.find("spring"), tmp_path / "spring.box")
    there.config.write_text(there.config.read_text().replace("epsilon = 6.0", "epsilon = 2.0"))
    with pytest.raises(TallyError, match="promised the term"):
        find_round(Society(there.folder).house, manifest.id, tmp_path / "spring.box")


def test_a_closed_round_is_neither_extended_nor_reopened(society):
    manifest = closed_round(society)
    published = society.house.rounds.find("spring")
    with pytest.raises(LifecycleError, match="closed"):
        extend(society.house, published, manifest.closes_latest, now())
    assert phase(manifest, published.statement, now()) is Phase.CLOSED


def test_a_round_that_is_cancelled_while_it_is_counted_is_not_measured(society):
    manifest = closed_round(society)

    def cancelling(_title: str, _done: int, _total: int) -> None:
        cancel(society.house, society.house.rounds.find("spring"), now())

    with pytest.raises(TallyError, match="cancelled"):
        run_tally(society.house, manifest, None, cancelling)
    assert society.house.ledger().entries() == ()


def test_a_closed_register_takes_no_late_codes(society):
    manifest = closed_round(society)
    with pytest.raises(RegisterClosed):
        society.register.add(manifest.id_bytes, [CodeHash(b"c" * 32)])
    assert society.register.counts(manifest.id_bytes).issued == ROWS


def test_two_rounds_opened_at_once_never_share_a_name(society):
    script = (
        "import sys; sys.path[:0] = sys.argv[2:]; from pathlib import Path; from societies import Society, opened; "
        "opened(Society(Path(sys.argv[1])), 'twin', epsilon=1.0)"
    )
    command = [sys.executable, "-c", script, str(society.folder), *map(str, Path(__file__).parents[:2])]
    both = [warm.Popen(command, stderr=subprocess.DEVNULL) for _ in range(2)]
    assert sorted(process.wait() for process in both) == [0, 1]
    assert len(society.house.rounds.ids()) == 1


def test_a_manifest_that_could_not_be_made_durable_leaves_neither_round_nor_keys(society, monkeypatch):
    def failing(*_arguments: object) -> None:
        write_durably(*_arguments)
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("survey.rounds.folder.write_durably", failing)
    with pytest.raises(OSError, match="Input/output"):
        opened(society)
    assert society.house.rounds.ids() == []
    assert list(society.house.tally_keys.iterdir()) == []


def test_a_box_file_given_by_a_link_is_destroyed_itself(society, tmp_path):
    manifest = closed_round(society)
    box, link = tmp_path / "spring.box", tmp_path / "link.box"
    export_box(society.house, society.house.rounds.find("spring"), box)
    link.symlink_to(box)
    run_tally(society.house, manifest, BoxFile.open(link), silent)
    assert not box.exists()


def test_links_are_not_followed_where_keys_are_destroyed_or_databases_made(society, tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("precious")
    link = tmp_path / "link"
    link.symlink_to(victim)
    for act in (destroy, BallotBox.open):
        with pytest.raises(OSError):
            act(link)
    assert victim.read_text() == "precious"
