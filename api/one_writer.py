"""How SQLite is opened, and its one writer, whom those who write take in turn.

SQLite lets whoever asks at the right moment write next. So who writes one thing after another, each for as long as is allowed,
could keep everybody else waiting for longer than they do; in this process they stand in a line instead.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from time import monotonic, sleep
from typing import Any, Final, Protocol
from uuid import UUID

from sqlalchemy import Connection

from api import counted
from api.adapters.sqlite import CUT
from api.allowance import current, waiting
from api.errors import Unavailable
from api.turns import Turns

BUSY_MS: Final = 1800
PRAGMAS = (f"busy_timeout={BUSY_MS}", "journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL", "secure_delete=ON", CUT)
RETRY_AFTER: Final = 1
LONG_SECONDS: Final = 0.25
"""Whoever has written for longer rests as long. What is shorter may come before each step of a sign-in, and that ends in time."""
MOST_REST_SECONDS: Final = 1.0
"""So long at the most: a request has time for it."""


class _Asks(Protocol):
    """Whose work it is, once that is known."""

    @property
    def actor_id(self) -> UUID | None: ...


class Line:
    """Those of this process who want to write: an account that has just written lets others before it, and one that has written for
    long rests as long, whether others wait or not. So whoever writes a few short things, as a sign-in does, meets one long one of
    an account at the most."""

    def __init__(self) -> None:
        self.turns = Turns(at_once=1)
        self._rests: dict[UUID, float] = {}
        """Until when, by the clock, accounts rest. It is changed by whoever has the turn."""

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return self.turns.waiting

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
            with self.turns.take(max(0.0, until - monotonic()), RETRY_AFTER, account_id):
                began = monotonic()
                rests_until = self._rests.get(account_id, began) if account_id else began
                if rests_until <= began:
                    try:
                        yield
                    finally:
                        self._note(account_id, began)
                    return
            # What would come too late is told at once, and keeps nobody from its place.
            if rests_until >= until:
                raise Unavailable(retry_after=RETRY_AFTER)
            sleep(rests_until - began)

    def _note(self, account_id: UUID | None, began: float) -> None:
        now = monotonic()
        if account_id and now - began > LONG_SECONDS:
            resting = {key: until for key, until in self._rests.items() if until > now}
            self._rests = resting | {account_id: now + min(now - began, MOST_REST_SECONDS)}


def prepare(connection: Any, _: object) -> None:
    """Give a new connection its settings."""
    # The driver's own transaction handling opens none for a SELECT, so that concurrent read-then-write changes are lost without
    # an error. Switched off, transactions are begun below.
    connection.isolation_level = None
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    counted.attach(connection)


def begin(connection: Connection) -> None:
    """Begin a transaction, one that writes as the writer, once it is his turn. Raises `Unavailable`."""
    options = connection.get_execution_options()
    if not options.get("writes"):
        connection.exec_driver_sql("BEGIN")
        return
    with waiting():
        if (take := options.get("take_turn")) is not None:
            take(_left_ms() / 1000)
        left = _left_ms()
        if left >= BUSY_MS:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            return
        connection.exec_driver_sql(f"PRAGMA busy_timeout={left}")
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        finally:
            connection.exec_driver_sql(f"PRAGMA busy_timeout={BUSY_MS}")


def _left_ms() -> int:
    """How long may still be waited, in milliseconds."""
    allowance = current()
    return BUSY_MS if allowance is None else max(0, min(BUSY_MS, int(allowance.left * 1000)))
