"""The register as it was first made. Databases from before versions were kept have these tables already."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def _key(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(32), primary_key=True)


def _hash(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(32), nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False)


def upgrade() -> None:
    _table("codes", _key("code_hash"), _hash("blinded_hash"), sa.Column("revoked", sa.Boolean, nullable=False))
    _table("mail_passes", _key("address_hash"), _hash("domain_hash"), _hash("blinded_hash"))
    _table("mail_members", _key("address_hash"))
    _table("totals", _number("issued"), _number("spent"), _number("revoked"))
    _table("mail_totals", _number("passes"), _number("members"))


def _table(name: str, *columns: sa.Column[bytes] | sa.Column[bool] | sa.Column[int]) -> None:
    op.create_table(name, _key("round_id"), *columns, sqlite_with_rowid=False, if_not_exists=True)
