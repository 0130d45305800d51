"""Publishing, correcting and withdrawing: whole or not at all, never over what was there, and one at a time."""

import fcntl
import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import warm
from measured_society import measured
from societies import Ran, Society

from host import revising
from host.publishing import Publication, publish_round, withdraw_release
from host.revising import NotPublished
from reports import release as release_module
from reports.checking.verify import verify_release
from reports.errors import ReleaseError
from reports.signing import SUMS, fingerprint, read_public_pem, sums
from survey.rounds.withdrawal import read_withdrawal

MARGINS = "[team]\nnorth = 0.25\nsouth = 0.75\n"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Society:
    return measured(tmp_path_factory.mktemp("revising") / "society")


@pytest.fixture
def society(model: Society, tmp_path: Path) -> Society:
    return Society(Path(shutil.copytree(model.folder, tmp_path / "society")))


@pytest.fixture(scope="module")
def released(model: Society, tmp_path_factory: pytest.TempPathFactory) -> Society:
    """Its release is published, once."""
    society = Society(Path(shutil.copytree(model.folder, tmp_path_factory.mktemp("released") / "society")))
    published(society)
    return society


@pytest.fixture(scope="module")
def revised(released: Society, tmp_path_factory: pytest.TempPathFactory) -> Society:
    """Its release is corrected, too."""
    society = Society(Path(shutil.copytree(released.folder, tmp_path_factory.mktemp("revised") / "society")))
    published(society, "Once.")
    return society


def copied(society: Society, folder: Path) -> tuple[Society, list[Path]]:
    """A copy for one test alone, and its releases, the first one first."""
    copy = Society(Path(shutil.copytree(society.folder, folder / "society")))
    return copy, sorted((copy.folder / "releases").iterdir())


def published(society: Society, correct: str | None = None) -> Path:
    house = society.house
    return publish_round(house, house.rounds.find("spring"), Publication(correct=correct))[0]


def withdrawn(society: Society, reason: str = "A fault.") -> Path:
    house = society.house
    return withdraw_release(house, house.rounds.find("spring").manifest, reason)


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def names(society: Society) -> list[str]:
    return sorted(path.name for path in (society.folder / "releases").iterdir())


def test_a_correction_lies_beside_what_it_corrects_and_both_verify(society: Society, told: Callable[..., Any]) -> None:
    first = Path(told(society, "publish", "spring")["release"])
    before = bytes_of(first)
    society.write("margins.toml", MARGINS)
    said = told(
        society, "publish", "spring", "--correct", "The weights <were> left out.", "--known-margins", "margins.toml"
    )
    second = Path(said["release"])
    assert (second.name, said["revision"]) == (f"{first.name}.2", 2)
    assert bytes_of(first) == before
    assert "margins.json" in bytes_of(second)
    for same in ("manifest.json", "measurements.json", "ledger.json"):
        assert bytes_of(second)[same] == before[same]
    page = " ".join((second / "index.html").read_text().split())
    assert "This is revision 2 of this release" in page
    assert "What changed: The weights &lt;were&gt; left out." in page
    assert json.loads((second / "release.json").read_text())["revision"]["reason"] == "The weights <were> left out."
    assert json.loads((first / "release.json").read_text())["revision"] is None
    key = fingerprint(read_public_pem((first / "public_key.pem").read_bytes()))
    told_of = verify_release(second, key)
    assert told_of.whole
    assert any("It is revision 2" in sentence for sentence in told_of.established)
    assert any("Revision 1, which lies beside it, is the one that it replaces" in s for s in told_of.established)
    assert any("revision 2, which corrects it, lies beside it" in s for s in verify_release(first, key).not_established)


def test_the_chain_is_followed_to_the_first_release_or_as_far_as_it_lies_there(
    revised: Society, tmp_path: Path
) -> None:
    society, (first, _) = copied(revised, tmp_path)
    third = published(society, "Twice.")
    assert third.name == f"{first.name}.3"
    assert any("Revisions 1 to 2, which lie beside it" in sentence for sentence in verify_release(third).established)
    first.rename(society.folder / "away")
    verdict = verify_release(third)
    assert any("Revision 2, which lies beside it" in sentence for sentence in verdict.established)
    assert any("That revision 2 follows from the one before it" in sentence for sentence in verdict.not_established)


@pytest.mark.parametrize("fault", ["other bytes", "other key", "other measurement"])
def test_what_lies_before_a_correction_and_is_not_what_it_names_is_found(
    revised: Society, tmp_path: Path, fault: str
) -> None:
    from host.keys import new_signing_key, read_signing_key

    society, (first, second) = copied(revised, tmp_path)
    key = read_signing_key(society.house.signing_key)
    files = {name: data for name, data in bytes_of(first).items() if not name.startswith(SUMS)}
    if fault == "other key":
        key = new_signing_key(society.folder / "other.pem")
    elif fault == "other bytes":
        files["tables.csv"] += b"\n"
    else:
        files["measurements.json"] += b"\n"
    (first / SUMS).write_bytes(sums(files))
    (first / f"{SUMS}.sig").write_bytes(key.sign(sums(files)))
    said = "not signed with the same key" if fault == "other key" else "names another revision 1"
    with pytest.raises(ReleaseError, match=said):
        verify_release(second)


def test_a_correction_of_another_measurement_is_never_published(released: Society, tmp_path: Path) -> None:
    society, (first,) = copied(released, tmp_path)
    (first / "measurements.json").write_bytes((first / "measurements.json").read_bytes() + b" ")
    files = {name: data for name, data in bytes_of(first).items() if not name.startswith(SUMS)}
    from host.keys import read_signing_key

    (first / SUMS).write_bytes(sums(files))
    (first / f"{SUMS}.sig").write_bytes(read_signing_key(society.house.signing_key).sign(sums(files)))
    with pytest.raises(ReleaseError, match="a correction never changes what was measured"):
        published(society, "Once.")
    assert names(society) == [first.name]


def test_publishing_again_is_refused_with_what_to_do_instead(released: Society, ask: Callable[..., Ran]) -> None:
    (first,) = (released.folder / "releases").iterdir()
    before = bytes_of(first)
    ran = ask("publish", "spring", "--config", released.config)
    assert (ran.code, ran.out) == (2, "")
    assert "exists already, and a release is never overwritten" in ran.err
    assert "--correct" in ran.err
    assert bytes_of(first) == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--correct", "x"], "nothing to correct"),
        (["--withdraw", "x"], "nothing to withdraw"),
        (["--correct", "x", "--out", "y"], "leave --out out"),
        (["--withdraw", "x", "--correct", "y"], "goes alone"),
        (["--withdraw", "x", "--known-margins", "y"], "goes alone"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_sentence(
    society: Society, ask: Callable[..., Ran], arguments: list[str], said: str
) -> None:
    ran = ask("publish", "spring", *arguments, "--config", society.config)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert len(ran.err.strip().splitlines()) == 1
    assert names(society) == []


@pytest.mark.parametrize("reason", ["", "  ", "two\nlines", "turned \u202e around", "x" * 1001])
@pytest.mark.parametrize("option", ["--correct", "--withdraw"])
def test_a_reason_that_cannot_be_shown_is_refused(
    released: Society, ask: Callable[..., Ran], option: str, reason: str
) -> None:
    before = names(released)
    ran = ask("publish", "spring", option, reason, "--config", released.config)
    assert ran.code == 2
    assert f"The reason that {option} gives" in ran.err
    assert names(released) == before


def test_a_withdrawal_is_signed_keeps_every_file_and_cannot_be_taken_back(
    revised: Society, tmp_path: Path, ask: Callable[..., Ran], told: Callable[..., Any]
) -> None:
    society, (first, second) = copied(revised, tmp_path)
    before = bytes_of(first) | bytes_of(second)
    said = told(society, "publish", "spring", "--withdraw", "Two forms were mixed up.")
    manifest = society.house.rounds.find("spring").manifest
    found = read_withdrawal(Path(said["withdrawal"]).read_bytes(), manifest.id, manifest.host_key)
    assert found.reason == "Two forms were mixed up."
    assert bytes_of(first) | bytes_of(second) == before
    there = names(society)
    for more in (["--correct", "x"], ["--withdraw", "x"], [], ["--out", str(society.folder / "out")]):
        ran = ask("publish", "spring", *more, "--config", society.config)
        assert ran.code == 2
        assert "was withdrawn; it can be neither corrected nor published again" in ran.err
        assert len(ran.err.strip().splitlines()) == 1
    assert names(society) == there
    assert not (society.folder / "out").exists()
    ran = ask("verify", second)
    assert ran.code == 1
    assert "NOT VERIFIED. The host withdrew this release on" in ran.out
    assert "Two forms were mixed up." in ran.out


def test_a_withdrawal_that_the_host_did_not_sign_is_told_and_stops_nobody(released: Society, tmp_path: Path) -> None:
    _, (first,) = copied(released, tmp_path)
    (first.parent / f"{first.name}.withdrawn.json").write_text("{}")
    assert any("the host's key did not sign" in sentence for sentence in verify_release(first).not_established)


def test_only_the_key_of_the_manifest_withdraws(released: Society, tmp_path: Path) -> None:
    from host.keys import new_signing_key

    society, (first,) = copied(released, tmp_path)
    new_signing_key(society.house.signing_key)
    with pytest.raises(ReleaseError, match="not the key"):
        withdrawn(society)
    assert names(society) == [first.name]


def test_of_two_publishers_at_once_one_is_refused_with_a_clear_sentence(
    society: Society, ask: Callable[..., Ran]
) -> None:
    held = os.open(society.folder / "releases", os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        for more in ([], ["--correct", "x"], ["--withdraw", "x"]):
            ran = ask("publish", "spring", *more, "--config", society.config)
            assert ran.code == 2
            assert "Another `subrosa publish` is at work here" in ran.err
            assert len(ran.err.strip().splitlines()) == 1
    finally:
        os.close(held)
    assert names(society) == []
    published(society)


def test_two_who_publish_to_the_same_new_folder_do_not_mix(society: Society, monkeypatch: pytest.MonkeyPatch) -> None:
    """Outside `releases/` nothing is locked; the folder that comes first stays as it is."""
    out, write = society.folder / "out", release_module.write_durably

    def overtaken(path: Path, data: bytes, mode: int) -> None:
        out.mkdir(exist_ok=True)
        (out / "somebody's").touch()
        write(path, data, mode)

    monkeypatch.setattr(release_module, "write_durably", overtaken)
    house = society.house
    with pytest.raises(ReleaseError, match="somebody else published it"):
        publish_round(house, house.rounds.find("spring"), Publication(out=out))
    assert [path.name for path in out.iterdir()] == ["somebody's"]


KILLED = """
import os, sys, time
from pathlib import Path
from host.house import House
from host.publishing import Publication, publish_round
from reports import release
whole = release.write_durably
def slowly(path, data, mode):
    whole(path, data, mode)
    if path.name == "tables.csv":
        Path(sys.argv[2]).touch()
        time.sleep(60)
release.write_durably = slowly
house = House.at(Path(sys.argv[1]))
publish_round(house, house.rounds.find("spring"), Publication(correct=sys.argv[3]))
"""


def test_a_publisher_that_is_killed_leaves_nothing_half(released: Society, tmp_path: Path) -> None:
    society, (first,) = copied(released, tmp_path)
    there, correct = [first.name], "Once."
    mark = society.folder / "half"
    run = warm.Popen([sys.executable, "-c", KILLED, str(society.config), str(mark), correct])
    try:
        while not mark.exists():
            assert run.poll() is None
            time.sleep(0.02)
        assert [name for name in names(society) if not name.startswith(".")] == there
    finally:
        run.send_signal(signal.SIGKILL)
        run.wait()
    assert [name for name in names(society) if not name.startswith(".")] == there
    folder = published(society, correct)
    assert names(society) == [*there, folder.name]  # what was left is cleared away
    assert verify_release(folder).whole


def test_a_withdrawal_that_fails_half_way_withdraws_nothing(
    released: Society, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    society, (first,) = copied(released, tmp_path)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(revising, "write_durably", full)
    with pytest.raises(OSError, match="No space"):
        withdrawn(society)
    assert names(society) == [first.name]
    with pytest.raises(NotPublished, match="exists already"):
        published(society)
