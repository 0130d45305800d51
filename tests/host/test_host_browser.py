"""The whole way in a real browser against real servers: link, promise, pass, seven kinds, review, sent, opened.

Needs Debian's Chromium, node, and `npm ci` in survey/client; where one of them is missing, this says so and skips.
"""

import json
import os
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from societies import founded, opened, serving

from host.inviting import make_invitations, revoke_code
from host.keys import read_sealing_key
from host.lifecycle import close
from host.opening import Dates
from survey.forms.codec import encode
from survey.registrar.codes import new_code
from survey.rounds.times import now
from survey.sealing import Status

CLIENT = Path(__file__).resolve().parents[2] / "survey" / "client"
CHROMIUM, NODE = shutil.which("chromium"), shutil.which("node")
DRIVER = CLIENT / "node_modules" / "playwright-core"
MISSING = [
    name
    for name, there in {"Chromium": CHROMIUM, "node": NODE, "`npm ci` in survey/client": DRIVER.is_dir()}.items()
    if not there
]
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"NO BROWSER TEST: there is no {', no '.join(MISSING)}")

FORM = Path(__file__).with_name("seven_kinds.toml").read_text(encoding="utf-8")
ANSWERS = {
    "industry": "care",
    "size": "50-249",
    "priorities": ("pay", "hiring"),
    "okrs": (("retain", "turnover", "behind"), ("hire", "time_to_fill", "done")),
    "blockers": ("cost", "belief"),
    "heard": 2,
    "people_budget": "1000-1778",
    "burnout": "12-14",
}
PHONE, DESKTOP = {"width": 360, "height": 740}, {"width": 1280, "height": 900}
TO_THE_FORM = [
    ["at", "What moves the needle"],
    ["axe"],
    ["shot", "promise"],
    ["click", "Go on"],
    ["at", "Your code"],
    ["axe"],
    ["shot", "code"],
    ["click", "Use my code"],
    ["at", "Where you work"],
]
THE_FORM = [
    ["tick", "industry", "Another <img src=x onerror=alert(1)> industry"],  # a label is text, whatever it holds
    ["tick", "industry", "Health and social care"],
    ["tick", "size", "None: I advise other companies"],
    ["axe"],
    ["shot", "form-1"],
    ["click", "Next"],
    ["at", "What you are working on"],
    ["pick", "priorities", 0, "Keeping people"],
    ["pick", "priorities", 1, "Pay and benefits"],
    ["pick", "priorities", 2, "Hiring"],
    ["pick", "priorities", 0, "Nothing chosen"],  # the others move up
    *[["pick", "okrs", n, label] for n, label in enumerate(("Fill roles well and in time", "Time to fill", "Reached"))],
    *[
        ["pick", "okrs", n + 3, label]
        for n, label in enumerate(("Keep the people we need", "Regretted turnover", "Behind"))
    ],
    ["axe"],
    ["shot", "form-2"],
    ["click", "Next"],
    ["at", "What you have"],  # whoever advises others is not asked what stands in the way
    ["hidden", "people_budget"],
    ["click", "Back"],
    ["click", "Back"],
    ["at", "Where you work"],
    ["tick", "size", "50 to 249"],
    ["click", "Next"],
    ["click", "Next"],
    ["at", "What stands in the way"],
    ["tick", "blockers", "They rarely say no"],
    ["tick", "blockers", "They do not believe in it"],  # takes the place of the one that stands alone
    ["tick", "blockers", "It costs too much"],
    ["tick", "heard", "2"],
    ["axe"],
    ["shot", "form-3"],
    ["press", "Next"],
    ["at", "What you have"],
    ["type", "people_budget", "1,234.56"],
    ["reads", "The only thing that will be sent: 1,000 to under 1,778 EUR per employee and year."],
    *[["point", "burnout", item, value] for item, value in enumerate((5, 4, 3, 1))],
    ["axe"],
    ["shot", "form-4"],
    ["click", "Next"],
    ["at", "Look it over"],
    ["reads", "2. Hiring"],
    ["axe"],
    ["shot", "review"],
]
SENT = "Thank you. Your answers are in"


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    society = founded(tmp_path_factory.mktemp("browser") / "society")
    manifest = opened(society, form=FORM, by=(("industry",),), min_cohort=5, respondents=300)
    with serving(society, "registrar", "intake", "site"):
        yield SimpleNamespace(society=society, manifest=manifest)


def link(served: SimpleNamespace) -> str:
    published = served.society.house.rounds.find(served.manifest.id)
    (made,) = make_invitations(served.society.house, published, 1, links=True)
    return made


def drive(address: str, steps: list, viewport: dict = PHONE, scheme: str = "light") -> SimpleNamespace:
    """Take the steps in a new browser with an empty profile; what was seen."""
    shots = os.environ.get("SUBROSA_SCREENSHOTS")
    axe = CLIENT / "node_modules" / "axe-core" / "axe.min.js"
    plan = {
        "client": str(CLIENT / "package.json"),
        "chromium": CHROMIUM,
        "link": address,
        "steps": steps,
        "viewport": viewport,
        "scheme": scheme,
        "shots": shots and str(Path(shots) / f"{viewport['width']}-{scheme}"),
        "axe": str(axe) if axe.is_file() else None,
    }
    script = str(Path(__file__).with_name("whole_way.mjs"))
    ran = subprocess.run(
        [str(NODE), script], input=json.dumps(plan), capture_output=True, text=True, timeout=180, check=False
    )
    assert ran.returncode == 0, ran.stderr
    seen = SimpleNamespace(**json.loads(ran.stdout))
    assert not hasattr(seen, "failure"), (seen.failure, seen.text, seen.console)
    return seen


def opened_ballots(served: SimpleNamespace) -> list[tuple[bytes, Status]]:
    """What the tally finds when it opens the box: records and whether they are answers, in no order of arrival."""
    manifest = served.manifest
    key = read_sealing_key(served.society.house.tally_keys, manifest.sealing_key)
    found = []
    for nonce, _revision, authenticator, sealed in served.society.box.ballots(manifest.id_bytes):
        assert manifest.verifier.accepts(nonce, authenticator)
        response = key.open(sealed, manifest.id_bytes, nonce)
        found.append((response.record, response.status))
    return found


@pytest.fixture(scope="module")
def phone(served):
    """The whole way on a small phone, once, with everything that the browser sent."""
    address = link(served)
    seen = drive(
        address, [*TO_THE_FORM, *THE_FORM, ["click", "Send my answers"], ["at", SENT], ["axe"], ["shot", "sent"]]
    )
    return SimpleNamespace(seen=seen, code=address.rpartition(".")[2])


def test_the_tally_opens_the_record_that_the_answers_make(served, phone):
    assert (encode(served.manifest.form, ANSWERS), Status.ANSWERS) in opened_ballots(served)


def test_no_request_goes_elsewhere_and_none_has_the_code_in_its_address(served, phone):
    places = {urlsplit(served.society.url(role)).netloc for role in ("registrar", "intake", "site")}
    assert {urlsplit(request["url"]).netloc for request in phone.seen.requests} == places
    for request in phone.seen.requests:
        address = urlsplit(request["url"])
        assert (address.query, phone.code in request["url"]) == ("", False)
        assert "cookie" not in request["headers"]
        assert request["headers"].get("referer", "") == ""


def faults(seen: SimpleNamespace) -> list[str]:
    """What the browser, or axe, complained of; that a service said no (403, 404, 409) is no fault."""
    return [line for line in seen.console if "server responded with a status of 40" not in line]


def text_of(request: dict) -> str:
    return bytes.fromhex(request["body"] or "").decode("latin-1")


def test_the_code_goes_to_the_registrar_alone_and_no_request_carries_an_answer(served, phone):
    registrar = urlsplit(served.society.url("registrar")).netloc
    carriers = [r for r in phone.seen.requests if phone.code in json.dumps([*r["headers"].values(), text_of(r)])]
    assert {(r["method"], urlsplit(r["url"]).netloc) for r in carriers} == {("POST", registrar)}
    record = encode(served.manifest.form, ANSWERS)
    assert not any(record in bytes.fromhex(request["body"] or "") for request in phone.seen.requests)


def test_the_address_bar_never_keeps_the_code(phone):
    assert all("#" not in address and phone.code not in address for address in phone.seen.addresses)


def test_nothing_is_wider_than_a_small_phone_and_the_browser_finds_no_fault(phone):
    assert phone.seen.widest <= PHONE["width"]
    assert faults(phone.seen) == []


def test_after_sending_no_secret_and_no_cookie_is_left(served, phone):
    assert phone.seen.cookies == []
    assert phone.seen.kept == [f"subrosa/sent/{served.manifest.id}"]


def test_on_a_dark_desktop_kept_answers_can_be_changed_after_a_reload_and_taken_back(served):
    keep = "Keep my pass on this device, so that I can change or take back my answers until the round closes"
    steps = [
        *TO_THE_FORM,
        *THE_FORM,
        ["check", keep],
        ["click", "Send my answers"],
        ["at", SENT],
        ["axe"],
        ["reload"],
        ["at", "You have been here before"],
        ["axe"],
        ["click", "Go on"],
        ["at", SENT],
        ["click", "Take my answers back"],
        ["at", "Your answers are taken back"],
    ]
    before = served.society.box.count(served.manifest.id_bytes)
    seen = drive(link(served), steps, DESKTOP, "dark")
    assert faults(seen) == []
    assert served.society.box.count(served.manifest.id_bytes) == before + 1
    statuses = [status for _, status in opened_ballots(served)]
    assert statuses.count(Status.WITHDRAWN) == 1


def test_a_reload_after_the_pass_was_fetched_does_not_burn_the_code(served):
    steps = [
        *TO_THE_FORM,
        ["reload"],
        ["at", "You have been here before"],
        ["click", "Go on"],
        ["at", "Where you work"],
    ]
    assert drive(link(served), steps).titles[-1] == "Where you work"


@pytest.mark.parametrize(
    ("problem", "title"),
    [
        ("used", "This code was used already"),
        ("revoked", "This code was taken back"),
        ("wrong", "This round does not know the code"),
    ],
)
def test_a_code_that_does_not_work_has_a_page_that_says_why(served, problem, title):
    address = link(served)
    if problem == "used":
        drive(address, TO_THE_FORM)
    elif problem == "revoked":
        revoke_code(served.society.house, served.society.house.rounds.find(served.manifest.id), address)
    else:
        address = f"{address.rpartition('.')[0]}.{new_code()}"
    way = [
        *TO_THE_FORM[:-1],
        ["at", title],
        ["axe"],
        ["shot", problem],
        ["click", "Enter another code"],
        ["at", "Your code"],
    ]
    seen = drive(address, way)
    assert faults(seen) == []


def test_a_code_that_lacks_a_letter_is_said_in_place(served):
    way = [
        ["at", "What moves the needle"],
        ["click", "Go on"],
        ["at", "Your code"],
        ["fill", "Code", "abcde-fghij"],
        ["click", "Use my code"],
        ["reads", "A code has 26 letters and digits."],
    ]
    drive(link(served).rpartition(".")[0], way)


def test_a_code_can_be_typed_and_a_shared_computer_keeps_nothing(served):
    address, _, code = link(served).rpartition(".")
    before = served.society.box.count(served.manifest.id_bytes)
    way = [
        ["at", "What moves the needle"],
        ["click", "Go on"],
        ["at", "Your code"],
        ["fill", "Code", code.upper().replace("-", " ")],
        ["check", "This is a shared computer"],
        ["click", "Use my code"],
        ["at", "Where you work"],
        *THE_FORM,
        ["click", "Send my answers"],
        ["at", SENT],
    ]
    assert drive(address, way).kept == []
    assert served.society.box.count(served.manifest.id_bytes) == before + 1


def test_the_browsers_own_back_and_forward_stay_within_the_form(served):
    way = [
        *TO_THE_FORM,
        ["tick", "industry", "Technology"],
        ["click", "Next"],
        ["at", "What you are working on"],
        ["back"],
        ["at", "Where you work"],
        ["ticked", "industry", "Technology"],
        ["forward"],
        ["at", "What you are working on"],
    ]
    drive(link(served), way)


def test_a_draft_survives_a_reload_where_it_was_wished_for(served):
    way = [
        *TO_THE_FORM[:-2],
        ["check", "Keep a draft in this tab while I answer"],
        ["click", "Use my code"],
        ["at", "Where you work"],
        ["tick", "industry", "Technology"],
        ["click", "Next"],
        ["at", "What you are working on"],
        ["reload"],
        ["at", "You have been here before"],
        ["click", "Go on"],
        ["at", "Where you work"],
        ["ticked", "industry", "Technology"],
    ]
    drive(link(served), way)


def test_a_link_to_no_round_and_a_round_that_has_not_opened_have_their_pages(served):
    later = now() + timedelta(days=2)
    dates = Dates(later, later + timedelta(days=1), later + timedelta(days=1))
    early = opened(served.society, name="early", dates=dates, epsilon=0.5)
    drive(
        f"{served.society.url('site')}/round#{'0' * 64}", [["at", "There is no such round here"], ["shot", "unknown"]]
    )
    drive(
        f"{served.society.url('site')}/round#{early.id}",
        [["at", "This round has not opened yet"], ["reads", "It opens on"], ["shot", "early"]],
    )


def test_a_browser_without_what_is_needed_is_told_so_before_anything_is_sent(served):
    way = [["lack", "Ed25519"], ["reload_with_link"], ["at", "This browser lacks what is needed"], ["axe"]]
    address = link(served)
    code = address.rpartition(".")[2]
    seen = drive(address, way)
    assert not any(request["method"] != "GET" or code in json.dumps(request) for request in seen.requests)


def test_a_round_that_was_closed_has_its_page(served):
    house = served.society.house
    ended = opened(served.society, name="ended", epsilon=0.5)
    (address,) = make_invitations(house, house.rounds.find(ended.id), 1, links=True)
    close(house, house.rounds.find(ended.id), now(), early=True)
    drive(address, [["at", "This round is closed"], ["axe"], ["shot", "closed"]])


def test_a_manifest_that_differs_at_one_service_stops_everything(served):
    """The intake gives another round's manifest: nobody is asked for a code."""
    other = opened(served.society, name="other", epsilon=0.5)
    swap = ["swap", f"{served.society.url('intake')}/", served.society.house.rounds.find(other.id).served.decode()]
    title = "Stop: this is not the round you were invited to"
    seen = drive(link(served), [swap, ["reload_with_link"], ["at", title], ["axe"], ["shot", "mismatch"]])
    assert not any(request["method"] == "POST" for request in seen.requests)


def test_without_a_network_at_sending_nothing_is_lost_and_it_counts_once(served):
    before = served.society.box.count(served.manifest.id_bytes)
    steps = [
        *TO_THE_FORM,
        *THE_FORM,
        ["offline", True],
        ["click", "Send my answers"],
        ["reads", "Check your connection and try again; nothing is lost."],
        ["offline", False],
        ["click", "Send my answers"],
        ["at", SENT],
    ]
    drive(link(served), steps)
    assert served.society.box.count(served.manifest.id_bytes) == before + 1
