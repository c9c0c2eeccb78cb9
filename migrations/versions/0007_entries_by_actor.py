"""Audit entries by who has left them."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_audit_line_actor_id_seq"), "audit_line", ["actor_id", "seq"])


def downgrade() -> None:
    op.drop_index(op.f("ix_audit_line_actor_id_seq"), table_name="audit_line")
