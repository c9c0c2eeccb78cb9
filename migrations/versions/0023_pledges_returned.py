"""What was sent back to whoever has entered it is found by an index of its own."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_pledge_returned",
        "pledge",
        ["entered_by"],
        sqlite_where=sa.text("state = 'returned'"),
        postgresql_where=sa.text("state = 'returned'"),
    )


def downgrade() -> None:
    op.drop_index("ix_pledge_returned", "pledge")
