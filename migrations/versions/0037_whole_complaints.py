"""Complaints that stand for themselves are found in their order, and by their organisations; those that are counted with another by
that one."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

WHOLE = sa.text("counted_with IS NULL")
IN_SHORT = sa.text("counted_with IS NOT NULL")


def upgrade() -> None:
    op.drop_index(op.f("ix_complaint_counted_with_id"), "complaint")
    op.create_index("ix_complaint_whole", "complaint", ["id"], sqlite_where=WHOLE, postgresql_where=WHOLE)
    op.create_index("ix_complaint_counted_with", "complaint", ["counted_with"], sqlite_where=IN_SHORT, postgresql_where=IN_SHORT)


def downgrade() -> None:
    op.drop_index("ix_complaint_counted_with", "complaint")
    op.drop_index("ix_complaint_whole", "complaint")
    op.create_index(op.f("ix_complaint_counted_with_id"), "complaint", ["counted_with", "id"])
