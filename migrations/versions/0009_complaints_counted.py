"""Complaints beyond a card's measure, counted with the one that stands in the to-do for them."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("complaint", sa.Column("counted_with", sa.Uuid(), nullable=True))
    op.create_index(op.f("ix_complaint_counted_with"), "complaint", ["counted_with"])


def downgrade() -> None:
    op.drop_index(op.f("ix_complaint_counted_with"), table_name="complaint")
    op.drop_column("complaint", "counted_with")
