"""Texts of pledges and progress that wait to be published, by indexes of these alone."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TEXTS = sa.text("decision = 'approved' AND published_at IS NULL")
PROGRESS = sa.text("published_on IS NULL AND withdrawn_reason IS NULL")


def upgrade() -> None:
    op.create_index("ix_pledge_text_unpublished", "pledge_text", ["pledge_id"], sqlite_where=TEXTS, postgresql_where=TEXTS)
    op.create_index(
        "ix_pledge_progress_unpublished", "pledge_progress", ["pledge_id"], sqlite_where=PROGRESS, postgresql_where=PROGRESS
    )


def downgrade() -> None:
    op.drop_index("ix_pledge_progress_unpublished", "pledge_progress")
    op.drop_index("ix_pledge_text_unpublished", "pledge_text")
