"""Of a member's holdings those that have not ended are found without reading all that have."""

from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_post_holding_member_id_until"), "post_holding", ["member_id", "until"])
    op.drop_index(op.f("ix_post_holding_member_id"), "post_holding")


def downgrade() -> None:
    op.create_index(op.f("ix_post_holding_member_id"), "post_holding", ["member_id"])
    op.drop_index(op.f("ix_post_holding_member_id_until"), "post_holding")
