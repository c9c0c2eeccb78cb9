"""Whether PostgreSQL still answers, found out by whoever waits for it for long.

A server that is frozen, or cut off by the network, refuses nothing and answers nothing; that a statement takes long is no sign of
it. So who waits asks it something small by another connection, and gives up what he waits for where that is not answered either.
"""

from collections.abc import Generator
from contextlib import suppress
from threading import Lock
from time import monotonic
from typing import Any, Final, TypeVar

from psycopg import Connection, OperationalError
from psycopg import Error as DriverError
from psycopg.abc import PQGen
from psycopg.errors import ConnectionTimeout
from sqlalchemy import Engine, event

R = TypeVar("R")

QUIET_SECONDS: Final = 0.5
"""After so long without its answer a statement's server is asked whether it lives."""
PATIENCE: Final = 1.0
"""Seconds in which it says so. Another connection, where one is needed for it, may take two seconds by itself."""
ASKED_AGAIN_AFTER: Final = 1.0
"""Seconds for which a server that has not answered is taken for silent without asking."""


class Silent(OperationalError):
    """The server does not answer anything."""


class Pulse:
    """What is known of a server. One asks it at a time; the others wait for what he learns, unless it has been silent before."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._is_silent = False
        self._asked_at = 0.0
        self._asking: _Asking | None = None
        self._place: tuple[tuple[Any, ...], dict[str, Any]] = (), {}

    def connect(self, arguments: tuple[Any, ...], options: dict[str, Any]) -> "Watched":
        """A connection that gives up what it waits for where the server is silent. Raises Silent, or what the driver raises."""
        self._place = arguments, options
        if self._is_silent:
            self.check()
        try:
            connection = Watched.connect(*arguments, **options)
        except ConnectionTimeout:
            self._is_silent, self._asked_at = True, monotonic()
            raise
        connection.pulse = self
        self._be_ready()
        return connection

    def check(self) -> None:
        """Raise Silent unless the server answers."""
        came_at = monotonic()
        if self._is_silent and came_at < self._asked_at + ASKED_AGAIN_AFTER:
            raise Silent
        if not self._lock.acquire(blocking=not self._is_silent):
            raise Silent
        try:
            if self._asked_at < came_at:
                self._is_silent = not self._answers()
                self._asked_at = monotonic()
        finally:
            self._lock.release()
        if self._is_silent:
            raise Silent

    def close(self) -> None:
        """End the connection by which it asks."""
        with self._lock:
            self._forget()

    def _be_ready(self) -> None:
        """Have a connection to ask by before it is needed: what befalls all of them then befalls this one too."""
        if self._asking is None and self._lock.acquire(blocking=False):
            try:
                with suppress(DriverError):
                    self._asking = self._asking or self._another()
            finally:
                self._lock.release()

    def _another(self) -> "_Asking":
        arguments, options = self._place
        return _Asking.connect(*arguments, **options, autocommit=True)

    def _answers(self) -> bool:
        for was_kept in (self._asking is not None, False):
            try:
                self._asking = self._asking or self._another()
                self._asking.execute("SELECT 1")
                return True
            except DriverError as error:
                self._forget()
                # One that was kept may have been ended meanwhile; then another one is answered.
                if not was_kept or isinstance(error, Silent):
                    return False
        return False

    def _forget(self) -> None:
        if self._asking:
            self._asking.close()
            self._asking = None


class Watched(Connection[Any]):
    """A connection whose statements end where the server is silent."""

    pulse: Pulse | None = None
    quiet_seconds = QUIET_SECONDS

    def wait(self, gen: PQGen[R], interval: float = 0.1, timeout: float | None = None) -> R:
        return super().wait(self._watched(gen), interval, timeout)

    def _watched(self, statement: PQGen[R]) -> Generator[Any, Any, R]:
        """The steps of a statement, between which is looked at the time: whatever comes, and each tenth of a second without."""
        since = monotonic()
        try:
            wanted = next(statement)
            while True:
                ready = yield wanted
                if monotonic() > since + self.quiet_seconds:
                    self._look()
                    since = monotonic()
                wanted = statement.send(ready)
        except StopIteration as end:
            answer: R = end.value
            return answer

    def _look(self) -> None:
        try:
            if self.pulse:
                self.pulse.check()
        except Silent:
            # Whatever it would still say is not to be taken for the answer to something else.
            self.pgconn.finish()
            raise


class _Asking(Watched):
    """The connection by which a server is asked whether it answers."""

    quiet_seconds = PATIENCE

    def _look(self) -> None:
        raise Silent


def watch(engine: Engine) -> None:
    """Let the connections of an engine give up what they wait for where their server is silent."""
    pulse = Pulse()

    def connect(_dialect: object, _record: object, arguments: tuple[Any, ...], options: dict[str, Any]) -> Watched:
        return pulse.connect(arguments, options)

    event.listen(engine, "do_connect", connect)
    event.listen(engine, "engine_disposed", lambda _: pulse.close())
