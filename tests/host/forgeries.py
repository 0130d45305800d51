"""Documents as a hostile host could make them: signed with the host's own key, or with another."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from societies import Society

from host.keys import read_signing_key
from survey.rounds.manifest import Manifest


def manifest_of(society: Society, manifest: Manifest) -> dict[str, Any]:
    """What registrar and intake serve of a round, without its signature."""
    served = json.loads(society.house.rounds.find(manifest.id).served)
    return dict(served["manifest"])


def signed(society: Society, manifest: Mapping[str, Any], key: Ed25519PrivateKey | None = None) -> tuple[str, str]:
    """The manifest as it would be served, and its round id. No check of ours has seen it."""
    key = key or read_signing_key(society.house.signing_key)
    form = rfc8785.dumps(manifest["form"])
    unsigned = rfc8785.dumps({**manifest, "form_digest": hashlib.sha256(form).hexdigest()})
    document = {"manifest": json.loads(unsigned), "signature": key.sign(unsigned).hex()}
    return rfc8785.dumps(document).decode(), hashlib.sha256(unsigned).hexdigest()


def statement(society: Society, round_id: str, closes: str, key: Ed25519PrivateKey | None = None) -> str:
    """A closing statement."""
    key = key or read_signing_key(society.house.signing_key)
    said = {"format": "subrosa/closing/v1", "round": round_id, "state": "closed", "closes": closes, "serial": 1}
    document = {"statement": said, "signature": key.sign(rfc8785.dumps(said)).hex()}
    return rfc8785.dumps(document).decode()
