"""A kept answer knows which lines of the audit trail tell that somebody reads it."""

from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


FORGET = "UPDATE idempotent_request SET headers_sealed = NULL, body_sealed = NULL"
"""What a request was answered, and not that it was carried out."""


def upgrade() -> None:
    # What was kept before does not know.
    op.execute(FORGET)


def downgrade() -> None:
    op.execute(FORGET)
