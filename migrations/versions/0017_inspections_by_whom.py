"""The index over unfinished inspections goes: what an account has sent is found by the one over its phones' own keys."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_inspection_unfinished", "inspection")


def downgrade() -> None:
    op.create_index(
        "ix_inspection_unfinished",
        "inspection",
        ["inspected_by"],
        sqlite_where=sa.text("NOT final"),
        postgresql_where=sa.text("NOT final"),
    )
