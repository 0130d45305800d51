"""Each role against its own description: requests that fit it, and requests that do not, made by schemathesis.

What it cannot guess is written into the copy of the description that it reads: rounds that are there, codes and
tokens that are good, and how bodies begin.
"""

import json
import logging
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pytest
import schemathesis
import schemathesis.engine
from hypothesis import strategies as st
from roles import Roles
from schemathesis.engine import events

from survey.description.document import ADDRESS
from survey.respondent.ticket import new_ticket, request_for
from survey.tokens import authorization

FEW, MANY = 3, 200
# What must have been reached, or the requests ended at the first refusal and prove nothing.
REACHED = {
    "registrar": {200, 202, 401, 404, 405, 422},
    "intake": {200, 201, 400, 401, 404, 405},
    "site": {200, 206, 308, 404, 405, 410},
}


@dataclass
class Run:
    """What a run met. faults: what schemathesis says is wrong, and a request that shows it."""

    statuses: Counter[int] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


def told(roles: Roles, role: str) -> dict:
    """The description, with what a stranger could not know."""
    document = json.loads(roles.apps[role].test_client().get(ADDRESS).data)
    releases = [roles.published.manifest.id, f"{roles.published.manifest.id}.1", roles.gone.manifest.id]
    known = {
        "round_id": [roles.open.manifest.id, roles.published.manifest.id, "0" * 64],
        "name": [*releases, f"{roles.gone.manifest.id}.withdrawn.json"],
        "file": ["index.html", "tables.csv", "release.zip", "SHA256SUMS"],
    }
    credentials = {
        "registrar": [*(f"Bearer {code}" for code in roles.codes), f"MailCode {'A' * 22}:12345678", "Bearer x"],
        "intake": [*(authorization(roles.open.member().token) for _ in range(5)), 'PrivateToken token="x"'],
    }
    if role == "registrar":
        asked = document["components"]["schemas"]["MailRequest"]["properties"]
        asked["address"]["examples"], asked["request"]["examples"] = ["ana@society.example"], ["A" * 22]
    for item in document["paths"].values():
        for method, operation in item.items():
            for parameter in operation["parameters"]:
                if parameter["name"] in known and "enum" not in parameter["schema"] and method != "options":
                    parameter["schema"] = {"type": "string", "enum": known[parameter["name"]]}
                if parameter["name"] == "Range":
                    parameter["schema"] = {
                        "type": "string",
                        "examples": ["bytes=0-3", "bytes=3-1", "bytes=9000000-", "x"],
                    }
            if operation.pop("security", None):
                schema = {"type": "string", "enum": credentials[role]}
                operation["parameters"].append({"name": "Authorization", "in": "header", "schema": schema})
    return document


def bodies(roles: Roles) -> None:
    """How bodies are made that are no JSON: right ones, and ones of a length that is right."""
    manifest = roles.open.manifest
    requests = st.builds(lambda: request_for(manifest, new_ticket(manifest)).to_bytes())
    sealed = st.binary(min_size=roles.open.sealed_length, max_size=roles.open.sealed_length)
    schemathesis.openapi.media_type(
        "application/private-token-request", requests | st.binary(min_size=259, max_size=259)
    )
    schemathesis.openapi.media_type("application/octet-stream", sealed | st.binary(min_size=1172, max_size=1300))


def part_of_json(asked: Any, check: Any) -> bool:
    """A part of a JSON document is none; schemathesis would have it read as one."""
    return asked.response.status_code == 206 and check.failure_info.failure.title == "JSON deserialization error"


def run(roles: Roles, role: str, examples: int) -> Run:
    """All phases that need no state, with all checks."""
    document, app = json.dumps(told(roles, role)).encode(), roles.apps[role]

    def with_told(environ, start_response):
        if environ["PATH_INFO"] == "/told.json":
            start_response("200 OK", [("Content-Type", "application/json")])
            return [document]
        return app(environ, start_response)

    bodies(roles)
    config = schemathesis.Config.from_dict(
        {
            "generation": {"max-examples": examples, "deterministic": True, "database": "none"},
            "phases": {"stateful": {"enabled": False}},
            # What fits JSON Schema may still be no address, and no request of this round.
            "checks": {
                "positive_data_acceptance": {"expected-statuses": ["2xx", "3xx", "4xx"]},
                "negative_data_rejection": {"expected-statuses": ["4xx"]},
            },
        }
    )
    schema = schemathesis.openapi.from_wsgi("/told.json", with_told, config=config)
    if examples == FEW:
        schema = schema.exclude(method=["HEAD", "OPTIONS"])  # described by rule, and tried where there is more time
    found = Run()
    for event in schemathesis.engine.from_schema(schema).execute():
        if isinstance(event, events.NonFatalError | events.FatalError):
            found.faults.append(str(event))
        if isinstance(event, events.ScenarioFinished):
            recorded = event.recorder
            found.statuses.update(one.response.status_code for one in recorded.interactions.values() if one.response)
            found.faults += [
                f"{recorded.label}: {check.failure_info.failure.title}: {check.failure_info.failure.message}\n"
                f"{check.failure_info.code_sample}"
                for one, checks in recorded.checks.items()
                for check in checks
                if check.failure_info is not None and not part_of_json(recorded.interactions[one], check)
            ]
    return found


@pytest.mark.parametrize("role", REACHED)
def test_every_answer_is_one_that_is_described(roles, role, caplog):
    caplog.set_level(logging.CRITICAL)
    found = run(roles, role, FEW)
    assert not found.faults, "\n".join(found.faults[:5])
    assert set(found.statuses) >= REACHED[role]


@pytest.mark.long
@pytest.mark.parametrize("role", REACHED)
def test_and_so_is_every_answer_to_many_more_requests(roles, role, caplog):
    caplog.set_level(logging.CRITICAL)
    found = run(roles, role, MANY)
    assert not found.faults, "\n".join(found.faults[:5])
