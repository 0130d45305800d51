"""What the documents say is typed and printed, taken out of them, run, and compared."""

import contextlib
import io
import os
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from samples import PROJECT
from societies import Ran

from host.cli.program import main

ROUND = "A round, with the tally on another machine"
SOCIETY = {("society", "name"): "People at Work", ("society", "contact"): "hello@society.example"}
_LOOSE = re.compile(r"(…|[0-9a-f]{8,}|\d+)")


@dataclass(frozen=True)
class Step:
    """One thing that is typed at a prompt (`$` the host, `#` the administrator), and what it should print."""

    heading: str
    prompt: str
    command: str
    printed: str


class Walked(NamedTuple):
    """A step of a document, and what came of it."""

    step: Step
    ran: Ran


def steps(name: str, section: str = "") -> list[Step]:
    """Every command at a prompt in a document, or in one section of it, in order; under which heading or bold step."""
    text = (PROJECT / "docs" / name).read_text(encoding="utf-8")
    if section:
        text = text.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    return list(_steps(text))


def _steps(text: str) -> Iterator[Step]:
    heading = ""
    for part in re.split(r"^(?=    [$#] )|(?<=\n)(?=\S)", text, flags=re.MULTILINE):
        if found := re.match(r"(?:#+ |\*\*)(.+?)(?:\*\*.*)?$", part.partition("\n")[0]):
            heading = found[1]
        if not (typed := re.match(r"    ([$#]) ((?:.*\\\n)*.*)\n?", part)):
            continue
        rest = part[typed.end() :].partition("\n\n")[0]
        command = " ".join(typed[2].replace("\\\n", " ").split())
        yield Step(
            heading, typed[1], command, "\n".join(line.removeprefix("    ") for line in rest.splitlines()).strip()
        )


def settings(name: str) -> dict[tuple[str, str], str]:
    """(section, key) of every line of settings that a document shows; indented blocks that begin with a section."""
    found, section = {}, ""
    for line in (PROJECT / "docs" / name).read_text(encoding="utf-8").splitlines():
        if header := re.fullmatch(r"    \[(\w+)\]", line):
            section = header[1]
        elif (given := re.fullmatch(r'    (\w+) = "(.*)"', line)) and section:
            found[section, given[1]] = given[2]
    return found


def says(wanted: str, printed: str) -> bool:
    """Whether this was printed, with `…` for anything, and any other numbers and digests than the document's."""
    kinds = {"…": "(?s:.*?)"}
    pattern = "".join(
        kinds.get(piece, r"\d+" if piece.isdigit() else "[0-9a-f]+") if odd else re.escape(piece)
        for odd, piece in ((number % 2, piece) for number, piece in enumerate(_LOOSE.split(wanted)))
    )
    return re.fullmatch(pattern, printed.strip()) is not None


def unlike(walked: list[Walked]) -> list[Walked]:
    """The steps that failed, or print something else than the document says."""
    return [one for one in walked if one.ran.code != 0 or not says(one.step.printed, one.ran.out + one.ran.err)]


def set_in(config: Path, given: dict[tuple[str, str], str]) -> None:
    """Write settings into a config, in the place of those that are there."""
    section, lines = "", []
    for line in config.read_text(encoding="utf-8").splitlines():
        section = line.strip("[]") if line.startswith("[") else section
        key = line.partition(" = ")[0]
        lines.append(f'{key} = "{given[section, key]}"' if (section, key) in given else line)
    config.write_text("\n".join(lines) + "\n", encoding="utf-8")


def run(folder: Path, command: str, stdin: str = "") -> Ran:
    """A command of ours in this process, in `folder`, as it would be typed."""
    out, err, before, umask = io.StringIO(), io.StringIO(), Path.cwd(), os.umask(0o022)
    code: object = None
    try:
        os.chdir(folder)
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            main(shlex.split(command)[1:])
    except SystemExit as done:
        code = done.code
    finally:
        os.chdir(before)
        os.umask(umask)
    said = [line for line in err.getvalue().splitlines() if "━" not in line]  # bars of progress are drawn over
    return Ran(code if isinstance(code, int) else int(code is not None), out.getvalue(), "\n".join(said))
