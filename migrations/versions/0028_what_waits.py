"""What waits is found by indexes of its own: members on probation, suspended and lost cards, cards by their last day."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def _index(name: str, table: str, columns: list[str], condition: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(condition), postgresql_where=sa.text(condition))


def upgrade() -> None:
    _index("ix_member_on_probation", "member", ["joined_on", "id"], "status = 'probationary'")
    _index("ix_member_probationary", "member", ["full_name", "id"], "status = 'probationary'")
    _index("ix_member_probationary_there", "member", ["organization_id", "status"], "status = 'probationary'")
    _index("ix_card_suspended", "card", ["id"], "state = 'suspended'")
    _index("ix_card_suspended_there", "card", ["organization_id", "state"], "state = 'suspended'")
    _index("ix_card_lost", "card", ["lost_reported_at", "id"], "state = 'suspended' AND lost_reported_at IS NOT NULL")
    op.drop_index("ix_card_expiring", "card")
    _index("ix_card_expiring", "card", ["expires_on", "id"], "state IN ('valid', 'suspended')")
    _index("ix_card_expiring_there", "card", ["organization_id", "expires_on"], "state IN ('valid', 'suspended')")
    _index("ix_organization_without_phone", "organization", ["id"], "service_phone IS NULL AND closed_on IS NULL")


def downgrade() -> None:
    op.drop_index("ix_organization_without_phone", "organization")
    op.drop_index("ix_card_expiring_there", "card")
    op.drop_index("ix_card_expiring", "card")
    _index("ix_card_expiring", "card", ["expires_on"], "state IN ('valid', 'suspended')")
    op.drop_index("ix_card_lost", "card")
    op.drop_index("ix_card_suspended_there", "card")
    op.drop_index("ix_card_suspended", "card")
    op.drop_index("ix_member_probationary_there", "member")
    op.drop_index("ix_member_probationary", "member")
    op.drop_index("ix_member_on_probation", "member")
