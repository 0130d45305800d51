"""Corrected and withdrawn releases on the site, and copies that are not what the host signed."""

import json

import pytest
from a_release import MEASURED, corrected, released, sign, withdrawn
from a_round import changed

from survey.pages.revisions import RevisionShelf
from survey.rounds.withdrawal import Withdrawal, sign_withdrawal


def test_the_latest_revision_is_at_the_release_and_every_one_at_its_number(published):
    corrected(published.folder, published.round, 2)
    corrected(published.folder, published.round, 3)
    pages = {end: published.get(f"/releases/{published.id}{end}/").text for end in ("", ".1", ".2", ".3")}
    assert pages == {
        "": "<p>revision 3</p>",
        ".1": "<p>released</p>",
        ".2": "<p>revision 2</p>",
        ".3": "<p>revision 3</p>",
    }
    assert published.get(f"/releases/{published.id}.4/").status_code == 404
    assert published.get(f"/releases/{published.id}.2").headers["Location"] == f"{published.id}.2/"


def test_the_lists_tell_of_every_revision(published):
    corrected(published.folder, published.round, 2, reason="A <label> was wrong.")
    page = published.get("/releases/").text
    assert "A &lt;label&gt; was wrong." in page
    assert f'href="{published.id}.1/"' in page
    (one,) = json.loads(published.get("/releases/index.json").data)["releases"]
    assert (one["round"], one["latest"], one["withdrawn"]) == (published.id, 2, None)
    assert (one["opened"], one["closed"]) == ("2026-03-01T12:00:00Z", "2026-03-31T12:00:00Z")
    first, second = one["revisions"]
    assert (first["number"], first["day"], first["reason"]) == (1, MEASURED, None)
    assert (second["number"], second["day"], second["reason"]) == (2, "2026-05-02", "A <label> was wrong.")
    for revision in one["revisions"]:
        for file in revision["files"]:
            address = file["url"].removeprefix("https://site.example")
            answer = published.get(address)
            assert (len(answer.data), answer.headers["ETag"]) == (file["bytes"], f'"{file["sha256"]}"')
        assert published.get(revision["archive"].removeprefix("https://site.example")).status_code == 200
    home = published.get("/").text
    assert f'href="releases/{published.id}/release.zip"' in home
    assert "corrected" in home


def test_a_site_without_releases_has_empty_lists(published):
    (published.place / "SHA256SUMS.sig").unlink()
    assert "Nothing is published yet" in published.get("/releases/").text
    assert json.loads(published.get("/releases/index.json").data)["releases"] == []


def test_a_withdrawn_release_is_gone_with_all_its_revisions_and_says_why(published):
    corrected(published.folder, published.round, 2)
    tombstone = withdrawn(published.folder, published.round, "Two <forms> were mixed up.")
    ends = ("", "/", "/tables.csv", "/release.zip", "/nothing", ".1/", ".2/", ".2/tables.csv", ".7/")
    for end in ends:
        answer = published.get(f"/releases/{published.id}{end}")
        assert answer.status_code == 410
        assert "Two &lt;forms&gt; were mixed up." in answer.text
        assert "2026-06-01" in answer.text
        assert answer.headers["Cache-Control"] == "no-cache"
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
    signed = published.get(f"/releases/{published.id}.withdrawn.json")
    assert (signed.status_code, signed.mimetype, signed.data) == (200, "application/json", tombstone.read_bytes())
    (one,) = json.loads(published.get("/releases/index.json").data)["releases"]
    assert one["withdrawn"]["reason"] == "Two <forms> were mixed up."
    assert one["latest"] is None
    assert [revision["number"] for revision in one["revisions"]] == [1, 2]
    assert "Two &lt;forms&gt; were mixed up." in published.get("/releases/").text
    assert "withdrawn</a>" in published.get("/").text
    assert "released" not in published.get("/round").text  # nobody is led to it
    assert published.place.is_dir()


def test_a_release_whose_files_were_taken_away_is_still_listed_as_withdrawn(published):
    withdrawn(published.folder, published.round)
    published.place.rename(published.folder.parent / "elsewhere")
    assert published.get(f"/releases/{published.id}/").status_code == 410
    assert json.loads(published.get("/releases/index.json").data)["releases"][0]["revisions"] == []


def test_a_release_that_stands_has_no_withdrawal(published):
    assert published.get(f"/releases/{published.id}.withdrawn.json").status_code == 404
    assert published.get("/releases/x.withdrawn.json").status_code == 404


@pytest.mark.parametrize("fault", ["half", "other key", "other round", "empty", "link", "folder"])
def test_a_withdrawal_that_the_host_did_not_sign_is_not_shown_and_nothing_is_handed_out(published, autumn, fault):
    spring = published.round
    path = withdrawn(published.folder, spring)
    whole = path.read_bytes()
    path.unlink()
    manifest = spring.manifest
    if fault == "link":
        path.symlink_to(published.folder / "nowhere")
    elif fault == "folder":
        path.mkdir()
    else:
        path.write_bytes(
            {
                "half": whole[:-9],
                "other key": sign_withdrawal(
                    Withdrawal(manifest.id, "marked", "2026-06-01", manifest.host_key), autumn.host
                ),
                "other round": sign_withdrawal(
                    Withdrawal("0" * 64, "marked", "2026-06-01", manifest.host_key), spring.host
                ),
                "empty": b"",
            }[fault]
        )
    for end in ("", "/", "/tables.csv", ".1/", ".withdrawn.json"):
        answer = published.get(f"/releases/{published.id}{end}")
        assert answer.status_code == 404
        assert "marked" not in answer.text


def test_a_release_that_another_key_signed_is_not_served(published, autumn):
    sign(published.place, autumn)
    assert published.get(f"/releases/{published.id}/").status_code == 404
    sign(published.place, published.round)
    assert published.get(f"/releases/{published.id}/").status_code == 200


def test_half_a_file_is_never_served(published):
    path = published.place / "tables.csv"
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    assert published.get(f"/releases/{published.id}/").status_code == 404
    path.write_bytes(whole)
    assert published.get(f"/releases/{published.id}/tables.csv").data == whole


@pytest.mark.parametrize("fault", ["no number", "other number", "other past", "unreadable", "first has one"])
def test_a_folder_that_is_not_the_revision_it_lies_at_is_not_served(published, fault):
    place = corrected(published.folder, published.round, 2)
    stated = place / "revision.json"
    document = json.loads(stated.read_text())
    if fault == "no number":
        stated.unlink()
    elif fault == "first has one":
        (published.place / "revision.json").write_bytes(stated.read_bytes())
        sign(published.place, published.round)
    else:
        changes = {"other number": {"number": 3}, "other past": {"supersedes": "0" * 64}, "unreadable": {"more": 1}}
        written = json.dumps(document | changes[fault], sort_keys=True, separators=(",", ":"))
        stated.write_text(written)
    sign(place, published.round)
    assert published.get(f"/releases/{published.id}.2/").status_code == 404
    first = published.get(f"/releases/{published.id}/")
    assert first.text != "<p>revision 2</p>"
    assert first.status_code == (404 if fault == "first has one" else 200)


def test_what_did_not_change_is_not_read_again(published, monkeypatch):
    read = []
    shelf = RevisionShelf()
    key = published.round.manifest.host_key
    found = shelf.read(published.place, published.id, 1, key)
    assert found is not None
    monkeypatch.setattr("survey.pages.revisions.read_plain", lambda *asked: read.append(asked))
    assert shelf.read(published.place, published.id, 1, key) is found
    assert read == []
    (published.place / "tables.csv").touch()
    assert shelf.read(published.place, published.id, 1, key) is None
    assert read != []


def test_a_release_of_another_round_of_the_same_host_is_not_taken_for_it(published):
    other = changed(published.round, name="later")
    assert other.manifest.host_key == published.round.manifest.host_key
    place = released(published.folder, other)
    published.place.rename(published.folder.parent / "away")
    place.rename(published.place)
    assert published.get(f"/releases/{published.id}/").status_code == 404
    assert json.loads(published.get("/releases/index.json").data)["releases"] == []


@pytest.mark.parametrize("record", ["", "[]", "{}", '{"round": null}', '{"ledger": {"day": "2026-04-02"}}', "[" * 9999])
def test_a_release_that_names_no_round_is_not_served(published, record):
    (published.place / "release.json").write_text(record)
    sign(published.place, published.round)
    assert published.get(f"/releases/{published.id}/").status_code == 404
