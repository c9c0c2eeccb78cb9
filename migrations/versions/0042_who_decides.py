"""Whoever decides for the district, an administrator or a district officer, is found by one index among all roles."""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

DECIDING = sa.text("role IN ('administrator', 'district_officer')")
OFFICERS = sa.text("role = 'district_officer'")


def upgrade() -> None:
    op.drop_index("ix_role_grant_officers", "role_grant")
    op.create_index(
        "ix_role_grant_deciding", "role_grant", ["role", "account_id"], sqlite_where=DECIDING, postgresql_where=DECIDING
    )


def downgrade() -> None:
    op.drop_index("ix_role_grant_deciding", "role_grant")
    op.create_index("ix_role_grant_officers", "role_grant", ["account_id"], sqlite_where=OFFICERS, postgresql_where=OFFICERS)
