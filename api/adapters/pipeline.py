"""One connection to PostgreSQL that many ask at once, in the pipeline mode of its protocol.

Whatever is asked in one turn of the event loop is sent together and answered together, so this is for questions that are all
answered as quickly. A connection for each of them costs a process several times as much: it is taken, waited for, and given back.
"""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple, Self

from psycopg import AsyncConnection, OperationalError
from psycopg.conninfo import make_conninfo
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGresult
from sqlalchemy.dialects.postgresql.psycopg import dialect as psycopg_dialect
from sqlalchemy.engine import make_url

from api.adapters.postgresql import as_options

Row = tuple[str | None, ...]

PATIENCE: Final = 2.0
"""Seconds after which a question that is not answered means that the server is not to be waited for."""

MOST_WAITING: Final = 1000
"""Questions that may wait for their answers at once; further ones fail."""


_SYNC: Final = int(ExecStatus.PIPELINE_SYNC)
_GOOD: Final = frozenset({int(ExecStatus.TUPLES_OK), int(ExecStatus.COMMAND_OK)})


class Broken(Exception):
    """There is no answer, since the connection was lost, is closed, or has too many waiting."""


class Late(Broken):
    """The server has not answered in time."""


class Asked(NamedTuple):
    """A question that waits for its answer, and since when, by the clock of the event loop."""

    answer: asyncio.Future[Row | None]
    at: float


def connection_string(url: str, settings: Mapping[str, str]) -> str:
    """How libpq is told of a database's address and of settings of its server. Raises `psycopg.ProgrammingError` for a bad one."""
    _, place = psycopg_dialect().create_connect_args(make_url(url))  # type: ignore[no-untyped-call]
    # What a day looks like as text is for the server's administrator to choose, but not for us to guess.
    options = as_options({**settings, "datestyle": "ISO"})
    # An office's firewall forgets connections that are silent for some minutes, and tells neither side.
    usual = {"connect_timeout": str(int(PATIENCE)), "keepalives_idle": "30"}
    return make_conninfo(**usual | place | {"options": options, "client_encoding": "utf8"})


class Pipeline:
    """Asks prepared statements that give one row or none. Belongs to the event loop that it was opened in.

    A connection that breaks is closed, whatever is still being asked fails with it, and another one is to be opened.
    """

    def __init__(self, connection: AsyncConnection[object]) -> None:
        self._connection = connection
        self._pg = connection.pgconn
        self._loop = asyncio.get_running_loop()
        self._asked: deque[Asked] = deque()
        self._is_sending = False
        self._watch: asyncio.TimerHandle | None = None
        self.is_open = True
        self._pg.nonblocking = 1
        self._pg.enter_pipeline_mode()
        self._socket = self._pg.socket
        self._loop.add_reader(self._socket, self._receive)

    @classmethod
    async def open(cls, connection_string: str, statements: Mapping[bytes, str], first: Mapping[str, str]) -> Self:
        """Connect, and prepare statements by their names. Those that are asked `first` must answer as they are said to. Raises
        `Broken`."""
        try:
            connection = await AsyncConnection.connect(connection_string, autocommit=True)
        except OperationalError as error:
            raise Broken from error
        pipeline = cls(connection)
        try:
            for statement, wanted in first.items():
                pipeline._pg.send_query_params(statement.encode(), None)
                if await pipeline._answer() != (wanted,):
                    raise Broken
            for name, statement in statements.items():
                pipeline._pg.send_prepare(name, statement.encode())
                await pipeline._answer()
        except BaseException:
            pipeline.close()
            raise
        return pipeline

    def ask(self, name: bytes, values: Sequence[bytes]) -> asyncio.Future[Row | None]:
        """Ask for the row that a prepared statement gives for values, written as PostgreSQL writes them.

        Raises `Broken`, at once or where the answer is waited for.
        """
        if not self.is_open or len(self._asked) >= MOST_WAITING:
            raise Broken
        try:
            self._pg.send_query_prepared(name, values)
        except OperationalError as error:
            self._break(Broken(), error)
            raise Broken from error
        return self._answer()

    def close(self) -> None:
        """End the connection. Whatever is still being asked fails."""
        self._break(Broken())

    def _answer(self) -> asyncio.Future[Row | None]:
        """The answer to what has just been put into the connection's buffer."""
        answer: asyncio.Future[Row | None] = self._loop.create_future()
        self._asked.append(Asked(answer, self._loop.time()))
        if not self._is_sending:
            self._is_sending = True
            self._loop.call_soon(self._send)
        return answer

    def _send(self) -> None:
        self._is_sending = False
        if not self.is_open:
            return
        if self._watch is None:
            self._watch = self._loop.call_later(PATIENCE, self._look)
        try:
            self._pg.pipeline_sync()
            if self._pg.flush():
                self._loop.add_writer(self._socket, self._send_rest)
        except OperationalError as error:
            self._break(Broken(), error)

    def _send_rest(self) -> None:
        """Send what the network did not take at once."""
        try:
            if not self._pg.flush():
                self._loop.remove_writer(self._socket)
        except OperationalError as error:
            self._break(Broken(), error)

    def _receive(self) -> None:
        try:
            self._pg.consume_input()
            while self._asked and not self._pg.is_busy():
                result = self._pg.get_result()
                if result is None or (status := result.status) == _SYNC:
                    continue
                if status not in _GOOD:
                    raise OperationalError(result.get_error_message())
                row = _row(result) if result.ntuples else None
                answer = self._asked.popleft().answer
                if not answer.done():
                    answer.set_result(row)
        except Exception as error:
            # Not only what libpq raises: nobody else would ever answer those who wait.
            self._break(Broken(), error)

    def _look(self) -> None:
        """Whether the oldest question has waited for too long."""
        self._watch = None
        if not self._asked:
            return
        left = self._asked[0].at + PATIENCE - self._loop.time()
        if left > 0:
            self._watch = self._loop.call_later(left, self._look)
        else:
            self._break(Late())

    def _break(self, reason: Broken, cause: Exception | None = None) -> None:
        if not self.is_open:
            return
        self.is_open = False
        self._loop.remove_reader(self._socket)
        self._loop.remove_writer(self._socket)
        if self._watch:
            self._watch.cancel()
        self._pg.finish()
        reason.__cause__ = cause
        while self._asked:
            answer = self._asked.popleft().answer
            if not answer.done():
                answer.set_exception(reason)


def _row(result: PGresult) -> Row:
    values = [result.get_value(0, column) for column in range(result.nfields)]
    return tuple([value if value is None else value.decode() for value in values])
