"""The holders of accounts are told what was refused there, and whether it had the right password; sessions end where there are too
many of them."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

REASONS = ("signed_out", "ended_by_owner", "password_changed", "refresh_token_reused", "account_disabled", "ended_by_another")
BEFORE = f"end_reason IN {(*REASONS, 'otp_changed')}"
AFTER = f"end_reason IN {(*REASONS, 'otp_changed', 'too_many')}"
LONG_AGO = sa.text("'2026-01-01 00:00:00.000000'")
ZERO = sa.text("0")


def upgrade() -> None:
    op.add_column("refusal_count", sa.Column("had_password", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("refusal_count", sa.Column("last_at", sa.DateTime(timezone=True), nullable=False, server_default=LONG_AGO))
    op.add_column("refusal_count", sa.Column("place", sa.String(length=64), nullable=True))
    op.add_column("refusal_count", sa.Column("unfinished", sa.Integer(), nullable=False, server_default=ZERO))
    op.add_column("refusal_count", sa.Column("unfinished_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE refusal_count SET last_at = window_started_at")
    op.create_index(op.f("ix_refusal_count_account_id"), "refusal_count", ["account_id"])
    _let_reasons_be(BEFORE, AFTER)


def downgrade() -> None:
    op.execute("UPDATE sign_in_session SET end_reason = 'signed_out' WHERE end_reason = 'too_many'")
    _let_reasons_be(AFTER, BEFORE)
    op.drop_index(op.f("ix_refusal_count_account_id"), "refusal_count")
    op.execute("DELETE FROM refusal_count WHERE had_password")
    for name in ("unfinished_at", "unfinished", "place", "last_at", "had_password"):
        op.drop_column("refusal_count", name)


def _let_reasons_be(before: str, after: str) -> None:
    """Hold the reasons for which sessions end to other words; on SQLite by the text of the table, as step 0018 explains."""
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
        connection.exec_driver_sql("PRAGMA writable_schema = ON")
        change = "UPDATE sqlite_master SET sql = replace(sql, ?, ?) WHERE name = 'sign_in_session'"
        connection.exec_driver_sql(change, (before, after))
        told = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE name = 'sign_in_session'").scalar_one()
        if after not in told:
            raise RuntimeError(f"sign_in_session has not the CHECK that is to be changed: {told}")
        connection.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
        connection.exec_driver_sql("PRAGMA writable_schema = OFF")
    else:
        op.execute("ALTER TABLE sign_in_session DROP CONSTRAINT ck_sign_in_session_session_end")
        op.execute(f"ALTER TABLE sign_in_session ADD CONSTRAINT ck_sign_in_session_session_end CHECK ({after})")
