"""Eligibility codes: 128 random bits, typed by people, kept only as hashes."""

from __future__ import annotations

import base64
import hashlib
import secrets
from typing import Final, NewType

CODE_BYTES: Final = 16
_LETTERS: Final = 26
_LABEL: Final = b"subrosa/code/v1"
# Base32 has none of these digits, so the misreading can be undone. A 1 may be an L as well: the page asks.
_MISREAD: Final = str.maketrans({"0": "O", "1": "I", "8": "B"})

CodeHash = NewType("CodeHash", bytes)


class MalformedCode(ValueError):
    """Text that cannot be a code. Its message never repeats the text."""


def new_code() -> str:
    """A fresh code in groups, for example `abcd-efgh-…`: 26 letters and digits of base32."""
    letters = base64.b32encode(secrets.token_bytes(CODE_BYTES)).decode().rstrip("=").lower()
    return "-".join(letters[i : i + 5] for i in range(0, _LETTERS, 5))


def hash_code(code: str, round_id: bytes) -> CodeHash:
    """What is kept of a code. 128 random bits cannot be guessed from a plain hash; the round id separates rounds.

    Raises: MalformedCode.
    """
    letters = "".join(code.split()).replace("-", "").upper().translate(_MISREAD)
    try:
        raw = base64.b32decode(letters + "======") if len(letters) == _LETTERS else b""
    except ValueError:
        raw = b""
    # The last letter carries two spare bits; only the one spelling in which they are zero is a code.
    if len(raw) != CODE_BYTES or base64.b32encode(raw).decode().rstrip("=") != letters:
        raise MalformedCode("A code has 26 letters and digits; check that none is missing or misread.")
    return CodeHash(hashlib.sha256(_LABEL + round_id + raw).digest())
