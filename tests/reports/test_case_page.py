"""`case.html`: whole in itself, safe with any label, let do nothing but its one script, and naming nobody."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest
from release_rounds import TINY_FORM, VERSIONS, WISHES, make_manifest

from privacy.ledger import Entry
from reports.additions.guide import guide_bytes
from reports.case import case_page, inlined
from reports.figures import Row
from reports.record import Record
from reports.release import build_release
from survey.case import script
from survey.forms.loading import form_from_toml

EVIL = "</script><script>alert(1)</script><!-- <script> \\u2028 & \" ' ]]>"
SOCIETY = "Society of the Rose"


class Elements(HTMLParser):
    """Every element with its attributes and the text right in it."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None], str]] = []
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs), ""))

    def handle_endtag(self, tag: str) -> None:
        self.found.append((f"after {tag}", {}, ""))

    def handle_data(self, data: str) -> None:
        if self.found:
            tag, attrs, text = self.found[-1]
            self.found[-1] = (tag, attrs, text + data)

    def of(self, tag: str) -> list[tuple[dict[str, str | None], str]]:
        return [(attrs, text) for name, attrs, text in self.found if name == tag]


def made(label: str = "Mood", guide: dict | None = None) -> bytes:
    form = form_from_toml(TINY_FORM.replace('label = "Mood"', f"label = {json.dumps(label)}"))
    manifest = make_manifest(form, WISHES, SOCIETY)
    rows = [Row("mood", "", "", "", str(n), 0.3, 0.2, 0.4, 90.0, 90.0, 2.0, "display", "shown") for n in (1, 2, 3)]
    entry = Entry(1, manifest.id, "measure", 0.1, "2026-01-01/2026-12-31", 9.0, 1e-6, "2026-04-02", "", "", "")
    return case_page(manifest, None, (rows, []), Record(entry, {}, "en"), guide)


def digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@pytest.fixture(scope="module")
def page() -> Elements:
    return Elements(made())


def test_the_policy_lets_this_script_and_this_style_be_and_no_connection(page):
    (policy,) = (attrs["content"] for attrs, _ in page.of("meta") if attrs.get("http-equiv"))
    (_, program) = page.of("script")
    ((_, style),) = page.of("style")
    assert policy == (
        f"default-src 'none'; script-src {digest(program[1])}; style-src {digest(style)}; connect-src 'none'; "
        "img-src 'none'; base-uri 'none'; form-action 'none'"
    )
    assert program[1] == script()


def test_it_promises_an_objection_and_a_move_only_where_a_guide_has_them(page):
    with_guide = Elements(made(guide={"roles": {}, "entries": [], "sources": {}}))
    for made_page, promised in ((page, False), (with_guide, True)):
        lead = next(text for attrs, text in made_page.of("p") if attrs.get("class") == "lead")
        assert "where you stand" in lead
        assert ("the no you will hear, and one small move" in lead) is promised


def test_it_loads_nothing_and_keeps_no_style_in_an_element(page):
    for tag, attrs, _ in page.found:
        assert not {"src", "style", "srcset", "action", "ping"} & set(attrs), tag
        assert not any(name.startswith("on") for name in attrs), tag
        assert tag not in {"form", "iframe", "img", "link", "object"}
    assert {attrs["href"] for attrs, _ in page.of("a")} == {"index.html"}


@pytest.mark.parametrize("where", ["form", "guide"])
def test_no_label_breaks_out_of_its_element(where):
    guide = {"roles": {}, "sources": {EVIL: {"name": EVIL, "year": 1}}, "entries": []} if where == "guide" else None
    made_of = Elements(made(EVIL if where == "form" else "Mood", guide))
    scripts = made_of.of("script")
    assert [attrs.get("type") for attrs, _ in scripts] == ["application/json", None]
    data = json.loads(scripts[0][1])
    assert scripts[1][1] == script()
    told = data["questions"][1]["label"] if where == "form" else data["guide"]["sources"][EVIL]["name"]
    assert told == EVIL


def test_inlined_json_holds_no_character_that_html_reads():
    assert not set(inlined({"a": EVIL})) & set("<>&")


def test_the_script_ends_no_element_and_opens_no_comment():
    assert not re.search(r"</?script|<!--", script(), re.IGNORECASE)


def test_neither_the_society_nor_its_people_are_named():
    text = made().decode()
    for named in (SOCIETY, "host@example.org", "Intake Ltd", "test-2026", "Three small questions"):
        assert named not in text


def test_where_the_script_may_not_run_the_page_says_what_to_do(page):
    text = " ".join(" ".join(text for _, _, text in page.found).split())
    assert "Save this file and open it from your disk" in text


def test_it_says_who_answered_as_the_releases_page_does(tiny_round):
    files = tiny_round.files()
    data = json.loads(Elements(files["case.html"]).of("script")[0][1])
    facts = data["facts"]
    page = " ".join(files["index.html"].decode().split())
    assert f"About <b>{facts['people']}</b> people answered, give or take {facts['within']}." in page
    assert f"to {facts['day']}." in page
    assert facts["fingerprint"] in page
    assert facts["round"] in page


def test_a_round_below_its_minimum_has_no_case_and_its_page_leads_to_none(below_round, tiny_round):
    files = below_round.files()
    assert "case.html" not in files
    assert b"case.html" not in files["index.html"]
    assert b'href="case.html"' in tiny_round.files()["index.html"]


def test_the_guide_that_a_host_gave_is_carried_as_it_was_given(tiny_round):
    evidence = [{"source": "iso", "at": "6.1", "says": "It says so."}]
    texts = {name: f"What is said of {name}." for name in ("cares", "move", "cost", "measure", "stop")}
    guide = {
        "form": "tiny",
        "roles": {"moved": "tools"},
        "sources": {"iso": {"name": "ISO", "year": 2021}},
        "entries": [{"question": "tools", "answer": "saw", "evidence": evidence, **texts}],
    }
    made = tiny_round
    given = {"guide.json": guide_bytes(made.manifest, guide)}
    files = build_release(made.served, made.closing, made.measurement, made.entry, VERSIONS, given=given)
    data = json.loads(Elements(files["case.html"]).of("script")[0][1])
    assert data["guide"] == guide
