"""What a reader can read of a release, as numbers: every number in its data files, every word as 0 or 1, every size."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping

# Which row of a table this is; all other columns are what the row says.
_PLACE = frozenset({"question", "by", "cohort", "rank", "answer", "statistic"})
# Written before the first answer, and the same whatever is measured; its size is still read.
_PROMISED = frozenset({"manifest.json", "codebook.json"})
_WORD = 20  # characters: longer text is either promised, or a digest of numbers that are read already


def read(files: Mapping[str, bytes]) -> dict[str, float]:
    """Named numbers of one release. What one release does not say, another may: absent means zero."""
    found: dict[str, float] = {}
    for name, data in files.items():
        found[f"{name} size"] = float(len(data))
        if name.endswith(".csv"):
            found.update(_of_csv(name, data))
        elif name.endswith(".json") and data and name not in _PROMISED:  # empty: left out by audit.hurrying
            document = json.loads(data)
            document.pop("manifest", None)
            found.update(_of_json(name, document))
    return found


def _of_csv(name: str, data: bytes) -> Iterator[tuple[str, float]]:
    for row in csv.DictReader(io.StringIO(data.decode(), newline="")):
        place = " ".join([name, *(row[column] for column in row if column in _PLACE)])
        for column, value in row.items():
            if column not in _PLACE and value:
                yield _cell(f"{place} {column}", value)


def _cell(where: str, value: str) -> tuple[str, float]:
    try:
        return where, float(value)
    except ValueError:
        return f"{where} {value}", 1.0


def _of_json(where: str, value: object) -> Iterator[tuple[str, float]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _of_json(f"{where} {name}", inner)
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from _of_json(f"{where} {at}", inner)
    elif isinstance(value, (bool, int, float)):
        yield where, float(value)
    elif isinstance(value, str) and len(value) <= _WORD:
        yield f"{where} {value}", 1.0
