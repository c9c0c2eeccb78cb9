"""It is known when an organisation moved last: what a town had in a closed period is found among its own and those that have moved
since."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None

HAS_MOVED = sa.text("has_moved")
FILL = sa.text("UPDATE organization SET moved_at = :now WHERE has_moved")
BACK = sa.text("UPDATE organization SET has_moved = TRUE WHERE moved_at IS NOT NULL")


def upgrade() -> None:
    op.add_column("organization", sa.Column("moved_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(FILL.bindparams(sa.bindparam("now", datetime.now(UTC), sa.DateTime(timezone=True))))
    op.create_index(op.f("ix_organization_moved_at"), "organization", ["moved_at"])
    op.drop_index("ix_organization_has_moved", "organization")
    op.drop_column("organization", "has_moved")


def downgrade() -> None:
    op.add_column("organization", sa.Column("has_moved", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute(BACK)
    op.create_index("ix_organization_has_moved", "organization", ["id"], sqlite_where=HAS_MOVED, postgresql_where=HAS_MOVED)
    op.drop_index(op.f("ix_organization_moved_at"), "organization")
    op.drop_column("organization", "moved_at")
