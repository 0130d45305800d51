"""Strict reading of JSON values, and the one way they are written."""

from typing import Any

import rfc8785

from privacy.errors import DocumentError

LARGEST = 2**53 - 1  # beyond it, JSON numbers are no longer exact everywhere


def canonical(document: Any) -> bytes:
    """The document as canonical JSON (RFC 8785)."""
    return rfc8785.dumps(document)


def members(value: object, keys: tuple[str, ...], where: str) -> dict[str, Any]:
    """The value, if it is an object with exactly these keys."""
    if not isinstance(value, dict):
        raise DocumentError(f"{where} must be an object")
    unknown, missing = sorted(set(value) - set(keys)), sorted(set(keys) - set(value))
    if unknown or missing:
        raise DocumentError(f"{where} has unknown keys {_some(unknown)} and lacks {missing}")
    return value


def _some(keys: list[Any]) -> str:
    """The first of them, in part if they are long: there may be as many as somebody liked."""
    shown = [str(key)[:80] for key in keys[:8]]
    return f"{shown}" if len(keys) == len(shown) else f"{shown} and {len(keys) - len(shown)} more"


def items(value: object, where: str) -> list[Any]:
    """The value, if it is a list."""
    if not isinstance(value, list):
        raise DocumentError(f"{where} must be a list")
    return value


def text(value: object, where: str) -> str:
    """The value, if it is a string that can be written: JSON's escapes also make halves of characters."""
    if not isinstance(value, str):
        raise DocumentError(f"{where} must be a string")
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise DocumentError(f"{where} holds half a character, which UTF-8 cannot write")
    return value


def texts(value: object, where: str) -> tuple[str, ...]:
    """The value, if it is a list of strings."""
    return tuple(text(entry, where) for entry in items(value, where))


def truth(value: object, where: str) -> bool:
    """The value, if it is true or false."""
    if not isinstance(value, bool):
        raise DocumentError(f"{where} must be true or false")
    return value


def integer(value: object, where: str) -> int:
    """The value, if it is an integer that every JSON reader keeps exact."""
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > LARGEST:
        raise DocumentError(f"{where} must be an integer below 2**53")
    return value


def positive(value: object, where: str) -> float:
    """The value, if it is a finite number above zero (canonical JSON writes 5.0 as 5)."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < float("inf"):
        raise DocumentError(f"{where} must be a number above zero")
    return float(value)


def number(value: object, where: str) -> float:
    """The value, if it is a finite number, zero or more."""
    if not isinstance(value, bool) and isinstance(value, int | float) and value == 0:
        return 0.0
    return positive(value, where)
