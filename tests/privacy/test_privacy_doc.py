"""docs/privacy.md: each test that it names exists."""

import re
from pathlib import Path

HERE = Path(__file__).parent
DOC = (HERE.parent.parent / "docs" / "privacy.md").read_text()


def test_every_test_that_the_document_names_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", DOC))
    defined = set(re.findall(r"def (test_\w+)", "".join(path.read_text() for path in HERE.glob("test_*.py"))))
    assert len(named) > 40
    assert named <= defined, sorted(named - defined)


def test_every_section_of_claims_names_its_tests() -> None:
    sections = re.split(r"^## \d+\. ", DOC, flags=re.MULTILINE)[1:]
    assert [s.split("\n")[0] for s in sections if not re.search(r"(`|::)test_\w+`", s)] == ["Not covered"]
