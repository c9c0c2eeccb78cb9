"""The databases of the tests: one template of each kind, made once a process, and for each test one that is equal to it."""

import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Protocol

import pytest
from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from api import allowance
from api.adapters import pulse
from api.adapters.postgresql import POSTGRESQL_OPTIONS
from api.counted import file_of
from api.database import create_engine
from api.schema import migrate
from tests import postgresql
from tests.memory import memory

Fill = Callable[[str], None]
"""Puts into a database at the newest revision, known by its address, what its kind holds."""


def migrated(file: Path) -> str:
    """Put an SQLite database at the newest revision, which holds nothing, into a file of the test's own. Returns its address."""
    for path, content in zip((file, file_of(file)), _migrated(), strict=True):
        path.write_bytes(content)
    return f"sqlite:///{file}"


@cache
def _migrated() -> tuple[bytes, bytes]:
    with tempfile.TemporaryDirectory(dir=memory()) as folder:
        file = Path(folder) / "liangxian.db"
        migrate(f"sqlite:///{file}")
        return file.read_bytes(), file_of(file).read_bytes()


class Databases(Protocol):
    """The databases on one engine, lent to one test at a time."""

    def lend(self, kind: str, *, is_new: bool) -> str:
        """The address of a database that holds what its kind holds, and nothing else; one `is_new` that nobody had before, whose
        tables are no larger than that."""

    def take_back(self, url: str) -> None:
        """Whatever a test has made of the database is gone for the next one."""

    def close(self) -> None: ...


class SqliteDatabases:
    """A file under a name that stays the same, put there anew for each test."""

    def __init__(self, kinds: dict[str, Fill], folder: Path | None) -> None:
        self._kinds = kinds
        self._folder = tempfile.TemporaryDirectory(prefix="liangxian-sqlite-", dir=folder, ignore_cleanup_errors=True)
        self._file = Path(self._folder.name) / "liangxian.db"

    def lend(self, kind: str, *, is_new: bool) -> str:
        template = Path(self._folder.name) / f"{kind}.template"
        if not template.exists():
            self._kinds[kind](migrated(template))
        shutil.copyfile(template, self._file)
        shutil.copyfile(file_of(template), file_of(self._file))
        return f"sqlite:///{self._file}"

    def take_back(self, url: str) -> None:
        if url in _ENGINES:
            _ENGINES[url].dispose()
        for path in self._file.parent.glob(f"{self._file.name}*"):
            path.unlink()

    def close(self) -> None:
        self._folder.cleanup()


class PostgresqlDatabases:
    """A database that is emptied and filled again between two tests, which takes a tenth of the time that making one takes."""

    def __init__(self, kinds: dict[str, Fill], server: str) -> None:
        self._kinds = kinds
        self._server = server
        self._templates: dict[str, str] = {}
        self._free: dict[str, postgresql.Refillable] = {}
        self._lent: dict[str, tuple[str, postgresql.Refillable]] = {}

    def lend(self, kind: str, *, is_new: bool) -> str:
        if not self._templates:
            migrate(postgresql.create(self._server, "migrated", "template1"))
        if kind not in self._templates:
            url = postgresql.create(self._server, f"template_{kind}", "migrated")
            self._kinds[kind](url)
            self._templates[kind] = url
        free = None if is_new else self._free.pop(kind, None)
        database = free or postgresql.Refillable(self._templates[kind])
        self._lent[database.url] = kind, database
        return database.url

    def take_back(self, url: str) -> None:
        kind, database = self._lent.pop(url)
        if kind not in self._free and database.refill():
            self._free[kind] = database
        else:
            if url in _ENGINES:
                _ENGINES.pop(url).dispose()
            database.drop()

    def close(self) -> None:
        for engine in _ENGINES.values():
            engine.dispose()
        for database in self._free.values():
            database.drop()


ALLOWED_SECONDS, LONGEST_STATEMENT = allowance.ALLOWED_SECONDS, pulse.LONGEST_STATEMENT
"""How long a request waits in all, and for a statement. A machine under load is slow now and then, so tests of other things wait
longer."""
allowance.ALLOWED_SECONDS = pulse.LONGEST_STATEMENT = 20.0

_ENGINES: dict[str, Engine] = {}


def shared_engine(url: str) -> Engine:
    """An engine that shares connections and compiled statements with the other tests of this process, and listeners with none.

    Closing it leaves the connections to PostgreSQL open: a server's process that has just begun knows no table yet, and would
    learn half of the schema anew for each test.
    """
    if url not in _ENGINES:
        # A machine under load is slow now and then: who comes at one moment with others waits for his turn longer than people do.
        with pytest.MonkeyPatch.context() as meanwhile:
            meanwhile.setitem(POSTGRESQL_OPTIONS, "lock_timeout", "8s")
            _ENGINES[url] = create_engine(url)
    engine = _ENGINES[url].execution_options()
    if make_url(url).get_backend_name() == "postgresql":
        engine.dispose = lambda close=True: None  # type: ignore[method-assign]
    return engine
