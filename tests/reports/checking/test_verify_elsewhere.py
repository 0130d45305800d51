"""Checking a release that says it was made by other software than the one that checks it."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from forging import boast, change_figure, change_statistic, reword, show_a_hidden_row, spend_less, swap_scale, with_mean
from release_rounds import HOST_KEY, publish

from reports.checking import verify as verify_module
from reports.checking.verify import verify_release
from reports.errors import ReleaseError
from reports.record import readable
from reports.signing import SIGNATURE, SUMS, sign_sums, sums

OTHER_VERSIONS = dict.fromkeys(("subrosa", "opendp", "numpy", "altair", "vl-convert"), "9.9")


def read(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != SIGNATURE}


def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify_module, "installed_versions", lambda: OTHER_VERSIONS)


def nudge_last_decimal(files: dict[str, bytes]) -> None:
    lines = files["tables.csv"].decode().splitlines(keepends=True)
    place = next(i for i, line in enumerate(lines) if line.startswith("mood,") and ",shown" in line)
    fields = lines[place].split(",")
    fields[5] = f"{float(fields[5]) + 0.0001:.4f}"
    lines[place] = ",".join(fields)
    files["tables.csv"] = "".join(lines).encode()


def test_a_last_decimal_is_a_forgery_under_the_same_versions(tiny_files: Mapping[str, bytes], tmp_path: Path) -> None:
    files = dict(tiny_files)
    nudge_last_decimal(files)
    with pytest.raises(ReleaseError, match="last published decimal"):
        verify_release(publish(tmp_path / "nudged", files))


def test_a_last_decimal_is_told_under_other_versions(
    tiny_files: Mapping[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = dict(tiny_files)
    nudge_last_decimal(files)
    elsewhere(monkeypatch)
    verdict = verify_release(publish(tmp_path / "nudged", files))
    assert any("last published decimal of 1 figure" in sentence for sentence in verdict.not_established)
    assert any("made with" in sentence and "here 9.9" in sentence for sentence in verdict.not_established)
    assert not any("byte by byte, from" in sentence for sentence in verdict.established)


def test_a_last_decimal_of_a_statistic_is_told_under_other_versions(
    tiny_files: Mapping[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = dict(tiny_files)
    files["statistics.csv"] = with_mean(files["statistics.csv"], lambda mean: mean + 0.0001)
    elsewhere(monkeypatch)
    verdict = verify_release(publish(tmp_path / "nudged", files))
    assert any("statistics.csv differs in the last published decimal" in told for told in verdict.not_established)


def test_the_same_bytes_need_no_excuse_under_other_versions(release: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere(monkeypatch)
    verdict = verify_release(release)
    assert any("byte by byte" in sentence for sentence in verdict.established)


def test_another_wording_of_the_page_is_told_under_other_versions(
    tiny_files: Mapping[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = dict(tiny_files)
    reword(files)
    elsewhere(monkeypatch)
    verdict = verify_release(publish(tmp_path / "reworded", files))
    assert any("index.html is not" in sentence for sentence in verdict.not_established)


@pytest.mark.parametrize("forge", [change_figure, change_statistic, show_a_hidden_row, boast, spend_less, swap_scale])
def test_other_versions_excuse_no_forged_figure(
    tiny_files: Mapping[str, bytes],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    forge: Callable[[dict[str, bytes]], None],
) -> None:
    files = dict(tiny_files)
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
