"""Whether PostgreSQL still answers, found out by whoever waits for it for long.

A server that is frozen, or cut off by the network, refuses nothing and answers nothing; that a statement takes long is no sign of
it. So who waits asks it by another connection what each of ours does, and gives up what he waits for where that is not answered
either, or where his own has not taken it up: then one process of the server is frozen, and the others go on.

Whoever has used up the allowance of his request (`api/allowance.py`) gives up where the server answers slowly, or lets him wait for
somebody else. On a quick server he has just much to do, and goes on.
"""

from collections.abc import Generator
from contextlib import suppress
from threading import Lock
from time import monotonic
from typing import Any, Final, NamedTuple, TypeVar

import structlog
from psycopg import Connection, OperationalError
from psycopg import Error as DriverError
from psycopg.abc import PQGen
from psycopg.errors import ConnectionTimeout
from psycopg.waiting import READY_R
from sqlalchemy import Engine, event

from api.allowance import Allowance, current, waiting

R = TypeVar("R")

QUIET_SECONDS: Final = 0.5
"""After so long without its answer a statement's server is asked whether it lives."""
PATIENCE: Final = 1.0
"""Seconds for which it may leave us waiting until it says so. Another connection, where one is needed, may take two by itself."""
ASKED_AGAIN_AFTER: Final = 1.0
"""Seconds for which a server that has not answered is taken for silent without asking, and a slow one for slow."""
BRISK: Final = 0.1
"""A server that is not slow never lets us wait so many seconds for something small in vain."""
LONGEST_STATEMENT: float = 2.3
"""After so many seconds without a word of its answer, a request gives up a single statement, which may be that of a process that is
frozen at its work."""
NOT_TAKEN_UP: Final = frozenset({"idle", "idle in transaction", "idle in transaction (aborted)"})

log = structlog.get_logger("liangxian")


class Silent(OperationalError):
    """The server does not answer anything."""


class TooLong(OperationalError):
    """The server lives, but what is waited for takes too long."""


class Locked(TooLong):
    """The server is quick, but somebody else holds what is waited for."""


class Doing(NamedTuple):
    """What a process of the server does for one of our connections."""

    state: str | None
    waits_for: str | None


_DOING: Final = "SELECT pid, state, wait_event_type FROM pg_stat_activity WHERE usename = current_user"


class Pulse:
    """What is known of a server. One asks it at a time; the others wait for what he learns, unless it has been silent before."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._doing: dict[int, Doing] = {}
        self._in_vain = 0
        """How often it was waited for in vain when it was last asked."""
        self._is_silent = False
        self._asked_at = 0.0
        self.heard_at = 0.0
        """When something last came of it by a connection of ours."""
        self._asking: _Asking | None = None
        self._place: tuple[tuple[Any, ...], dict[str, Any]] = (), {}

    def connect(self, arguments: tuple[Any, ...], options: dict[str, Any]) -> "Watched":
        """A connection that gives up what it waits for where the server is silent. Raises Silent, or what the driver raises."""
        self._place = arguments, options
        if self._is_silent:
            self.check()
        allowance = current()
        if allowance and allowance.left < 0 and self.is_known_slow:
            raise TooLong
        began = monotonic()
        try:
            with waiting():
                connection = Watched.connect(*arguments, **options)
        except ConnectionTimeout:
            if self.heard_at < began:
                # Otherwise it lives, and this process may have been too busy to go on with the connection.
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

    @property
    def is_slow(self) -> bool:
        """Whether the server was slow to answer what it was last asked."""
        return self._in_vain > 0

    @property
    def is_known_slow(self) -> bool:
        """Whether it was so a moment ago."""
        return self.is_slow and monotonic() < self._asked_at + ASKED_AGAIN_AFTER

    def doing(self, process: int) -> Doing:
        """What a process did when the server was last asked. One that it does not name may be that of a pooler between us."""
        return self._doing.get(process, Doing(None, None))

    def end(self, process: int) -> None:
        """Have the server end one of our processes, as soon as that can be ended."""
        with self._lock, suppress(DriverError):
            if self._asking:
                self._asking.execute("SELECT pg_terminate_backend(%s)", [process])

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
                self._ask(self._asking)
                if 0 < self._in_vain < 3:
                    # A machine that is busy may have had no time for us once.
                    self._ask(self._asking)
                return True
            except DriverError as error:
                self._forget()
                # One that was kept may have been ended meanwhile; then another one is answered.
                if not was_kept or isinstance(error, Silent):
                    return False
        return False

    def _ask(self, asking: "_Asking") -> None:
        found = asking.execute(_DOING).fetchall()
        self._in_vain = asking.in_vain
        self._doing = {process: Doing(state, waits_for) for process, state, waits_for in found}

    def _forget(self) -> None:
        if self._asking:
            self._asking.close()
            self._asking = None


class Watched(Connection[Any]):
    """A connection whose statements end where the server is silent, or somebody has waited for it for too long."""

    pulse: Pulse | None = None
    quiet_seconds = QUIET_SECONDS

    def wait(self, gen: PQGen[R], interval: float = 0.1, timeout: float | None = None) -> R:
        if (allowance := current()) is None:
            return super().wait(self._watched(gen, None), interval, timeout)
        with allowance.waiting():
            return super().wait(self._watched(gen, allowance), interval, timeout)

    def _watched(self, statement: PQGen[R], allowance: Allowance | None) -> Generator[Any, Any, R]:
        """The steps of a statement, between which is looked at the time: whatever comes, and each tenth of a second without."""
        since = heard = monotonic()
        was_idle = False
        try:
            wanted = next(statement)
            while True:
                ready = yield wanted
                now = monotonic()
                if ready:
                    heard, was_idle = now, False
                    if ready & READY_R and self.pulse:
                        self.pulse.heard_at = now
                if now > since + self.quiet_seconds or (allowance and allowance.left < 0):
                    was_idle = self._look(now - heard, was_idle, allowance)
                    since = monotonic()
                wanted = statement.send(ready)
        except StopIteration as end:
            answer: R = end.value
            return answer

    def _look(self, quiet: float, was_idle: bool, allowance: Allowance | None) -> bool:
        """Ask whether to wait on, after so many seconds without a word. Returns whether the statement is not taken up; where it was
        not the last time either, it never will be."""
        pulse = self.pulse
        if pulse is None:
            return False
        try:
            if not pulse.is_known_slow:
                pulse.check()
        except Silent:
            # Whatever it would still say is not to be taken for the answer to something else.
            self.pgconn.finish()
            raise
        is_overdue = allowance is not None and allowance.left < 0
        process = self.pgconn.backend_pid
        doing = pulse.doing(process)
        is_idle = quiet > QUIET_SECONDS and doing.state in NOT_TAKEN_UP
        is_late = allowance is not None and not allowance.is_for_long and quiet > LONGEST_STATEMENT
        if (is_idle and was_idle and quiet > 2 * QUIET_SECONDS) or is_late:
            if allowance and not is_idle:
                allowance.has_given_up = True
            log.warning("database_process_ended", state=doing.state, waits_for=doing.waits_for)
            pulse.end(process)
        elif not (is_overdue and (pulse.is_slow or doing.waits_for == "Lock")):
            if allowance and is_overdue:
                allowance.extend(ASKED_AGAIN_AFTER)
            return is_idle
        self.pgconn.finish()
        raise Locked if doing.waits_for == "Lock" and not pulse.is_slow else TooLong


class _Asking(Connection[Any]):
    """The connection by which a server is asked whether it answers.

    How long that takes is counted in waits that end without a word of it, and not by the clock: an answer that is there counts as
    such however long this thread then waits for its turn among those that compute in this process, or for a processor.
    """

    in_vain = 0
    """How many waits of the last statement, each of `BRISK` seconds, have ended so."""

    def wait(self, gen: PQGen[R], interval: float = 0.1, timeout: float | None = None) -> R:
        return super().wait(self._counted(gen), BRISK, timeout)

    def _counted(self, statement: PQGen[R]) -> Generator[Any, Any, R]:
        self.in_vain = 0
        try:
            wanted = next(statement)
            while True:
                ready = yield wanted
                if not ready:
                    self.in_vain += 1
                    if self.in_vain * BRISK >= PATIENCE:
                        raise Silent
                wanted = statement.send(ready)
        except StopIteration as end:
            answer: R = end.value
            return answer


def watch(engine: Engine) -> None:
    """Let the connections of an engine give up what they wait for where their server is silent."""
    pulse = Pulse()

    def connect(_dialect: object, _record: object, arguments: tuple[Any, ...], options: dict[str, Any]) -> Watched:
        return pulse.connect(arguments, options)

    event.listen(engine, "do_connect", connect)
    event.listen(engine, "engine_disposed", lambda _: pulse.close())
