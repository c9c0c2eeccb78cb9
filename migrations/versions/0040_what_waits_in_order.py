"""What waits is found in its order, who decides for the district among all roles, honours by their day, and on
PostgreSQL scan counts by their card."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

OPEN = "state = 'open'"
PARTIAL = (
    ("ix_role_grant_officers", "role_grant", "account_id", "role = 'district_officer'"),
    ("ix_role_grant_until", "role_grant", "until", "until IS NOT NULL"),
    ("ix_transfer_open", "transfer", "id", OPEN),
    ("ix_correction_request_open", "correction_request", "id", OPEN),
    ("ix_post_application_waits_id", "post_application", "id", OPEN),
    ("ix_appeal_open_id", "appeal", "id", OPEN),
)


def upgrade() -> None:
    for name, table, column, condition in PARTIAL:
        op.create_index(name, table, [column], sqlite_where=sa.text(condition), postgresql_where=sa.text(condition))
    op.create_index(op.f("ix_honor_awarded_on_id"), "honor", ["awarded_on", "id"])
    # SQLite's counts stand in a file of their own, and have none.
    if op.get_bind().dialect.name != "sqlite":
        op.create_index(op.f("ix_scan_count_card_id_hour"), "scan_count", ["card_id", "hour"])


def downgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        op.drop_index(op.f("ix_scan_count_card_id_hour"), "scan_count")
    op.drop_index(op.f("ix_honor_awarded_on_id"), "honor")
    for name, table, *_ in reversed(PARTIAL):
        op.drop_index(name, table)
