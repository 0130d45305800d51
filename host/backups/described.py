"""What a backup says of itself: whose it is, of which day, and which tables of which revision are in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, cast, get_args

from storage.rows import Kind

Role = Literal["host", "registrar", "intake", "tally"]


def read_role(text: str) -> Role:
    """Raises: ValueError."""
    for role in get_args(Role):
        if role == text:
            return cast(Role, role)
    raise ValueError("no party has this name")


class NotDescribed(ValueError):
    """A description that says what no backup says."""


@dataclass(frozen=True, slots=True)
class TableParts:
    """One table: its columns with what each holds, and how many rows and parts it has."""

    columns: tuple[tuple[str, Kind], ...]
    rows: int
    parts: int

    def to_json(self) -> dict[str, Any]:
        return {"columns": [list(column) for column in self.columns], "rows": self.rows, "parts": self.parts}


@dataclass(frozen=True, slots=True)
class Description:
    """day: when it was made, ISO 8601, by UTC. revision: of the store's schema; empty where there is no store."""

    role: Role
    day: str
    revision: str = ""
    tables: Mapping[str, TableParts] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        tables = {name: table.to_json() for name, table in self.tables.items()}
        return {"role": self.role, "day": self.day, "revision": self.revision, "tables": tables}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Description:
        """Raises: NotDescribed."""
        try:
            if set(data) != {"role", "day", "revision", "tables"} or data["role"] not in get_args(Role):
                raise NotDescribed("it is of a later version of the program, or of no party")
            day = date.fromisoformat(data["day"]).isoformat()
            tables = {str(name): _table(table) for name, table in data["tables"].items()}
            return cls(data["role"], day, str(data["revision"]), tables)
        except NotDescribed:
            raise
        except (AttributeError, KeyError, TypeError, ValueError):
            raise NotDescribed("its list says what no backup says") from None


def _table(data: Mapping[str, Any]) -> TableParts:
    columns = tuple((str(name), kind) for name, kind in data["columns"])
    numbers = data["rows"], data["parts"]
    if not columns or any(kind not in get_args(Kind) for _, kind in columns):
        raise NotDescribed("its list says what no backup says")
    if any(type(number) is not int or number < 0 for number in numbers):
        raise NotDescribed("its list says what no backup says")
    return TableParts(columns, *numbers)
