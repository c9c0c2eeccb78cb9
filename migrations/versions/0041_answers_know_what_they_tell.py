"""A kept answer knows which lines of the audit trail tell that somebody reads it."""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # What was kept before does not know, as in 0029.
    op.execute("DELETE FROM idempotent_request")
    with op.batch_alter_table("idempotent_request") as table:
        table.add_column(sa.Column("readings", sa.JSON(), nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("idempotent_request") as table:
        table.drop_column("readings")
