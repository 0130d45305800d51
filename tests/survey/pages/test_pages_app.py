"""The site: what it shows, what it says to browsers, and what it never gives out."""

import base64
import hashlib
import html
import json
import logging
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from a_round import CLOSES, DURING, OPENS

from survey.pages.app import create_app
from survey.pages.site import Site
from survey.rounds.closing import State, Statement, sign_statement
from survey.rounds.eligibility import Eligibility, MailEligibility
from survey.rounds.folder import RoundsFolder
from survey.rounds.manifest import sign_manifest

STATIC = Path(__file__).resolve().parents[3] / "survey" / "pages" / "static"
PATHS = ("/", "/round", "/support", "/static/style.css", "/static/client.js", "/nothing")
SITE = "https://site.example"


def shown_rounds(answer):
    return json.loads(html.unescape(re.search(r'data-rounds="([^"]*)"', answer.text)[1]))


def again(of, **changes):
    """The round with another promise, signed by the same host."""
    manifest = replace(of.manifest, **changes)
    return replace(of, manifest=manifest, served=sign_manifest(manifest, of.host))


def home_of(round_, tmp_path, clock):
    """The home page of a site that has this round alone, while it is open."""
    clock.time = DURING
    rounds = RoundsFolder(tmp_path / f"rounds-of-{round_.manifest.id[:8]}")
    rounds.add(round_.served)
    site = create_app(Site("S", "c", SITE), rounds, tmp_path / "none", clock)
    return site.test_client().get("/").text.partition('<section aria-labelledby="open">')[2]


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_has_the_strict_headers_and_no_cookie(site, path):
    headers = site.get(path).headers
    policy = headers["Content-Security-Policy"]
    for rule in ("default-src 'none'", "style-src 'self'", "img-src 'self'"):
        assert rule in policy
    assert ("script-src" in policy) == (path == "/round")
    for rule in ("base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"):
        assert rule in policy
    assert "unsafe" not in policy
    assert (headers["Referrer-Policy"], headers["Cache-Control"]) == ("no-referrer", "no-store")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "Set-Cookie" not in headers
    assert "Access-Control-Allow-Origin" not in headers


def test_the_page_may_ask_the_services_of_rounds_that_take_answers_and_nobody_else(site, spring, clock):
    manifest = spring.manifest
    expected = sorted(manifest.service(role).url for role in ("registrar", "intake"))
    for when in (OPENS - timedelta(days=1), DURING):
        clock.time = when
        assert f"connect-src {' '.join(expected)}; " in site.get("/round").headers["Content-Security-Policy"]
    clock.time = CLOSES
    assert "connect-src 'none'; " in site.get("/round").headers["Content-Security-Policy"]
    assert "connect-src" not in site.get("/").headers["Content-Security-Policy"]  # then default-src 'none' holds


def test_the_page_runs_the_one_script_of_its_own_address_and_nothing_else_of_this_site(site):
    policy = site.get("/round").headers["Content-Security-Policy"]
    assert f"script-src {SITE}/static/client.js; " in policy
    assert "'self'" not in policy.replace("style-src 'self'; img-src 'self'; ", "")


def test_an_address_cannot_end_a_policy(rounds, folder, clock):
    clock.time = DURING
    strange = create_app(Site("S", "c", "https://site.example/a;b,c"), rounds, folder, clock).test_client()
    policy = strange.get("/round").headers["Content-Security-Policy"]
    assert "script-src https://site.example/a%3Bb%2Cc/static/client.js; connect-src" in policy


def test_the_page_names_the_services_of_every_round_and_its_state(site, spring, autumn, clock):
    clock.time = CLOSES - timedelta(seconds=1)
    known = shown_rounds(site.get("/round"))
    assert set(known) == {spring.manifest.id, autumn.manifest.id}
    assert known[spring.manifest.id]["registrar"] == spring.manifest.service("registrar").url
    assert {one["phase"] for one in known.values()} == {"open"}
    clock.time = CLOSES
    assert {one["phase"] for one in shown_rounds(site.get("/round")).values()} == {"closed"}


def test_a_moved_closing_date_counts_on_the_site_too(site, rounds, spring, clock):
    statement = Statement(spring.manifest.id, State.OPEN, CLOSES + timedelta(days=1), 1)
    rounds.state(spring.manifest, sign_statement(statement, spring.host))
    clock.time = CLOSES
    assert shown_rounds(site.get("/round"))[spring.manifest.id]["phase"] == "open"


def test_the_script_is_the_one_whose_digest_the_page_names(site):
    named = html.unescape(re.search(r'integrity="([^"]*)"', site.get("/round").text)[1])
    digest = hashlib.sha384(site.get("/static/client.js").data).digest()
    assert named == f"sha384-{base64.b64encode(digest).decode()}"


def test_nothing_in_a_page_is_inline_or_from_elsewhere(site):
    for path in ("/", "/round", "/support", "/nothing"):
        page = site.get(path).text
        assert not re.search(r"<style|style=|\son\w+=|<script(?![^>]*src=)|javascript:", page)
        assert not re.search(r'(?:src|href)="(?:https?:)?//', page)
        assert "A &lt;society&gt;" in page
        assert "<society>" not in page


def test_the_style_loads_nothing():
    assert not re.search(r"url\(|@import", (STATIC / "style.css").read_text())


def test_open_rounds_and_whole_releases_are_listed(site, spring, clock, folder):
    page = site.get("/").text
    assert f'href="round#{spring.manifest.id}"' in page
    assert f'href="releases/{spring.manifest.id}/index.html"' in page
    (folder / spring.manifest.id / "SHA256SUMS.sig").unlink()
    clock.time = CLOSES
    page = site.get("/").text
    assert "No round is open" in page
    assert "Nothing is published yet" in page


def test_whoever_has_a_code_on_paper_or_only_a_mail_address_is_told_where_to_begin(tmp_path, spring, clock):
    page = home_of(spring, tmp_path, clock)
    assert f'With a code on paper, <a href="round#{spring.manifest.id}">begin here</a>' in page
    by_mail = again(spring, eligibility=Eligibility(codes=False, mail=MailEligibility()))
    page = home_of(by_mail, tmp_path, clock)
    assert f'<a href="round#{by_mail.manifest.id}">begin here</a>' in page
    assert "mail address" in page
    assert "code" not in page


def test_where_one_operator_runs_several_parts_the_home_page_says_so(tmp_path, spring, clock):
    assert "parts of this round" not in home_of(spring, tmp_path, clock)
    services = spring.manifest.services
    for operators, said in ((("H", "H", "H"), "H runs all three parts"), (("H", "I", "H"), "Two of the three parts")):
        served = [replace(one, operator=operator) for one, operator in zip(services, operators, strict=True)]
        page = home_of(again(spring, services=tuple(served)), tmp_path, clock)
        assert said in page
        assert "you have to trust" in page


def test_the_page_knows_of_which_rounds_the_results_are_published(site, spring, autumn, folder, clock):
    clock.time = CLOSES
    known = shown_rounds(site.get("/round"))
    assert known[spring.manifest.id]["released"] is True
    assert "released" not in known[autumn.manifest.id]
    (folder / spring.manifest.id / "SHA256SUMS.sig").unlink()
    assert "released" not in shown_rounds(site.get("/round"))[spring.manifest.id]


def test_without_javascript_the_page_says_how_else_to_answer(site):
    page = site.get("/round").text
    assert "subrosa respond" in page.partition("<noscript>")[2].partition("</noscript>")[0]


@pytest.mark.parametrize("name", ["app.py", "../app.py", "..%2fapp.py", "other.js"])
def test_only_the_three_static_files_are_served(site, name):
    assert site.get(f"/static/{name}").status_code == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_the_site_takes_nothing_in(site, method):
    assert site.open("/round", method=method, data=b"marked").status_code in (405, 413)


def test_no_fault_repeats_a_request_or_tells_its_cause(site, rounds, monkeypatch, caplog):
    assert b"marked" not in site.get("/marked?marked=1").data
    monkeypatch.setattr(rounds, "all", lambda: 1 / 0)
    with caplog.at_level(logging.DEBUG):
        answer = site.get("/")
    assert (answer.status_code, b"division" in answer.data) == (500, False)
    assert [record.getMessage() for record in caplog.records if record.name == "subrosa"] == [
        "fault: ZeroDivisionError"
    ]
    assert "division" not in caplog.text
