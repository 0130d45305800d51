"""The ballot box as it was first made. Databases from before versions were kept have these tables already."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "ballots",
        sa.Column("round_id", sa.LargeBinary(32), primary_key=True),
        sa.Column("nonce", sa.LargeBinary(32), primary_key=True),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("authenticator", sa.LargeBinary(256), nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
        if_not_exists=True,
    )
    op.create_table(
        "box_states",
        sa.Column("round_id", sa.LargeBinary(32), primary_key=True),
        sa.Column("state", sa.String, nullable=False),
        sqlite_with_rowid=False,
        if_not_exists=True,
    )
    if op.get_context().dialect.name == "postgresql":
        # Else responses of long forms would go to a side table, whose numbers count up in the order of arrival.
        op.execute("ALTER TABLE ballots ALTER COLUMN sealed SET STORAGE MAIN")
