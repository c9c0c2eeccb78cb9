"""A pledge keeps the sums of what stands below it, by which its percentage follows however many these are."""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

ZERO = sa.text("0")
COUNTS = "below.parent_id = pledge.id AND below.state IN ('published', 'fulfilled', 'unfulfilled', 'evaluated')"
FILL = f"""
UPDATE pledge SET
    weight_below = coalesce((SELECT sum(below.weight) FROM pledge AS below WHERE {COUNTS}), 0),
    points_below = coalesce((SELECT sum(below.weight * below.percent) FROM pledge AS below WHERE {COUNTS}), 0)
WHERE id IN (SELECT parent_id FROM pledge WHERE parent_id IS NOT NULL)
"""


def upgrade() -> None:
    op.add_column("pledge", sa.Column("weight_below", sa.BigInteger(), nullable=False, server_default=ZERO))
    op.add_column("pledge", sa.Column("points_below", sa.BigInteger(), nullable=False, server_default=ZERO))
    op.execute(FILL)


def downgrade() -> None:
    op.drop_column("pledge", "points_below")
    op.drop_column("pledge", "weight_below")
