"""Rows in a backup: a JSON array a line, in key order, so many lines a part that none is large."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final

from host.backups.archive import Backup, BackupDamaged, Writer
from host.backups.described import TableParts
from storage.rows import Kind, Row

_LINES: Final = 5000
_TYPES: Final[dict[Kind, type]] = {"bytes": str, "truth": bool, "integer": int, "number": float, "text": str}


def part_name(table: str, number: int) -> str:
    return f"tables/{table}/{number:06d}.jsonl"


def write_rows(writer: Writer, table: str, columns: tuple[tuple[str, Kind], ...], rows: Iterable[Row]) -> TableParts:
    """What was written."""
    kinds, left, written, parts = [kind for _, kind in columns], iter(rows), 0, 0
    while some := list(islice(left, _LINES)):
        writer.add(part_name(table, parts), b"".join(_line(row, kinds) for row in some))
        written, parts = written + len(some), parts + 1
    return TableParts(columns, written, parts)


def read_rows(backup: Backup, table: str, number: int) -> Iterator[Row]:
    """The rows of one part. Raises: BackupDamaged."""
    kinds = [kind for _, kind in backup.description.tables[table].columns]
    for line in backup.read(part_name(table, number)).splitlines():
        yield _row(line, kinds)


def check_rows(backup: Backup) -> None:
    """That the rows are there, and can be read: before anything is done with the first. Raises: BackupDamaged."""
    tables = backup.description.tables
    expected = {part_name(name, number) for name, table in tables.items() for number in range(table.parts)}
    if expected != {name for name in backup.names if name.startswith("tables/")}:
        raise BackupDamaged("its tables are not those of its list")
    for name, table in tables.items():
        if sum(1 for number in range(table.parts) for _ in read_rows(backup, name, number)) != table.rows:
            raise BackupDamaged("its tables have other rows than its list says")


def _line(row: Row, kinds: list[Kind]) -> bytes:
    values = [
        base64.b64encode(value).decode() if kind == "bytes" else value for value, kind in zip(row, kinds, strict=True)
    ]
    return json.dumps(values, separators=(",", ":"), allow_nan=False).encode() + b"\n"


def _row(line: bytes, kinds: list[Kind]) -> Row:
    try:
        values = json.loads(line)
        if not isinstance(values, list):
            raise TypeError
        return tuple(_value(value, kind) for value, kind in zip(values, kinds, strict=True))
    except (ValueError, TypeError, RecursionError):
        raise BackupDamaged("a row in it cannot be read") from None


def _value(value: Any, kind: Kind) -> Any:
    if type(value) is not _TYPES[kind]:
        raise TypeError
    return base64.b64decode(str(value), validate=True) if kind == "bytes" else value
