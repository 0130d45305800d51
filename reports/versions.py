"""Which software made a release: what a reader needs to get the same bytes again."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Final

DISTRIBUTIONS: Final = {
    "subrosa": "subrosa-survey",
    "opendp": "opendp",
    "numpy": "numpy",
    "altair": "altair",
    "vl-convert": "vl-convert-python",
    "reportlab": "reportlab",
    "pyarrow": "pyarrow",
}


def installed_versions() -> Mapping[str, str]:
    """The versions of this process, by name; `platform` names the processor family, nothing of the machine."""
    found = {name: _version(distribution) for name, distribution in DISTRIBUTIONS.items()}
    python = ".".join(platform.python_version_tuple()[:2])
    return found | {"python": python, "platform": f"{platform.system()} {platform.machine()}"}


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "not installed"
