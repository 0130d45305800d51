"""What is written beside the code stays true: the example config, the lists of packages, and what documents name."""

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import click
import pytest
from marshmallow import Schema, fields

from host.cli.program import program
from host.config import load_config
from host.config_schema import ConfigSchema

PROJECT = Path(__file__).resolve().parents[1]
EXAMPLE = PROJECT / "config.example.toml"
DOCUMENTS = [path for path in (PROJECT / "README.md", *sorted((PROJECT / "docs").rglob("*.md"))) if path.exists()]
_SETTING = re.compile(r"([a-z_]+) = ")


def test_the_documents_of_the_project_are_there():
    needed = {"README.md", "protocol.md", "privacy.md", "threat-model.md"}
    assert needed <= {path.name for path in DOCUMENTS}
    assert len(shell_lines((PROJECT / "README.md").read_text(encoding="utf-8"))) >= 5


def settings(schema: Schema, section: str = "") -> Iterator[str]:
    """Every setting that a config may hold, as section.key."""
    for name, field in schema.fields.items():
        inner = field.inner if isinstance(field, fields.List) else field
        if isinstance(inner, fields.Nested):
            yield from settings(inner.schema, name)
        else:
            yield f"{section}.{name}"


def commented(text: str) -> dict[str, bool]:
    """Each setting of a config, and whether a comment stands above it or above the first one of its name."""
    found: dict[str, bool] = {}
    explained: set[str] = set()
    section, comment = "", False
    for line in text.splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif match := _SETTING.match(line):
            if comment:
                explained.add(match[1])
            found[f"{section}.{match[1]}"] = match[1] in explained
        comment = line.startswith("#") or (comment and bool(line))
    return found


def test_every_setting_is_in_the_example_config_with_a_comment():
    in_example = commented(EXAMPLE.read_text(encoding="utf-8"))
    assert sorted(in_example) == sorted(settings(ConfigSchema()))
    assert [setting for setting, explained in in_example.items() if not explained] == []
    assert load_config(EXAMPLE).society


def test_a_setting_without_a_comment_is_noticed():
    text = EXAMPLE.read_text(encoding="utf-8")
    for line in text.splitlines():
        if line.startswith("# Requests answered"):
            text = text.replace(line + "\n", "\n")
    assert [setting for setting, explained in commented(text).items() if not explained] == ["serve.threads"]


def test_every_package_on_disk_is_listed_and_every_listed_one_is_there():
    document = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    listed = document["tool"]["setuptools"]["packages"]
    rooms = ("aggregation", "audit", "host", "privacy", "reports", "storage", "survey")
    on_disk = [path.parent for room in rooms for path in (PROJECT / room).rglob("__init__.py")]
    assert sorted(".".join(path.relative_to(PROJECT).parts) for path in on_disk) == sorted(listed)
    assert all((PROJECT / room / "py.typed").exists() for room in rooms)


@pytest.mark.parametrize("name", ["core", "demo", "test"])
def test_requirements_are_pinned_by_hash_and_name_no_address(name):
    text = (PROJECT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"^-(-index-url|-extra-index-url|-find-links|-trusted-host|i |f )", text, re.MULTILINE)
    pins = [block for block in re.split(r"\n(?=\S)", text) if not block.startswith("#") and block.strip()]
    assert len(pins) > 10
    assert [pin for pin in pins if not re.match(r"[a-z0-9_.\[\]-]+==\S+( ;.*)? \\\n\s+--hash=sha256:", pin, re.I)] == []


def test_every_dependency_of_the_project_is_locked():
    document = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = {re.split(r"[><=\[]", line)[0].lower() for line in document["project"]["dependencies"]}
    locked = {
        line.partition("==")[0].lower()
        for line in (PROJECT / "requirements" / "core.txt").read_text(encoding="utf-8").splitlines()
    }
    assert wanted <= locked


def test_the_license_is_apache():
    assert "Apache License" in (PROJECT / "LICENSE").read_text(encoding="utf-8")


def known_commands(group: click.Group = program, path: str = "subrosa") -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        yield f"{path} {name}", command
        if isinstance(command, click.Group):
            yield from known_commands(command, f"{path} {name}")


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_and_option_in_a_document_exists(path):
    known = dict(known_commands())
    for line in shell_lines(path.read_text(encoding="utf-8")):
        words = line.split()
        depth = next((n for n in (3, 2) if " ".join(words[:n]) in known), 0)
        assert depth, f"{path.name}: {line}"
        command = known[" ".join(words[:depth])]
        options = {option for parameter in command.params for option in parameter.opts} | {"--help", "--config"}
        given = {word.partition("=")[0].rstrip("`,.;:)") for word in words if word.startswith("--")}
        assert given <= options, f"{path.name}: {line}"


def shell_lines(text: str) -> list[str]:
    """The commands of the program in code blocks, fenced or indented, also over several lines or one after another."""
    blocks = re.findall(r"```[a-z]*\n(.*?)```", text, re.DOTALL) + re.findall(r"^    ([^`\n]*)$", text, re.MULTILINE)
    joined = "\n".join(blocks).replace("\\\n", " ")
    return [found.strip() for found in re.findall(r"\bsubrosa [a-z][^\n&;|)#>]*", joined)]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_test_that_a_document_names_exists(path):
    named = set(re.findall(r"\btest_[a-z0-9_]{6,}\b", path.read_text(encoding="utf-8")))
    assert named - names_of_tests() == set()


@cache
def names_of_tests() -> set[str]:
    """Every test function and test file there is."""
    found = set()
    for file in (PROJECT / "tests").rglob("test_*.py"):
        found.add(file.stem)
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                found.add(node.name)
    return found


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_file_that_a_document_links_to_exists(path):
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8")):
        assert "://" in target or (path.parent / target).exists(), f"{path.name}: {target}"


def headings(path: Path) -> set[str]:
    """What the headings of a document are linked to by: in small letters, without signs, with hyphens."""
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    found = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in found}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_heading_that_a_document_links_to_exists(path):
    for target, heading in re.findall(r"\]\(([\w./-]*\.md)?#([^)]+)\)", path.read_text(encoding="utf-8")):
        assert heading in headings(path.parent / target if target else path), f"{path.name}: {target}#{heading}"


def test_no_source_or_document_names_a_place_on_the_machine_it_was_written_on():
    places = re.compile(r"/(?:home|root|work|Users)/")
    rooms = ("aggregation", "benchmarks", "browsing", "host", "privacy", "reports", "survey")
    for folder in (*rooms, "docs", "requirements"):
        for path in (PROJECT / folder).rglob("*"):
            if (
                path.suffix in (".py", ".md", ".mjs", ".toml", ".txt", ".html", ".css")
                and "node_modules" not in path.parts
            ):
                assert not places.search(path.read_text(encoding="utf-8")), path
