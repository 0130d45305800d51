"""Every kind of screen in a real Chromium: axe finds nothing against WCAG 2.2 AA, and nothing is cut off.

On a phone and on a desktop, light and dark; in a window of 1280 by 1024 at 200 % and at 400 % zoom, which is 320 CSS
pixels (1.4.10); and on a phone with text alone at 200 % (1.4.4).
"""

from pathlib import Path

import pytest
from screens import Rounds, answering, faults_of_others, site, small_round, stops
from visits import Browser, found, in_a_browser, link

from reports.charts import Cell, Group, chart
from reports.pictures.heat import grouped, heat
from reports.pictures.placing import shown
from reports.pictures.strips import strips

STYLE = Path(__file__).parents[2] / "reports" / "templates" / "style.css"

pytestmark = in_a_browser


@pytest.fixture(scope="module")
def looks(browser: Browser, rounds: Rounds) -> list[dict]:
    """What was found on each kind of screen in each kind of window."""
    used = link(rounds.society, rounds.pulse)
    visits = [
        (rounds.url("/"), site(rounds), {}),
        (link(rounds.society, rounds.kinds), answering(), {}),
        (used, small_round(), {}),
        (rounds.url("/round"), stops(rounds, used), {}),
        *faults_of_others(rounds),
    ]
    return [look for address, steps, more in visits for look in browser.visit(address, steps, zoom=2, **more).looks]


def test_no_screen_has_a_fault_that_axe_finds_or_text_that_is_cut_off(looks):
    assert found(looks) == {}
    assert len({one["kind"] for one in looks}) == 34
    assert {one["view"] for one in looks if one["kind"] == "release"} == {one["view"] for one in looks}


def test_what_pictures_share_looks_alike_in_each_of_them(browser: Browser, tmp_path: Path) -> None:
    """Small pictures by cohort have their cohorts' names once; the others repeat them."""
    cells = tuple(Cell("shown", 0.3, 0.05, 0.25, 0.35) for _ in range(9))
    groups = [Group(name, cells, "", ()) for name in ("Everyone", "Health and social care", "Trade")]
    of = chart([(f"Answer {at} of nine",) for at in range(9)], groups)
    placed = {("strips", "", ""): strips(of, True)[:2], ("maps", "", ""): heat(of, grouped(of, "Maps"))}
    page = tmp_path / "pictures.html"
    whole_pixels = "* { margin:0 !important; padding:0 !important; } .drawn { width:328px !important; }"
    drawn = "".join(shown(placed).values())
    page.write_text(f"<!doctype html><style>{STYLE.read_text()}{whole_pixels}</style>{drawn}", encoding="utf-8")
    repeats = browser.visit(page.as_uri(), [["repeats_alike"]]).repeats
    assert len({one["name"] for one in repeats}) == 2
    assert [one for one in repeats if not one["alike"]] == []
