"""How SQLite is opened, and its one writer, whom those who write take in turn.

SQLite lets whoever asks at the right moment write next. So who writes one thing after another, each for as long as is allowed,
could keep everybody else waiting for longer than they do; in this process they stand in a line instead.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Final, Protocol
from uuid import UUID

from sqlalchemy import Connection

from api import counted
from api.adapters.sqlite import CUT
from api.allowance import current, waiting
from api.turns import Turns

BUSY_MS: Final = 1800
PRAGMAS = (f"busy_timeout={BUSY_MS}", "journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL", "secure_delete=ON", CUT)
RETRY_AFTER: Final = 1


class _Asks(Protocol):
    """Whose work it is, once that is known."""

    @property
    def actor_id(self) -> UUID | None: ...


class Line:
    """Those of this process who want to write: an account that has just written lets others before it."""

    def __init__(self) -> None:
        self.turns = Turns(at_once=1)

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
                    held.enter_context(self.turns.take(seconds, RETRY_AFTER, origin.actor_id))
                    has_taken = True

            yield take


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
