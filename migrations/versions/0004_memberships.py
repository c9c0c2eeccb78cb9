"""Objects and attachments let go of."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "discarded_object",
        sa.Column("storage_key", sa.String(length=80), nullable=False),
        sa.Column("discarded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("storage_key", name=op.f("pk_discarded_object")),
    )
    op.create_index(op.f("ix_discarded_object_discarded_at"), "discarded_object", ["discarded_at"])

    op.execute(
        "UPDATE stored_file SET attached_kind = NULL, attached_id = NULL WHERE attached_kind = 'correction_request' "
        "AND attached_id IN (SELECT id FROM correction_request WHERE state <> 'open')"
    )


def downgrade() -> None:
    op.drop_table("discarded_object")
