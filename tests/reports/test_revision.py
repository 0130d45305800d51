"""A corrected release: what it says of itself, that it is checked like any other, and what it cannot say."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from release_rounds import VERSIONS, Round, publish

from reports.errors import ReleaseError
from reports.release import build_release
from reports.revision import FILE, check_supersedes, revision_bytes, sums_digest
from reports.signing import SUMS, sums
from reports.verify import verify_release
from survey.rounds.revision import read_revision_file

REASON = "A <label> was wrong."


def stated(made: Round, **changes: object) -> bytes:
    document = {"number": 2, "reason": REASON, "day": "2026-05-01", "supersedes": sums_digest(made.files()[SUMS])}
    return revision_bytes(made.manifest, document | changes)


def corrected(made: Round, revision: bytes) -> dict[str, bytes]:
    return build_release(made.served, made.closing, made.measurement, made.entry, VERSIONS, given={FILE: revision})


@pytest.mark.parametrize("which", ["tiny_round", "below_round"])
def test_page_and_record_say_first_of_all_that_it_is_a_correction(which: str, request: pytest.FixtureRequest) -> None:
    made: Round = request.getfixturevalue(which)
    files = corrected(made, stated(made))
    page = " ".join(files["index.html"].decode().partition("<h1>")[0].split())
    assert "This is revision 2 of this release" in page
    assert "What changed: A &lt;label&gt; was wrong." in page
    assert json.loads(files["release.json"])["revision"]["reason"] == REASON
    first = made.files()
    assert "This is revision" not in first["index.html"].decode()
    changed = {name for name in files if files[name] != first.get(name)}
    assert changed - {"datapackage.json"} == {"index.html", "release.json", FILE, SUMS}


def test_a_correction_verifies_and_says_where_the_one_before_it_is_missing(tiny_round: Round, tmp_path: Path) -> None:
    folder = publish(tmp_path / "second", corrected(tiny_round, stated(tiny_round)))
    verdict = verify_release(folder)
    assert verdict.whole
    assert any(f"What changed, in the host's words: {REASON}" in said for said in verdict.established)
    assert any("does not lie beside it" in said for said in verdict.not_established)
    publish(tmp_path / tiny_round.manifest.id, tiny_round.files())
    assert any("Revision 1, which lies beside it" in said for said in verify_release(folder).established)


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[]", b'{"number":2}', b'{"day":"2026-05-01","number":1,"reason":"x","supersedes":"00"}']
)
def test_a_revision_that_is_none_is_refused_with_the_name_of_its_file(tiny_round: Round, data: bytes) -> None:
    with pytest.raises(ReleaseError, match=r"^revision\.json "):
        corrected(tiny_round, data)


def test_a_revision_that_is_written_in_another_way_is_refused(tiny_round: Round) -> None:
    with pytest.raises(ReleaseError, match="is not written as"):
        corrected(tiny_round, stated(tiny_round) + b"\n")
    with pytest.raises(ReleaseError, match="reason"):
        stated(tiny_round, reason="two\nlines")


@pytest.mark.parametrize("name", ["manifest.json", "measurements.json"])
def test_a_correction_of_something_else_is_found_though_it_names_it(tiny_round: Round, name: str) -> None:
    files = tiny_round.files()
    other = {kept: data for kept, data in files.items() if kept != SUMS} | {name: b"{}"}
    revision = replace(read_revision_file(stated(tiny_round)), supersedes=sums_digest(sums(other)))
    with pytest.raises(ReleaseError, match=f"{name} is not that of revision 1"):
        check_supersedes(revision, sums(other), files)
