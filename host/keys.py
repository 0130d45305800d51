"""Key files: made with mode 0600, read back, and destroyed. Nothing here prints or logs a key."""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from host.folders import destroy
from survey.registrar.issuing import Issuer
from survey.registrar.mail_keys import MailKey
from survey.rounds.folder import write_durably
from survey.sealing import PUBLIC_BYTES, SealingKey


class KeyMissing(LookupError):
    """A key file that should be there is not, or cannot be used."""


class KeyDamaged(KeyMissing):
    """A round's private key cannot be read, was cut short or overwritten. No backup holds one."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"The private key of this round, {path.name} in the tally's folder, is damaged or cannot be read. Look at "
            "its owner and its disk; if it is damaged, nobody can ever open the round's responses: cancel the round "
            "and open another."
        )


def new_signing_key(path: Path) -> Ed25519PrivateKey:
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    write_durably(path, pem, 0o600)
    return key


def read_signing_key(path: Path) -> Ed25519PrivateKey:
    """Raises: KeyMissing."""
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyMissing("The host's signing key is missing or damaged; restore it from your backup.")
    return key


def new_sealing_key(folder: Path) -> bytes:
    """Make a round's sealing key in the tally's key folder; returns the public half."""
    key = SealingKey(secrets.token_bytes(32))
    name = sealing_fingerprint(key.public)
    write_durably(folder / f"{name}.seed", key.to_seed(), 0o600)
    write_durably(folder / f"{name}.pub", key.public.hex().encode() + b"\n", 0o644)
    return key.public


def read_sealing_public(path: Path) -> bytes:
    """A public sealing key from the file that `keys new` wrote. Raises: KeyMissing."""
    try:
        public = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (OSError, ValueError):
        public = b""
    if len(public) != PUBLIC_BYTES:
        raise KeyMissing("This is not a public sealing key; give the .pub file that `subrosa keys new` wrote.")
    return public


def read_sealing_key(folder: Path, public: bytes) -> SealingKey:
    """The private half of `public`. Raises: KeyMissing; KeyDamaged if what is there is not that."""
    path = folder / f"{sealing_fingerprint(public)}.seed"
    try:
        key = SealingKey(path.read_bytes())
    except FileNotFoundError:
        raise KeyMissing(
            "The private key of this round is not in the tally's folder: it was made elsewhere, or destroyed."
        ) from None
    except (OSError, ValueError):
        raise KeyDamaged(path) from None
    if key.public != public:
        raise KeyDamaged(path)
    return key


def sealing_key_fault(folder: Path, public: bytes) -> str | None:
    """Why nobody could open a round's responses with the key that is kept here, in a sentence.

    None if the key is sound, and where neither half of it is: then it was made elsewhere, or is destroyed.
    """
    if not os.access(folder, os.X_OK):
        return None  # another user's: the tally is not this one's to look at
    public_half = folder / f"{sealing_fingerprint(public)}.pub"
    try:
        read_sealing_key(folder, public)
    except KeyDamaged as damaged:
        return str(damaged)
    except KeyMissing:
        if os.path.lexists(public_half):
            return f"Of the round's key only the public half, {public_half.name}, is in the tally's folder here."
    return None


def destroy_sealing_key(folder: Path, public: bytes) -> bool:
    """Whether there was one."""
    name = sealing_fingerprint(public)
    (folder / f"{name}.pub").unlink(missing_ok=True)
    return destroy(folder / f"{name}.seed")


def sealing_fingerprint(public: bytes) -> str:
    return hashlib.sha256(public).hexdigest()[:32]


def save_issuer(path: Path, issuer: Issuer) -> None:
    write_durably(path, issuer.to_der(), 0o600)


def save_mail_key(path: Path, key: MailKey) -> None:
    write_durably(path, key.to_bytes(), 0o600)


def read_mail_key(path: Path) -> MailKey:
    """Raises: KeyMissing."""
    try:
        return MailKey(path.read_bytes())
    except (OSError, ValueError):
        raise KeyMissing(
            "The round's key for mail addresses is not here: do this where the registrar works. If it was lost there, "
            "cancel the round and open another."
        ) from None
