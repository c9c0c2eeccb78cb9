"""Scan counts of an SQLite database in the file of their own that every connection has attached."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

OUTCOMES = ("valid", "suspended", "revoked", "expired", "transferred", "stale_code", "not_found")
COLUMNS = "hour, card_id, outcome, count"


def upgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    # Two files are not committed at once: what a loss of power leaves in both is written over.
    op.execute(f"INSERT OR REPLACE INTO counts.scan_count ({COLUMNS}) SELECT {COLUMNS} FROM main.scan_count")
    op.execute("DROP TABLE main.scan_count")


def downgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    op.create_table(
        "scan_count",
        sa.Column("card_id", sa.Uuid(), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(length=32), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.CheckConstraint(f"outcome IN {OUTCOMES}", name=op.f("ck_scan_count_scan_outcome")),
        sa.ForeignKeyConstraint(["card_id"], ["card.id"], name=op.f("fk_scan_count_card_id")),
        sa.PrimaryKeyConstraint("hour", "card_id", "outcome", name=op.f("pk_scan_count")),
    )
    known = "card_id IN (SELECT id FROM card)"
    op.execute(f"INSERT INTO main.scan_count ({COLUMNS}) SELECT {COLUMNS} FROM counts.scan_count WHERE {known}")
    op.execute("DELETE FROM counts.scan_count")
