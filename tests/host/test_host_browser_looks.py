"""Every kind of screen in a real Chromium: axe finds nothing against WCAG 2.2 AA, and nothing is cut off.

On a phone and on a desktop, light and dark; in a window of 1280 by 1024 at 200 % and at 400 % zoom, which is 320 CSS
pixels (1.4.10); and on a phone with text alone at 200 % (1.4.4).
"""

import pytest
from screens import Rounds, answering, faults_of_others, site, small_round, stops
from visits import Browser, found, in_a_browser, link

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
