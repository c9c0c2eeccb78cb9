"""Who has made the last slip of an account is remembered once its password was changed, and of older accounts who has made them."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE account RENAME COLUMN one_time_by TO slip_made_by")
    # Of passwords that were changed before, nobody wrote down who had known the first one; whoever made the account may have.
    op.execute("UPDATE account SET slip_made_by = created_by WHERE slip_made_by IS NULL")


def downgrade() -> None:
    op.execute("UPDATE account SET slip_made_by = NULL WHERE NOT must_change_password")
    op.execute("ALTER TABLE account RENAME COLUMN slip_made_by TO one_time_by")
