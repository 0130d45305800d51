"""What a service takes and answers at each of its addresses, as values; the OpenAPI document is made of these."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Final

from marshmallow import Schema

from survey.problems import Problem, document_of

JsonSchema = Mapping[str, Any]
PROBLEM: Final = "application/problem+json"
_TOO_OFTEN: Final = 429


def text(pattern: str) -> JsonSchema:
    """Text of one shape; the pattern is JavaScript's, as JSON Schema has it."""
    return {"type": "string", "pattern": pattern}


def exact_bytes(least: int, most: int | None = None) -> JsonSchema:
    """So many bytes, or from so many to so many."""
    return {"type": "string", "format": "binary", "minLength": least, "maxLength": most or least}


@dataclass(frozen=True, slots=True)
class Content:
    """A body: media type, and what it holds; a marshmallow schema stands for the JSON that it loads."""

    media: str
    schema: JsonSchema | type[Schema] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """One status. content: one of these bodies, or none at all; headers: name and what it says."""

    status: int
    says: str
    content: tuple[Content, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Credentials:
    """One scheme of the `Authorization` header, and what stands behind it."""

    name: str
    scheme: str
    says: str


@dataclass(frozen=True, slots=True)
class Operation:
    """A request and every answer to it. path, headers, optional (headers too): parameters by name."""

    summary: str
    answers: tuple[Answer, ...]
    path: Mapping[str, JsonSchema] = field(default_factory=dict)
    headers: Mapping[str, JsonSchema] = field(default_factory=dict)
    optional: Mapping[str, JsonSchema] = field(default_factory=dict)
    credentials: tuple[Credentials, ...] = ()
    body: Content | None = None


@dataclass(frozen=True, slots=True)
class Described:
    """A service in words. operations: by the name of the function that serves them.

    always: answers that any request may get. elsewhere: by name, those at no address of its own, or to no method.
    schemas: by name, those that are referred to by it.
    """

    title: str
    summary: str
    operations: Mapping[str, Operation]
    always: tuple[Answer, ...]
    elsewhere: Mapping[str, Answer]
    schemas: Mapping[str, type[Schema]] = field(default_factory=dict)


def refused(*problems: Problem) -> tuple[Answer, ...]:
    """The answers that these problems are: of each status exactly these documents, and no others."""
    ordered = sorted(problems, key=lambda problem: (problem.status, problem.name))
    return tuple(_refusal(status, list(found)) for status, found in groupby(ordered, key=lambda found: found.status))


def _refusal(status: int, problems: Iterable[Problem]) -> Answer:
    documents = [document_of(problem) for problem in problems]
    names = ", ".join(str(document["type"]).rpartition(":")[2] for document in documents)
    schema = {"allOf": [{"$ref": "#/components/schemas/Problem"}, {"enum": documents}]}
    headers = {"Retry-After": "Seconds to wait."} if status == _TOO_OFTEN else {}
    return Answer(status, f"Refused: {names}.", (Content(PROBLEM, schema),), headers)
