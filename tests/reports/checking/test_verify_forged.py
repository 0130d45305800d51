"""Checking a release that a host forged: with the key in its hand, it signs whatever it likes."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from forging import (
    add_listed_file,
    boast,
    break_closing,
    break_manifest,
    change_figure,
    change_measurement,
    change_statistic,
    drop_closing,
    drop_table,
    half_a_character,
    half_a_round,
    huge_number,
    no_json,
    no_record,
    recode,
    respace_closing,
    reword,
    show_a_hidden_row,
    spend_less,
    swap_scale,
)
from release_rounds import publish

from reports.checking import verify as verify_module
from reports.checking.verify import verify_release
from reports.errors import ReleaseError


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
    tiny_files: Mapping[str, bytes], tmp_path: Path, forge: Callable[[dict[str, bytes]], None], message: str
) -> None:
    files = dict(tiny_files)
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
