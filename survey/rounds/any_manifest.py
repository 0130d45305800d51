"""What every manifest is, wherever the answers come from: a signed promise about one form, and its id."""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, NewType

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from survey.forms.loading import canonical_form, form_digest
from survey.forms.model import Form
from survey.rounds.promise import Promise
from survey.rounds.schema import ServedSchema, load_strictly

RoundId = NewType("RoundId", str)


class ManifestError(ValueError):
    """A manifest that is not one, does not fit its signature, or is not of the round that was asked for."""


@dataclass(frozen=True)
class AnyManifest(ABC):
    """All that a reader of releases needs to know of a measurement.

    source: `round` where the answers were collected by a round, `external` where a host had them already.
    """

    name: str
    society: str
    contact: str
    form: Form
    host_key: bytes
    promise: Promise

    source: ClassVar[str]
    format: ClassVar[str]

    @abstractmethod
    def to_json(self) -> dict[str, Any]:
        """The document that is signed, and whose digest is the id."""

    def shared_json(self) -> dict[str, Any]:
        """The members that every manifest has."""
        return {
            "format": self.format,
            "name": self.name,
            "society": self.society,
            "contact": self.contact,
            "form": canonical_form(self.form),
            "form_digest": form_digest(self.form),
            "host_key": self.host_key.hex(),
            "promise": self.promise.to_json(),
        }

    @cached_property
    def id(self) -> RoundId:
        """64 hex digits."""
        return RoundId(hashlib.sha256(rfc8785.dumps(self.to_json())).hexdigest())

    @property
    def id_bytes(self) -> bytes:
        return bytes.fromhex(self.id)


def sign_manifest(manifest: AnyManifest, host_key: Ed25519PrivateKey) -> bytes:
    """The bytes that are served: manifest and signature as one canonical JSON object."""
    signature = host_key.sign(rfc8785.dumps(manifest.to_json()))
    return rfc8785.dumps({"manifest": manifest.to_json(), "signature": signature.hex()})


@dataclass(frozen=True, slots=True)
class SignedDocument:
    """A manifest as it was served, in canonical form, and its signature: neither checked any further."""

    document: dict[str, Any]
    signature: bytes

    @classmethod
    def of(cls, served: bytes) -> SignedDocument:
        """Raises: ManifestError."""
        try:
            document = json.loads(served)
            canonical = rfc8785.dumps(document) == served
        except (ValueError, RecursionError):
            raise ManifestError("This is not a round manifest: it is not JSON.") from None
        if not canonical:
            raise ManifestError("This manifest is not in canonical form; get it from the service again.")
        parsed = load_strictly(ServedSchema(), document, ManifestError)
        return cls(parsed["manifest"], bytes.fromhex(parsed["signature"]))

    def check(self, manifest: AnyManifest, expected: str | None) -> None:
        """The id, if one is expected, and the signature under the key that the manifest names.

        Raises: ManifestError.
        """
        if expected is not None and manifest.id != expected:
            raise ManifestError("This manifest is not of the round you were invited to; stop and tell the society.")
        try:
            Ed25519PublicKey.from_public_bytes(manifest.host_key).verify(self.signature, rfc8785.dumps(self.document))
        except (InvalidSignature, ValueError):
            raise ManifestError("This manifest's signature is wrong; stop and tell the society.") from None


def check_digest(manifest: AnyManifest, data: dict[str, Any], document: object) -> None:
    """That the form is the one of its digest, and that nothing was read otherwise than it stands there.

    Raises: ManifestError.
    """
    if form_digest(manifest.form) != data["form_digest"] or manifest.to_json() != document:
        raise ManifestError("The manifest's form does not fit its digest; stop and tell the society.")
