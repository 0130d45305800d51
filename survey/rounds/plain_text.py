"""Text that a host writes and others show: one line, and nothing in it that a terminal or a page would obey."""

from __future__ import annotations

import unicodedata
from typing import Final

LONGEST: Final = 1000


def one_line(text: object) -> str:
    """The text, trimmed and in normal form. Raises: ValueError with what is wrong, to follow what it is about."""
    if not isinstance(text, str) or not text.strip():
        raise ValueError("is empty; write a sentence")
    line = unicodedata.normalize("NFC", text.strip())
    if len(line) > LONGEST:
        raise ValueError(f"is longer than {LONGEST} characters; say it in fewer")
    # `isprintable` refuses line breaks and control characters, and those that are invisible or turn the direction of
    # reading, by which a line could seem to say something else.
    if not line.isprintable():
        raise ValueError("has a line break or an invisible character; write it on one line")
    return line
