"""How Alembic reaches the database: by a connection or URL from whoever runs it, or by the settings."""

import os
from collections.abc import Callable, Sequence
from typing import Any, Literal

from alembic import context
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

from api.database import create_engine
from models import metadata


def _plain_type(kind: str, item: object, _: object) -> str | Literal[False]:
    """Write SQLModel's own types as what they are in the database, so that a step does not change with the models."""
    if kind == "type" and isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, AutoString):
        return f"sa.String(length={item.length})"
    return False


def _stands_here(on_sqlite: bool) -> Callable[[object, str | None, str, bool, object], bool]:
    """Scan counts of an SQLite database stand in another file, which is not looked at."""
    return lambda _object, name, kind, _reflected, _compared: not (on_sqlite and kind == "table" and name == "scan_count")


def _number(_context: object, _revision: object, steps: Sequence[Any]) -> None:
    """Number a new step after the newest one."""
    for step in steps:
        step.rev_id = f"{int(ScriptDirectory.from_config(context.config).get_current_head() or 0) + 1:04}"


def run(connection: Connection) -> None:
    on_sqlite = connection.dialect.name == "sqlite"
    if not on_sqlite:
        # Whoever scans is not kept waiting long for a table; but what has to be rewritten may take what it takes.
        connection.exec_driver_sql("SET lock_timeout = '4s'")
        connection.exec_driver_sql("SET statement_timeout = 0")
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        compare_type=True,
        include_object=_stands_here(on_sqlite),
        transaction_per_migration=True,
        render_item=_plain_type,
        process_revision_directives=_number,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    url = context.config.attributes.get("url") or os.environ.get("DATABASE_URL")
    if url is None:
        from api.settings import Settings

        url = Settings().database_url
    engine = create_engine(url)
    with engine.execution_options(writes=True).connect() as connection:
        run(connection)
        connection.commit()
    engine.dispose()
