"""The respondent's side of HTTP, against real services on a socket of this machine."""

import http.client
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
import urllib3
from a_round import CLOSES, SetClock, changed, make_round
from in_process import Told, make_town

from survey import problems
from survey.limiting import limited
from survey.rates import Rate
from survey.respondent import bulk
from survey.respondent import services as services_module
from survey.respondent.services import ServiceRefused, Services, ServiceUnreachable
from survey.respondent.ticket import new_ticket, redeem, request_for, seal
from survey.respondent.waiting import Waiting
from survey.respondent.wallet import Wallet
from survey.rounds.closing import Phase, State, Statement, StatementError, sign_statement
from survey.rounds.folder import RoundsFolder
from survey.rounds.manifest import ManifestError
from survey.sealing import Status
from survey.service import answer
from survey.tokens import Token


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    """No test waits for a service that will not come back."""
    monkeypatch.setattr(services_module, "_RETRY", services_module._RETRY.new(total=3, backoff_factor=0.01))
    monkeypatch.setattr(services_module, "_TIMEOUT", urllib3.Timeout(connect=2, read=5))


@dataclass
class Live:
    """Both services behind one socket each, with a round that names their addresses."""

    round: object
    town: object
    rounds: RoundsFolder
    requests: list = field(default_factory=list)
    answers: list = field(default_factory=list)


class Handler(BaseHTTPRequestHandler):
    """Hands requests to a WSGI app, or gives the answers a test has put up, and keeps what came in."""

    app: object = None
    live: Live
    protocol_version = "HTTP/1.1"

    def handle_any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.live.requests.append((self.command, self.path, dict(self.headers.items()), body))
        if self.live.answers:
            planned = self.live.answers.pop(0)
            if planned is None:
                self.close_connection = True
                return
            status, data, headers = planned
        else:
            answer = self.app.test_client().open(
                self.path, method=self.command, headers=dict(self.headers.items()), data=body
            )
            status, data, headers = answer.status_code, answer.data, {}
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PUT = handle_any  # noqa: N815

    def log_message(self, *_given):
        pass


def _serve(live_of: Callable[[], Live], app_of: Callable[[], object]):
    handler = type("Bound", (Handler,), {"live": property(lambda _: live_of()), "app": property(lambda _: app_of())})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    return server


@pytest.fixture
def live(tmp_path):
    holder = []
    servers = [
        _serve(lambda: holder[0], lambda: holder[0].town.registrar),
        _serve(lambda: holder[0], lambda: holder[0].town.intake),
    ]
    urls = [f"http://127.0.0.1:{server.server_address[1]}" for server in servers]
    round_ = make_round("live", registrar_url=urls[0], intake_url=urls[1])
    rounds = RoundsFolder(tmp_path / "rounds")
    rounds.add(round_.served)
    holder.append(Live(round_, make_town(tmp_path, rounds, SetClock(), round_), rounds))
    yield holder[0]
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def services():
    services = Services()
    yield services
    services._pool.clear()


def _manifest_url(live):
    return f"{live.round.manifest.service('registrar').url}/v1/rounds/{live.round.manifest.id}/manifest"


def test_the_whole_way_over_a_socket(live, services):
    manifest = services.manifest(_manifest_url(live), live.round.manifest.id)
    assert manifest == live.round.manifest
    (code,) = live.town.codes(live.round, 1)
    ticket = new_ticket(manifest)
    token = redeem(manifest, ticket, services.token_request(manifest, code, request_for(manifest, ticket)))
    sealed = seal(manifest, ticket, 1, Status.ANSWERS, live.round.record)
    services.submit(manifest, token, 1, sealed)
    services.submit(manifest, token, 1, sealed)
    assert list(live.town.box.ballots(manifest.id_bytes)) == [(token.nonce, 1, token.authenticator, sealed)]


def test_no_request_says_more_than_it_must(live, services):
    test_the_whole_way_over_a_socket(live, services)
    allowed = {"Host", "Authorization", "Content-Type", "Content-Length", "Subrosa-Revision"}
    assert len(live.requests) >= 5
    for _, path, headers, _ in live.requests:
        assert set(headers) <= allowed
        assert "?" not in path


def test_a_manifest_may_come_from_a_file(live, services, tmp_path):
    file = tmp_path / "manifest.json"
    file.write_bytes(live.round.served)
    assert services.manifest(str(file)) == live.round.manifest
    with pytest.raises(ManifestError, match="cannot be read"):
        services.manifest(str(tmp_path / "missing.json"))


def test_a_manifest_that_is_not_the_expected_one_stops(live, services, spring):
    with pytest.raises(ManifestError, match="not of the round"):
        services.manifest(_manifest_url(live), spring.manifest.id)


@pytest.mark.parametrize("role", ["registrar", "intake"])
def test_a_service_with_another_manifest_stops(live, services, role):
    """Whoever gives one person a manifest of her own could give her a key of her own."""
    own = changed(live.round, society="A society of one")
    good, other = (200, live.round.served, {}), (200, own.served, {})
    live.answers = [good, other] if role == "registrar" else [good, good, other]
    with pytest.raises(ManifestError, match=f"The {role} serves another manifest"):
        services.manifest(_manifest_url(live), live.round.manifest.id)
    assert not any(method != "GET" for method, *_ in live.requests)


def test_a_refusal_carries_the_services_sentence(live, services):
    manifest = live.round.manifest
    with pytest.raises(ServiceRefused, match="not valid in this round") as caught:
        services.token_request(manifest, "a" * 26, request_for(manifest, new_ticket(manifest)))
    assert caught.value.name == "wrong-code"
    token = Token(bytes(32), bytes(32), bytes(32), bytes(256))
    with pytest.raises(ServiceRefused) as caught:
        services.submit(manifest, token, 1, b"x")
    assert caught.value.name == "bad-token"


@pytest.mark.parametrize(
    "data",
    [b"", b"<html>", b"[]", b"{}", b"null", b'{"type":1}', b"\xff", b"[" * 50_000],
)
def test_an_answer_that_is_no_problem_document_is_a_refusal_all_the_same(live, services, data):
    live.answers = [(418, data, {})]
    with pytest.raises(ServiceRefused, match="418 without saying why"):
        services.manifest(_manifest_url(live))


def test_what_a_service_says_is_shown_short_and_printable(live, services):
    detail = "\x1b[31mred\x07\n" + "x" * 5000
    live.answers = [(400, json.dumps({"type": "urn:x:y", "detail": detail}).encode(), {})]
    with pytest.raises(ServiceRefused) as caught:
        services.manifest(_manifest_url(live))
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) <= 300


def test_a_redirect_is_not_followed(live, services):
    live.answers = [(302, b"", {"Location": _manifest_url(live)})]
    with pytest.raises(ServiceRefused):
        services.manifest(_manifest_url(live))
    assert len(live.requests) == 1


def test_cookies_are_not_kept(live, services):
    live.answers = [(200, live.round.served, {"Set-Cookie": "marked=1"})]
    services.manifest(_manifest_url(live))
    assert not any("Cookie" in headers for _, _, headers, _ in live.requests)


@pytest.mark.parametrize("trouble", [None, (503, b"", {}), (502, b"", {})])
def test_a_lost_answer_is_asked_for_again(live, services, trouble):
    live.answers = [trouble, trouble]
    assert services.manifest(_manifest_url(live)) == live.round.manifest


@pytest.fixture
def paused(services, monkeypatch):
    """The pauses that were asked for, none of which is sat out."""
    pauses = []
    monkeypatch.setattr(services.waiting, "pause", lambda seconds: pauses.append(seconds) or True)
    return pauses


def test_a_service_that_asks_to_wait_is_asked_again_after_that(live, services, paused):
    live.answers = [(429, b"", {"Retry-After": "7"}), (503, b"", {"Retry-After": "30"}), (429, b"", {})]
    assert services.manifest(_manifest_url(live)) == live.round.manifest
    assert paused == [7, 30, 5]


def test_one_that_asks_for_it_for_ever_is_reported_in_its_own_words(live, services, paused):
    live.answers = [(429, problems.TOO_OFTEN.to_bytes(), {"Retry-After": "60"})] * 20
    with pytest.raises(ServiceRefused, match="requests came from this place") as caught:
        services.manifest(_manifest_url(live))
    assert caught.value.name == "too-often"
    assert paused == [60] * 10


def test_bulk_entry_from_one_machine_gets_through_a_limit_and_loses_nothing(live, tmp_path, monkeypatch):
    """As from a machine of its own: here a proxy's header says where it comes from."""
    services, told, rows = Services(connections=4), Told(), 40
    ask, waiting = services._ask, Hurried()
    monkeypatch.setattr(services, "_ask", lambda m, u, h, b: ask(m, u, h | {"X-Forwarded-For": "203.0.113.7"}, b))
    monkeypatch.setattr(services, "waiting", waiting)
    monkeypatch.setattr(bulk, "_TICK_SECONDS", 0.02)
    for app in (live.town.registrar, live.town.intake):
        app.wsgi_app = limited(app.wsgi_app, Rate(20, lambda: waiting.time), answer)
    wallet = Wallet.open(tmp_path / "state.sqlite")
    manifest, record = live.round.manifest, live.round.record
    entering = bulk.Entering(manifest, services, wallet, 4, told)
    outcome = bulk.enter(entering, live.town.codes(live.round, rows), [record] * rows)
    services._pool.clear()
    assert (outcome.sent, outcome.failures) == (rows, ())
    assert live.town.box.count(manifest.id_bytes) == rows
    assert len(live.requests) > 2 * rows  # some were told to wait
    assert bulk.WAITING in {title for title, _, _ in told.calls}


class Hurried(Waiting):
    """Time passes only where somebody waits, and then quickly."""

    time = 0.0

    def pause(self, seconds):
        went_on = super().pause(0.2)
        self.time += seconds
        return went_on


def test_an_interruption_does_not_sit_out_the_pauses(live, tmp_path, monkeypatch):
    services, begun = Services(connections=2), time.monotonic()
    live.answers = [(429, b"", {"Retry-After": "60"})] * 50
    monkeypatch.setattr(bulk, "_TICK_SECONDS", 0.02)

    def interrupt(title, _done, _total):
        if title == bulk.WAITING:
            raise KeyboardInterrupt

    entering = bulk.Entering(live.round.manifest, services, Wallet.open(tmp_path / "state.sqlite"), 2, interrupt)
    with pytest.raises(KeyboardInterrupt):
        bulk.enter(entering, live.town.codes(live.round, 5), [live.round.record] * 5)
    services._pool.clear()
    assert time.monotonic() - begun < 20


def test_an_endless_answer_is_cut_off(live, services, monkeypatch):
    monkeypatch.setattr(services_module, "MAX_DOCUMENT", 1000)
    with pytest.raises(ServiceRefused):
        services.manifest(_manifest_url(live))


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "https://127.0.0.1:1/v1", "http://127.0.0.1:99999"])
def test_a_service_that_does_not_answer_is_named_with_its_port(services, url):
    port = url.partition("0.0.1:")[2].partition("/")[0]
    with pytest.raises(ServiceUnreachable, match=rf"at 127\.0\.0\.1:{port} does not answer"):
        services.manifest(url)


@pytest.mark.parametrize("url", ["http://[", "https://[x", "http://", "https://"])
def test_what_is_no_address_is_refused(services, url):
    with pytest.raises(ServiceUnreachable):
        services.manifest(url)


def test_nothing_is_sent_where_others_could_read_along(services, spring, monkeypatch):
    monkeypatch.setattr(http.client.HTTPConnection, "connect", lambda _: pytest.fail("sent in the clear"))
    manifest = changed(make_round(registrar_url="http://registrar.example")).manifest
    with pytest.raises(ServiceUnreachable, match="not encrypted"):
        services.token_request(manifest, "a" * 26, request_for(manifest, new_ticket(manifest)))


def test_the_phase_follows_the_hosts_last_statement(live, services):
    manifest, clock = live.round.manifest, SetClock()
    assert services.phase(manifest, clock) is Phase.OPEN
    clock.time = CLOSES
    assert services.phase(manifest, clock) is Phase.CLOSED
    statement = Statement(manifest.id, State.OPEN, manifest.closes_latest, 1)
    live.rounds.state(manifest, sign_statement(statement, live.round.host))
    assert services.phase(manifest, clock) is Phase.OPEN


def test_a_statement_of_someone_else_is_not_believed(live, services, autumn):
    statement = Statement(live.round.manifest.id, State.CLOSED, CLOSES, 1)
    live.answers = [(200, sign_statement(statement, autumn.host), {})]
    with pytest.raises(StatementError):
        services.phase(live.round.manifest, SetClock())


def test_a_fault_at_the_phase_is_not_taken_for_no_statement(live, services):
    live.answers = [(404, b'{"type":"urn:subrosa:problem:unknown-round","detail":"No."}', {})]
    with pytest.raises(ServiceRefused):
        services.phase(live.round.manifest, SetClock())
