"""Who made an account and its one-time password, halves of passwords, roles with an end, and the status that a leaving ended."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ADDED: dict[str, tuple[sa.Column[Any], ...]] = {
    "account": (sa.Column("created_by", sa.Uuid(), nullable=True), sa.Column("one_time_by", sa.Uuid(), nullable=True)),
    "slip_request": (sa.Column("half_sealed", sa.LargeBinary(), nullable=True),),
    "role_grant": (sa.Column("until", sa.Date(), nullable=True),),
}
FORMER_STATUS = (
    "ALTER TABLE membership_event ADD COLUMN former_status VARCHAR(32) "
    "CONSTRAINT ck_membership_event_former_status CHECK (former_status IN ('full', 'probationary', 'left'))"
)


def upgrade() -> None:
    for table, columns in ADDED.items():
        for column in columns:
            op.add_column(table, column)
    # The check stands in the column itself: so SQLite need not make the table anew.
    op.execute(FORMER_STATUS)


def downgrade() -> None:
    op.drop_column("membership_event", "former_status")
    for table, columns in ADDED.items():
        for column in columns:
            op.drop_column(table, column.name)
