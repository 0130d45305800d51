"""The ledger's tables, which only grow: the database itself refuses to change or delete a row of them."""

from pathlib import Path

import sqlalchemy as sa

from storage.schema import Schema

METADATA = sa.MetaData()
ENTRIES = sa.Table(
    "ledger_entries",
    METADATA,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("round_id", sa.String, nullable=False, unique=True),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("rho", sa.Double, nullable=False),
    sa.Column("term", sa.String, nullable=False),
    sa.Column("term_epsilon", sa.Double, nullable=False),
    sa.Column("term_delta", sa.Double, nullable=False),
    sa.Column("day", sa.String, nullable=False),
    sa.Column("measurement", sa.String, nullable=False),
    sa.Column("previous", sa.String, nullable=False, unique=True),
    sa.Column("digest", sa.String, nullable=False, unique=True),
)
MEASUREMENTS = sa.Table(
    "measurements",
    METADATA,
    sa.Column("round_id", sa.String, sa.ForeignKey(ENTRIES.c.round_id), primary_key=True),
    sa.Column("document", sa.LargeBinary, nullable=False),
)
DESTROYED = sa.Table(
    "destroyed",
    METADATA,
    sa.Column("round_id", sa.String, sa.ForeignKey(ENTRIES.c.round_id), primary_key=True),
    sa.Column("day", sa.String, nullable=False),
)
# Charged and once measured, by a release; what was measured went with a lost ledger. Such a round has no measurement.
LOST = sa.Table(
    "lost",
    METADATA,
    sa.Column("round_id", sa.String, sa.ForeignKey(ENTRIES.c.round_id), primary_key=True),
    sa.Column("day", sa.String, nullable=False),
)
SCHEMA = Schema("ledger", METADATA, Path(__file__).with_name("migrations"), "0002")


def both_at_once(entry: dict[str, object], document: bytes) -> sa.Executable:
    """One statement that adds a charge and its measurement (PostgreSQL only): neither ever comes without the other."""
    charged = sa.insert(ENTRIES).values(entry).returning(ENTRIES.c.round_id).cte("charged")
    stored = sa.literal(document, sa.LargeBinary)
    return sa.insert(MEASUREMENTS).from_select(["round_id", "document"], sa.select(charged.c.round_id, stored))
