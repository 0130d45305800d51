"""A service's own OpenAPI description, from its routes and what is said of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

import rfc8785
from flask import Flask, Response

from survey.description.operations import Answer, Content, Credentials, Described, JsonSchema, Operation
from survey.description.schemas import closed, new_spec

ADDRESS: Final = "/openapi.json"
_BARE: Final = {"HEAD": "The same without its body: ", "OPTIONS": "What may be asked here: "}
_OWN: Final = Operation(
    "This description.", (Answer(200, "An OpenAPI document.", (Content("application/json", {"type": "object"}),)),)
)


def serve_description(app: Flask, described: Described) -> None:
    """Answer at `/openapi.json`, always with the same bytes.

    Made at the first request for it, from all the routes that the app has then, and kept. Raises there: KeyError if one
    of them is not described.
    """
    kept: list[bytes] = []

    @app.get(ADDRESS, endpoint="description")
    def description() -> Response:
        # Two threads may make it at once; they make the same.
        if not kept:
            kept.append(rfc8785.dumps(openapi(app, described)))
        return Response(kept[0], content_type="application/json")


def openapi(app: Flask, described: Described) -> dict[str, Any]:
    """JSON types only. Raises: KeyError for a route of which nothing is said."""
    spec = new_spec(described.title, described.summary)
    for name, schema in described.schemas.items():
        spec.components.schema(name, schema=schema)
    for name, answer in described.elsewhere.items():
        spec.components.response(name, _answer(answer))
    operations = {**described.operations, "description": _OWN}
    credentials: dict[str, Credentials] = {}
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        operation = operations[rule.endpoint]
        credentials |= {one.name: one for one in operation.credentials}
        spec.path(
            re.sub(r"<(\w+)>", r"{\1}", rule.rule),
            operations={
                method.lower(): _operation(method, operation, described) for method in sorted(rule.methods or ())
            },
        )
    for one in credentials.values():
        spec.components.security_scheme(one.name, {"type": "http", "scheme": one.scheme, "description": one.says})
    document = spec.to_dict()
    closed(document["components"]["schemas"])
    return document


def _operation(method: str, operation: Operation, described: Described) -> dict[str, Any]:
    if method == "OPTIONS":
        # A browser's question before a request; it is answered alike whatever is asked about.
        answers: Iterable[Answer] = (Answer(200, "The methods.", headers={"Allow": "Methods of this address."}),)
        return {
            "summary": _BARE[method] + operation.summary,
            "parameters": _parameters("path", {name: {"type": "string"} for name in operation.path}),
            "responses": _answers((*answers, *described.always)),
        }
    told: dict[str, Any] = {
        "summary": _BARE.get(method, "") + operation.summary,
        "parameters": _parameters("path", operation.path)
        + _parameters("header", operation.headers)
        + _parameters("header", operation.optional, required=False),
        "responses": _answers((*described.always, *operation.answers), bare=method == "HEAD"),
    }
    if operation.credentials:
        told["security"] = [{one.name: []} for one in operation.credentials]
    if operation.body is not None:
        told["requestBody"] = {"required": True, "content": _content((operation.body,))}
    return told


def _parameters(place: str, schemas: Mapping[str, JsonSchema], required: bool = True) -> list[dict[str, Any]]:
    return [{"name": name, "in": place, "required": required, "schema": schema} for name, schema in schemas.items()]


def _answers(answers: Iterable[Answer], bare: bool = False) -> dict[str, Any]:
    """By status; what is said of one operation stands in place of what is said of all."""
    return {str(answer.status): _answer(answer, bare) for answer in answers}


def _answer(answer: Answer, bare: bool = False) -> dict[str, Any]:
    told: dict[str, Any] = {"description": answer.says}
    if answer.content and not bare:
        told["content"] = _content(answer.content)
    if answer.headers:
        strings: JsonSchema = {"type": "string"}
        told["headers"] = {name: {"description": says, "schema": strings} for name, says in answer.headers.items()}
    return told


def _content(contents: Iterable[Content]) -> dict[str, Any]:
    return {content.media: {"schema": content.schema} for content in contents}
