"""How the scan door reads: one row by its key, as the driver gives it, with no session and no transaction around it."""

import asyncio
import sqlite3
from collections.abc import Sequence
from functools import cache
from typing import Final, Protocol

import structlog
from sqlalchemy.dialects.postgresql import asyncpg
from sqlalchemy.dialects.sqlite import dialect as sqlite_dialect
from sqlalchemy.engine import Dialect, make_url

from api.adapters.pipeline import MOST_WAITING, Broken, Late, Pipeline, Row, connection_string
from api.adapters.postgresql import MAY_SERVE, POSTGRESQL_OPTIONS
from api.adapters.pulse import ASKED_AGAIN_AFTER
from api.errors import Unavailable
from api.verification.queries import BY_CREDENTIAL, BY_PLATE, DISTRICT

log = structlog.get_logger("liangxian")

_OF_SQLITE: Final[Dialect] = sqlite_dialect(paramstyle="qmark")
_OF_POSTGRESQL: Final[Dialect] = asyncpg.dialect()  # type: ignore[no-untyped-call]
"""Of a driver that numbers the parameters, as PostgreSQL itself does."""


class Reader(Protocol):
    """Reads one row of the door's statements, as text on either engine: what `queries.FACTS` names, and what the kind of code adds;
    or the district's name and telephone.

    Raises `Unavailable` while the database cannot be reached.
    """

    async def open(self) -> None: ...

    async def by_plate(self, code: str) -> Row | None: ...

    async def by_credential(self, number: int, slot: int) -> Row | None: ...

    async def district(self) -> Row | None: ...

    async def close(self) -> None: ...


class SqliteReader:
    """Reads in the event loop itself: a row by its key takes less time than handing the work to a thread."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._plate, self._credential, self._district = _texts(_OF_SQLITE)
        self._cursor: sqlite3.Cursor | None = None

    async def open(self) -> None:
        self._connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA query_only=ON")
        self._connection.execute("PRAGMA busy_timeout=2000")
        # Whoever writes makes this connection forget its pages: mapped ones need not be read again.
        self._connection.execute(f"PRAGMA mmap_size={1 << 30}")
        self._cursor = self._connection.cursor()

    async def by_plate(self, code: str) -> Row | None:
        return self._one(self._plate, (code,))

    async def by_credential(self, number: int, slot: int) -> Row | None:
        return self._one(self._credential, (slot, number))

    async def district(self) -> Row | None:
        return self._one(self._district, ())

    async def close(self) -> None:
        self._connection.close()

    def _one(self, statement: str, values: tuple[object, ...]) -> Row | None:
        if self._cursor is None:
            raise Unavailable(retry_after=2)
        try:
            row: Row | None = self._cursor.execute(statement, values).fetchone()
        except sqlite3.OperationalError as error:
            raise Unavailable(retry_after=2) from error
        return row


class PostgresqlReader:
    """Reads through one connection, which all scans of a process ask at once; a broken one is replaced at the next scan."""

    def __init__(self, url: str, *, serves: bool = False) -> None:
        """`serves` tells that nothing may be read while the database is being restored."""
        self._address = connection_string(url, POSTGRESQL_OPTIONS | {"application_name": "liangxian-scans"})
        plate, credential, district = _texts(_OF_POSTGRESQL)
        self._statements: Final = {b"plate": plate, b"credential": credential, b"district": district}
        self._asked_first: Final = {statement: "t" if wanted else "f" for statement, wanted in MAY_SERVE} if serves else {}
        self._pipeline: Pipeline | None = None
        self._opening: asyncio.Task[Pipeline] | None = None
        self._waiting = 0
        self._silent_until = 0.0

    async def open(self) -> None:
        """Nothing is opened before the first scan: a server starts while its database cannot be reached yet."""

    async def by_plate(self, code: str) -> Row | None:
        return await self._one(b"plate", (code.encode(),))

    async def by_credential(self, number: int, slot: int) -> Row | None:
        return await self._one(b"credential", (b"%d" % slot, b"%d" % number))

    async def district(self) -> Row | None:
        return await self._one(b"district", ())

    async def close(self) -> None:
        if self._opening:
            self._opening.cancel()
            await asyncio.wait([self._opening])
            self._opening = None
        if self._pipeline:
            self._pipeline.close()

    async def _one(self, name: bytes, values: Sequence[bytes]) -> Row | None:
        if self._silent_until and asyncio.get_running_loop().time() < self._silent_until:
            raise Unavailable(retry_after=2)
        try:
            if self._pipeline and self._pipeline.is_open:
                return await self._pipeline.ask(name, values)
        except Late as error:
            log.warning("scans_wait_for_the_database", error="no answer in time")
            # It may be that process of the server alone: a new connection tells, before anybody needs it.
            self._open_anew()
            raise Unavailable(retry_after=2) from error
        except Broken:
            # The server may have been restarted: then the connection that was kept is broken, and a new one is not.
            pass
        try:
            return await (await self._reopened()).ask(name, values)
        except Broken as error:
            raise Unavailable(retry_after=2) from error

    async def _reopened(self) -> Pipeline:
        """A connection that is open. All who wait for a new one wait for the same, and not too many of them."""
        if self._pipeline and self._pipeline.is_open:
            return self._pipeline
        if self._waiting >= MOST_WAITING:
            raise Broken
        self._waiting += 1
        try:
            return await asyncio.shield(self._open_anew())
        finally:
            self._waiting -= 1

    def _open_anew(self) -> "asyncio.Task[Pipeline]":
        if self._opening is None:
            self._opening = asyncio.create_task(self._open_another())
            # Whoever waits for it is told what it raises, and nobody may wait for it.
            self._opening.add_done_callback(lambda task: task.cancelled() or task.exception())
        return self._opening

    async def _open_another(self) -> Pipeline:
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            self._pipeline = await Pipeline.open(self._address, self._statements, self._asked_first)
            self._silent_until = 0.0
            return self._pipeline
        except Broken as error:
            log.warning("scans_wait_for_the_database", error=type(error.__cause__ or error).__name__)
            # One that refuses at once may take connections at the next scan; one that has let us wait is not waited for again soon.
            if loop.time() > began + ASKED_AGAIN_AFTER:
                self._silent_until = loop.time() + ASKED_AGAIN_AFTER
            raise
        finally:
            self._opening = None


@cache
def _texts(dialect: Dialect) -> tuple[str, str, str]:
    """The statements as a driver takes them that knows parameters by their place: of a credential, slot and number."""
    plate, credential, district = (statement.compile(dialect=dialect) for statement in (BY_PLATE, BY_CREDENTIAL, DISTRICT))
    assert credential.positiontup == ["slot", "number"]
    return str(plate), str(credential), str(district)


def reader(url: str, *, serves: bool = False) -> Reader:
    """The reader for a database's address; `serves` tells that nothing may be read while that is being restored."""
    parsed = make_url(url)
    return SqliteReader(parsed.database or "") if parsed.get_backend_name() == "sqlite" else PostgresqlReader(url, serves=serves)
