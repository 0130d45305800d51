"""Each role as a real process loads that role's code and no other's, whatever it is asked."""

import re
from pathlib import Path

import pytest
from societies import CLOSE, Respondent, Society, answers, enter_directly, opened, serving, some_rows, until
from urllib3 import PoolManager, Retry

from host.ports import free_port
from survey.forms.codec import encode
from survey.rounds.manifest import Manifest
from survey.tokens import authorization

IMPORTED = re.compile(r"import time:\s+\d+ \|\s+\d+ \|\s+([\w.]+)")
FORBIDDEN = ("aggregation", "reports", "privacy", "opendp", "altair", "vl_convert", "numpy", "survey.respondent")
DATABASES = ("sqlalchemy", "alembic", "psycopg", "storage.opening")
HTTP = PoolManager(retries=Retry(0, redirect=0), headers=CLOSE)


def modules_loaded(log: Path) -> set[str]:
    return set(IMPORTED.findall(log.read_text()))


def of_packages(loaded: set[str], *packages: str) -> list[str]:
    return sorted(name for name in loaded if any(name == p or name.startswith(f"{p}.") for p in packages))


def watch(society: Society, role: str) -> list[int]:
    numbers = HTTP.request("GET", f"http://{society.house.config.metrics[role]}/")
    return [HTTP.request("GET", society.url(role, path)).status for path in ("/healthz", "/readyz")] + [numbers.status]


@pytest.fixture
def society(society: Society) -> Society:
    """One that tells its numbers: what that needs is loaded too."""
    lines = "".join(f'{role} = "127.0.0.1:{free_port()}"\n' for role in ("registrar", "intake", "site"))
    society.config.write_text(f"{society.config.read_text()}\n[metrics]\n{lines}")
    return society


def ask_registrar(society: Society, manifest: Manifest) -> list[int]:
    respondent = Respondent(manifest, encode(manifest.form, {}))
    society.register.add(manifest.id_bytes, [respondent.code_hash])
    round_url = society.url("registrar", f"/v1/rounds/{manifest.id}")
    bearer = CLOSE | {"Authorization": f"Bearer {respondent.code}"}
    return [
        HTTP.request("GET", f"{round_url}/manifest").status,
        HTTP.request("GET", f"{round_url}/closing").status,
        HTTP.request("POST", f"{round_url}/token-request", headers=bearer, body=respondent.request).status,
        HTTP.request("POST", f"{round_url}/token-request", headers=bearer, body=b"short").status,
        HTTP.request("GET", society.url("registrar", "/elsewhere")).status,
    ]


def ask_intake(society: Society, manifest: Manifest) -> list[int]:
    (respondent,) = enter_directly(society, manifest, some_rows(1))
    round_url = society.url("intake", f"/v1/rounds/{manifest.id}")
    headers = CLOSE | {"Authorization": authorization(respondent.token), "Subrosa-Revision": "1"}
    return [
        HTTP.request("GET", f"{round_url}/manifest").status,
        HTTP.request("GET", f"{round_url}/closing").status,
        HTTP.request("PUT", f"{round_url}/response", headers=headers, body=respondent.sealed).status,
        HTTP.request("PUT", f"{round_url}/response", body=b"no token").status,
        HTTP.request("GET", society.url("intake", "/elsewhere")).status,
    ]


def ask_site(society: Society, manifest: Manifest) -> list[int]:
    return [
        HTTP.request("GET", society.url("site", path)).status
        for path in ("/", "/round", "/static/client.js", f"/releases/{manifest.id}/index.html", "/elsewhere")
    ]


@pytest.mark.parametrize(
    ("role", "other", "asked", "expected"),
    [
        ("registrar", "survey.intake", ask_registrar, [200, 404, 200, 422, 404]),
        ("intake", "survey.registrar", ask_intake, [200, 404, 200, 401, 404]),
    ],
)
def test_a_role_never_loads_the_tally_the_privacy_engine_or_the_other_role(society, role, other, asked, expected):
    manifest, log = opened(society), society.folder / "imports.log"

    with serving(society, role, flags=("-X", "importtime"), log=log):
        assert asked(society, manifest) == expected
        assert watch(society, role) == [200, 200, 200]

    loaded = modules_loaded(log)
    assert {
        f"survey.{role}.app",
        "survey.rounds.manifest",
        "host.roles",
        "host.metrics",
    } <= loaded  # the log sees late imports too
    assert of_packages(loaded, *FORBIDDEN, other) == []


def test_the_site_loads_no_store_and_nothing_that_could_open_one(society):
    manifest, log = opened(society), society.folder / "imports.log"

    with serving(society, "site", flags=("-X", "importtime"), log=log):
        assert ask_site(society, manifest) == [200, 200, 200, 404, 404]
        assert watch(society, "site") == [200, 200, 200]

    loaded = modules_loaded(log)
    assert {"survey.pages.app", "survey.rounds.manifest", "host.roles"} <= loaded
    assert of_packages(loaded, *FORBIDDEN, *DATABASES, "survey.registrar", "survey.intake") == []


@pytest.mark.parametrize("role", ["registrar", "intake"])
def test_only_pages_of_the_site_may_ask_a_service_from_a_browser(society, role):
    manifest = opened(society)
    with serving(society, role):
        answer = HTTP.request("GET", society.url(role, f"/v1/rounds/{manifest.id}/manifest"))
    assert answer.headers["Access-Control-Allow-Origin"] == society.url("site")


def test_a_role_answers_only_for_itself(society):
    manifest = opened(society)
    with serving(society, "registrar", "intake", "site"):
        for path in (f"/v1/rounds/{manifest.id}/manifest", f"/v1/rounds/{manifest.id}/response"):
            assert HTTP.request("GET", society.url("site", path)).status == 404
        at_intake = society.url("intake", f"/v1/rounds/{manifest.id}/token-request")
        at_registrar = society.url("registrar", f"/v1/rounds/{manifest.id}/response")
        assert HTTP.request("POST", at_intake, body=b"").status == 404
        assert HTTP.request("PUT", at_registrar, body=b"").status == 404
    until(lambda: not answers(society, "intake"))
