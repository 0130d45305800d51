"""Whether a worker runs the same program: what is counted must not depend on who counts it."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Final

# All that opens, checks and counts a ballot, wherever it comes from.
_COUNTING: Final = (
    "aggregation/**/*.py",
    "privacy/**/*.py",
    "storage/**/*.py",
    "survey/*.py",
    "survey/forms/**/*.py",
    "survey/rounds/**/*.py",
    "survey/intake/**/*.py",
    "host/box_portions.py",
)


@cache
def digest_of_our_code() -> str:
    """A digest of the source of everything that takes part in counting, as it lies on this machine."""
    root, digest = Path(__file__).parents[2], hashlib.sha256()
    for path in sorted({path for pattern in _COUNTING for path in root.glob(pattern)}):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
