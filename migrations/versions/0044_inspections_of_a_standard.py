"""Inspections are found by the standard that they were held against: a draft is deleted without looking through all of them."""

from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_inspection_standard_number"), "inspection", ["standard_number"])


def downgrade() -> None:
    op.drop_index(op.f("ix_inspection_standard_number"), "inspection")
