"""What the tally's tests share."""

import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "survey" / "forms"), str(Path(__file__).parent)]

from a_round import Round, make_round  # noqa: E402


@pytest.fixture(scope="session")
def spring() -> Round:
    return make_round("spring")


@pytest.fixture(scope="session")
def autumn() -> Round:
    """Another round of the same host, with keys of its own."""
    return make_round("autumn", issuer="other")
