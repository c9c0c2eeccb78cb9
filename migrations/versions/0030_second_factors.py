"""Second factors of accounts, when a session's holder last showed who he is, and requests to take a second factor away."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

BEFORE = "end_reason IN ('signed_out', 'ended_by_owner', 'password_changed', 'refresh_token_reused', 'account_disabled')"
AFTER = f"{BEFORE[:-1]}, 'ended_by_another', 'otp_changed')"


def upgrade() -> None:
    op.create_table(
        "second_factor",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("secret_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("pending_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("last_step", sa.Integer(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("recovery_digests", sa.String(length=700), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_second_factor_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_second_factor")),
        sa.UniqueConstraint("account_id", name=op.f("uq_second_factor_account_id")),
    )
    op.add_column("account", sa.Column("otp_since", sa.DateTime(timezone=True), nullable=True))
    op.add_column("account", sa.Column("otp_reset_by", sa.Uuid(), nullable=True))
    op.add_column("slip_request", sa.Column("resets_otp", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("sign_in_session", sa.Column("proved_at", sa.DateTime(timezone=True), nullable=True))
    _let_reasons_be(BEFORE, AFTER)


def downgrade() -> None:
    op.execute("UPDATE sign_in_session SET end_reason = 'signed_out' WHERE end_reason IN ('ended_by_another', 'otp_changed')")
    _let_reasons_be(AFTER, BEFORE)
    op.drop_column("sign_in_session", "proved_at")
    op.execute("DELETE FROM slip_request WHERE resets_otp")
    op.drop_column("slip_request", "resets_otp")
    op.drop_column("account", "otp_reset_by")
    op.drop_column("account", "otp_since")
    op.drop_table("second_factor")


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
