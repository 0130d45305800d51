"""Looking for traces: a mark in every form in which a careless program could have written it down."""

import base64
from collections.abc import Iterable, Mapping
from pathlib import Path

SHORTEST = 6  # fewer bytes than this also occur by chance


def forms(mark: bytes) -> set[bytes]:
    """A mark as it is, in other letters, as hex, and as base64 wherever in a longer text it stands."""
    plain = {mark, mark.upper(), mark.lower()}
    found = plain | {form for one in plain for form in (one.hex().encode(), one.hex().upper().encode())}
    for one in plain:
        for before in range(3):
            encoded = base64.b64encode(bytes(before) + one)
            # Only the letters that depend on nothing but the mark.
            core = encoded[-(-before * 8 // 6) : (before + len(one)) * 8 // 6]
            found |= {core, core.replace(b"+", b"-").replace(b"/", b"_")}
    return {form for form in found if len(form) >= SHORTEST}


def files_below(*folders: Path) -> dict[str, bytes]:
    """Every file that can be read, with what is in it. A name is a place to leave a trace too."""
    found = {}
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink():
                found[str(path)] = str(path).encode() + b"\n" + path.read_bytes()
    return found


def traces(files: Mapping[str, bytes], marks: Mapping[str, bytes]) -> list[str]:
    """Where which mark was found: names only."""
    return [
        f"{name} in {place}"
        for name, mark in marks.items()
        for place, content in files.items()
        if any(form in content for form in forms(mark))
    ]


def named(marks: Iterable[bytes], kind: str) -> dict[str, bytes]:
    return {f"{kind} {number}": mark for number, mark in enumerate(marks, start=1)}
