"""Whoever holds an office, and so whoever decides for the district, is found by an index among all roles, most of which are a
member's."""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

OF_AN_OFFICE = sa.text("role <> 'member'")
OFFICERS = sa.text("role = 'district_officer'")


def upgrade() -> None:
    op.drop_index("ix_role_grant_officers", "role_grant")
    columns = ["role", "account_id"]
    op.create_index("ix_role_grant_office", "role_grant", columns, sqlite_where=OF_AN_OFFICE, postgresql_where=OF_AN_OFFICE)


def downgrade() -> None:
    op.drop_index("ix_role_grant_office", "role_grant")
    op.create_index("ix_role_grant_officers", "role_grant", ["account_id"], sqlite_where=OFFICERS, postgresql_where=OFFICERS)
