"""A hostile host, in a real Chromium: another manifest for one visitor is caught, and labels are text and no more.

Whatever is wrong has to be found before the code leaves the browser.
"""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from forgeries import manifest_of, signed, statement
from societies import Society, opened
from visits import SENT, Browser, Steps, code_in, faults, found, in_a_browser, link, opened_ballots

from host.keys import new_sealing_key
from survey.forms.codec import decode
from survey.rounds.manifest import Manifest

pytestmark = in_a_browser

STOP = "Stop: this is not the round you were invited to"


def refuses(browser: Browser, address: str, *before: list) -> None:
    """The page stops, and has not sent anything: neither the code nor anything else."""
    seen = browser.visit(address, [["at", STOP], ["reads", "Do not enter your code here."]], before=list(before))
    assert seen.requests
    assert all(request["method"] == "GET" for request in seen.requests)
    assert code_in(address) not in json.dumps(seen.requests)
    assert faults(seen) == []


@pytest.fixture(scope="module")
def forged(online: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """The short round's manifest with a sealing key of somebody else's, signed by the round's own host."""
    society, pulse = online.society, online.pulse
    theirs = new_sealing_key(tmp_path_factory.mktemp("theirs")).hex()
    served, round_id = signed(society, manifest_of(society, pulse) | {"sealing_key": theirs})
    assert round_id != pulse.id
    return SimpleNamespace(society=society, pulse=pulse, served=served, id=round_id)


def at(forged: SimpleNamespace, role: str, path: str = "manifest") -> str:
    return forged.society.url(role, f"/v1/rounds/{forged.pulse.id}/{path}")


@pytest.mark.parametrize(
    "lies",
    [
        {"intake": 0},
        {"registrar": 0},
        {"registrar": 1},  # the truth when it is asked first, the lie when both are compared
        {"registrar": 0, "intake": 0},
    ],
    ids=["intake", "registrar", "registrar, later", "both"],
)
def test_a_manifest_with_another_sealing_key_is_caught_though_the_host_signed_it(browser, forged, lies):
    answers = [["answer", at(forged, role), spared, forged.served] for role, spared in lies.items()]
    refuses(browser, link(forged.society, forged.pulse), *answers)


def test_a_manifest_that_another_key_signed_is_caught(browser, forged):
    served, _ = signed(forged.society, manifest_of(forged.society, forged.pulse), Ed25519PrivateKey.generate())
    answers = [["answer", at(forged, role), 0, served] for role in ("registrar", "intake")]
    refuses(browser, link(forged.society, forged.pulse), *answers)


def test_an_end_that_another_key_signed_is_caught(browser, forged):
    closes = manifest_of(forged.society, forged.pulse)["opens"]
    end = statement(forged.society, forged.pulse.id, closes, Ed25519PrivateKey.generate())
    refuses(browser, link(forged.society, forged.pulse), ["answer", at(forged, "intake", "closing"), 0, end])


def test_where_no_link_carried_it_the_number_is_shown_for_comparison(browser, forged):
    """Site, registrar and intake lie in concert, and no link says more: so the page asks to compare."""
    before = [
        ["rewrite", "/round", [forged.pulse.id, forged.id]],
        ["answer", f"/{forged.id}/manifest", 0, forged.served],
        ["answer", f"/{forged.id}/closing", 0, '{"type":"urn:subrosa:problem:no-statement","detail":"-"}', "GET", 404],
    ]
    steps = [["at", "Pulse"], ["reads", "No link has told this page which round you were invited to"]]
    seen = browser.visit(f"{forged.society.url('site')}/round#{forged.id}", [*steps, ["text"]], before=before)
    assert forged.id in seen.texts[0]
    assert forged.pulse.id not in seen.texts[0]


def of_another_direction(document: dict, place: str) -> dict:
    """A text that turns the ones around it round: what is read is no longer what is written."""
    turned = "for everyone \u202e and nobody"
    if place == "society":
        return document | {"society": turned}
    if place == "operator":
        tally = document["services"]["tally"] | {"operator": turned}
        return document | {"services": document["services"] | {"tally": tally}}
    form = json.loads(json.dumps(document["form"]))
    form["page"][0]["question"][0]["options"][0]["label"] = turned
    return document | {"form": form}


@pytest.mark.parametrize("place", ["society", "operator", "option"])
def test_a_manifest_whose_texts_turn_the_direction_of_reading_is_no_manifest(browser, forged, place):
    """Our own tools make none; a host with other tools, and a registrar and an intake who serve it, could."""
    document = of_another_direction(manifest_of(forged.society, forged.pulse), place)
    served, round_id = signed(forged.society, document)
    code = code_in(link(forged.society, forged.pulse))
    before = [["rewrite", "/round", [forged.pulse.id, round_id]], ["answer", f"/{round_id}/manifest", 0, served]]
    refuses(browser, f"{forged.society.url('site')}/round#{round_id}.{code}", *before)


@pytest.fixture(scope="module")
def hostile(online: SimpleNamespace) -> tuple[Society, Manifest]:
    form = Path(__file__).with_name("hostile.toml").read_text(encoding="utf-8")
    return online.society, opened(online.society, "hostile", form=form, epsilon=0.3)


def plain(kind: str) -> Steps:
    """On this screen nothing runs that a label brought along, and nothing is wider than the window."""
    return [["holds_no", "main :is(img, script, b, i, u, marquee, svg[onload])"], ["look", kind]]


def test_whatever_a_label_holds_is_shown_as_text_and_fits_the_window(browser, hostile):
    society, manifest = hostile
    steps = [
        ["at", "<b>Bold</b> & <script>alert(1)</script>"],
        ["unfold_all"],
        ["reads", "</p><img src=x onerror=alert(2)> &lt;i&gt;"],
        *plain("promise"),
        ["click", "Go on"],
        ["click", "Use my code"],
        ["at", "<h1>Page</h1>"],
        ["tick", "__proto__", "<img src=x onerror=alert(5)>"],
        ["pick", "prototype", 0, "</option></select><script>alert(6)</script>"],
        ["type", "amount", "3"],
        *plain("form"),
        ["click", "Next"],
        ["at", "Look it over"],
        ["reads", "<img src=x onerror=alert(5)>"],
        *plain("review"),
        ["click", "Send my answers"],
        ["at", SENT],
    ]
    seen = browser.visit(link(society, manifest), steps)
    assert found(seen.looks) == {}
    assert faults(seen) == []
    ((record, _),) = opened_ballots(society, manifest)
    assert decode(manifest.form, record) == {
        "__proto__": "constructor",
        "prototype": ("__proto__",),
        "amount": "0-10",
    }
