"""The client's tests need Node and its locked packages; without them they are skipped, and say so."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from client_process import Client, Run, run, why_not
from town import Town, a_town


@pytest.fixture(scope="session")
def node() -> Run:
    """Runs `node …` in survey/client."""
    reason = why_not()
    if reason:
        pytest.skip(f"the client is NOT tested: {reason}")
    return lambda *arguments: run("node", *arguments)


@pytest.fixture(scope="session")
def client(node: Run, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    program = tmp_path_factory.mktemp("client") / "interop.mjs"
    built = node("test/run.mjs", "--interop", str(program))
    assert built.returncode == 0, built.stderr
    made = Client(program)
    yield made
    made.close()


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with a_town(tmp_path) as services:
        yield services
