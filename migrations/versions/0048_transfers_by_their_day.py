"""The transfers of a short span are found by when they were accepted."""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

ACCEPTED = sa.text("state = 'accepted'")


def upgrade() -> None:
    op.create_index("ix_transfer_accepted", "transfer", ["decided_at"], sqlite_where=ACCEPTED, postgresql_where=ACCEPTED)


def downgrade() -> None:
    op.drop_index("ix_transfer_accepted", "transfer")
