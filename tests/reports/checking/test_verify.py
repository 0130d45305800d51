"""Checking a release: whatever is changed in it is found, and what cannot be checked is said."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from release_rounds import HOST_KEY, Round, publish

from reports.checking import verify as verify_module
from reports.checking.verify import NoSuchKey, verify_release
from reports.errors import ReleaseError
from reports.record import readable
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
OTHER_VERSIONS = dict.fromkeys(("subrosa", "opendp", "numpy", "altair", "vl-convert"), "9.9")


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


def test_a_folder_of_releases_is_refused_with_the_name_of_one(tiny_round: Round, tmp_path: Path) -> None:
    folder = tmp_path / "releases"
    publish(folder / "two", tiny_round.files())
    (folder / "notes").mkdir()
    with pytest.raises(ReleaseError, match=r"releases holds no release: give the folder inside it that does, 'two'\."):
        verify_release(folder)
    publish(folder / "one", tiny_round.files())
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


# What follows is done by a host who has the key and signs whatever he likes.


def change_figure(files: dict[str, bytes]) -> None:
    lines = files["tables.csv"].decode().splitlines(keepends=True)
    place = next(i for i, line in enumerate(lines) if line.startswith("mood,") and ",shown" in line)
    fields = lines[place].split(",")
    fields[5] = "0.9876"
    lines[place] = ",".join(fields)
    files["tables.csv"] = "".join(lines).encode()


def change_statistic(files: dict[str, bytes]) -> None:
    files["statistics.csv"] = _with_mean(files["statistics.csv"], lambda mean: 2.9876 if mean < 2.5 else 1.0123)


def _with_mean(data: bytes, change: Callable[[float], float]) -> bytes:
    """The mean of everyone changed."""
    lines = data.decode().splitlines(keepends=True)
    place = next(i for i, line in enumerate(lines) if line.startswith("mood,,,mean,"))
    fields = lines[place].split(",")
    fields[5] = f"{change(float(fields[5])):.4f}"
    lines[place] = ",".join(fields)
    return "".join(lines).encode()


def show_a_hidden_row(files: dict[str, bytes]) -> None:
    files["tables.csv"] += b"mood,team,blue,,3,0.5000,0.4000,0.6000,9.0,9.0,3.0000,display,shown\n"


def change_measurement(files: dict[str, bytes]) -> None:
    document = json.loads(files["measurements.json"])
    document["residuals"][1]["values"][0] += 7
    files["measurements.json"] = json.dumps(document, separators=(",", ":"), sort_keys=True).encode()


def swap_scale(files: dict[str, bytes]) -> None:
    document = json.loads(files["measurements.json"])
    document["residuals"][1]["scale"] /= 2
    files["measurements.json"] = json.dumps(document, separators=(",", ":"), sort_keys=True).encode()


def drop_table(files: dict[str, bytes]) -> None:
    document = json.loads(files["measurements.json"])
    del document["residuals"][-1]
    files["measurements.json"] = json.dumps(document, separators=(",", ":"), sort_keys=True).encode()


def spend_less(files: dict[str, bytes]) -> None:
    document = json.loads(files["release.json"])
    document["ledger"]["rho"] = 0.001
    files["release.json"] = json.dumps(document, indent=1).encode()


def boast(files: dict[str, bytes]) -> None:
    document = json.loads(files["release.json"])
    document["threshold"]["min_cohort"] = 50
    files["release.json"] = json.dumps(document, indent=1).encode()


def reword(files: dict[str, bytes]) -> None:
    files["index.html"] = files["index.html"].replace(b"Mood", b"Joy")


def recode(files: dict[str, bytes]) -> None:
    files["codebook.json"] = files["codebook.json"].replace(b'"Saw"', b'"See"')


def break_manifest(files: dict[str, bytes]) -> None:
    files["manifest.json"] = files["manifest.json"].replace(b'"min_cohort":10', b'"min_cohort":11')


def break_closing(files: dict[str, bytes]) -> None:
    files["closing.json"] = files["closing.json"].replace(b"2026-04-01", b"2026-03-31")


def respace_closing(files: dict[str, bytes]) -> None:
    files["closing.json"] = files["closing.json"].replace(b":", b": ", 1)


def huge_number(files: dict[str, bytes]) -> None:
    files["manifest.json"] = files["manifest.json"].replace(b'"min_cohort":10', b'"min_cohort":1' + b"0" * 400)


def drop_closing(files: dict[str, bytes]) -> None:
    del files["closing.json"]


def no_json(files: dict[str, bytes]) -> None:
    files["measurements.json"] = b"[" * 100_000


def no_record(files: dict[str, bytes]) -> None:
    files["release.json"] = b"{}"


def half_a_character(files: dict[str, bytes]) -> None:
    document = json.loads(files["release.json"])
    document["ledger"]["previous"] = "\ud800"
    files["release.json"] = json.dumps(document).encode()


def half_a_round(files: dict[str, bytes]) -> None:
    document = json.loads(files["measurements.json"])
    document["round"] = "\ud800"
    files["measurements.json"] = json.dumps(document).encode()


def add_listed_file(files: dict[str, bytes]) -> None:
    files["raw_counts.csv"] = b"1,2,3\n"


@pytest.mark.parametrize(
    ("forge", "message"),
    [
        (change_figure, r"tables\.csv, row \d+ \(question mood, answer .*\), share: it says 0\.9876, the measurements"),
        (
            change_statistic,
            r"statistics\.csv, row \d+ \(question mood, statistic mean\), value: it says \d\.\d{4}, the",
        ),
        (show_a_hidden_row, r"tables\.csv, row .* it says .*, the measurements give nothing"),
        (change_measurement, "made for other measurements"),
        (swap_scale, "other noise"),
        (drop_table, r"measurements\.json cannot be read"),
        (spend_less, "digest"),
        (boast, r"release\.json\.threshold\.min_cohort"),
        (reword, r"index\.html"),
        (recode, r"codebook\.json"),
        (break_manifest, r"manifest\.json: .*signature"),
        (break_closing, "closing statement"),
        (respace_closing, r"closing\.json is not written"),
        (huge_number, r"manifest\.json"),
        (drop_closing, r"(release|datapackage)\.json is not"),
        (no_json, r"measurements\.json cannot be read"),
        (no_record, r"release\.json cannot be read"),
        (half_a_character, r"release\.json cannot be read .*half a character"),
        (half_a_round, r"measurements\.json cannot be read .*half a character"),
        (add_listed_file, r"raw_counts\.csv"),
    ],
)
def test_what_a_host_forges_and_signs_is_found(
    tiny_round: Round, tmp_path: Path, forge: Callable[[dict[str, bytes]], None], message: str
) -> None:
    files = tiny_round.files()
    forge(files)
    with pytest.raises(ReleaseError, match=message):
        verify_release(publish(tmp_path / "forged", files))


@pytest.mark.parametrize("fault", [ValueError, MemoryError, OverflowError, ZeroDivisionError, RecursionError])
def test_what_no_release_can_be_made_of_is_a_verdict_and_not_a_crash(
    release: Path, monkeypatch: pytest.MonkeyPatch, fault: type[Exception]
) -> None:
    def fails(*_: object) -> None:
        raise fault("\x1b[31m")

    monkeypatch.setattr(verify_module, "derive", fails)
    with pytest.raises(ReleaseError, match=rf"No release can be made of what this one holds \({fault.__name__}\)"):
        verify_release(release)


# What follows is a release made by other software than the one that checks it.


def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify_module, "installed_versions", lambda: OTHER_VERSIONS)


def nudge_last_decimal(files: dict[str, bytes]) -> None:
    lines = files["tables.csv"].decode().splitlines(keepends=True)
    place = next(i for i, line in enumerate(lines) if line.startswith("mood,") and ",shown" in line)
    fields = lines[place].split(",")
    fields[5] = f"{float(fields[5]) + 0.0001:.4f}"
    lines[place] = ",".join(fields)
    files["tables.csv"] = "".join(lines).encode()


def test_a_last_decimal_is_a_forgery_under_the_same_versions(tiny_round: Round, tmp_path: Path) -> None:
    files = tiny_round.files()
    nudge_last_decimal(files)
    with pytest.raises(ReleaseError, match="last published decimal"):
        verify_release(publish(tmp_path / "nudged", files))


def test_a_last_decimal_is_told_under_other_versions(
    tiny_round: Round, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = tiny_round.files()
    nudge_last_decimal(files)
    elsewhere(monkeypatch)
    verdict = verify_release(publish(tmp_path / "nudged", files))
    assert any("last published decimal of 1 figure" in sentence for sentence in verdict.not_established)
    assert any("made with" in sentence and "here 9.9" in sentence for sentence in verdict.not_established)
    assert not any("byte by byte, from" in sentence for sentence in verdict.established)


def test_a_last_decimal_of_a_statistic_is_told_under_other_versions(
    tiny_round: Round, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = tiny_round.files()
    files["statistics.csv"] = _with_mean(files["statistics.csv"], lambda mean: mean + 0.0001)
    elsewhere(monkeypatch)
    verdict = verify_release(publish(tmp_path / "nudged", files))
    assert any("statistics.csv differs in the last published decimal" in told for told in verdict.not_established)


def test_the_same_bytes_need_no_excuse_under_other_versions(release: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere(monkeypatch)
    verdict = verify_release(release)
    assert any("byte by byte" in sentence for sentence in verdict.established)


def test_another_wording_of_the_page_is_told_under_other_versions(
    tiny_round: Round, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = tiny_round.files()
    reword(files)
    elsewhere(monkeypatch)
    verdict = verify_release(publish(tmp_path / "reworded", files))
    assert any("index.html is not" in sentence for sentence in verdict.not_established)


@pytest.mark.parametrize("forge", [change_figure, change_statistic, show_a_hidden_row, boast, spend_less, swap_scale])
def test_other_versions_excuse_no_forged_figure(
    tiny_round: Round, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, forge: Callable[[dict[str, bytes]], None]
) -> None:
    files = tiny_round.files()
    forge(files)
    elsewhere(monkeypatch)
    with pytest.raises(ReleaseError):
        verify_release(publish(tmp_path / "forged", files))


def _claim_other_software(release: Path, **versions: str) -> dict[str, bytes]:
    files = {name: data for name, data in read(release).items() if name not in (SUMS, SIGNATURE)}
    record = json.loads(files["release.json"])
    record["versions"] |= versions
    files["release.json"] = readable(record)
    return files


def _sign_again(release: Path, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        (release / name).write_bytes(data)
    (release / SUMS).write_bytes(sums(files))
    (release / SIGNATURE).write_bytes(sign_sums(sums(files), HOST_KEY))


def test_a_release_that_claims_other_software_is_never_called_whole(release: Path) -> None:
    assert verify_release(release).whole
    files = _claim_other_software(release, subrosa="0.0.9")
    files["index.html"] = b"<p>99% of us say so"
    _sign_again(release, files)
    verdict = verify_release(release)
    assert not verdict.whole
    assert any("index.html" in sentence for sentence in verdict.not_established)


def test_a_version_cannot_forge_lines_of_the_verdict(release: Path) -> None:
    _sign_again(release, _claim_other_software(release, subrosa="1\nVerified:\n  The signer has the key"))
    with pytest.raises(ReleaseError, match="printable"):
        verify_release(release)
