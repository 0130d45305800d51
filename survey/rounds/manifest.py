"""A round's manifest: the signed promise that everything else is bound to.

The round's id is the SHA-256 of the canonical (RFC 8785) unsigned manifest. Tokens carry it in their challenge and
sealed responses in their `info`; what the manifest does not list cannot be released.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, ClassVar, Final

from survey.forms.layout import record_length
from survey.forms.loading import form_from_canonical
from survey.forms.model import Form
from survey.rounds.any_manifest import (
    AnyManifest,
    ManifestError,
    RoundId,
    SignedDocument,
    check_digest,
    sign_manifest,
)
from survey.rounds.eligibility import Eligibility
from survey.rounds.promise import Promise
from survey.rounds.schema import ManifestSchema, load_strictly
from survey.rounds.times import instant, stamp
from survey.sealing import SealingPublicKey, sealed_length
from survey.tokens import TokenChallenge, TokenKey, TokenVerifier

__all__ = ["FORMAT", "Manifest", "ManifestError", "RoundId", "Service", "read_manifest", "sign_manifest"]

FORMAT: Final = "subrosa/round/v1"


@dataclass(frozen=True, slots=True)
class Service:
    """One of the three parties: its role, who runs it, and its address (the tally has none)."""

    role: str
    operator: str
    url: str


@dataclass(frozen=True)
class Manifest(AnyManifest):
    """The manifest of a round: also all that a respondent, a service and the tally need to know of it."""

    opens: datetime
    closes: datetime
    closes_latest: datetime
    services: tuple[Service, ...]
    issuer_name: str
    origin_info: str
    token_key: bytes
    sealing_key: bytes
    eligibility: Eligibility

    source: ClassVar[str] = "round"
    format: ClassVar[str] = FORMAT

    def to_json(self) -> dict[str, Any]:
        return self.shared_json() | {
            "opens": stamp(self.opens),
            "closes": stamp(self.closes),
            "closes_latest": stamp(self.closes_latest),
            "services": {s.role: {"operator": s.operator, "url": s.url} for s in self.services},
            "issuer_name": self.issuer_name,
            "origin_info": self.origin_info,
            "token_key": self.token_key.hex(),
            "sealing_key": self.sealing_key.hex(),
            "eligibility": self.eligibility.to_json(),
        }

    @property
    def challenge(self) -> TokenChallenge:
        """The same for everyone in the round, so that no token can be told from another by it."""
        return TokenChallenge(self.issuer_name, self.origin_info, self.id_bytes)

    @cached_property
    def verifier(self) -> TokenVerifier:
        return TokenVerifier.of(TokenKey.from_spki(self.token_key), self.challenge)

    @cached_property
    def sealed_length(self) -> int:
        """Bytes of every sealed response."""
        return sealed_length(record_length(self.form))

    @property
    def operators(self) -> frozenset[str]:
        """Who runs the three parties: fewer than three names, where somebody runs several."""
        return frozenset(service.operator for service in self.services)

    def service(self, role: str) -> Service:
        return next(service for service in self.services if service.role == role)


def read_manifest(served: bytes, expected: str | None = None) -> Manifest:
    """Read served bytes and check everything that can be checked without trusting the server.

    Checked: canonical encoding, schema, form digest, the host's signature under the key the manifest names, and
    the round id if one is expected (it is what invitation links carry).
    Raises: ManifestError.
    """
    signed = SignedDocument.of(served)
    manifest = manifest_from_json(signed.document)
    signed.check(manifest, expected)
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
    check_digest(manifest, data, document)
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
