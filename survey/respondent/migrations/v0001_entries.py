"""The state of a bulk entry as it was first made. Files from before versions were kept have this table already."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "entries",
        sa.Column("row", sa.Integer, primary_key=True),
        sa.Column("code_digest", sa.LargeBinary(32), nullable=False),
        sa.Column("record_digest", sa.LargeBinary(32), nullable=False),
        sa.Column("secret", sa.LargeBinary(32), nullable=False),
        sa.Column("inverse", sa.LargeBinary, nullable=False),
        sa.Column("blinded_message", sa.LargeBinary, nullable=False),
        sa.Column("authenticator", sa.LargeBinary),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("sealed", sa.LargeBinary),
        sa.Column("sent", sa.Boolean, nullable=False),
        if_not_exists=True,
    )
