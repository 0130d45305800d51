"""TOML as people write it, within bounds: what its reader would take without end is refused beforehand."""

import re
import tomllib
from typing import Any

# The reader needs memory by the square of a key's parts: 10 kB of `a.a.a…` take 100 MB.
_MOST_PARTS = 64
_LONG_KEY = re.compile(rf"(?<![^\s.=])(?:[^\s.=]+[ \t]*\.[ \t]*){{{_MOST_PARTS}}}")


class TomlError(ValueError):
    """Not TOML, or more than can be read; the message follows 'is not valid TOML: '."""


def read_toml(text: str) -> dict[str, Any]:
    """Raises: TomlError."""
    try:
        if not _LONG_KEY.search(text):
            return tomllib.loads(text)
        what = "its tables go too far"
    except (ValueError, RecursionError) as error:
        what = str(error) if isinstance(error, tomllib.TOMLDecodeError) else "its numbers or tables go too far"
    raise TomlError(what)
