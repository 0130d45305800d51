"""A release with others beside it: its page, its folder, and what checking it establishes."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from related_rounds import ANSWERS, OTHER_KEY, beside, held, pulse, signed_files
from release_rounds import HOST_KEY, VERSIONS, Round, publish
from test_release_external import external_round

from reports.additions.beside import FILE, beside_bytes, taken_from
from reports.checking.verify import verify_release
from reports.errors import ReleaseError
from reports.release import build_release
from reports.series.changes_csv import COLUMNS
from reports.signing import fingerprint
from survey.rounds.manifest import sign_manifest

CHANGED = {**ANSWERS, "first": {("keep", "hire"): 4, ("hire", "pay"): 1, ("pay",): 1}}
NASTY = pulse(('label = "Keeping people"', "label = \"<b onclick='x'>Keep & co</b>\""))


@pytest.fixture(scope="module")
def rounds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Round]:
    folder = tmp_path_factory.mktemp("rounds")
    return {
        "spring": held(folder, "spring", 3, people=300),
        "few": held(folder, "few", 6, people=8),
        "autumn": held(folder, "autumn", 9, CHANGED, people=300, form=NASTY),
        "theirs": held(folder, "theirs", 5, people=100, key=OTHER_KEY, society="Another <i>society</i>"),
    }


@pytest.fixture(scope="module")
def files(rounds: dict[str, Round]) -> dict[str, bytes]:
    return made(rounds, "autumn", ("spring", HOST_KEY), ("few", HOST_KEY), ("theirs", OTHER_KEY))


def made(rounds: dict[str, Round], here: str, *others: tuple[str, object]) -> dict[str, bytes]:
    of = rounds[here]
    data = beside(of, [(rounds[name], key) for name, key in others])  # type: ignore[misc]
    return build_release(of.served, of.closing, of.measurement, of.entry, VERSIONS, given={FILE: data})


def words(page: bytes) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", page.decode().split("</style>")[1]))


def test_the_page_says_what_changed_and_when_a_change_is_one(files: dict[str, bytes]) -> None:
    said = words(files["index.html"])
    assert "Over time" in said
    assert "larger than chance and noise might make" in said
    assert "in first place rose from" in said
    assert "too few answered" in said
    assert "signed by another host, Another &lt;i&gt;society&lt;/i&gt;" in said
    assert "Where the same people answer twice" in said
    assert files["index.html"].count(b'class="trend"') == 3 + 3 + 2
    assert b'<a href="#over-time">' in files["index.html"]


def test_labels_of_another_round_are_escaped(files: dict[str, bytes]) -> None:
    page = files["index.html"].decode()
    assert "<b onclick" not in page
    assert "<i>society" not in page
    assert "Some answers were worded otherwise in “spring”." in page


def test_every_picture_stands_beside_its_figures(files: dict[str, bytes]) -> None:
    for row in re.findall(r"<tr>(?:(?!</tr>).)*class=\"trend\".*?</tr>", files["index.html"].decode(), re.DOTALL):
        dots, shown = row.count("<circle"), len(re.findall(r"<td><b>\d", row))
        assert dots == shown > 0
        assert 'aria-hidden="true"' in row


def test_a_release_without_others_has_no_word_of_them(rounds: dict[str, Round]) -> None:
    alone = rounds["spring"].files()
    assert "changes.csv" not in alone
    assert "changes" not in json.loads(alone["codebook.json"])
    assert "changes.csv" not in alone["index.html"].decode()
    assert 'class="beside"' not in alone["index.html"].decode()


def test_it_is_verified_with_every_comparison_and_says_what_others_rest_on(
    tmp_path: Path, files: dict[str, bytes]
) -> None:
    verdict = verify_release(publish(tmp_path / "release", files))
    assert verdict.whole
    assert any("3 other releases in beside.json" in sentence for sentence in verdict.established)
    unseen = " ".join(verdict.not_established)
    assert fingerprint(OTHER_KEY.public_key()) in unseen
    assert "withdrawn" in unseen


def test_a_changed_comparison_is_found(tmp_path: Path, files: dict[str, bytes]) -> None:
    table = files["changes.csv"].decode()
    row = next(line for line in table.splitlines() if line.endswith("differs"))
    forged = table.replace(row, row.replace("differs", "shown"))
    folder = publish(tmp_path / "release", {**files, "changes.csv": forged.encode()})
    with pytest.raises(ReleaseError, match=r"changes\.csv, row \d+ .*status: it says shown"):
        verify_release(folder)


def test_a_changed_release_in_it_is_found(tmp_path: Path, files: dict[str, bytes]) -> None:
    document = json.loads(files[FILE])
    document["releases"][0]["measurements"]["residuals"][0]["values"] += 1
    forged = json.dumps(document, separators=(",", ":"), sort_keys=True, ensure_ascii=False).encode()
    folder = publish(tmp_path / "release", {**files, FILE: forged})
    with pytest.raises(ReleaseError, match=rf"{FILE}.* is not the file that was signed"):
        verify_release(folder)


def test_comparisons_cannot_be_left_out_or_added(tmp_path: Path, files: dict[str, bytes]) -> None:
    without = {name: data for name, data in files.items() if name != "changes.csv"}
    with pytest.raises(ReleaseError, match=r"changes\.csv"):
        verify_release(publish(tmp_path / "without", without))
    alone = {name: data for name, data in files.items() if name != FILE}
    with pytest.raises(ReleaseError, match=r"changes\.csv"):
        verify_release(publish(tmp_path / "alone", alone))


def test_external_answers_stand_beside_a_round_and_are_said_to_be_that(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, tiny_round: Round
) -> None:
    external = external_round(tmp_path_factory.mktemp("outside"))
    data = beside_bytes(tiny_round.manifest, [taken_from(signed_files(external))])
    of = tiny_round
    files = build_release(of.served, of.closing, of.measurement, of.entry, VERSIONS, given={FILE: data})
    said = words(files["index.html"])
    assert "measured on 2 April 2026; not collected through Subrosa" in said
    assert verify_release(publish(tmp_path / "release", files)).whole
    other = {FILE: beside_bytes(external.manifest, [taken_from(signed_files(of))])}
    turned = build_release(external.served, None, external.measurement, external.entry, VERSIONS, given=other)
    assert "Over time" in words(turned["index.html"])


def test_a_round_below_its_minimum_has_comparisons_of_the_others_only(rounds: dict[str, Round]) -> None:
    files = made(rounds, "few", ("spring", HOST_KEY))
    assert files["changes.csv"].decode() == ",".join(COLUMNS) + "\n"
    assert b"Over time" not in files["index.html"]


def test_a_host_key_that_is_not_the_manifests_is_no_signature(rounds: dict[str, Round]) -> None:
    of = rounds["spring"]
    manifest = replace(of.manifest, host_key=OTHER_KEY.public_key().public_bytes_raw())
    served = sign_manifest(manifest, OTHER_KEY)
    kept = taken_from(signed_files(of))
    release = json.loads(kept["release"]) | {"manifest": json.loads(served)}
    with pytest.raises(ReleaseError, match="The signature over SHA256SUMS is wrong"):
        beside_bytes(rounds["autumn"].manifest, [kept | {"release": json.dumps(release)}])
