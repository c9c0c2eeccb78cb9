"""What one person has inspected, the files of his that hang on nothing, and the ratings of one pledge are found by indexes, however
many there are."""

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

WITH_WORDS = sa.text("words_state IS NOT NULL")


def upgrade() -> None:
    op.create_index(op.f("ix_inspection_inspected_by_id"), "inspection", ["inspected_by", "id"])
    op.create_index(op.f("ix_stored_file_uploaded_by_attached_kind"), "stored_file", ["uploaded_by", "attached_kind"])
    op.drop_index(op.f("ix_stored_file_uploaded_by"), "stored_file")
    op.create_index("ix_evaluation_newest", "evaluation", ["pledge_id", "source", "id"])
    op.create_index(
        "ix_evaluation_pledge_words",
        "evaluation",
        ["pledge_id", "words_state", "id"],
        sqlite_where=WITH_WORDS,
        postgresql_where=WITH_WORDS,
    )
    op.create_index("ix_evaluation_tally", "evaluation", ["pledge_id", "source", "grade", "voided_at", "counts_from"])


def downgrade() -> None:
    op.drop_index("ix_evaluation_tally", "evaluation")
    op.drop_index("ix_evaluation_pledge_words", "evaluation")
    op.drop_index("ix_evaluation_newest", "evaluation")
    op.create_index(op.f("ix_stored_file_uploaded_by"), "stored_file", ["uploaded_by"])
    op.drop_index(op.f("ix_stored_file_uploaded_by_attached_kind"), "stored_file")
    op.drop_index(op.f("ix_inspection_inspected_by_id"), "inspection")
