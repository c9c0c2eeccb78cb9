"""Indexes by which lists are narrowed and stand in the order in which they are told."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

NOT_PUBLISHED = "state <> 'published'"
WITH_WORDS = "words_state IS NOT NULL"
HELD = "words_state = 'held'"
UNCLAIMED = "state IN ('open', 'returned')"
UNCONFIRMED = "state <> 'confirmed'"


def _index(name: str, table: str, columns: list[str], condition: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(condition), postgresql_where=sa.text(condition))


def upgrade() -> None:
    op.create_index(op.f("ix_pledge_year_id"), "pledge", ["year", "id"])
    _index("ix_pledge_not_published", "pledge", ["state", "id"], NOT_PUBLISHED)
    op.create_index(op.f("ix_appraisal_year_id"), "appraisal", ["year", "id"])
    op.drop_index(op.f("ix_complaint_counted_with"), "complaint")
    op.create_index(op.f("ix_complaint_counted_with_id"), "complaint", ["counted_with", "id"])
    op.drop_index("ix_evaluation_held", "evaluation")
    _index("ix_evaluation_words", "evaluation", ["words_state", "id"], WITH_WORDS)
    _index("ix_rectification_unclaimed_id", "rectification", ["id"], UNCLAIMED)
    _index("ix_rectification_unconfirmed", "rectification", ["state", "id"], UNCONFIRMED)
    op.drop_index(op.f("ix_venue_name"), "venue")
    op.create_index(op.f("ix_venue_name_id"), "venue", ["name", "id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_venue_name_id"), "venue")
    op.create_index(op.f("ix_venue_name"), "venue", ["name"])
    op.drop_index("ix_rectification_unconfirmed", "rectification")
    op.drop_index("ix_rectification_unclaimed_id", "rectification")
    op.drop_index("ix_evaluation_words", "evaluation")
    _index("ix_evaluation_held", "evaluation", ["pledge_id"], HELD)
    op.drop_index(op.f("ix_complaint_counted_with_id"), "complaint")
    op.create_index(op.f("ix_complaint_counted_with"), "complaint", ["counted_with"])
    op.drop_index(op.f("ix_appraisal_year_id"), "appraisal")
    op.drop_index("ix_pledge_not_published", "pledge")
    op.drop_index(op.f("ix_pledge_year_id"), "pledge")
