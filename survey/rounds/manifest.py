"""A round's manifest: the signed promise that everything else is bound to.

The round's id is the SHA-256 of the canonical (RFC 8785) unsigned manifest. Tokens carry it in their challenge and
sealed responses in their `info`; what the manifest does not list cannot be released.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Final, NewType

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from survey.forms.loading import canonical_form, form_digest, form_from_canonical
from survey.forms.model import Form
from survey.rounds.eligibility import Eligibility
from survey.rounds.promise import Promise
from survey.rounds.schema import ManifestSchema, ServedSchema, load_strictly
from survey.rounds.times import instant, stamp
from survey.sealing import SealingPublicKey
from survey.tokens import TokenChallenge, TokenKey, TokenVerifier

FORMAT: Final = "subrosa/round/v1"
RoundId = NewType("RoundId", str)


class ManifestError(ValueError):
    """A manifest that is not one, does not fit its signature, or is not of the round that was asked for."""


@dataclass(frozen=True, slots=True)
class Service:
    """One of the three parties: its role, who runs it, and its address (the tally has none)."""

    role: str
    operator: str
    url: str


@dataclass(frozen=True)
class Manifest:
    """Everything a respondent, a service, the tally and a reader of releases need to know of a round."""

    name: str
    society: str
    contact: str
    form: Form
    opens: datetime
    closes: datetime
    closes_latest: datetime
    services: tuple[Service, ...]
    issuer_name: str
    origin_info: str
    token_key: bytes
    sealing_key: bytes
    host_key: bytes
    eligibility: Eligibility
    promise: Promise

    def to_json(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "name": self.name,
            "society": self.society,
            "contact": self.contact,
            "form": canonical_form(self.form),
            "form_digest": form_digest(self.form),
            "opens": stamp(self.opens),
            "closes": stamp(self.closes),
            "closes_latest": stamp(self.closes_latest),
            "services": {s.role: {"operator": s.operator, "url": s.url} for s in self.services},
            "issuer_name": self.issuer_name,
            "origin_info": self.origin_info,
            "token_key": self.token_key.hex(),
            "sealing_key": self.sealing_key.hex(),
            "host_key": self.host_key.hex(),
            "eligibility": self.eligibility.to_json(),
            "promise": self.promise.to_json(),
        }

    @cached_property
    def id(self) -> RoundId:
        """64 hex digits."""
        return RoundId(hashlib.sha256(rfc8785.dumps(self.to_json())).hexdigest())

    @property
    def id_bytes(self) -> bytes:
        return bytes.fromhex(self.id)

    @property
    def challenge(self) -> TokenChallenge:
        """The same for everyone in the round, so that no token can be told from another by it."""
        return TokenChallenge(self.issuer_name, self.origin_info, self.id_bytes)

    @cached_property
    def verifier(self) -> TokenVerifier:
        return TokenVerifier.of(TokenKey.from_spki(self.token_key), self.challenge)

    @property
    def operators(self) -> frozenset[str]:
        """Who runs the three parties: fewer than three names, where somebody runs several."""
        return frozenset(service.operator for service in self.services)

    def service(self, role: str) -> Service:
        return next(service for service in self.services if service.role == role)


def sign_manifest(manifest: Manifest, host_key: Ed25519PrivateKey) -> bytes:
    """The bytes that are served: manifest and signature as one canonical JSON object."""
    signature = host_key.sign(rfc8785.dumps(manifest.to_json()))
    return rfc8785.dumps({"manifest": manifest.to_json(), "signature": signature.hex()})


def read_manifest(served: bytes, expected: str | None = None) -> Manifest:
    """Read served bytes and check everything that can be checked without trusting the server.

    Checked: canonical encoding, schema, form digest, the host's signature under the key the manifest names, and
    the round id if one is expected (it is what invitation links carry).
    Raises: ManifestError.
    """
    try:
        document = json.loads(served)
        canonical = rfc8785.dumps(document) == served
    except (ValueError, RecursionError):
        raise ManifestError("This is not a round manifest: it is not JSON.") from None
    if not canonical:
        raise ManifestError("This manifest is not in canonical form; get it from the service again.")
    parsed = load_strictly(ServedSchema(), document, ManifestError)
    manifest = manifest_from_json(parsed["manifest"])
    if expected is not None and manifest.id != expected:
        raise ManifestError("This manifest is not of the round you were invited to; stop and tell the society.")
    try:
        Ed25519PublicKey.from_public_bytes(manifest.host_key).verify(
            bytes.fromhex(parsed["signature"]), rfc8785.dumps(parsed["manifest"])
        )
    except (InvalidSignature, ValueError):
        raise ManifestError("This manifest's signature is wrong; stop and tell the society.") from None
    return manifest


def manifest_from_json(document: Mapping[str, Any]) -> Manifest:
    """The unsigned manifest. Raises: ManifestError naming the place of the fault."""
    data = load_strictly(ManifestSchema(), document, ManifestError)
    try:
        form = form_from_canonical(data["form"])
        manifest = _build(data, form)
        # Keys that cannot be read are refused here, not at the first token or the first response.
        manifest.verifier  # noqa: B018
        SealingPublicKey(manifest.sealing_key)
    except ValueError as error:
        raise ManifestError(f"The manifest does not hold together: {error}") from None
    if form_digest(form) != data["form_digest"] or manifest.to_json() != document:
        raise ManifestError("The manifest's form does not fit its digest; stop and tell the society.")
    return manifest


def _build(data: Mapping[str, Any], form: Form) -> Manifest:
    times = {key: instant(data[key]) for key in ("opens", "closes", "closes_latest")}
    if not times["opens"] < times["closes"] <= times["closes_latest"]:
        raise ValueError("the dates must be in the order opens, closes, closes_latest.")
    return Manifest(
        name=data["name"],
        society=data["society"],
        contact=data["contact"],
        form=form,
        services=tuple(Service(role, **service) for role, service in sorted(data["services"].items())),
        issuer_name=data["issuer_name"],
        origin_info=data["origin_info"],
        token_key=bytes.fromhex(data["token_key"]),
        sealing_key=bytes.fromhex(data["sealing_key"]),
        host_key=bytes.fromhex(data["host_key"]),
        eligibility=Eligibility.from_json(data["eligibility"]),
        promise=Promise.from_json(data["promise"]),
        **times,
    )
