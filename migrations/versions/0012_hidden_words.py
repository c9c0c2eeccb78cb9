"""Why words of the masses about a pledge are hidden."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("evaluation", sa.Column("hidden_reason", sa.String(length=200), nullable=True))


def downgrade() -> None:
    op.drop_column("evaluation", "hidden_reason")
