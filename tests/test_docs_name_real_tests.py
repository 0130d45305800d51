"""The documents are held to the code: the tests they name exist, and what they list is complete."""

import re
from pathlib import Path

import pytest

from survey import problems
from survey.problems import Problem
from survey.rounds.schema import ManifestSchema

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted([*(ROOT / "docs").rglob("*.md"), ROOT / "README.md"])
_NAMED = re.compile(r"\b(tests/[\w/]+\.py)::(\w+)")
_LINKED = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")


def named_tests(text: str) -> list[tuple[str, str]]:
    """Every (file, test) that a document names as `tests/…/file.py::test`."""
    return _NAMED.findall(text)


def missing_tests(text: str, root: Path) -> list[str]:
    """The named tests that do not exist."""
    return [f"{file}::{test}" for file, test in named_tests(text) if not _defines(root / file, test)]


def _defines(path: Path, test: str) -> bool:
    return path.is_file() and re.search(rf"^\s*def {test}\(", path.read_text(), re.MULTILINE) is not None


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_test_that_a_document_names_exists(document: Path) -> None:
    assert missing_tests(document.read_text(), ROOT) == []


def test_the_threat_model_names_its_tests() -> None:
    assert len(set(named_tests((ROOT / "docs" / "threat-model.md").read_text()))) > 40


def test_a_name_that_no_test_has_is_found() -> None:
    here = "tests/test_docs_name_real_tests.py"
    assert missing_tests(f"`{here}::test_a_name_that_no_test_has_is_found`", ROOT) == []
    assert missing_tests(f"`{here}::test_that_is_not_there`", ROOT) == [f"{here}::test_that_is_not_there"]
    assert missing_tests("`tests/no_such_file.py::test_x`", ROOT) == ["tests/no_such_file.py::test_x"]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_to_a_file(document: Path) -> None:
    linked = _LINKED.findall(document.read_text())
    assert [link for link in linked if not (document.parent / link).exists()] == []


def test_the_protocol_lists_every_problem_with_its_status() -> None:
    text = (ROOT / "docs" / "protocol.md").read_text()
    known = [problem for problem in vars(problems).values() if isinstance(problem, Problem)]
    assert len(known) > 15
    assert [p.name for p in known if f"| {p.status} `{p.name}` |" not in text] == []


def test_the_protocol_lists_every_field_of_a_manifest() -> None:
    text = (ROOT / "docs" / "protocol.md").read_text()
    fields = ManifestSchema().fields
    promised = fields["promise"].schema.fields
    assert [name for name in (*fields, *promised) if f"`{name}`" not in text] == []
