"""A kept answer knows how its caller stood, and no longer what it is about."""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None


FORGET = "UPDATE idempotent_request SET headers_sealed = NULL, body_sealed = NULL"
"""What a request was answered, and not that it was carried out."""


def upgrade() -> None:
    # What was kept before does not know.
    op.execute(FORGET)
    with op.batch_alter_table("idempotent_request") as table:
        table.drop_column("organization_ids")
        table.alter_column("opened_digest", new_column_name="standing_digest")


def downgrade() -> None:
    op.execute(FORGET)
    with op.batch_alter_table("idempotent_request") as table:
        table.alter_column("standing_digest", new_column_name="opened_digest")
        table.add_column(sa.Column("organization_ids", sa.JSON(), nullable=False, server_default="[]"))
    with op.batch_alter_table("idempotent_request") as table:
        table.alter_column("organization_ids", server_default=None)
