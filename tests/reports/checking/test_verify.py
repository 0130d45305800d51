"""Checking a release: whatever is changed in it is found, and what cannot be checked is said."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from release_rounds import HOST_KEY, publish

from reports.checking.verify import NoSuchKey, verify_release
from reports.errors import ReleaseError
from reports.signing import PUBLIC_KEY, SIGNATURE, SUMS, fingerprint, public_pem, sign_sums, sums

PRINT = fingerprint(HOST_KEY.public_key())
EVERY_FILE = (
    "CITATION.cff",
    "SHA256SUMS",
    "SHA256SUMS.sig",
    "case.html",
    "closing.json",
    "codebook.csv",
    "codebook.json",
    "croissant.json",
    "datacite.json",
    "datapackage.json",
    "index.html",
    "manifest.json",
    "measurements.json",
    "public_key.pem",
    "recipe.R",
    "recipe.py",
    "release.json",
    "statistics.csv",
    "statistics.parquet",
    "tables.csv",
    "tables.parquet",
)


def read(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != SIGNATURE}


def test_without_a_key_the_signer_is_not_checked_and_its_fingerprint_is_told(release: Path) -> None:
    verdict = verify_release(release)
    assert not verdict.signer_checked
    assert verdict.fingerprint == PRINT
    assert any("Who signed was not checked" in sentence and PRINT in sentence for sentence in verdict.not_established)
    assert not any("key that you gave" in sentence for sentence in verdict.established)


@pytest.mark.parametrize("written", [PRINT, PRINT.upper(), ":".join(PRINT[i : i + 2] for i in range(0, 64, 2))])
def test_with_a_fingerprint_the_signer_is_checked(release: Path, written: str) -> None:
    verdict = verify_release(release, written)
    assert verdict.signer_checked
    assert any("key that you gave" in sentence for sentence in verdict.established)
    assert not any("Who signed" in sentence for sentence in verdict.not_established)


def test_with_a_key_file_the_signer_is_checked(release: Path, tmp_path: Path) -> None:
    key = tmp_path / "host.pem"
    key.write_bytes(public_pem(HOST_KEY.public_key()))
    assert verify_release(release, key).signer_checked
    assert verify_release(release, str(key)).signer_checked


@pytest.mark.parametrize("way", ["plain", "text", "around", "symbolic link", "hard link"])
def test_a_key_from_the_release_itself_proves_nothing(release: Path, tmp_path: Path, way: str) -> None:
    own, link = release / PUBLIC_KEY, tmp_path / "host.pem"
    if way == "symbolic link":
        link.symlink_to(own)
    elif way == "hard link":
        link.hardlink_to(own)
    key: str | Path = {"plain": own, "text": str(own), "around": release / ".." / release.name / PUBLIC_KEY}.get(
        way, link
    )
    verdict = verify_release(release, key)
    assert verdict.whole
    assert not verdict.signer_checked
    assert "a key from the release itself proves nothing" in verdict.not_established[0]
    assert PRINT in verdict.not_established[0]
    assert not any("key that you gave" in sentence for sentence in verdict.established)


def test_without_a_key_nothing_is_said_of_one_in_the_release(release: Path) -> None:
    assert not any("proves nothing" in sentence for sentence in verify_release(release).not_established)


def test_the_fingerprint_of_somebody_else_is_refused(release: Path) -> None:
    with pytest.raises(ReleaseError, match="another key"):
        verify_release(release, "0" * 64)


@pytest.mark.parametrize("key", ["", "0" * 63, "no/such/file", "\0"])
def test_a_key_that_is_none_is_refused_with_advice(release: Path, key: str) -> None:
    with pytest.raises(NoSuchKey, match="neither a fingerprint"):
        verify_release(release, key)


def test_it_is_said_that_the_expected_precision_was_not_checked(release: Path) -> None:
    assert any("could be expected from the figures" in told for told in verify_release(release).not_established)


def test_a_round_below_its_minimum_verifies(below_release: Path) -> None:
    assert verify_release(below_release, PRINT).signer_checked


def test_no_file_of_a_release_is_left_out_of_these_tests(release: Path) -> None:
    assert {path.name for path in release.iterdir()} == set(EVERY_FILE)


@pytest.mark.parametrize("name", EVERY_FILE)
def test_a_changed_byte_in_any_file_is_found(release: Path, name: str) -> None:
    data = bytearray((release / name).read_bytes())
    data[len(data) // 2] ^= 1
    (release / name).write_bytes(bytes(data))
    with pytest.raises(ReleaseError):
        verify_release(release)


@pytest.mark.parametrize("name", EVERY_FILE)
def test_a_missing_file_is_found(release: Path, name: str) -> None:
    (release / name).unlink()
    with pytest.raises(ReleaseError, match=name):
        verify_release(release)


@pytest.mark.parametrize("name", EVERY_FILE)
def test_an_empty_file_is_found(release: Path, name: str) -> None:
    (release / name).write_bytes(b"")
    with pytest.raises(ReleaseError):
        verify_release(release)


def test_a_further_file_is_found(release: Path) -> None:
    (release / "notes.txt").write_text("hello")
    with pytest.raises(ReleaseError, match=r"notes\.txt.*not part"):
        verify_release(release)


def test_a_folder_or_a_link_in_a_release_is_found(release: Path) -> None:
    (release / "more").mkdir()
    with pytest.raises(ReleaseError, match="not a plain file"):
        verify_release(release)
    (release / "more").rmdir()
    (release / "tables.csv").rename(release.parent / "tables.csv")
    (release / "tables.csv").symlink_to(release.parent / "tables.csv")
    with pytest.raises(ReleaseError, match="not a plain file"):
        verify_release(release)


@pytest.mark.parametrize("missing", [True, False])
def test_a_folder_that_is_no_release_is_refused(tmp_path: Path, missing: bool) -> None:
    folder = tmp_path / "other"
    if not missing:
        folder.mkdir()
    with pytest.raises(
        ReleaseError, match=r"other does not exist; check the path" if missing else "holds no release: there"
    ):
        verify_release(folder)


def test_a_file_is_not_taken_for_the_folder_of_a_release(release: Path) -> None:
    with pytest.raises(ReleaseError, match=r"tables\.csv is not a folder"):
        verify_release(release / "tables.csv")


def test_a_folder_of_releases_is_refused_with_the_name_of_one(tiny_files: Mapping[str, bytes], tmp_path: Path) -> None:
    folder = tmp_path / "releases"
    publish(folder / "two", tiny_files)
    (folder / "notes").mkdir()
    with pytest.raises(ReleaseError, match=r"releases holds no release: give the folder inside it that does, 'two'\."):
        verify_release(folder)
    publish(folder / "one", tiny_files)
    with pytest.raises(ReleaseError, match=r"give one of the 2 folders inside it that do, such as 'one'\."):
        verify_release(folder)


def test_a_release_signed_by_somebody_else_is_refused(release: Path) -> None:
    stranger = Ed25519PrivateKey.generate()
    files = read(release)
    del files[SUMS]
    files[PUBLIC_KEY] = public_pem(stranger.public_key())
    (release / PUBLIC_KEY).write_bytes(files[PUBLIC_KEY])
    (release / SUMS).write_bytes(sums(files))
    (release / SIGNATURE).write_bytes(sign_sums(sums(files), stranger))
    with pytest.raises(ReleaseError, match="another key than the manifest"):
        verify_release(release)
    with pytest.raises(ReleaseError, match="than the one you gave"):
        verify_release(release, PRINT)
