"""The tables of one store, and the steps by which older databases become like them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import MetaData


@dataclass(frozen=True, slots=True)
class Schema:
    """name: what its version table begins with. migrations: the folder of its Alembic revisions.

    head: the newest revision. It is named here, too, so that a database that is up to date is opened without loading
    any of them.
    """

    name: str
    metadata: MetaData
    migrations: Path
    head: str

    @property
    def version_table(self) -> str:
        return f"{self.name}_version"
