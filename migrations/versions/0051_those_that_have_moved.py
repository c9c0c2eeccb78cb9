"""Organisations that have moved are known: what a town had in a closed period is found among them and its own."""

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

HAS_MOVED = sa.text("has_moved")
FILL = """
UPDATE organization SET has_moved = TRUE WHERE id IN (
    SELECT value.organization_id FROM indicator_value AS value JOIN organization AS one ON one.id = value.organization_id
    WHERE value.path <> one.path
)
"""


def upgrade() -> None:
    op.add_column("organization", sa.Column("has_moved", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index("ix_organization_has_moved", "organization", ["id"], sqlite_where=HAS_MOVED, postgresql_where=HAS_MOVED)
    op.execute(FILL)


def downgrade() -> None:
    op.drop_index("ix_organization_has_moved", "organization")
    op.drop_column("organization", "has_moved")
