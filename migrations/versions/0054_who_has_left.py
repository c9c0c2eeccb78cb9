"""Who has left is found by an index of its own, however large the district is and however few have."""

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None

LEFT = sa.text("status = 'left'")


def upgrade() -> None:
    op.create_index("ix_member_left", "member", ["full_name", "id"], sqlite_where=LEFT, postgresql_where=LEFT)


def downgrade() -> None:
    op.drop_index("ix_member_left", "member")
