"""The proxy that a config names is the one that limits and the registrar believe."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from flask import Flask

from host.coarse_counts import CoarseCounts
from host.config import load_config
from host.fronting import front
from host.roles import _registrar
from survey.readiness import Readiness
from survey.registrar import app as registrar_app
from survey.sources import read_proxy

PROXY = "172.18.0.1"
EXAMPLE = Path(__file__).resolve().parents[2] / "config.example.toml"


@pytest.fixture
def config(tmp_path):
    example = load_config(EXAMPLE)
    assert example.trusted_proxy == read_proxy(PROXY)
    parties = {"registrar": replace(example.registrar, database=None)}
    return replace(example, root=tmp_path, requests_per_minute=2, mail_config=None, **parties)


def asked(config, remote, *forwarded):
    """The status for each, of one app behind this config's limits."""
    app = Flask("bare")
    app.add_url_rule("/", view_func=lambda: "looked")
    front(app, config, "site", Readiness({}), CoarseCounts(1, 300))
    client = app.test_client()
    return [
        client.get("/", headers={"X-Forwarded-For": who}, environ_base={"REMOTE_ADDR": remote}).status_code
        for who in forwarded
    ]


def test_two_who_come_through_the_proxy_of_the_config_are_limited_each_for_itself(config):
    one, other = "203.0.113.7", "198.51.100.1"
    assert asked(config, PROXY, one, one, one, other) == [200, 200, 429, 200]
    assert asked(config, "172.18.0.2", one, one, other) == [200, 200, 429]
    assert asked(replace(config, trusted_proxy=None), PROXY, one, one, other) == [200, 200, 429]


def test_the_registrar_is_told_the_proxy_of_the_config(config, monkeypatch):
    given = {}
    monkeypatch.setattr(registrar_app, "create_app", lambda *_parts, **more: given.update(more) or SimpleNamespace())
    _registrar(config)
    assert given["proxy"] == read_proxy(PROXY)
