"""Releases on the site: whole ones, as what they are, and never as something that runs."""

import pytest
from a_release import released, sign

from survey import case

TYPES = {
    "CITATION.cff": "text/plain",
    "SHA256SUMS": "text/plain",
    "SHA256SUMS.sig": "application/octet-stream",
    "brief.pdf": "application/pdf",
    "chart.svg": "image/svg+xml",
    "croissant.jsonld": "application/ld+json",
    "index.html": "text/html",
    "public_key.pem": "text/plain",
    "recipe.R": "text/plain",
    "recipe.py": "text/plain",
    "release.json": "application/json",
    "tables.csv": "text/csv",
    "tables.parquet": "application/vnd.apache.parquet",
}


def sign_plainly(place, of):
    """Sign what lies there, without the link, which no release holds."""
    (place / "link.txt").unlink()
    sign(place, of)


def test_files_of_a_release_are_served_without_any_script(site, spring):
    answer = site.get(f"/releases/{spring.manifest.id}/index.html")
    assert (answer.status_code, answer.text) == (200, "<p>released</p>")
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src" not in policy
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert site.get(f"/releases/{spring.manifest.id}/tables.csv").mimetype == "text/csv"


def test_the_case_of_a_release_may_run_the_script_of_this_program_and_print_and_nothing_else(site, folder, spring):
    (folder / spring.manifest.id / "case.html").write_text("<script>evil()</script>")
    sign_plainly(folder / spring.manifest.id, spring)
    answer = site.get(f"/releases/{spring.manifest.id}/case.html")
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["Content-Security-Policy"].split(";"))
    assert policy["script-src"] == case.source(case.script())
    assert policy["connect-src"] == policy["default-src"] == policy["img-src"] == policy["form-action"] == "'none'"
    assert policy["sandbox"] == "allow-scripts allow-modals"
    assert "evil" not in policy["script-src"]


def test_no_other_name_lets_that_script_run(site, folder, spring):
    names = ("Case.html", "case.html.html", "case.svg", "mycase.html")
    for name in names:
        (folder / spring.manifest.id / name).write_text("x")
    sign_plainly(folder / spring.manifest.id, spring)
    for name in names:
        assert site.get(f"/releases/{spring.manifest.id}/{name}").status_code == 200
        assert "script-src" not in site.get(f"/releases/{spring.manifest.id}/{name}").headers["Content-Security-Policy"]


def test_the_list_of_releases_leads_to_the_case_where_a_release_has_one(site, folder, spring):
    link = f'<a href="releases/{spring.manifest.id}/case.html">Make my case for the room</a>'
    assert link not in site.get("/").text
    (folder / spring.manifest.id / "case.html").write_text("x")
    sign_plainly(folder / spring.manifest.id, spring)
    assert link in site.get("/").text


def test_two_rounds_of_one_form_are_told_apart_by_their_names(site, folder, autumn):
    released(folder, autumn)
    listed, home = site.get("/releases/").text, site.get("/").text
    for name in ("spring", "autumn"):
        assert listed.count(f"Round {name}, closed") == 1
        assert home.count(f'</a> <span class="soft">{name}, closed') == 1
        assert home.count(f"({name}) as one file") == 1


def test_a_sandboxed_page_sends_no_opener_policy_that_browsers_would_refuse_it_for(site, spring):
    opener = "Cross-Origin-Opener-Policy"
    assert site.get(f"/releases/{spring.manifest.id}/").headers[opener] == "unsafe-none"
    assert site.get("/").headers[opener] == "same-origin"


@pytest.mark.parametrize("name", ["evil.js", "evil.mjs", "evil.JS", "evil.wasm", "evil", "evil.css", "evil.xml"])
def test_what_is_no_part_of_a_release_can_only_be_saved(site, folder, spring, name):
    (folder / spring.manifest.id / name).write_text("marked")
    assert site.get(f"/releases/{spring.manifest.id}/{name}").status_code == 404  # the host has not signed it
    sign_plainly(folder / spring.manifest.id, spring)
    answer = site.get(f"/releases/{spring.manifest.id}/{name}")
    assert answer.mimetype == "application/octet-stream"
    assert answer.headers["Content-Disposition"] == "attachment"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_no_file_that_a_release_is_made_of_has_a_type_that_runs(site, spring, folder):
    place = folder / spring.manifest.id
    for name in TYPES:
        if not name.startswith(("SHA256", "release.json")):  # a release of no round is not served
            (place / name).write_text("x")
    sign_plainly(place, spring)
    types = {
        name: site.get(f"/releases/{spring.manifest.id}/{name}").mimetype
        for name in sorted(p.name for p in place.iterdir() if p.is_file() and p.name[0] != "." and not p.is_symlink())
    }
    assert types == TYPES


@pytest.mark.parametrize(
    "name", [".hidden", "inner", "link.txt", "none.txt", "..", "%2e%2e", "../secret.txt", "..%2fsecret.txt", "a%00b"]
)
def test_only_plain_files_of_a_release_are_served(site, spring, name):
    answer = site.get(f"/releases/{spring.manifest.id}/{name}")
    assert answer.status_code == 404
    assert b"marked" not in answer.data


def test_a_folder_that_is_no_whole_release_of_a_known_round_is_not_served(site, folder, spring):
    strange = folder / ("0" * 64)
    strange.mkdir()
    for file in (folder / spring.manifest.id).glob("*[Sg]"):
        (strange / file.name).write_bytes(file.read_bytes())
    assert site.get(f"/releases/{'0' * 64}/index.html").status_code == 404
    (folder / spring.manifest.id / "SHA256SUMS.sig").unlink()
    assert site.get(f"/releases/{spring.manifest.id}/index.html").status_code == 404


@pytest.mark.parametrize("late", ["index.html", "tables.csv", "further.txt", "SHA256SUMS"])
def test_a_release_that_is_still_being_copied_is_not_there_yet(site, folder, autumn, late):
    place = released(folder, autumn, further="text")
    (place / late).rename(folder / "not there yet")
    for path in (f"/releases/{autumn.manifest.id}", f"/releases/{autumn.manifest.id}/tables.csv"):
        assert site.get(path).status_code == 404
    assert autumn.manifest.id not in site.get("/").text.partition('id="results"')[2]
    (folder / "not there yet").rename(place / late)
    assert site.get(f"/releases/{autumn.manifest.id}/tables.csv").status_code == 200
    assert autumn.manifest.id in site.get("/").text.partition('id="results"')[2]


def test_a_releases_folder_shows_its_page_and_without_the_slash_leads_there(site, spring):
    with_slash = site.get(f"/releases/{spring.manifest.id}/")
    assert (with_slash.status_code, with_slash.text) == (200, "<p>released</p>")
    assert "sandbox" in with_slash.headers["Content-Security-Policy"]
    without = site.get(f"/releases/{spring.manifest.id}")
    assert (without.status_code, without.headers["Location"]) == (308, f"{spring.manifest.id}/")


@pytest.mark.parametrize("end", ["", "/", "/index.html"])
@pytest.mark.parametrize("which", ["unpublished", "unknown", "strange"])
def test_a_round_without_a_release_has_a_page_that_says_so(site, autumn, which, end):
    name = {"unpublished": autumn.manifest.id, "unknown": "0" * 64, "strange": "marked"}[which]
    answer = site.get(f"/releases/{name}{end}")
    assert answer.status_code == 404
    assert "Location" not in answer.headers
    assert "Results appear" in answer.text
    assert "marked" not in answer.text
