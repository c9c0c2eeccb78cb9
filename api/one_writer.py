"""How SQLite is opened, and its one writer, whom those who write take in turn.

SQLite lets whoever asks at the right moment write next. So who writes one thing after another, each for as long as is allowed,
could keep everybody else waiting for longer than they do; in this process they stand in a line instead.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from time import monotonic, sleep
from typing import Any, Final, NamedTuple, Protocol
from uuid import UUID

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import OperationalError

from api import counted
from api.adapters.sqlite import CUT
from api.allowance import current, waiting
from api.errors import Unavailable
from api.turns import Turns

BUSY_MS: Final = 1800
PRAGMAS = (f"busy_timeout={BUSY_MS}", "journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL", "secure_delete=ON", CUT)
LOOK_SECONDS: Final = 0.002
"""Whoever waits for the writer of another process looks so often whether he is gone."""
RETRY_AFTER: Final = 1
LONG_SECONDS: Final = 0.25
"""Whoever has written for longer rests as long. What is shorter may come before each step of a sign-in, and that ends in time."""
MOST_REST_SECONDS: Final = 1.0
"""So long at the most: a request has time for it."""
HALVED_SECONDS: Final = 4.0
"""Seconds after which half as much counts of what an account has written."""
MOST_ACCOUNTS: Final = 1_000
"""From so many on those are forgotten of whom little counts."""


class _Asks(Protocol):
    """Whose work it is, once that is known."""

    @property
    def actor_id(self) -> UUID | None: ...


class _Written(NamedTuple):
    """What an account has written lately."""

    seconds: float
    """For how long in all, of what was longer ago the less."""
    at: float
    """When it ended, by the clock."""
    rests_until: float


class Line:
    """Those of this process who want to write: whoever has written for long lately lets others before him, an account that has just
    written does too, and one that has written for long at once rests as long, whether others wait or not. So whoever writes a few
    short things, as a sign-in does, meets at each no more than who writes already, however many accounts write long ones."""

    def __init__(self) -> None:
        self.turns = Turns(at_once=1)
        self._written: dict[UUID, _Written] = {}
        """It is changed by whoever has the turn."""
        self._began: float | None = None
        """When whoever has the turn has begun to write: until then a writer of another process may be in his way."""

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return self.turns.waiting

    def has_begun(self) -> None:
        """Whoever has the turn is the writer from now on."""
        self._began = monotonic()

    @contextmanager
    def taken_by(self, origin: _Asks) -> Iterator[Callable[[float], None]]:
        """What takes the turn for a piece of work, waiting for it so many seconds; it is given back at the end of the block.

        Raises `Unavailable`, when it is taken, where it does not come.
        """
        with ExitStack() as held:
            has_taken = False

            def take(seconds: float) -> None:
                nonlocal has_taken
                if not has_taken:
                    held.enter_context(self._turn_of(origin.actor_id, monotonic() + seconds))
                    has_taken = True

            yield take

    @contextmanager
    def _turn_of(self, account_id: UUID | None, until: float) -> Iterator[None]:
        while True:
            behind = int(self._seconds_of(account_id) / LONG_SECONDS)
            with self.turns.take(max(0.0, until - monotonic()), RETRY_AFTER, account_id, behind=behind):
                now = monotonic()
                rests_until = self._written[account_id].rests_until if account_id in self._written else now
                if rests_until <= now:
                    self._began = None
                    try:
                        yield
                    finally:
                        self._note(account_id)
                    return
            # What would come too late is told at once, and keeps nobody from its place.
            if rests_until >= until:
                raise Unavailable(retry_after=RETRY_AFTER)
            sleep(rests_until - now)

    def _note(self, account_id: UUID | None) -> None:
        if account_id is None or self._began is None:
            return
        now = monotonic()
        took = now - self._began
        rest = min(took, MOST_REST_SECONDS) if took > LONG_SECONDS else 0.0
        if len(self._written) >= MOST_ACCOUNTS:
            self._written = {key: one for key, one in self._written.items() if self._seconds_of(key) >= LONG_SECONDS}
        self._written[account_id] = _Written(self._seconds_of(account_id) + took, now, now + rest)

    def _seconds_of(self, account_id: UUID | None) -> float:
        """For how long an account has written, of what was longer ago the less."""
        if account_id is None or (found := self._written.get(account_id)) is None:
            return 0.0
        return float(found.seconds * 0.5 ** ((monotonic() - found.at) / HALVED_SECONDS))


def watch(engine: Engine) -> None:
    """Open SQLite as it is to be opened, let those who write take turns, and none of them for too long."""
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    event.listen(engine, "before_cursor_execute", _look)


def _prepare(connection: Any, _: object) -> None:
    """Give a new connection its settings."""
    # The driver's own transaction handling opens none for a SELECT, so that concurrent read-then-write changes are lost without
    # an error. Switched off, transactions are begun below.
    connection.isolation_level = None
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    counted.attach(connection)


def _begin(connection: Connection) -> None:
    """Begin a transaction, one that writes as the writer, once it is his turn. Raises `Unavailable`."""
    options = connection.get_execution_options()
    if not options.get("writes"):
        connection.exec_driver_sql("BEGIN")
        return
    with waiting():
        if (take := options.get("take_turn")) is not None:
            take(_left_ms() / 1000)
        _begin_to_write(connection, _left_ms())
        if (has_begun := options.get("has_begun")) is not None:
            has_begun()


def _look(connection: Connection, _cursor: object, statement: str, *_: object) -> None:
    """Count what a request computes while it writes: whatever it is that costs so much, it sends statements meanwhile."""
    if not connection.get_execution_options().get("writes") or (allowance := current()) is None:
        return
    if statement.startswith("BEGIN"):
        allowance.computes()
    elif not statement.startswith("ROLLBACK"):
        allowance.look()


def _begin_to_write(connection: Connection, left: int) -> None:
    """Become the writer, waiting so many milliseconds for one of another process. SQLite itself waits ever longer between two
    looks, and so rarely meets the moment between two turns of the other."""
    until = monotonic() + left / 1000
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA busy_timeout=0")
    try:
        while True:
            try:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                return
            except OperationalError as error:
                code = getattr(error.orig, "sqlite_errorcode", 0)
                if code & 0xFF != sqlite3.SQLITE_BUSY or monotonic() >= until:
                    raise
            sleep(LOOK_SECONDS)
    finally:
        driver.execute(f"PRAGMA busy_timeout={BUSY_MS}")


def _left_ms() -> int:
    """How long may still be waited, in milliseconds."""
    allowance = current()
    return BUSY_MS if allowance is None else max(0, min(BUSY_MS, int(allowance.left * 1000)))
