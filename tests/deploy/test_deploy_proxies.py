"""The samples for nginx, Caddy and tor: each program takes its own, and none keeps or hands on who came."""

import http.client
import json
import re
import shutil
import socket
import ssl
import subprocess
import threading
import tomllib
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from proxies import certificate, nginx_here, running_nginx
from samples import DEPLOY, PROJECT, nginx, servers, text_of, without_comments
from societies import until

from host.config import Party
from host.ports import free_port
from host.serving import server_settings
from host.silent_gunicorn import PATIENCE_SECONDS
from survey.intake.app import MAX_BODY

SETTINGS = server_settings(Party("", "", "127.0.0.1:8001"), threads=8)
LISTEN = {
    role: tomllib.loads((PROJECT / "config.example.toml").read_text(encoding="utf-8"))[role]["listen"]
    for role in ("registrar", "intake", "site")
}
KILO = 1024


def needs(program: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"there is no {program} here")


def ran(*command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    home = {"HOME": str(folder), "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=folder, env=home)


def adapted(folder: Path) -> dict[str, object]:
    """The Caddyfile as Caddy understands it."""
    done = ran("caddy", "adapt", "--config", str(DEPLOY / "caddy" / "Caddyfile"), folder=folder)
    assert done.returncode == 0, done
    loaded: dict[str, object] = json.loads(done.stdout)
    return loaded


@needs("nginx")
def test_nginx_takes_its_sample_with_the_onion_services_included(tmp_path):
    config = nginx_here(tmp_path, certificate(tmp_path), onion=True)
    done = ran("nginx", "-t", "-e", "stderr", "-p", str(tmp_path), "-c", str(config), folder=tmp_path)
    assert done.returncode == 0, done
    assert "[warn]" not in done.stderr


@needs("caddy")
def test_caddy_takes_its_sample(tmp_path):
    shutil.copy(DEPLOY / "caddy" / "Caddyfile", tmp_path)
    done = ran("caddy", "validate", "--config", "Caddyfile", "--adapter", "caddyfile", folder=tmp_path)
    assert done.returncode == 0, done
    assert '"level":"warn"' not in done.stderr


@needs("tor")
def test_tor_takes_its_sample(tmp_path):
    tmp_path.chmod(0o700)
    (tmp_path / "torrc").write_text(text_of("onion/torrc").replace("/var/lib/tor", str(tmp_path)))
    done = ran("tor", "--verify-config", "-f", "torrc", "--DataDirectory", str(tmp_path / "data"), folder=tmp_path)
    assert done.returncode == 0, done
    # It warns of being run as root, which the test may be and a host is not.
    warnings = [line for line in done.stdout.splitlines() if "[warn]" in line and "as root" not in line]
    assert warnings == []


def test_nginx_keeps_no_log_anywhere():
    for name in ("nginx/nginx.conf", "nginx/onion.conf"):
        root = nginx(text_of(name))
        assert [words for words in root.everywhere("access_log") if words != ["off"]] == []
        assert [words for words in root.everywhere("error_log") if words[0] != "/dev/null"] == []
        assert list(root.everywhere("log_format")) == list(root.everywhere("include")) == []
    root = nginx(text_of("nginx/nginx.conf"))
    assert root.one("error_log") == "/dev/null"
    assert root.inside("http")[0].one("access_log") == "off"


def test_nginx_leads_each_name_to_its_service_and_shows_nobody_what_is_for_the_host():
    for name in ("nginx/nginx.conf", "nginx/onion.conf"):
        led = {}
        for server in servers(text_of(name)):
            locations = {" ".join(block.words[1:]): block for block in server.inside("location")}
            if not any(block.values("proxy_pass") for block in locations.values()):
                continue
            assert locations["~ ^/(metrics|healthz|readyz)$"].one("return") == "404"
            upstreams = {words[0] for block in locations.values() for words in block.values("proxy_pass")}
            assert len(upstreams) == 1
            led[(server.values("server_name") or server.values("listen"))[0][0]] = upstreams.pop()
        assert sorted(led.values()) == sorted(f"http://{listen}" for listen in LISTEN.values())
    names = dict(_names())
    assert names["registrar.society.example"] == f"http://{LISTEN['registrar']}"
    assert names["intake.society.example"] == f"http://{LISTEN['intake']}"
    assert names["society.example"] == f"http://{LISTEN['site']}"


def _names() -> list[tuple[str, str]]:
    named = [server for server in servers(text_of("nginx/nginx.conf")) if server.values("server_name")]
    return [(server.one("server_name"), server.inside("location")[0].one("proxy_pass")) for server in named]


def test_only_requests_for_mail_tell_the_registrar_where_they_come_from():
    http = nginx(text_of("nginx/nginx.conf")).inside("http")[0]
    assert ["X-Forwarded-For", ""] in http.values("proxy_set_header")
    telling = [
        " ".join(location.words[1:])
        for server in http.inside("server")
        for location in server.inside("location")
        if location.values("proxy_set_header")  # a block with one of its own inherits none
    ]
    assert telling == ["~ ^/v1/rounds/[0-9a-f]+/mail-request$"]
    assert list(nginx(text_of("nginx/onion.conf")).everywhere("proxy_set_header")) == []


class Upstream(BaseHTTPRequestHandler):
    """A registrar that keeps the headers it is sent, by path, for this test."""

    def do_POST(self) -> None:
        self.server.seen[self.path] = dict(self.headers)  # type: ignore[attr-defined]
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_words: object) -> None:
        pass


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@needs("nginx")
def test_a_request_for_mail_hands_on_no_more_of_who_asks_than_where_it_comes_from(tmp_path):
    with HTTPServer(("127.0.0.1", 0), Upstream) as upstream:
        upstream.seen = {}  # type: ignore[attr-defined]
        threading.Thread(target=upstream.serve_forever, daemon=True).start()
        cert, outside = certificate(tmp_path), {role: free_port() for role in LISTEN}
        inside = LISTEN | {"registrar": f"127.0.0.1:{upstream.server_port}"}
        trust = ssl.create_default_context(cafile=str(cert.public))
        told = dict.fromkeys(("User-Agent", "Cookie", "Referer", "Accept-Language", "X-Forwarded-For"), "marked")
        with running_nginx(tmp_path, nginx_here(tmp_path, cert, outside, inside)):
            until(lambda: listens(outside["registrar"]))
            for path in ("mail-request", "token-request"):
                connection = http.client.HTTPSConnection("localhost", outside["registrar"], timeout=10, context=trust)
                with closing(connection):
                    connection.request("POST", f"/v1/rounds/0a/{path}", b"{}", told)
                    assert connection.getresponse().status == 202
        upstream.shutdown()
        mail, token = (upstream.seen[f"/v1/rounds/0a/{path}"] for path in ("mail-request", "token-request"))  # type: ignore[attr-defined]
    assert "marked" not in {*mail.values(), *token.values()}
    assert mail.pop("X-Forwarded-For") == "127.0.0.1"
    assert mail == token


def test_sizes_and_times_of_nginx_fit_the_services():
    http = nginx(text_of("nginx/nginx.conf")).inside("http")[0]
    assert http.one("client_max_body_size") == http.one("client_body_buffer_size") == f"{MAX_BODY // KILO}k"
    line = int(http.values("large_client_header_buffers")[0][1].removesuffix("k")) * KILO
    assert line >= max(SETTINGS["limit_request_field_size"], SETTINGS["limit_request_line"])
    for name in ("client_header_timeout", "client_body_timeout", "send_timeout"):
        assert http.one(name) == f"{PATIENCE_SECONDS}s"
    assert http.one("proxy_read_timeout") == f"{SETTINGS['timeout']}s"
    assert http.one("proxy_request_buffering") == "on"
    buffered = list(http.everywhere("proxy_buffering"))
    assert buffered == [["off"], ["off"], ["off"], ["on"]]  # the site alone, which answers what is public


def test_nginx_takes_up_no_session_again_and_joins_no_names_in_one_connection():
    http = nginx(text_of("nginx/nginx.conf")).inside("http")[0]
    assert (http.one("ssl_session_cache"), http.one("ssl_session_tickets")) == ("off", "off")
    assert not re.search(r"\bhttp2\b|\bquic\b", without_comments(text_of("nginx/nginx.conf")))
    certificates = [server.one("ssl_certificate") for server in http.inside("server") if server.values("server_name")]
    assert len(set(certificates)) == len(certificates) == 3


@needs("caddy")
def test_caddy_keeps_no_log_and_opens_no_port_of_its_own(tmp_path):
    config = adapted(tmp_path)
    assert config["logging"] == {"logs": {"default": {"writer": {"output": "discard"}}}}
    assert config["admin"] == {"disabled": True}
    text = json.dumps(config["apps"])
    assert '"logs"' not in text
    assert '"metrics"' not in text


def test_caddy_leads_each_name_to_its_service_and_fits_it():
    text = without_comments(text_of("caddy/Caddyfile"))
    for name, role in (("registrar.society", "registrar"), ("intake.society", "intake"), ("society", "site")):
        block = re.search(rf"^{name}\.example {{\n(.*?)^}}", text, re.MULTILINE | re.DOTALL)
        assert block
        assert f"import subrosa {LISTEN[role]}" in block[1]
        assert set(re.findall(r"127\.0\.0\.1:\d+", block[1])) == {LISTEN[role]}
    assert set(re.findall(r"max_size (\w+)", text)) == {f"{MAX_BODY // KILO}KiB"}
    assert f"read_header {PATIENCE_SECONDS}s" in text
    assert f"read_body {PATIENCE_SECONDS}s" in text
    assert text.count("header_up -X-Forwarded-For\n") == 1  # all but requests for mail, where Caddy writes it anew
    assert "@own path /metrics /healthz /readyz" in text
    assert text.count("\tbuffer_requests\n") == text.count("reverse_proxy") == 2
    assert "protocols h1\n" in text
    assert re.findall(r"\blog\b.*", text) == ["log {"]


def test_each_onion_service_leads_to_the_proxy_and_tor_keeps_nothing():
    lines = [line.split() for line in without_comments(text_of("onion/torrc")).splitlines() if line]
    ports = [words[2] for words in lines if words[0] == "HiddenServicePort"]
    assert sorted(ports) == sorted(server.one("listen") for server in servers(text_of("nginx/onion.conf")))
    assert not set(ports) & set(LISTEN.values())
    assert [words[1:] for words in lines if words[0] == "Log"] == [["err", "stderr"]]
    for opened in ("SocksPort", "ControlPort", "ControlSocket", "ORPort"):
        assert [opened, "0"] in lines
    folders = [words[1].rpartition("-")[2] for words in lines if words[0] == "HiddenServiceDir"]
    upstream = {
        server.one("listen"): server.inside("location")[0].one("proxy_pass")
        for server in servers(text_of("nginx/onion.conf"))
    }
    assert [upstream[port] for port in ports] == [f"http://{LISTEN[folder]}" for folder in folders]


def test_a_block_that_is_not_closed_is_noticed():
    for planted in ("http { access_log off;", "http { access_log off }", "} "):
        with pytest.raises((ValueError, IndexError)):
            nginx(planted)
