"""A counted part as bytes: what a worker seals to the tally. Read strictly, because a worker may send anything."""

from __future__ import annotations

import json
from itertools import accumulate

import numpy as np
import rfc8785

from aggregation.counting import cells_of
from aggregation.opening import Drop, Inspection
from aggregation.parts import CountedPart, PartRefused
from privacy.workload import Workload


def part_to_bytes(workload: Workload, part: CountedPart) -> bytes:
    """A line of canonical JSON, then every table of the workload in its order, as little-endian int64."""
    inspection = part.inspection
    head: dict[str, object] = {
        "first": part.first.hex(),
        "last": part.last.hex(),
        "counted": inspection.counted,
        "withdrawn": inspection.withdrawn,
        "dropped": {reason.name: count for reason, count in inspection.dropped.items()},
    }
    tables = (part.tables[table.name].astype("<i8").tobytes() for table in workload.tables)
    return b"".join((rfc8785.dumps(head), b"\n", *tables))  # type: ignore[arg-type]


def part_from_bytes(workload: Workload, data: bytes) -> CountedPart:
    """Raises: PartRefused."""
    line, _, body = data.partition(b"\n")
    try:
        head = json.loads(line)
        dropped = {Drop[name]: _number(count) for name, count in head["dropped"].items()}
        inspection = Inspection(_number(head["counted"]), _number(head["withdrawn"]), dropped)
        first, last = bytes.fromhex(head["first"]), bytes.fromhex(head["last"])
        counts = np.frombuffer(body, "<i8").astype(np.int64)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise PartRefused from None
    ends = list(accumulate(cells_of(workload, table) for table in workload.tables))
    if len(counts) != ends[-1]:
        raise PartRefused
    pieces = np.split(counts, ends[:-1])
    tables = {table.name: piece for table, piece in zip(workload.tables, pieces, strict=True)}
    return CountedPart(first, last, tables, inspection)


def _number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError("a number of ballots")
    return value
