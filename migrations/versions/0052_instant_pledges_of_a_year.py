"""Instant pledges of a year, and those that are archived, are found by an index of their own."""

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None

INSTANT = sa.text("kind = 'instant'")


def upgrade() -> None:
    op.create_index("ix_pledge_instant_year", "pledge", ["year", "id"], sqlite_where=INSTANT, postgresql_where=INSTANT)


def downgrade() -> None:
    op.drop_index("ix_pledge_instant_year", "pledge")
