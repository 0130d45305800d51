"""Vectors that others have published; the project does not ship them."""

import json
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[3] / "shared" / "vectors"


def published(name: str) -> list[dict[str, Any]]:
    """The vectors of ../shared/vectors/NAME.json, or a skipped test."""
    path = FOLDER / f"{name}.json"
    if not path.is_file():
        pytest.skip(f"the published vectors are not here: ../shared/vectors/{name}.json")
    return json.loads(path.read_text(encoding="utf-8"))


def hpke_vectors() -> list[dict[str, Any]]:
    """The post-quantum HPKE vectors in PyPI's `cryptography_vectors`, or a skipped test."""
    vectors = pytest.importorskip("cryptography_vectors", reason="PyPI's cryptography_vectors is not installed")
    with vectors.open_vector_file("HPKE/hpke-pq-test-vectors.json", "rb") as file:
        return json.load(file)
