"""What is rare in a list is found by an index of its own: instant pledges, and complaints of the whole district by their state."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

INSTANT = sa.text("kind = 'instant'")
OPEN = sa.text("counted_with IS NULL AND state = 'open'")
DECIDED = sa.text("counted_with IS NULL AND state <> 'open'")


def upgrade() -> None:
    op.create_index("ix_pledge_instant", "pledge", ["id"], sqlite_where=INSTANT, postgresql_where=INSTANT)
    op.create_index("ix_complaint_open", "complaint", ["id"], sqlite_where=OPEN, postgresql_where=OPEN)
    op.create_index("ix_complaint_decided", "complaint", ["state", "id"], sqlite_where=DECIDED, postgresql_where=DECIDED)


def downgrade() -> None:
    op.drop_index("ix_complaint_decided", "complaint")
    op.drop_index("ix_complaint_open", "complaint")
    op.drop_index("ix_pledge_instant", "pledge")
