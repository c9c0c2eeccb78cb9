"""The state of the database's schema: brought up to date by one process at a time, and checked before anything is served."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect

from api.adapters.postgresql import IS_MARKED, RESTORING, by_the_server_alone, schema_of
from api.database import create_engine
from api.errors import Text
from models import metadata

PROJECT = Path(__file__).parent.parent
MIGRATING = 7_205_760_403
"""The number of the advisory lock that keeps a second process from migrating at the same time."""


OLDEST_POSTGRESQL: Final = 14
"""The first whose `pg_terminate_backend` waits for what it ends, which a restoration needs."""


class UnfitDatabase(Exception):
    """The database is not one that this version of the program works with."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


class UnknownSchema(UnfitDatabase):
    """It is at an older revision, or at none."""

    def __init__(self, found: str | None, wanted: str | None) -> None:
        state = Text(f"数据库的结构是 {found}", f"The database is at revision {found}")
        if not found:
            state = Text("数据库里还没有表（或这个角色看不到）", "The database has no tables yet, or none that this role may see")
        super().__init__(
            Text(
                f"{state.zh}，本程序需要 {wanted}：请运行 `python -m api migrate`。",
                f"{state.en}; this program needs revision {wanted}: run `python -m api migrate`.",
            )
        )


class NewerSchema(UnfitDatabase):
    """It is at a revision that this program does not know."""

    def __init__(self, found: str) -> None:
        super().__init__(
            Text(
                f"数据库的结构（{found}）比本程序新：请换用较新的程序，或恢复升级前的备份。",
                f"The schema of the database ({found}) is newer than this program: use a newer program, or an older backup.",
            )
        )


class UnclearRevision(UnfitDatabase):
    """What it says of its revision no migration has written."""

    def __init__(self) -> None:
        super().__init__(
            Text(
                "数据库里有表，但 alembic_version 中不是恰有一行版本：请查清是谁改的，并恢复原来的内容；或核对 DATABASE_URL。",
                "The database has tables, but alembic_version is not one row that names its revision: find out who has changed "
                "it, and put back what stood there; or look whether DATABASE_URL names the right one.",
            )
        )


class HalfRestored(UnfitDatabase):
    """It is being restored, or was when that was killed."""

    def __init__(self) -> None:
        super().__init__(
            Text(
                "数据库没有恢复完成：请用开始时的文件存储重新运行 `python -m api restore`，它会从头开始。"
                "如果它说数据库不是空的，那么与这个存储有关的恢复没有留下这个标记"
                f"（PostgreSQL：模式 {RESTORING}；SQLite：数据库旁的文件 .名称.{RESTORING}）：请查清是谁留下的。"
                "确知此前一直在用的数据库，才可把标记删掉；其他的都没有验证过，请换成空的数据库，再恢复一次。",
                "The database was not restored to the end: run `python -m api restore` again, with the storage that it was begun "
                "with; it begins anew. If that says that the database is not empty, no restoration with this storage has left the "
                f"mark (PostgreSQL: the schema {RESTORING}; SQLite: the file .NAME.{RESTORING} beside the database): find out who "
                "has. Remove it from a database alone that you know to have been served until then; any other was never proven: "
                "put an empty one in its place, and restore into that.",
            )
        )


class OldServer(UnfitDatabase):
    """Its PostgreSQL lacks what the statements need."""

    def __init__(self, found: int) -> None:
        super().__init__(
            Text(
                f"PostgreSQL {found} 太旧：需要 {OLDEST_POSTGRESQL} 或更新的版本，请先升级数据库服务器。",
                f"PostgreSQL {found} is too old: {OLDEST_POSTGRESQL} or newer is needed. Upgrade the database server first.",
            )
        )


def mark_of(file: Path) -> Path:
    """The file that lies beside an SQLite database as long as it is restored and not in its place yet."""
    return file.with_name(f".{file.name}.{RESTORING}")


def config(url: str) -> Config:
    configuration = Config(toml_file=PROJECT / "pyproject.toml")
    configuration.attributes["url"] = url
    return configuration


def migrate(url: str, revision: str = "head", *, restoring: bool = False) -> None:
    """Bring the schema up to a revision; SQLite's writing lock or an advisory lock of PostgreSQL holds others off meanwhile. Raises
    `NewerSchema`, `UnclearRevision` or `OldServer`, and `HalfRestored` unless this is a part of `restoring` it."""
    configuration = config(url)
    with _engine(url) as engine, engine.execution_options(writes=True).connect() as connection:
        if not restoring:
            check_whole(connection)
            connection.commit()
        if engine.dialect.name == "postgresql":
            # Others never wait long for what a step takes, but it may have much to read.
            connection.exec_driver_sql("SET statement_timeout = 0")
            connection.exec_driver_sql(f"SELECT pg_advisory_lock({MIGRATING})")
            connection.commit()
        found = revision_of(connection)
        connection.commit()
        _check_known(configuration, found)
        configuration.attributes["connection"] = connection
        command.upgrade(configuration, revision)
        connection.commit()
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_unlock({MIGRATING})")
            connection.commit()


def check(url: str) -> None:
    """Raise `UnknownSchema`, `NewerSchema` or `UnclearRevision` unless the database is at the newest revision, `OldServer`, and
    `HalfRestored` where it was not restored to the end."""
    configuration = config(url)
    with _engine(url) as engine, engine.connect() as connection:
        check_whole(connection)
        found = revision_of(connection)
    wanted = ScriptDirectory.from_config(configuration).get_current_head()
    if found != wanted:
        _check_known(configuration, found)
        raise UnknownSchema(found, wanted)


def check_whole(connection: Connection) -> None:
    """Raise `HalfRestored` where the database was not restored to the end."""
    if connection.dialect.name == "postgresql":
        is_half = bool(connection.exec_driver_sql(IS_MARKED).scalar_one())
    else:
        file = connection.engine.url.database
        is_half = bool(file) and mark_of(Path(str(file)).resolve()).exists()
    if is_half:
        raise HalfRestored


def revision_of(connection: Connection) -> str | None:
    """The revision that the database says it is at; None where none of our tables is there. Raises `UnclearRevision`."""
    with by_the_server_alone(connection):
        is_new = metadata.tables.keys().isdisjoint(inspect(connection).get_table_names(schema_of(connection)))
        found = MigrationContext.configure(connection, opts={"version_table_schema": schema_of(connection)}).get_current_heads()
    if is_new and not found:
        return None
    # What nobody can read does not reach the terminal either.
    if len(found) != 1 or not isinstance(found[0], str) or not found[0].isalnum():
        raise UnclearRevision
    return found[0]


@contextmanager
def _engine(url: str) -> Iterator[Engine]:
    """An engine for a while. Raises `OldServer`."""
    engine = create_engine(url)
    try:
        with engine.connect():
            found = int((engine.dialect.server_version_info or (0,))[0])
        if engine.dialect.name == "postgresql" and found < OLDEST_POSTGRESQL:
            raise OldServer(found)
        yield engine
    finally:
        engine.dispose()


def _check_known(configuration: Config, found: str | None) -> None:
    if found and found not in {script.revision for script in ScriptDirectory.from_config(configuration).walk_revisions()}:
        raise NewerSchema(found)
