"""The manifest of answers that a host had already: no round collected them, and it names nothing that one would.

There is no token key and no sealing key, there are no services and no dates. The promise is about how the answers are
measured and released; about how they were collected it says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from marshmallow import fields, validate

from survey.forms.loading import form_from_canonical
from survey.rounds.any_manifest import AnyManifest, ManifestError, SignedDocument, check_digest
from survey.rounds.manifest import Manifest, read_manifest
from survey.rounds.promise import Promise
from survey.rounds.schema import SharedSchema, load_strictly

FORMAT: Final = "subrosa/external/v1"
SOURCE: Final = "external"


class ExternalSchema(SharedSchema):
    """The unsigned manifest of external answers."""

    format = fields.String(required=True, validate=validate.Equal(FORMAT))
    source = fields.String(required=True, validate=validate.Equal(SOURCE))


@dataclass(frozen=True)
class ExternalManifest(AnyManifest):
    """What is promised of answers that a host holds. Unit: one row of the host's table, taken as one person."""

    source: ClassVar[str] = SOURCE
    format: ClassVar[str] = FORMAT

    def to_json(self) -> dict[str, Any]:
        return self.shared_json() | {"source": self.source}


def read_external(served: bytes, expected: str | None = None) -> ExternalManifest:
    """Read signed bytes and check encoding, schema, form digest, signature, and the id if one is expected.

    Raises: ManifestError.
    """
    signed = SignedDocument.of(served)
    manifest = external_from_json(signed.document)
    signed.check(manifest, expected)
    return manifest


def external_from_json(document: Mapping[str, Any]) -> ExternalManifest:
    """The unsigned manifest. Raises: ManifestError naming the place of the fault."""
    data = load_strictly(ExternalSchema(), document, ManifestError)
    try:
        manifest = ExternalManifest(
            name=data["name"],
            society=data["society"],
            contact=data["contact"],
            form=form_from_canonical(data["form"]),
            host_key=bytes.fromhex(data["host_key"]),
            promise=Promise.from_json(data["promise"]),
        )
    except ValueError as error:
        raise ManifestError(f"The manifest does not hold together: {error}") from None
    check_digest(manifest, data, document)
    return manifest


def read_any_manifest(served: bytes) -> Manifest | ExternalManifest:
    """The manifest of a round or of external answers, as its format says. Raises: ManifestError."""
    external = SignedDocument.of(served).document.get("format") == FORMAT
    return read_external(served) if external else read_manifest(served)
