"""Venues of a kind are found by their place, transfers that nobody decided by their state, and the last erasure by its time."""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

PLACED = sa.text("lat IS NOT NULL")
UNDECIDED = sa.text("state IN ('open', 'lapsed')")


def upgrade() -> None:
    op.create_index("ix_venue_kind_lat_lon", "venue", ["kind", "lat", "lon"], sqlite_where=PLACED, postgresql_where=PLACED)
    op.create_index("ix_transfer_undecided", "transfer", ["id"], sqlite_where=UNDECIDED, postgresql_where=UNDECIDED)
    op.create_index(op.f("ix_erasure_created_at"), "erasure", ["created_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_erasure_created_at"), "erasure")
    op.drop_index("ix_transfer_undecided", "transfer")
    op.drop_index("ix_venue_kind_lat_lon", "venue")
