"""Inspections are found by the day on which they were finished, and what they have found by the days of the figures."""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_inspection_finished_at"), "inspection", ["finished_at"])
    op.create_index(op.f("ix_rectification_confirmed_at_due_on"), "rectification", ["confirmed_at", "due_on"])
    op.create_index(op.f("ix_rectification_event_rectification_id"), "rectification_event", ["rectification_id"])
    op.drop_index("ix_rectification_event_rectification_id_at", "rectification_event")


def downgrade() -> None:
    op.create_index(op.f("ix_rectification_event_rectification_id_at"), "rectification_event", ["rectification_id", "at"])
    op.drop_index("ix_rectification_event_rectification_id", "rectification_event")
    op.drop_index("ix_rectification_confirmed_at_due_on", "rectification")
    op.drop_index("ix_inspection_finished_at", "inspection")
