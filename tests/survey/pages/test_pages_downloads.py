"""Releases over HTTP, as researchers expect it: ETags, parts, reading from other origins, and stable addresses."""

import hashlib
import io
import zipfile

import pytest
from a_release import corrected
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from survey.pages.archive import KeptArchives

LISTS = ("/releases/", "/releases/index.json", "/releases/feed.atom")


def addresses(published):
    return [*LISTS, *(f"/releases/{published.id}{end}" for end in ("/", ".1/", "/tables.csv", "/release.zip"))]


def test_the_etag_of_a_file_is_its_signed_digest(published):
    digest = hashlib.sha256((published.place / "tables.csv").read_bytes()).hexdigest()
    assert published.get(f"/releases/{published.id}/tables.csv").headers["ETag"] == f'"{digest}"'


def test_whoever_has_it_already_is_told_that_nothing_changed(published):
    for address in addresses(published):
        whole = published.get(address)
        assert whole.status_code == 200
        again = published.get(address, headers={"If-None-Match": whole.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")
        assert again.headers["ETag"] == whole.headers["ETag"]
        assert published.get(address, headers={"If-None-Match": '"other"'}).data == whole.data


def test_a_correction_changes_the_etag_of_the_latest_and_of_nothing_that_stays(published):
    before = {address: published.get(address).headers["ETag"] for address in addresses(published)}
    corrected(published.folder, published.round)
    after = {address: published.get(address).headers["ETag"] for address in addresses(published)}
    same = {f"/releases/{published.id}.1/", f"/releases/{published.id}/tables.csv"}
    assert {address for address in before if before[address] == after[address]} == same


@pytest.mark.parametrize(("asked", "first", "last"), [("0-9", 0, 9), ("5-", 5, None), ("-7", -7, None), ("3-3", 3, 3)])
def test_a_part_of_a_file_is_given_out(published, asked, first, last):
    data = (published.place / "tables.csv").read_bytes()
    answer = published.get(f"/releases/{published.id}/tables.csv", headers={"Range": f"bytes={asked}"})
    start = first % len(data)
    wanted = data[start : len(data) if last is None else last + 1]
    assert (answer.status_code, answer.data) == (206, wanted)
    assert answer.headers["Content-Range"] == f"bytes {start}-{start + len(wanted) - 1}/{len(data)}"
    assert answer.headers["Content-Length"] == str(len(wanted))
    assert answer.headers["Accept-Ranges"] == "bytes"


@pytest.mark.parametrize("more", [0, 1, 99_999])
def test_as_many_bytes_at_the_end_as_the_file_has_or_more_are_the_whole_of_it(published, more):
    data = (published.place / "tables.csv").read_bytes()
    asked = {"Range": f"bytes=-{len(data) + more}"}
    answer = published.get(f"/releases/{published.id}/tables.csv", headers=asked)
    assert (answer.status_code, answer.data) == (206, data)
    assert answer.headers["Content-Range"] == f"bytes 0-{len(data) - 1}/{len(data)}"


@pytest.mark.parametrize("asked", ["{}-", "-0"])
def test_a_part_beyond_the_end_is_refused_with_the_length(published, asked):
    length = (published.place / "tables.csv").stat().st_size
    part = {"Range": f"bytes={asked.format(length)}"}
    answer = published.get(f"/releases/{published.id}/tables.csv", headers=part)
    assert (answer.status_code, answer.data) == (416, b"")
    assert answer.headers["Content-Range"] == f"bytes */{length}"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    "asked",
    ["bytes=0-1,3-4", "lines=0-1", "bytes=a-b", "bytes=5-2-1", "bytes=5-2", "bytes=-", "0-1", "bytes=" + "9" * 40],
)
def test_what_is_not_one_part_of_bytes_is_answered_with_the_whole(published, asked):
    answer = published.get(f"/releases/{published.id}/tables.csv", headers={"Range": asked})
    assert (answer.status_code, answer.data) == (200, (published.place / "tables.csv").read_bytes())


def test_a_download_that_was_cut_goes_on_only_if_the_file_is_still_the_same(published):
    address = f"/releases/{published.id}/release.zip"
    whole = published.get(address)
    rest = {"Range": "bytes=100-", "If-Range": whole.headers["ETag"]}
    assert whole.data[:100] + published.get(address, headers=rest).data == whole.data
    corrected(published.folder, published.round)
    other = published.get(address, headers=rest)
    assert (other.status_code, other.data[:2]) == (200, b"PK")


def test_head_tells_the_length_and_gives_nothing(published):
    for address in addresses(published):
        head, whole = published.open(address, method="HEAD", headers={"Range": "bytes=0-1"}), published.get(address)
        assert (head.status_code, head.data) == (200, b"")
        assert head.headers["Content-Length"] == str(len(whole.data))
        assert head.headers["ETag"] == whole.headers["ETag"]


def test_nothing_is_read_or_packed_for_whoever_has_it_already_or_asks_for_its_length(published, monkeypatch):
    whole = {address: published.get(address) for address in addresses(published)[len(LISTS) :]}

    def unread(*_):
        raise AssertionError

    monkeypatch.setattr("survey.pages.revisions.PublishedRevision.read", unread)
    monkeypatch.setattr("survey.pages.archive.KeptArchives.of", unread)
    for address, answer in whole.items():
        again = published.get(address, headers={"If-None-Match": answer.headers["ETag"]})
        assert (again.status_code, again.headers["ETag"]) == (304, answer.headers["ETag"])
        head = published.open(address, method="HEAD")
        assert (head.status_code, head.headers["Content-Length"]) == (200, str(len(answer.data)))


def test_a_file_that_is_taken_away_just_now_is_not_there(published, monkeypatch):
    monkeypatch.setattr("survey.pages.revisions.PublishedRevision.read", lambda *_: None)
    for end in ("/tables.csv", "/release.zip"):
        assert published.get(f"/releases/{published.id}{end}").status_code == 404


def test_any_page_may_read_what_is_published_and_nothing_else_of_the_site(published):
    for address in addresses(published):
        headers = published.get(address, headers={"Origin": "https://elsewhere.example"}).headers
        assert headers["Access-Control-Allow-Origin"] == "*"
        assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert {"ETag", "Content-Range"} <= set(headers["Access-Control-Expose-Headers"].split(", "))
        assert "Access-Control-Allow-Credentials" not in headers
    for address in ("/", "/round", "/static/client.js", "/support"):
        headers = published.get(address).headers
        assert "Access-Control-Allow-Origin" not in headers
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_a_browser_that_asks_before_it_reads_a_part_is_answered(published):
    asks = {"Origin": "https://elsewhere.example", "Access-Control-Request-Headers": "range"}
    for address in addresses(published):
        answer = published.open(address, method="OPTIONS", headers=asks)
        assert (answer.status_code, answer.data) == (200, b"")
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Range" in answer.headers["Access-Control-Allow-Headers"]
        assert answer.headers["Access-Control-Allow-Methods"] == "GET, HEAD"


def test_no_answer_sets_a_cookie_or_stays_in_a_cache_past_a_withdrawal(published):
    for address in addresses(published):
        headers = published.get(address).headers
        assert "Set-Cookie" not in headers
        stable = address == f"/releases/{published.id}.1/"
        wanted = "public, max-age=300, must-revalidate" if stable else "no-cache"
        assert headers["Cache-Control"] == wanted


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_nothing_is_taken_in(published, method):
    for address in addresses(published):
        assert published.open(address, method=method, data=b"marked").status_code in (405, 413)


def test_the_archive_is_the_release_and_the_same_bytes_on_every_site(published):
    answer = published.get(f"/releases/{published.id}/release.zip")
    assert answer.mimetype == "application/zip"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{published.id}.zip"'
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert archive.testzip() is None
        found = {entry.filename: archive.read(entry) for entry in archive.infolist()}
        times = {entry.date_time for entry in archive.infolist()}
    names = sorted(path.name for path in published.place.iterdir())
    assert list(found) == [f"{published.id}/{name}" for name in names]
    assert found[f"{published.id}/tables.csv"] == (published.place / "tables.csv").read_bytes()
    assert times == {(1980, 1, 1, 0, 0, 0)}


def test_an_archive_is_made_once_for_all_who_fetch_it_in_parts(published):
    made = []

    def make(revision):
        made.append(revision.name)
        return revision.name.encode()

    first = SimpleRevision("one")
    kept = KeptArchives(make)
    assert [kept.of(first), kept.of(first)] == [b"one", b"one"]
    for name in ("two", "three"):
        kept.of(SimpleRevision(name))
    kept.of(first)
    assert made == ["one", "two", "three", "one"]  # the last two are kept


class SimpleRevision:
    """As much of a revision as an archive is told by."""

    files: dict = {}  # noqa: RUF012

    def __init__(self, name):
        self.name = name


strange = st.one_of(
    st.text(max_size=40),
    st.lists(
        st.sampled_from(["..", ".", "%2e%2e", "~", "", "tables.csv", ".hidden", "link.txt", "inner"]), max_size=4
    ).map("/".join),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=st.sampled_from(["{}", "{}.1", "{}.0", "{}.01", "{}.2", "x{}", "{}x", ".{}", "..", ""]), end=strange)
def test_no_way_of_writing_an_address_leads_out_of_what_was_published(published, before, end):
    secret = published.folder.parent / "secret.txt"
    if not secret.exists():
        secret.write_text("marked")
        (published.place / ".hidden").write_text("marked")
        (published.place / "link.txt").symlink_to(secret)
        (published.place / "inner").mkdir()
        (published.place / "inner" / "tables.csv").write_text("marked")
    try:
        answer = published.get(f"/releases/{before.format(published.id)}/{end}")
    except (ValueError, UnicodeError):
        return  # no client could send it
    assert b"marked" not in answer.data
    # What is not a file that was signed is not there; an address that werkzeug tidies may be another page of the site.
    assert answer.status_code in (200, 308, 404)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    asked=st.one_of(
        st.from_regex(r"bytes=[0-9]{0,18}-[0-9]{0,18}", fullmatch=True), st.text("bytes=-,0123 ", max_size=30)
    )
)
def test_whatever_part_is_asked_for_only_bytes_of_the_file_are_given(published, asked):
    data = (published.place / "tables.csv").read_bytes()
    answer = published.get(f"/releases/{published.id}/tables.csv", headers={"Range": asked})
    assert answer.status_code in (200, 206, 416)
    assert answer.data in data
    assert answer.status_code != 200 or answer.data == data
