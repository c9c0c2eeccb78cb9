"""What happened to members is found by the organisation where it happened: whether an empty one may be moved is asked of it."""

from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_membership_event_organization_id"), "membership_event", ["organization_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_membership_event_organization_id"), "membership_event")
