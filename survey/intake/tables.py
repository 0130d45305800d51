"""The intake's tables: sealed responses by token, and which boxes are closed."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sqlalchemy import Column, Integer, LargeBinary, MetaData, String, Table

from storage.schema import Schema

metadata: Final = MetaData()

# The nonce is the clustered key: in SQLite the table *is* the index over it, and has no row numbers that would count
# up. In PostgreSQL rows lie as they came until the box is settled.
ballots: Final = Table(
    "ballots",
    metadata,
    Column("round_id", LargeBinary(32), primary_key=True),
    Column("nonce", LargeBinary(32), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("authenticator", LargeBinary(256), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
box_states: Final = Table(
    "box_states",
    metadata,
    Column("round_id", LargeBinary(32), primary_key=True),
    Column("state", String, nullable=False),
    sqlite_with_rowid=False,
)

SCHEMA: Final = Schema("intake", metadata, Path(__file__).with_name("migrations"), "0001")
