"""A release with all that it may open with: on its page, in its brief, and checked again by `verify`."""

import re
from html import unescape
from pathlib import Path

import pytest
from opening_rounds import something
from release_rounds import HOST_KEY, VERSIONS, Round, publish
from test_two_pages import read

from reports.ask import FILE as BRIEF
from reports.ask import brief_bytes
from reports.errors import ReleaseError
from reports.outside import FILE as OUTSIDE
from reports.outside import outside_bytes
from reports.release import build_release
from reports.signing import fingerprint
from reports.verify import verify_release

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7*7 }}'
FIGURE = {"question": "why", "answer": "money", "value": 0.31, "source": f"A study {HOSTILE}", "year": 2025}
GIVEN = {"figure": [FIGURE | {"url": "https://example.org/a?b=1&c=2", "note": "Of 900."}]}
ASK = {
    "decision": f"One day a month {HOSTILE}",
    "cost": "2,000 EUR",
    "measure": "Leavers",
    "stop": "Two of five say so",
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Round:
    return something(tmp_path_factory.mktemp("something"))


def files_of(made: Round, **given: bytes) -> dict[str, bytes]:
    named = {name.replace("_", "."): data for name, data in given.items()}
    return build_release(made.served, made.closing, made.measurement, made.entry, VERSIONS, given=named)


@pytest.fixture(scope="module")
def files(made: Round) -> dict[str, bytes]:
    outside, ask = outside_bytes(made.manifest, GIVEN), brief_bytes(made.manifest, ASK)
    return files_of(made, outside_json=outside, brief_json=ask)


@pytest.fixture(scope="module")
def page(files: dict[str, bytes]) -> str:
    return files["index.html"].decode()


def test_the_page_opens_with_its_findings_before_any_question(page: str) -> None:
    found = page.index('id="found"')
    assert found < page.index('id="answered"') < page.index("<article")
    opening = unescape(page[found : page.index('id="answered"')])
    assert "“Keeping people” is ranked first most often under “Your priorities”: 59% (±" in opening
    assert '<a href="#q-first"' in opening
    assert opening.count("<li>") <= 5
    assert "Why the last &lt;b&gt;no&lt;/b&gt;?" in page
    assert "<b>no</b>" not in page


def test_who_answered_and_what_cannot_be_shown_stand_on_the_page(page: str) -> None:
    answered = unescape(page[page.index('id="answered"') : page.index("<nav")])
    assert re.search(r"about 3\d\d, give or take \d+", answered)
    for said in ("Planned for</dt><dd>300", "1 March 2026 to 1 April 2026", "With a code that the society gave out"):
        assert said in answered
    assert "Who did not answer" in answered
    assert "Could have" not in answered  # nobody said how many


def test_outside_figures_stand_beside_their_question_and_with_their_sources_as_the_hosts_claim(page: str) -> None:
    beside = unescape(page[page.index('<article id="q-why">') : page.index('<article id="q-pocket">')])
    assert "For comparison: “No budget” 31% in A study" in beside
    assert "says Society of the Rose" in beside
    listed = page[page.index('id="outside"') : page.index('id="protection"')]
    assert 'href="https://example.org/a?b=1&amp;c=2"' in listed
    assert "They are its claim" in listed


def test_nothing_that_was_added_runs_on_the_page(page: str) -> None:
    assert page.count("<script") == page.count('<script type="application/ld+json">') == 1  # data, which never runs
    assert "<img" not in page
    assert "49" not in re.findall(r"onerror=alert\(2\)&gt;(\S*)", page)


def test_the_guarantee_is_a_picture_with_a_text_alternative(page: str) -> None:
    picture = page[page.index('<figure class="bets">') :].partition("</svg>")[0]
    sure = re.findall(r'font-weight="600"[^>]*>([^<]+)<', picture)
    assert len(sure) == 3
    described = unescape(picture[picture.index("<desc") : picture.index("</desc>")])
    assert all(one in described for one in sure)


def test_the_brief_is_derived_and_verified_like_every_other_file(files: dict[str, bytes], tmp_path: Path) -> None:
    folder = publish(tmp_path / "release", files)
    verdict = verify_release(folder, fingerprint(HOST_KEY.public_key()))
    assert verdict.whole
    assert any(OUTSIDE in one for one in verdict.not_established)
    assert any(BRIEF in one for one in verdict.not_established)
    case, ask = read(files["brief.pdf"])
    assert "“Keeping people” is ranked first most often" in case
    assert f"One day a month {HOSTILE}" in ask


def test_a_brief_that_was_changed_is_found(files: dict[str, bytes], tmp_path: Path) -> None:
    changed = files["brief.pdf"].replace(b"/Title", b"/Tutle", 1)
    assert changed != files["brief.pdf"]
    with pytest.raises(ReleaseError, match=r"brief\.pdf"):
        verify_release(publish(tmp_path / "release", files | {"brief.pdf": changed}))


def test_without_additions_there_is_neither_a_brief_nor_a_list_of_sources(made: Round) -> None:
    plain = files_of(made)
    assert "brief.pdf" not in plain
    assert b'id="outside"' not in plain["index.html"]


def test_below_the_minimum_there_is_nothing_to_brief_anybody_on(below_round: Round) -> None:
    with pytest.raises(ReleaseError, match="nothing to tell in a brief"):
        files_of(below_round, brief_json=brief_bytes(below_round.manifest, {}))


def test_an_addition_of_another_form_is_refused(made: Round, tiny_round: Round) -> None:
    with pytest.raises(ReleaseError, match="not a question of this form"):
        files_of(tiny_round, outside_json=outside_bytes(made.manifest, GIVEN))
