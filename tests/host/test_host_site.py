"""The site as a real process: it keeps nothing, and says nothing of those who ask."""

import secrets
import tomllib
from pathlib import Path

import pytest
from societies import CLOSE, opened, serving
from strange_requests import send, strange_requests
from urllib3 import PoolManager, Retry

HTTP = PoolManager(retries=Retry(0, redirect=0), headers=CLOSE)


def test_strange_requests_leave_no_trace_in_the_log_or_in_an_answer(society, tmp_path):
    manifest, log, mark = opened(society), tmp_path / "site.log", f"MARK{secrets.token_hex(6)}"
    port = society.house.config.site.address[1]
    with serving(society, "site", log=log):
        answers = [send(port, data, "127.0.0.9") for data in strange_requests(mark, manifest.id)]
        answers += [
            send(port, b"GET /round HTTP/1.1\r\nHost: a\r\nCookie: x=" + mark.encode() + b"\r\n\r\n", "127.0.0.9")
        ]
    assert not any(mark.encode() in answer for answer in answers)
    said = log.read_text()
    assert mark not in said
    assert "127.0.0.9" not in said
    for line in said.splitlines():
        assert "is ready at" in line or "could open the folders" in line


def test_the_site_writes_no_file(society, tmp_path):
    opened(society)
    before = sorted(society.folder.rglob("*"))
    with serving(society, "site"):
        for path in ("/", "/round", "/static/style.css"):
            assert HTTP.request("GET", society.url("site", path)).status == 200
    assert sorted(society.folder.rglob("*")) == before


def test_a_real_site_gives_its_strict_headers(society):
    opened(society)
    with serving(society, "site"):
        headers = HTTP.request("GET", society.url("site", "/round")).headers
    connect = f"connect-src {' '.join(sorted(society.url(role) for role in ('registrar', 'intake')))};"
    assert connect in headers["Content-Security-Policy"]
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "Set-Cookie" not in headers


@pytest.mark.parametrize(
    ("package", "name"),
    [
        ("survey.pages", "templates/round.html"),
        ("survey.pages", "static/client.js"),
        ("survey.pages", "static/style.css"),
        ("survey.pages", "static/icon.svg"),
        ("survey.case", "case.js"),
        ("reports", "templates/case.css"),
    ],
)
def test_what_the_site_needs_is_part_of_the_installed_package(package, name):
    root = Path(__file__).resolve().parents[2]
    lists = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["setuptools"]
    assert package in lists["packages"]
    assert any(Path(name).match(pattern) for pattern in lists["package-data"][package])
    assert (root / package.replace(".", "/") / name).is_file()
