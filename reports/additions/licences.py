"""Licences for data: those with an SPDX identifier that hosts are likely to choose, and any other by its address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Licence:
    """The terms on which data may be used, as the host states them.

    name: the SPDX identifier if it has one, else as the host calls it; spdx: which of the two.
    """

    name: str
    title: str
    url: str
    spdx: bool


_CC: Final = "https://creativecommons.org"
_ODC: Final = "https://opendatacommons.org/licenses"
KNOWN: Final = {
    name: Licence(name, title, url, spdx=True)
    for name, title, url in (
        ("CC0-1.0", "Creative Commons Zero v1.0 Universal", f"{_CC}/publicdomain/zero/1.0/"),
        ("CC-BY-4.0", "Creative Commons Attribution 4.0 International", f"{_CC}/licenses/by/4.0/"),
        ("CC-BY-SA-4.0", "Creative Commons Attribution Share Alike 4.0 International", f"{_CC}/licenses/by-sa/4.0/"),
        ("CC-BY-NC-4.0", "Creative Commons Attribution Non Commercial 4.0 International", f"{_CC}/licenses/by-nc/4.0/"),
        (
            "CC-BY-NC-SA-4.0",
            "Creative Commons Attribution Non Commercial Share Alike 4.0 International",
            f"{_CC}/licenses/by-nc-sa/4.0/",
        ),
        ("PDDL-1.0", "Open Data Commons Public Domain Dedication and License 1.0", f"{_ODC}/pddl/1-0/"),
        ("ODC-By-1.0", "Open Data Commons Attribution License v1.0", f"{_ODC}/by/1-0/"),
        ("ODbL-1.0", "Open Data Commons Open Database License v1.0", f"{_ODC}/odbl/1-0/"),
    )
}


def licence_of(name: str, url: str) -> Licence:
    """Raises: ValueError with what to write instead."""
    if name not in KNOWN:
        if not url:
            raise ValueError(
                f"'{name}' has to be followed by licence_url, the https address of its text; known without one are "
                f"{', '.join(KNOWN)}"
            )
        return Licence(name, name, url, spdx=False)
    if url not in ("", KNOWN[name].url):
        raise ValueError(f"leave licence_url out: the text of {name} is at {KNOWN[name].url}")
    return KNOWN[name]
