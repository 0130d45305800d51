"""A server as docs/hosting/server.md sets it up: its commands print what it says, its services are confined as their
units say, and respondents go the whole way to them through TLS and the sample's nginx."""

import http.client
import os
import shutil
import socket
import ssl
from contextlib import ExitStack, closing
from pathlib import Path
from types import SimpleNamespace

import pytest
from confining import serving_confined
from proxies import Certificate, caddy_here, certificate, nginx_here, running_caddy, running_nginx
from samples import ROLES
from societies import (
    CLOSE,
    Ran,
    Society,
    opened,
    place_on_free_ports,
    some_csv,
    subrosa,
    until,
)
from strange_requests import send, strange_requests
from traces import files_below, traces
from urllib3 import request
from walks import ROUND, SOCIETY, Walked, run, says, set_in, settings, steps, unlike

from host.ports import free_port

PEOPLE = 6
STRANGER = "127.0.0.77"  # an address of the loopback that nothing else here has
MARK = "strangerMARK77"
OWN = ("/metrics", "/healthz", "/readyz")  # for whoever runs the services

pytestmark = pytest.mark.skipif(shutil.which("nginx") is None, reason="there is no nginx here")


def set_up(folder: Path) -> tuple[Society, list[Walked]]:
    """The commands of ours up to the start of the services, and the settings of the document on free ports."""
    society, walked = Society(folder), []
    folder.mkdir()
    for step in steps("hosting/server.md"):
        if step.command.startswith("systemctl enable --now"):
            break
        if step.command.startswith("subrosa "):
            walked.append(Walked(step, run(folder, step.command)))
        if step.command.startswith("subrosa init"):
            set_in(society.config, SOCIETY | settings("hosting/server.md"))
            place_on_free_ports(society.config)
    return society, walked


def watched(society: Society, log: str) -> list[Walked]:
    """What the document reads in the journal, and what it asks each service, at the ports that stand for its own."""
    said = sorted(log.splitlines(), key=lambda line: [role in line for role in ROLES].index(True))
    walked = []
    for step in steps("hosting/server.md"):
        if step.command.startswith("journalctl"):
            walked.append(Walked(step, Ran(0, "\n".join(line for line in said if " is ready at " in line), "")))
        elif step.command.startswith("curl"):
            port, path = step.command.rpartition(":")[2].split("/")
            listen = getattr(society.house.config, {"8000": "site", "8001": "registrar", "8002": "intake"}[port]).listen
            answer = request("GET", f"http://{listen}/{path}", headers=CLOSE, retries=False)
            walked.append(Walked(step, Ran(int(answer.status != 200), answer.data.decode(), "")))
    return walked


def seen_from_outside(society: Society) -> tuple[dict[str, int], dict[str, str]]:
    """(ports outside the proxy, addresses inside) by role; the society's addresses become those of the proxy here."""
    outside = {role: free_port() for role in ROLES}
    set_in(society.config, {(role, "url"): f"https://localhost:{port}" for role, port in outside.items()})
    return outside, {role: getattr(society.house.config, role).listen for role in ROLES}


class Stranger:
    """Comes from an address of her own, over TLS or not, with what no respondent sends."""

    def __init__(self, cert: Certificate, round_id: str) -> None:
        self.context = ssl.create_default_context(cafile=str(cert.public))
        self.round_id = round_id

    def asks(self, port: int, method: str, path: str, body: bytes = b"") -> int:
        connection = http.client.HTTPSConnection(
            "localhost", port, timeout=20, source_address=(STRANGER, 0), context=self.context
        )
        with closing(connection):
            connection.request(method, path, body, {"User-Agent": MARK, "X-Forwarded-For": MARK, "Cookie": MARK})
            return connection.getresponse().status

    def strange(self, port: int) -> None:
        for data in list(strange_requests(MARK, self.round_id))[::5]:
            send(port, data, STRANGER)  # in the clear, where nginx waits for TLS
            with socket.create_connection(("127.0.0.1", port), 5, (STRANGER, 0)) as plain:
                try:
                    with self.context.wrap_socket(plain, server_hostname="localhost") as connection:
                        connection.sendall(data)
                        connection.settimeout(0.2)
                        connection.recv(65536)
                except (OSError, TimeoutError):
                    continue


@pytest.fixture(scope="module")
def aftermath(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    place = tmp_path_factory.mktemp("proxied")
    society, walked = set_up(place / "society")
    cert = certificate(place)
    outside, inside = seen_from_outside(society)
    proxy, caddy = place / "nginx", place / "caddy"
    proxy.mkdir()
    caddy.mkdir()
    round_id = opened(society).id
    codes, answers = society.folder / "codes.txt", society.write("answers.csv", some_csv(PEOPLE))
    society.does("invite", "spring", "--count", PEOPLE, "--links", "--out", codes)
    stranger, statuses = Stranger(cert, round_id), {}
    source = f"https://localhost:{outside['intake']}/v1/rounds/{round_id}/manifest"
    with ExitStack() as stack:
        stack.enter_context(serving_confined(society, place / "services.log"))
        walked += watched(society, (place / "services.log").read_text())
        stack.enter_context(running_nginx(proxy, nginx_here(proxy, cert, outside, inside)))
        until(lambda: open_port(outside["site"]))
        os.environ["SSL_CERT_FILE"] = str(cert.public)
        stack.callback(os.environ.pop, "SSL_CERT_FILE")
        entered = subrosa(society.folder, "respond", "--manifest", source, "--invites", codes, "--answers", answers)
        for role in ROLES:
            for path in (*OWN, f"/{MARK}", "/"):
                statuses[role, path] = stranger.asks(outside[role], "GET", path)
        stranger.strange(outside["intake"])
        statuses["large"] = stranger.asks(outside["intake"], "PUT", f"/v1/rounds/{round_id}/response", bytes(70_000))
        statuses["site"] = stranger.asks(outside["site"], "GET", f"/rounds/{round_id}/")
        if shutil.which("caddy"):
            beside = {role: free_port() for role in ROLES}
            stack.enter_context(running_caddy(caddy, caddy_here(caddy, cert, beside, inside)))
            until(lambda: open_port(beside["site"]))
            statuses["caddy"] = stranger.asks(beside["intake"], "GET", f"/v1/rounds/{round_id}/manifest")
            for path in OWN:
                statuses["caddy", path] = stranger.asks(beside["registrar"], "GET", path)
            stranger.strange(beside["intake"])
            statuses["caddy large"] = stranger.asks(
                beside["intake"], "PUT", f"/v1/rounds/{round_id}/response", bytes(70_000)
            )
    stored = society.box.count(bytes.fromhex(round_id))
    files = files_below(place)
    return SimpleNamespace(
        walked=walked, entered=entered, statuses=statuses, stored=stored, files=files, round_id=round_id, place=place
    )


def open_port(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_the_server_of_the_document_is_set_up_and_answers(aftermath):
    assert unlike(aftermath.walked) == []
    assert len(aftermath.walked) == 7


def test_serving_by_hand_says_what_the_services_say(aftermath):
    """The walk through a round shows the same lines."""
    (step,) = [step for step in steps("hosting.md", ROUND) if step.command == "subrosa serve"]
    log = (aftermath.place / "services.log").read_text().splitlines()
    assert [line for line in step.printed.splitlines() if not any(says(line, said) for said in log)] == []


def test_all_who_answer_through_the_proxy_are_in_the_box(aftermath):
    assert aftermath.entered.code == 0, aftermath.entered
    assert f"{PEOPLE} responses were confirmed by the intake" in aftermath.entered.out
    assert aftermath.stored == PEOPLE


def test_nobody_outside_sees_metrics_or_health(aftermath):
    asked = {what: status for what, status in aftermath.statuses.items() if what[1] in OWN}
    assert len(asked) == 3 * len(ROLES) + 3 * ("caddy" in aftermath.statuses)
    assert set(asked.values()) == {404}


def test_what_is_too_large_goes_no_further_than_the_proxy(aftermath):
    assert aftermath.statuses["large"] == 413


@pytest.mark.skipif(shutil.which("caddy") is None, reason="there is no Caddy here")
def test_caddy_hands_requests_over_and_refuses_what_is_too_large(aftermath):
    assert aftermath.statuses["caddy"] == 200
    assert aftermath.statuses["caddy large"] in (413, 502)  # the versions differ in how they say it


def test_no_file_anywhere_holds_an_address_or_what_was_asked_for(aftermath):
    marks = {"address": STRANGER.encode(), "request": MARK.encode(), "path": f"{aftermath.round_id}/response".encode()}
    assert traces(aftermath.files, marks) == []
    assert traces({"planted": b"GET from 127.0.0.77"}, marks) == ["address in planted"]


def test_the_proxy_writes_nothing_at_all(aftermath):
    """Whatever it made there is empty, but for the settings it was given."""
    proxy = str(aftermath.place / "nginx") + "/"
    written = {name: data.partition(b"\n")[2] for name, data in aftermath.files.items() if name.startswith(proxy)}
    assert {name.removeprefix(proxy) for name, data in written.items() if data} == {"nginx.conf"}


def test_caddy_writes_nothing_of_requests(aftermath):
    """Only that it has read its settings, and the settings themselves."""
    caddy = str(aftermath.place / "caddy") + "/"
    written = {name.removeprefix(caddy): data for name, data in aftermath.files.items() if name.startswith(caddy)}
    assert set(written) <= {"Caddyfile", "said", "caddy/autosave.json"}
    assert written.get("said", b"").count(b"\n") <= 3  # the first line is the file's name
    assert traces({"said": written.get("said", b"")}, {"path": b"/v1/rounds", "handler": b"http.handlers"}) == []


def test_the_services_say_nothing_but_that_they_are_ready(aftermath):
    said = (aftermath.place / "services.log").read_text().splitlines()
    assert [line for line in said if " is ready at " not in line and "could open the folders of" not in line] == []
