"""The state of the database's schema: brought up to date by one process at a time, and checked before anything is served."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from api.database import create_engine

PROJECT = Path(__file__).parent.parent
MIGRATING = 7_205_760_403
"""The number of the advisory lock that keeps a second process from migrating at the same time."""


RESTORING = "restoring"
"""The name of the schema that stands in a PostgreSQL database as long as it is restored and not proven yet."""


class UnfitDatabase(Exception):
    """The database is not one that this version of the program works with."""


class UnknownSchema(UnfitDatabase):
    """It is at another revision."""

    def __init__(self, found: str | None, wanted: str | None) -> None:
        state = f"is at revision {found}" if found else "has no tables yet"
        super().__init__(f"the database {state}, this program needs revision {wanted}: run `python -m api migrate`")


class HalfRestored(UnfitDatabase):
    """It is being restored, or was when that was killed."""

    def __init__(self) -> None:
        super().__init__("the database was not restored to the end: run `python -m api restore` again, which begins anew")


def mark_of(file: Path) -> Path:
    """The file that lies beside an SQLite database as long as it is restored and not in its place yet."""
    return file.with_name(f".{file.name}.{RESTORING}")


def config(url: str) -> Config:
    configuration = Config(toml_file=PROJECT / "pyproject.toml")
    configuration.attributes["url"] = url
    return configuration


def migrate(url: str, revision: str = "head") -> None:
    """Bring the schema up to a revision; SQLite's writing lock or an advisory lock of PostgreSQL holds others off meanwhile."""
    engine = create_engine(url)
    configuration = config(url)
    with engine.execution_options(writes=True).connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_lock({MIGRATING})")
            connection.commit()
        configuration.attributes["connection"] = connection
        command.upgrade(configuration, revision)
        connection.commit()
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_unlock({MIGRATING})")
            connection.commit()
    engine.dispose()


def check(url: str) -> None:
    """Raise `UnknownSchema` unless the database is at the newest revision, and `HalfRestored` where it was not restored to the
    end."""
    engine = create_engine(url)
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            is_half = connection.exec_driver_sql(f"SELECT to_regnamespace('{RESTORING}') IS NOT NULL").scalar_one()
        else:
            is_half = bool(engine.url.database) and mark_of(Path(str(engine.url.database))).exists()
        if is_half:
            engine.dispose()
            raise HalfRestored
        found = MigrationContext.configure(connection).get_current_revision()
    engine.dispose()
    wanted = ScriptDirectory.from_config(config(url)).get_current_head()
    if found != wanted:
        raise UnknownSchema(found, wanted)
