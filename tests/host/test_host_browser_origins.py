"""Site, registrar and intake are three origins, in a real Chromium: the site's page gets answers, another's gets none.

No request is routed here: Chromium then asks the services itself whether it may.
"""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest
from visits import Browser, code_in, in_a_browser, link

pytestmark = in_a_browser


class _Blank(BaseHTTPRequestHandler):
    """Somebody else's page, with no policy that would hinder it."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>Somewhere else</title><main>Somewhere else</main>")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[str]:
    """The address of a fourth server on this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Blank)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


def questions(online: SimpleNamespace, code: str) -> list[list]:
    """Everything that a page could ask: documents, a signature for a code, and a response."""

    def at(role: str, path: str) -> str:
        return online.society.url(role, f"/v1/rounds/{online.pulse.id}/{path}")

    documents = [["asks", at(role, path), {}] for role in ("registrar", "intake") for path in ("manifest", "closing")]
    spend = {"method": "POST", "headers": {"Authorization": f"Bearer {code}", "Content-Type": "x/y"}, "body": "-"}
    put = {"method": "PUT", "headers": {"Authorization": "PrivateToken token=-", "Subrosa-Revision": "1"}, "body": "-"}
    return [*documents, ["asks", at("registrar", "token-request"), spend], ["asks", at("intake", "response"), put]]


@pytest.fixture(scope="module")
def asked(browser: Browser, online: SimpleNamespace, elsewhere: str) -> SimpleNamespace:
    """The same questions from a page of the site and from one of another server."""
    code = code_in(link(online.society, online.pulse))
    steps = questions(online, code)
    ours = browser.visit(online.society.url("site", "/round"), [["at", "Which round?"], *steps])
    before = online.society.register.counts(online.pulse.id_bytes)
    theirs = browser.visit(elsewhere, [*steps, *[[*step[:2], step[2] | {"mode": "no-cors"}] for step in steps[:4]]])
    after = online.society.register.counts(online.pulse.id_bytes)
    return SimpleNamespace(ours=ours.asked, theirs=theirs.asked, before=before, after=after)


def test_the_sites_page_reads_what_the_services_answer_also_a_refusal(asked, online):
    served = online.society.house.rounds.find(online.pulse.id).served.decode()
    manifests, statements, refusals = asked.ours[0:3:2], asked.ours[1:4:2], asked.ours[4:]
    assert [(one["type"], one["text"]) for one in manifests] == [("cors", served)] * 2
    assert all("no-statement" in one["text"] for one in statements)
    assert ["bad-token-request" in refusals[0]["text"], "bad-token" in refusals[1]["text"]] == [True, True]


def test_a_page_from_elsewhere_gets_no_answer_of_registrar_or_intake(asked):
    assert asked.theirs[:6] == [{"error": "TypeError: Failed to fetch"}] * 6
    assert asked.theirs[6:] == [{"type": "opaque", "status": 0, "text": ""}] * 4
    assert asked.before == asked.after


def test_a_page_from_elsewhere_cannot_show_ours_inside_itself(browser, online, elsewhere):
    for path in ("/", "/round"):
        seen = browser.visit(elsewhere, [["embeds", online.society.url("site", path)]])
        assert seen.embedded == "chrome-error://chromewebdata/"
    assert browser.visit(elsewhere, [["embeds", elsewhere]]).embedded == elsewhere
