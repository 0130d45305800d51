"""Digests of all files of a release, and the host's Ed25519 signature over them, in formats that OpenSSL reads."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from reports.errors import ReleaseError

SUMS: Final = "SHA256SUMS"
SIGNATURE: Final = "SHA256SUMS.sig"
PUBLIC_KEY: Final = "public_key.pem"

_LINE = re.compile(r"([0-9a-f]{64})  ([A-Za-z0-9][A-Za-z0-9._-]*)")


def sums(files: Mapping[str, bytes]) -> bytes:
    """What `sha256sum -c` reads: a line a file, sorted by name."""
    lines = (f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files))
    return "".join(lines).encode()


def read_sums(data: bytes) -> dict[str, str]:
    """File name -> digest. Raises: ReleaseError."""
    matches = [_LINE.fullmatch(line) for line in data.decode("ascii", "replace").splitlines()]
    read = {match[2]: match[1] for match in matches if match is not None}
    if not matches or len(read) != len(matches) or {SUMS, SIGNATURE} & set(read):
        raise ReleaseError(f"{SUMS} is not a list of digests and file names; get the release again.")
    return read


def sign_sums(data: bytes, key: Ed25519PrivateKey) -> bytes:
    """64 bytes, the same for the same key and data."""
    return key.sign(data)


def verify_sums(data: bytes, signature: bytes, key: Ed25519PublicKey) -> None:
    """Raises: ReleaseError."""
    try:
        key.verify(signature, data)
    except InvalidSignature:
        raise ReleaseError(
            f"The signature over {SUMS} is wrong: the release was changed after it was signed; get it again."
        ) from None


def public_pem(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def raw(key: Ed25519PublicKey) -> bytes:
    """The key's 32 bytes."""
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def read_public_pem(data: bytes) -> Ed25519PublicKey:
    """Raises: ReleaseError."""
    try:
        key = load_pem_public_key(data)
    except Exception:
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise ReleaseError("This is not an Ed25519 public key in PEM; ask the society for its public_key.pem.")
    return key


def fingerprint(key: Ed25519PublicKey) -> str:
    """SHA-256 of the raw public key, 64 hex digits."""
    return hashlib.sha256(raw(key)).hexdigest()
