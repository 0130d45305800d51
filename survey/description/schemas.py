"""JSON Schemas of what is read and written as JSON, from the marshmallow schemas that check it."""

from __future__ import annotations

from typing import Any, Final

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow import Schema, fields, validate

from survey.rounds.schema import ManifestSchema, ServedSchema, SignedStatementSchema, StatementSchema, Truth

OPENAPI: Final = "3.1.0"


# What is signed, as its own schema reads it: the services check the signature first.
ServedManifest: Final = ServedSchema.from_dict(
    {"manifest": fields.Nested(ManifestSchema, required=True)}, name="ServedManifest"
)
SignedStatement: Final = SignedStatementSchema.from_dict(
    {"statement": fields.Nested(StatementSchema, required=True)}, name="SignedStatement"
)


class ProblemSchema(Schema):
    """RFC 9457."""

    type = fields.String(required=True, validate=validate.Regexp(r"^urn:subrosa:problem:[a-z-]+\Z"))
    status = fields.Integer(required=True, validate=validate.Range(400, 599))
    detail = fields.String(required=True)


def new_spec(title: str, summary: str) -> APISpec:
    """An empty document that knows how our schemas say things."""
    reader = MarshmallowPlugin(schema_name_resolver=_name)
    spec = APISpec(title, "v1", OPENAPI, plugins=[reader], info={"description": summary})
    converter = reader.converter
    assert converter is not None  # noqa: S101  made by the line above
    converter.map_to_openapi_type(Truth, "boolean", None)  # type: ignore[no-untyped-call]
    converter.add_attribute_function(_limits)  # type: ignore[no-untyped-call]
    return spec


def _name(schema: Any) -> str:
    """In the document's list: without the underscore and the last word of its class."""
    kind = schema if isinstance(schema, type) else type(schema)
    return str(kind.__name__).lstrip("_").removesuffix("Schema")


def _limits(_converter: Any, field: fields.Field[Any], ret: dict[str, Any]) -> dict[str, Any]:
    """What the library leaves out: bounds that are not allowed themselves, and JavaScript's sign of an end."""
    if "pattern" in ret:
        ret["pattern"] = ret["pattern"].replace(r"\Z", "$")
    for check in field.validators:
        if isinstance(check, validate.Range):
            if not check.min_inclusive and "minimum" in ret:
                ret["exclusiveMinimum"] = ret.pop("minimum")
            if not check.max_inclusive and "maximum" in ret:
                ret["exclusiveMaximum"] = ret.pop("maximum")
    return {}


def closed(schemas: dict[str, Any]) -> None:
    """Our schemas refuse what they do not know, and so must the document's, wherever members are named."""
    for schema in schemas.values():
        if "properties" in schema:
            schema["additionalProperties"] = False
