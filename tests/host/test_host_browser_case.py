"""My case for the room in a real browser, from the site and from a disk: filled in, printed, and nothing leaves.

Needs what test_host_browser.py needs.
"""

import json
import re
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pypdfium2
import pytest
from markupsafe import escape
from netlogs import NetLog
from visits import DESKTOP, PHONE, Browser, Steps, faults, found, in_a_browser

from reports.case import rendered
from survey.case import script, source

pytestmark = in_a_browser

VECTORS = Path(__file__).parents[1] / "vectors" / "case.json"
TITLE = "My case for the room"
ASK = "Let one team keep its mornings free"
OWN = "turnover 14 %, after 11 % the year before"
EVIDENCE = [{"source": "iso", "at": "6.1.2", "says": "Names workload among the hazards of work. " * 4}]
ENTRIES = [
    {
        "question": "first",
        "answer": answer,
        "cares": f"They care about {answer} because of what it costs them. " * 2,
        "move": f"Ask one team what {answer} would take, and change that one thing. " * 2,
        "evidence": EVIDENCE * 3,
        "cost": "no money, two hours a week",
        "measure": "Days absent before and after, and one question to the team. " * 2,
        "stop": "Stop if nothing was changed in two weeks: that is the finding. " * 2,
    }
    for answer in ("pay", "time", "peace")
]
ROLES = {"priority": "first", "kpi": "mood", "no": "lead", "no_said": "team", "moved": "tools", "move": "lead"}
GUIDE = {"form": "place", "roles": ROLES, "sources": {"iso": {"name": "ISO", "year": 2021}}, "entries": ENTRIES}
FILLED: Steps = [
    ["at", TITLE],
    ["selects", "Compare with", "Red"],
    ["pick", "first", 0, "Pay"],
    ["type", "budget", "420"],
    ["reads", "Our place: "],
    ["fill", "What we ask for", ASK],
    ["fill", "Our own figure", OWN],
    ["unfold_all"],
]


@pytest.fixture(scope="module")
def page() -> bytes:
    """The case of a measured round with a guide."""
    return rendered(json.loads(VECTORS.read_text(encoding="utf-8")) | {"guide": GUIDE}, "en")


@pytest.fixture(scope="module")
def on_disk(page: bytes, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("case") / "case.html"
    path.write_bytes(page)
    return path


@pytest.fixture(scope="module")
def from_disk(browser: Browser, on_disk: Path) -> SimpleNamespace:
    papers = [["prints", paper, str(on_disk.with_name(f"{paper}.pdf"))] for paper in ("A4", "Letter")]
    steps = [*FILLED, ["look", "case"], *papers, ["click", "Print my side"], ["text"], ["at", TITLE]]
    return browser.visit(on_disk.as_uri(), steps, DESKTOP)


@pytest.fixture(scope="module")
def case_url(rounds) -> str:
    """The case of a published release. Its round shows hardly anything: mostly, another stands in for it."""
    return rounds.release.replace("index.html", "case.html")


@pytest.fixture(scope="module")
def from_site(browser: Browser, case_url: str, on_disk: Path) -> SimpleNamespace:
    steps = [*FILLED, ["walk"], ["fits"], ["click", "Print my side"], ["text"], ["at", TITLE]]
    return browser.visit(case_url, steps, PHONE, before=[["stands_in", "case.html", str(on_disk)]])


def test_the_case_of_a_published_release_runs_on_the_site(browser, case_url):
    seen = browser.visit(case_url, [["at", TITLE], ["reads", "Peers: everyone who answered."], ["fits"]])
    assert faults(seen) == []
    assert seen.unfit == []


def test_nothing_is_asked_after_the_page_is_there_and_its_address_stays(from_disk, from_site, on_disk, case_url):
    for seen, address in ((from_disk, on_disk.as_uri()), (from_site, case_url)):
        assert [request["url"] for request in seen.requests] == [address]
        assert seen.addresses == [address, address]
        assert (seen.kept, seen.cookies) == ([], [])


def test_the_browser_finds_no_fault_even_when_it_prints(from_disk, from_site):
    assert faults(from_disk) == []
    assert faults(from_site) == []


def test_the_page_is_whole_and_accessible_in_every_window(from_disk, from_site):
    assert len(from_disk.looks) >= 5
    assert found(from_disk.looks) == {}
    assert from_site.unfit == []


def test_with_keys_alone_every_control_is_reached_seen_and_named(from_site):
    (walked,) = from_site.walks
    ours = ["Compare with", "Budget, EUR a year", "What we ask for", "Our own figure", "Print my side"]
    assert [name for name in ours if name not in walked] == []
    marked = [s for s in from_site.stops if s["name"] and s["inView"] and s["outline"] >= 2 and s["contrast"] >= 3]
    assert len(marked) == len(from_site.stops) > 15


def test_her_words_and_her_place_stand_on_the_side(from_disk, from_site):
    for text in (from_disk.texts[-1], from_site.texts[-1]):
        assert ASK in text
        assert OWN in text
        assert "Our place: " in text
        assert "A test of thirty days" in text


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_it_prints_as_exactly_one_side(from_disk, on_disk, paper):
    printed = pypdfium2.PdfDocument(on_disk.with_name(f"{paper}.pdf"))
    assert len(printed) == 1
    text = " ".join(printed[0].get_textpage().get_text_bounded().split())
    for part in (ASK, OWN, "What peers are after", "A test of thirty days", "How to check", "fingerprint"):
        assert part in text
    assert "Compare with" not in text
    printed.close()


def test_where_the_script_may_not_run_the_page_says_how_to_make_it_run(browser, on_disk, case_url):
    other = ["rewrite", "case.html", ["/* Subrosa", "/* another Subrosa"]]
    says = [["at", TITLE], ["reads", "Save this file and"], ["text"]]
    for seen in (
        browser.visit(case_url, says, before=[other]),
        browser.visit(on_disk.as_uri(), says, script=False),
    ):
        assert "Compare with" not in seen.texts[0]


@pytest.fixture(scope="module")
def planted(page: bytes, rounds, tmp_path_factory: pytest.TempPathFactory) -> dict[str, SimpleNamespace]:
    """The same page with a script that tells the site what was typed, under its policy and without one."""
    to = f"'{rounds.url('/leak/')}'+e.target.value"
    leak = f";addEventListener('input',e=>{{const u={to};fetch(u);new Image().src=u}});"
    text = page.decode().replace(script(), script() + leak)
    known, new = (escape(source(program)) for program in (script(), script() + leak))
    guarded = text.replace(str(known), str(new))
    bare = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", text)
    folder, seen = tmp_path_factory.mktemp("planted"), {}
    for name, content in {"guarded": guarded, "bare": bare}.items():
        path, log = folder / f"{name}.html", folder / f"{name}.json"
        path.write_text(content, encoding="utf-8")
        with closing(Browser(log)) as own:
            steps: Steps = [["at", TITLE], ["fill", "What we ask for", "secretly"], ["reads", "secretly"], ["idle"]]
            seen[name] = own.visit(path.as_uri(), steps)
        seen[name].log = NetLog(log)
    return seen


def test_what_the_page_would_send_is_stopped_by_its_policy_and_no_byte_is_written(planted):
    guarded = planted["guarded"]
    assert any("Content Security Policy" in line and "secretly" in line for line in guarded.console)
    assert guarded.log.connected == {}
    assert guarded.log.streams == {}


def test_without_that_policy_the_same_watch_sees_it_leave(planted):
    """Else the test above would find nothing because there is nothing to find."""
    bare = planted["bare"]
    assert any("/leak/secretly" in request["url"] for request in bare.requests)
    assert b"/leak/secretly" in b"".join(bare.log.streams.values())
