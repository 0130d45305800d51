"""Who may read what on disk: keys and databases their owner only, public documents everyone."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from societies import CLOSE, Respondent, Society, opened, place_on_free_ports, serving, subrosa
from urllib3 import request

from host.folders import destroy
from host.lifecycle import close
from host.tallying import run_tally
from survey.forms.codec import encode
from survey.rounds.times import now


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


@pytest.fixture(scope="module")
def lax() -> Iterator[None]:
    """A host with the most careless umask there is."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory, lax: None) -> Society:
    """A society founded by the real command, in the middle of a round."""
    place = tmp_path_factory.mktemp("modes")
    assert subrosa(place, "init", "society").code == 0
    society = Society(place / "society")
    place_on_free_ports(society.config)
    manifest = opened(society)
    person = Respondent(manifest, encode(manifest.form, {}))
    society.register.add(manifest.id_bytes, [person.code_hash])
    with serving(society):
        url = society.url("registrar", f"/v1/rounds/{manifest.id}/token-request")
        headers = CLOSE | {"Authorization": f"Bearer {person.code}"}
        assert request("POST", url, body=person.request, headers=headers).status == 200
        check_private(society)
    return society


def check_private(society: Society) -> None:
    for party in ("host", "registrar", "intake", "tally"):
        for path in (society.folder / party, *(society.folder / party).rglob("*")):
            if path.suffix == ".pub":
                continue
            assert mode(path) == (0o700 if path.is_dir() else 0o600), path


def test_folders_keys_databases_and_their_logs_are_for_their_owner_only(busy):
    suffixes = {path.suffix for path in busy.folder.rglob("*") if path.is_file()}
    assert {".pem", ".der", ".seed", ".sqlite"} <= suffixes
    check_private(busy)


def test_public_documents_can_be_read_by_the_users_of_all_parties(busy):
    close(busy.house, busy.house.rounds.find("spring"), now(), early=True)
    public = [busy.folder, busy.folder / "rounds", busy.folder / "releases", *(busy.folder / "rounds").rglob("*")]
    assert {path.name for path in public} >= {"manifest.json", "closing.json"}
    for path in (*public, busy.config):
        assert mode(path) == (0o755 if path.is_dir() else 0o644), path


def test_init_leaves_the_mode_of_a_folder_that_was_there(tmp_path, lax):
    (tmp_path / "mine").mkdir(mode=0o750)
    assert subrosa(tmp_path, "init", "mine").code == 0
    assert mode(tmp_path / "mine") == 0o750


def test_a_release_is_for_everyone(busy):
    house = busy.house
    manifest = house.rounds.find("spring").manifest
    close(house, house.rounds.find("spring"), now(), early=True)
    run_tally(house, manifest, None, lambda *_: None, accept_empty=True)
    assert subrosa(busy.folder, "publish", "spring").code == 0
    release = busy.folder / "releases" / manifest.id
    assert mode(release) == 0o755
    assert {mode(path) for path in release.iterdir()} == {0o644}


def test_a_tally_elsewhere_is_private_too(tmp_path, lax):
    assert subrosa(tmp_path, "init", "society", "--tally", tmp_path / "disk" / "tally").code == 0
    society = Society(tmp_path / "society")
    assert not (society.folder / "tally").exists()
    assert society.house.config.tally_folder == tmp_path / "disk" / "tally"
    opened(society)
    for path in (tmp_path / "disk" / "tally").rglob("*"):
        assert path.suffix == ".pub" or mode(path) == (0o700 if path.is_dir() else 0o600), path


def test_destroying_a_key_overwrites_it_before_it_goes(tmp_path):
    key, other = tmp_path / "key", tmp_path / "other-name-of-the-same-file"
    key.write_bytes(b"secret" * 10)
    os.link(key, other)
    assert destroy(key) is True
    assert other.read_bytes() == bytes(60)
    assert not key.exists()
    assert destroy(key) is False
