"""A restored ledger may know of a charge whose measurement is lost: these are named in a table of their own."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "lost",
        sa.Column("round_id", sa.String, sa.ForeignKey("ledger_entries.round_id"), primary_key=True),
        sa.Column("day", sa.String, nullable=False),
    )
    if op.get_context().dialect.name == "postgresql":
        op.execute(
            "CREATE TRIGGER lost_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON lost "
            "FOR EACH STATEMENT EXECUTE FUNCTION only_ever_added()"
        )
        return
    for action in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER lost_no_{action.lower()} BEFORE {action} ON lost "
            "BEGIN SELECT RAISE(ABORT, 'rows are only ever added'); END"
        )
