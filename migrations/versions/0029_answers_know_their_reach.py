"""A kept answer knows what it is about, and of which accounts it tells a one-time password."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # What was kept before does not know: it is done all the same, and the day for which it is kept is short.
    op.execute("DELETE FROM idempotent_request")
    with op.batch_alter_table("idempotent_request") as table:
        table.add_column(sa.Column("organization_ids", sa.JSON(), nullable=False))
        table.add_column(sa.Column("opened_ids", sa.JSON(), nullable=False))
        table.add_column(sa.Column("opened_digest", sa.String(length=64), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("idempotent_request") as table:
        table.drop_column("opened_digest")
        table.drop_column("opened_ids")
        table.drop_column("organization_ids")
