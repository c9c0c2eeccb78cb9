"""Guesses at passwords and codes by who is signed in are counted apart."""

from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

BEFORE = "guess IN ('sign_in', 'password_change')"
AFTER = "guess IN ('sign_in', 'password_change', 'step_up')"


def upgrade() -> None:
    _let_guesses_be(BEFORE, AFTER)


def downgrade() -> None:
    op.execute("DELETE FROM refusal_count WHERE guess = 'step_up'")
    _let_guesses_be(AFTER, BEFORE)


def _let_guesses_be(before: str, after: str) -> None:
    """Hold what is guessed for to other words; on SQLite by the text of the table, as step 0018 explains."""
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
        connection.exec_driver_sql("PRAGMA writable_schema = ON")
        change = "UPDATE sqlite_master SET sql = replace(sql, ?, ?) WHERE name = 'refusal_count'"
        connection.exec_driver_sql(change, (before, after))
        told = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE name = 'refusal_count'").scalar_one()
        if after not in told:
            raise RuntimeError(f"refusal_count has not the CHECK that is to be changed: {told}")
        connection.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
        connection.exec_driver_sql("PRAGMA writable_schema = OFF")
    else:
        op.execute("ALTER TABLE refusal_count DROP CONSTRAINT ck_refusal_count_guess")
        op.execute(f"ALTER TABLE refusal_count ADD CONSTRAINT ck_refusal_count_guess CHECK ({after})")
