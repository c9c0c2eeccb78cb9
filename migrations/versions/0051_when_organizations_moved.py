"""It is known when an organisation moved last: what a town had in a closed period is found among its own and those that have moved
since."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

FILL = sa.text("""
UPDATE organization SET moved_at = :now WHERE id IN (
    SELECT value.organization_id FROM indicator_value AS value JOIN organization AS one ON one.id = value.organization_id
    WHERE value.path <> one.path
)
""")


def upgrade() -> None:
    op.add_column("organization", sa.Column("moved_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(op.f("ix_organization_moved_at"), "organization", ["moved_at"])
    op.execute(FILL.bindparams(sa.bindparam("now", datetime.now(UTC), sa.DateTime(timezone=True))))


def downgrade() -> None:
    op.drop_index(op.f("ix_organization_moved_at"), "organization")
    op.drop_column("organization", "moved_at")
