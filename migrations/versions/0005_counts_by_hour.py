"""Scan counts in the order of their hours."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

OUTCOMES = ("valid", "suspended", "revoked", "expired", "transferred", "stale_code", "not_found")
BY_CARD = ("card_id", "hour", "outcome")
BY_HOUR = ("hour", "card_id", "outcome")


def upgrade() -> None:
    op.drop_index(op.f("ix_scan_count_hour"), table_name="scan_count")
    _order(BY_CARD, BY_HOUR)


def downgrade() -> None:
    _order(BY_HOUR, BY_CARD)
    op.create_index(op.f("ix_scan_count_hour"), "scan_count", ["hour"])


def _order(before: tuple[str, ...], after: tuple[str, ...]) -> None:
    with op.batch_alter_table("scan_count", copy_from=_scan_count(before)) as batch:
        batch.drop_constraint(op.f("pk_scan_count"), type_="primary")
        batch.create_primary_key(op.f("pk_scan_count"), list(after))


def _scan_count(key: tuple[str, ...]) -> sa.Table:
    """The whole table, since SQLite makes it anew."""
    return sa.Table(
        "scan_count",
        sa.MetaData(),
        sa.Column("card_id", sa.Uuid(), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(length=32), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.CheckConstraint(f"outcome IN {OUTCOMES}", name=op.f("ck_scan_count_scan_outcome")),
        sa.ForeignKeyConstraint(["card_id"], ["card.id"], name=op.f("fk_scan_count_card_id")),
        sa.PrimaryKeyConstraint(*key, name=op.f("pk_scan_count")),
    )
