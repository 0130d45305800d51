"""The registrar's tables. Nothing in them has a time, and rows lie in the order of hashes.

All rows of a table have the same length, used or not, so that neither the file's size nor a changed place in it tells
more than how many there are.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sqlalchemy import Boolean, Column, Integer, LargeBinary, MetaData, Table

from storage.schema import Schema

metadata: Final = MetaData()
UNSPENT: Final = bytes(32)

codes: Final = Table(
    "codes",
    metadata,
    Column("round_id", LargeBinary(32), primary_key=True),
    Column("code_hash", LargeBinary(32), primary_key=True),
    # Of the same length spent or not, so that spending a code changes bytes in place.
    Column("blinded_hash", LargeBinary(32), nullable=False),
    Column("revoked", Boolean, nullable=False),
    sqlite_with_rowid=False,
)

# Who was given a pass for a mail address. domain_hash: zeros where the round has no limit a domain.
mail_passes: Final = Table(
    "mail_passes",
    metadata,
    Column("round_id", LargeBinary(32), primary_key=True),
    Column("address_hash", LargeBinary(32), primary_key=True),
    Column("domain_hash", LargeBinary(32), nullable=False),
    Column("blinded_hash", LargeBinary(32), nullable=False),
    sqlite_with_rowid=False,
)

# Whose addresses are taken, in rounds that are for members only.
mail_members: Final = Table(
    "mail_members",
    metadata,
    Column("round_id", LargeBinary(32), primary_key=True),
    Column("address_hash", LargeBinary(32), primary_key=True),
    sqlite_with_rowid=False,
)

# What stays after a round closes: how many, no longer who.
totals: Final = Table(
    "totals",
    metadata,
    Column("round_id", LargeBinary(32), primary_key=True),
    Column("issued", Integer, nullable=False),
    Column("spent", Integer, nullable=False),
    Column("revoked", Integer, nullable=False),
    sqlite_with_rowid=False,
)
mail_totals: Final = Table(
    "mail_totals",
    metadata,
    Column("round_id", LargeBinary(32), primary_key=True),
    Column("passes", Integer, nullable=False),
    Column("members", Integer, nullable=False),
    sqlite_with_rowid=False,
)

SCHEMA: Final = Schema("registrar", metadata, Path(__file__).with_name("migrations"), "0001")
