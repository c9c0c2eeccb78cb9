"""How Alembic reaches the database: by a connection or URL from whoever runs it, or by the settings."""

from alembic import context
from sqlalchemy import Connection

from api.database import create_engine
from models import metadata


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
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    url = context.config.attributes.get("url")
    if url is None:
        from api.settings import Settings

        url = Settings().database_url
    engine = create_engine(url)
    with engine.execution_options(writes=True).connect() as connection:
        run(connection)
        connection.commit()
    engine.dispose()
