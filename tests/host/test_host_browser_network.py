"""What leaves the browser in whole runs, by Chromium's own network log; and what the tally then finds.

Three respondents answer in a browser, each in a Chromium of her own; what two of them say is entered as a table, too.
"""

import base64
import json
from collections import Counter
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest
from netlogs import NetLog, hides, place_of, spellings
from societies import opened
from visits import SENT, Browser, Steps, code_in, in_a_browser, link, opened_ballots

from survey.forms.codec import encode
from survey.forms.model import Form
from survey.sealing import Status

pytestmark = in_a_browser

TO_THE_FORM: Steps = [
    ["at", "What moves the needle"],
    ["click", "Go on"],
    ["at", "Your code"],
    ["click", "Use my code"],
    ["at", "Where you work"],
    ["storage"],
]
SEND: Steps = [["at", "Look it over"], ["click", "Send my answers"], ["at", SENT]]
NEXT: Steps = [["click", "Next"]]
EVERYTHING: Steps = [
    ["tick", "industry", "Health and social care"],
    ["tick", "size", "50 to 249"],
    *NEXT,
    ["pick", "priorities", 0, "Pay and benefits"],
    ["pick", "priorities", 1, "Hiring"],
    *[["pick", "okrs", n, label] for n, label in enumerate(("Fill roles well and in time", "Time to fill", "Reached"))],
    *[
        ["pick", "okrs", n + 3, label]
        for n, label in enumerate(("Keep the people we need", "Regretted turnover", "Behind"))
    ],
    *NEXT,
    ["tick", "blockers", "They do not believe in it"],
    ["tick", "blockers", "It costs too much"],
    ["tick", "heard", "2"],
    *NEXT,
    ["type", "people_budget", "1,234.56"],
    *[["point", "burnout", item, value] for item, value in enumerate((5, 4, 3, 1))],
    *NEXT,
]
NOTHING: Steps = NEXT * 3  # what hangs on the size is not asked
LITTLE: Steps = [
    ["tick", "industry", "Technology"],
    ["tick", "size", "Up to 49"],
    *NEXT,
    ["pick", "priorities", 0, "Hiring"],
    *NEXT,
    ["tick", "blockers", "They rarely say no"],
    ["tick", "heard", "5 Always"],
    *NEXT,
    ["type", "people_budget", "90"],
    ["pick", "people_budget", 0, "USD"],
    *[["point", "burnout", item, 1] for item in range(4)],
    *NEXT,
]
WAYS = {"everything": EVERYTHING, "nothing": NOTHING, "little": LITTLE}
TABLE = """\
industry,size,priorities,okrs,blockers,heard,people_budget,burnout
care,50-249,pay;hiring,hire|time_to_fill|done;retain|turnover|behind,belief;cost,2,1234.56,13
tech,1-49,hiring,,none,5,90 USD,4
"""
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
TYPED = (b"1,234.56", b"1234.56", b"1000-1778", b"12-14")


@pytest.fixture(scope="module")
def logged(online: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """Five responses in one round; the log, the code and the pass of each that came from a browser."""
    society, folder = online.society, tmp_path_factory.mktemp("netlog")
    form = Path(__file__).with_name("seven_kinds.toml").read_text(encoding="utf-8")
    manifest = opened(society, "logged", form=form, by=(("industry",),), min_cohort=5, respondents=300, epsilon=1.0)
    runs = {name: _answer(link(society, manifest), way, folder / name) for name, way in WAYS.items()}
    codes = society.does("invite", "logged", "--count", 2)
    invites, answers = society.write("two.txt", codes), society.write("two.csv", TABLE)
    url = society.url("intake", f"/v1/rounds/{manifest.id}/manifest")
    society.does("respond", "--manifest", url, "--invites", invites, "--answers", answers)
    places = {role: place_of(society.url(role)) for role in ("registrar", "intake", "site")}
    return SimpleNamespace(society=society, manifest=manifest, runs=runs, places=places)


def _answer(address: str, way: Steps, path: Path) -> SimpleNamespace:
    with closing(Browser(path)) as browser:
        seen = browser.visit(address, [*TO_THE_FORM, *way, *SEND], before=[["watch_storage"]])
    (kept,) = (json.loads(value) for name, value in seen.storage.items() if name.startswith("subrosa/kept/"))
    # The first that was written: once there is a pass, what was blinded is deleted.
    first = next(json.loads(value) for name, value in seen.written if name.startswith("subrosa/kept/"))
    written = first["ticket"] | {"token": kept["token"]}
    held = {name: base64.urlsafe_b64decode(text.removeprefix("bytes:") + "==") for name, text in written.items()}
    return SimpleNamespace(log=NetLog(path), code=code_in(address), **held)


def written_to(run: SimpleNamespace, *places: str) -> bytes:
    """All that was written to some places."""
    return b"".join(data for (place, _), data in run.log.streams.items() if place in places)


def everything(run: SimpleNamespace) -> bytes:
    return written_to(run, *run.log.connected.values())


def said(form: Form) -> list[bytes]:
    """The answers of the one who answered everything, as ids and as words, where these are long enough to be found."""
    record = encode(form, ANSWERS)
    ids = [b"time_to_fill", b"turnover", b"hiring", b"retain", b"behind", b"belief", b"50-249"]
    words = [str(step[-1]).encode() for step in EVERYTHING if step[0] in ("tick", "pick")]
    return [record, record.rstrip(b"\0"), *ids, *TYPED, *(word for word in words if len(word) >= 5)]


def test_a_browser_and_a_table_with_the_same_answers_give_the_same_records(logged):
    found = Counter(opened_ballots(logged.society, logged.manifest))
    form = logged.manifest.form
    assert found.pop((encode(form, {}), Status.ANSWERS)) == 1  # a table's empty line is nobody's
    assert found.pop((encode(form, ANSWERS), Status.ANSWERS)) == 2
    assert list(found.values()) == [2]


@pytest.mark.parametrize("name", WAYS)
def test_the_browser_speaks_with_the_three_services_and_nobody_else(logged, name):
    log = logged.runs[name].log
    assert set(log.connected.values()) == set(logged.places.values())
    assert {place_of(url) for url in log.asked_by_pages} == set(logged.places.values())
    assert log.datagrams == 0


def test_no_byte_that_leaves_holds_an_answer_in_any_spelling(logged):
    run = logged.runs["everything"]
    sent = everything(run)
    assert [data for data in said(logged.manifest.form) if hides(sent, data)] == []


def test_what_makes_the_pass_hers_never_leaves(logged):
    for run in logged.runs.values():
        sent = everything(run)
        assert not hides(sent, run.secret)
        assert not hides(sent, run.inverse[-64:])


def test_the_log_shows_what_does_leave(logged):
    """Else the search above would find nothing because there is nothing to search."""
    for run in logged.runs.values():
        assert run.blinded in written_to(run, logged.places["registrar"])
        assert hides(written_to(run, logged.places["intake"]), run.token)
        methods = Counter(sent.line.split()[0] for sent in run.log.requests)
        assert (methods["POST"], methods["PUT"]) == (1, 1)


@pytest.mark.parametrize("neighbours", [(b"", b""), (b"x", b""), (b"xy", b"z")])
def test_the_search_finds_an_answer_that_is_hidden_among_others(neighbours):
    before, after = neighbours
    whole = before + b"time_to_fill" + after
    for hidden in (whole, whole.hex().encode(), base64.b64encode(whole), base64.urlsafe_b64encode(whole)):
        assert hides(b"GET /" + hidden + b" HTTP/1.1", b"time_to_fill")
    assert not hides(b"GET / HTTP/1.1", b"time_to_fill")


def test_the_code_goes_to_the_registrar_in_a_header_and_nowhere_else(logged):
    for run in logged.runs.values():
        bare = run.code.replace("-", "").encode()
        carriers = [sent for sent in run.log.requests if hides(sent.head + sent.body, run.code.encode())]
        assert [(sent.place, sent.line.split()[0]) for sent in carriers] == [(logged.places["registrar"], "POST")]
        assert all(hides(sent.head.split(b"\r\n", 1)[1], run.code.encode()) for sent in carriers)
        assert not any(spelt in everything(run) for spelt in spellings(bare))
        assert not any("?" in sent.line or "#" in sent.line for sent in run.log.requests)


def test_the_pass_goes_to_the_intake_alone(logged):
    """Nothing that the registrar sees, blinded message or answer, stands in what the intake sees, and the other way."""
    for run in logged.runs.values():
        others = written_to(run, logged.places["registrar"], logged.places["site"])
        parts = (run.token[2:34], run.token[98:])  # nonce and signature; the rest is the same for everyone
        assert not any(hides(others, part) for part in parts)
        assert not hides(written_to(run, logged.places["intake"]), run.blinded)


def test_nothing_about_the_answers_can_be_told_from_number_or_size_of_requests(logged):
    sizes = {name: sorted(sent.size for sent in run.log.requests) for name, run in logged.runs.items()}
    assert sizes["everything"] == sizes["nothing"] == sizes["little"]
    assert len(sizes["nothing"]) >= 10
