"""Every parser of what comes from elsewhere says no with its own error, in time, and without repeating a secret."""

from collections import Counter
from pathlib import Path

import hostile_documents
import hostile_protocol
import hostile_releases
import pytest
from hypothesis import HealthCheck, given, settings
from parsers import Parser, refusal

PARSERS = hostile_protocol.PARSERS | hostile_documents.PARSERS | hostile_releases.PARSERS
FEW, MANY = 20, 1_500
SLOW = {"release": 40}  # each is derived again, where it can be


def tried(parser: Parser, examples: int) -> Counter[str]:
    """How often it said what; nothing where it took the input."""
    said: Counter[str] = Counter()

    @settings(max_examples=examples, database=None, suppress_health_check=list(HealthCheck))
    @given(parser.inputs)
    def trying(given_: object) -> None:
        said[refusal(parser, given_) or ""] += 1

    trying()
    return said


@pytest.mark.parametrize("name", sorted(set(PARSERS) - set(SLOW)))
def test_a_parser_refuses_with_its_own_error_and_nothing_else(name: str, tmp_path: Path) -> None:
    parser = PARSERS[name](tmp_path)
    said = tried(parser, FEW)
    assert said[""]
    assert not parser.errors or len(said) > 1


@pytest.mark.long
@pytest.mark.parametrize("name", sorted(PARSERS))
def test_also_if_much_more_is_tried(name: str, tmp_path: Path) -> None:
    tried(PARSERS[name](tmp_path), SLOW.get(name, MANY))
