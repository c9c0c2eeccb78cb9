"""Refused guesses at passwords are counted beside the audit trail; no session keeps the network that it was begun in."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

GUESSES = ("sign_in", "password_change")


def upgrade() -> None:
    op.create_table(
        "refusal_count",
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("guess", sa.Enum(*GUESSES, name="guess", native_enum=False, create_constraint=True, length=32), nullable=False),
        sa.Column("held_up", sa.Boolean(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("window_started_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_refusal_count")),
    )
    op.create_index(op.f("ix_refusal_count_window_started_at"), "refusal_count", ["window_started_at"])
    op.add_column("sign_in_limit", sa.Column("is_told", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.drop_index(op.f("ix_sign_in_session_network_digest"), "sign_in_session")
    op.drop_column("sign_in_session", "network_digest")


def downgrade() -> None:
    op.add_column("sign_in_session", sa.Column("network_digest", sa.String(length=64), nullable=False, server_default=""))
    op.create_index(op.f("ix_sign_in_session_network_digest"), "sign_in_session", ["network_digest"])
    op.drop_column("sign_in_limit", "is_told")
    op.drop_table("refusal_count")
