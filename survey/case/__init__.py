"""The one script that a release may carry: that of `case.html`, committed as built from survey/client/src/case/.

Releases hold its bytes, and the site names its digest: a page of a release runs this script here or none.
"""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files

FILE = "case.html"


def script() -> str:
    """What a release's page for the room runs."""
    return (files(__package__) / "case.js").read_text(encoding="utf-8")


def source(text: str) -> str:
    """An inline script or style as a policy names it: by its digest, so that no other is let in."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
