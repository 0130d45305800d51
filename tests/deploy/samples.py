"""The sample files of `deploy/`, read: units by section, nginx by block, and every command of ours that they run."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml

PROJECT = Path(__file__).resolve().parents[2]
DEPLOY = PROJECT / "deploy"
ROLES = ("registrar", "intake", "site")
HOME = "/var/lib/subrosa"
BACKUPS = "/var/backups"
_SHOWN = re.compile(r"^\s*#.*?(?:\bsubrosa|compose run --rm host) ([a-z].*)$", re.MULTILINE)
PROGRAM = "/opt/subrosa/.venv/bin/subrosa"


def text_of(name: str) -> str:
    return (DEPLOY / name).read_text(encoding="utf-8")


def without_comments(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.lstrip().startswith(("#", "--", ";")))


def units() -> list[Path]:
    return sorted((DEPLOY / "systemd").glob("subrosa-*.*"))


def unit(text: str) -> dict[str, list[str]]:
    """Every setting of a unit file, with all values it is given, as systemd adds them up."""
    found: dict[str, list[str]] = {}
    for line in without_comments(text).splitlines():
        name, equals, value = line.partition("=")
        if equals:
            found.setdefault(name.strip(), []).append(value.strip())
    return found


def service(role: str) -> dict[str, list[str]]:
    return unit(text_of(f"systemd/subrosa-{role}.service"))


@dataclass
class Block:
    """A block of nginx's settings: its own directives, and the blocks in it with what stands before their brace."""

    words: list[str]
    directives: list[list[str]] = field(default_factory=list)
    blocks: list["Block"] = field(default_factory=list)

    def values(self, name: str) -> list[list[str]]:
        return [words[1:] for words in self.directives if words[0] == name]

    def one(self, name: str) -> str:
        ((value, *_),) = self.values(name)
        return value

    def inside(self, kind: str) -> "list[Block]":
        return [block for block in self.blocks if block.words[0] == kind]

    def everywhere(self, name: str) -> Iterator[list[str]]:
        yield from self.values(name)
        for block in self.blocks:
            yield from block.everywhere(name)


def nginx(text: str) -> Block:
    """Settings of nginx as a tree. Raises: ValueError where a brace or a semicolon is missing."""
    tokens = re.findall(r'"[^"]*"|[{};]|[^\s{};"]+', without_comments(re.sub(r"\s#.*", "", text)))
    root = Block([])
    open_blocks, words = [root], []
    for token in tokens:
        if token == "{":
            block = Block(words)
            open_blocks[-1].blocks.append(block)
            open_blocks.append(block)
            words = []
        elif token in (";", "}"):
            if (token == "}") == bool(words):
                raise ValueError(f"misplaced {token} after {words}")
            if token == ";":
                open_blocks[-1].directives.append(words)
            else:
                open_blocks.pop()
            words = []
        else:
            words = [*words, token.strip('"')]
    if words or len(open_blocks) != 1:
        raise ValueError("a block or a directive has no end")
    return root


def servers(text: str) -> list[Block]:
    root = nginx(text)
    return [server for part in (root, *root.inside("http")) for server in part.inside("server")]


def compose() -> dict[str, dict[str, dict[str, object]]]:
    loaded: dict[str, dict[str, dict[str, object]]] = yaml.safe_load(text_of("containers/compose.yaml"))
    return loaded


def commands() -> Iterator[tuple[str, list[str]]]:
    """(file, arguments) of every command of ours that a sample runs or shows."""
    for path in units():
        for line in unit(path.read_text(encoding="utf-8")).get("ExecStart", []):
            yield path.name, shlex.split(line)[1:]
    for name, party in compose()["services"].items():
        if "command" in party:
            yield f"compose.yaml {name}", [str(word) for word in party["command"]]  # type: ignore[attr-defined]
    for line in re.findall(r"compose run --rm host (.+)", (PROJECT / "docs" / "hosting" / "containers.md").read_text()):
        yield "containers.md", shlex.split(line)
    for path in sorted(DEPLOY.rglob("*")):
        if path.is_file():
            shown = _SHOWN.findall(path.read_text(encoding="utf-8"))
            yield from ((path.name, shlex.split(line)) for line in shown if shlex_safe(line))


def shlex_safe(line: str) -> bool:
    """Whether this is a line of a shell, and no sentence."""
    return " --" in line or line.startswith("round ")
