"""The ledger as it was first made. Databases from before versions were kept have these tables already."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

TABLES = ("ledger_entries", "measurements", "destroyed")
_POSTGRESQL = """
CREATE OR REPLACE FUNCTION only_ever_added() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'rows are only ever added'; END $$
"""


def upgrade() -> None:
    op.create_table(
        "ledger_entries",
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
        if_not_exists=True,
    )
    entry = sa.ForeignKey("ledger_entries.round_id")
    op.create_table(
        "measurements",
        sa.Column("round_id", sa.String, entry, primary_key=True),
        sa.Column("document", sa.LargeBinary, nullable=False),
        if_not_exists=True,
    )
    op.create_table(
        "destroyed",
        sa.Column("round_id", sa.String, sa.ForeignKey("ledger_entries.round_id"), primary_key=True),
        sa.Column("day", sa.String, nullable=False),
        if_not_exists=True,
    )
    if op.get_context().dialect.name == "postgresql":
        op.execute(_POSTGRESQL)
    for table in TABLES:
        _refuse_changes(table)


def _refuse_changes(table: str) -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute(
            f"CREATE TRIGGER {table}_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION only_ever_added()"
        )
        return
    for action in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER IF NOT EXISTS {table}_no_{action.lower()} BEFORE {action} ON {table} "
            "BEGIN SELECT RAISE(ABORT, 'rows are only ever added'); END"
        )
