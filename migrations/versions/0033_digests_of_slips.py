"""One-time passwords are also known by a keyed digest; those that are out already are not."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("account", sa.Column("one_time_digest", sa.String(length=64), nullable=True))


def downgrade() -> None:
    op.drop_column("account", "one_time_digest")
