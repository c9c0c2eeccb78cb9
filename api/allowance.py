"""How long one request waits in all for what it depends on: the database, and the store of files.

Each call is bounded where it is made. A request makes many, each of which may be slow and yet not too slow; so it has one allowance
for all of them, of which waiting alone takes. Who has used it up gives up where he waits, unless that is quick and he just has much
to do: so nothing need be said of the requests which may rightly take long.

What it computes while others wait for it is bounded too, whatever it is that costs so much: SQLite has one writer.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic, thread_time
from typing import Final, TypeVar

from api.errors import TooLarge

T = TypeVar("T")

ALLOWED_SECONDS: float = 2.0
"""How long a request waits in all: less than its sender does, who is told to come back within three seconds."""
BUSY_SECONDS: Final = 30.0
"""For so long a request may keep a processor busy while it writes."""
ROW_SECONDS: Final = 0.003
"""So much longer each time that it looks at a row of a file. One that changes somebody costs more, and is looked at twice."""


class Allowance:
    """What is left of it. One thread of a request waits at a time."""

    def __init__(self) -> None:
        self._left = ALLOWED_SECONDS
        self._until: float | None = None
        """Up to when the present wait may last."""
        self.is_for_long = False
        """Whether one statement alone may rightly take long, such as one over all rows that somebody brings."""
        self.has_given_up = False
        """Whether a statement was given up because it alone took long, although the server was well."""
        self.is_over = False
        """Whether nobody waits any more: what is done once the answer is sent may take its time."""
        self.too_much: type[TooLarge] = TooLarge
        """What is said where it computes for too long."""
        self._busy = BUSY_SECONDS

    @property
    def left(self) -> float:
        """Seconds for which may still be waited; negative where it is used up."""
        return self._left if self._until is None else self._until - monotonic()

    def extend(self, seconds: float) -> None:
        """Let it last so much longer."""
        self._left += seconds
        if self._until is not None:
            self._until += seconds

    @contextmanager
    def waiting(self, free: float = 0.0) -> Iterator[None]:
        """Take from it what this block takes beyond so many seconds. What is waited for within a wait is counted once."""
        if self._until is not None:
            yield
            return
        self._until = monotonic() + self._left + free
        try:
            yield
        finally:
            self._left = min(self._left, self._until - monotonic())
            self._until = None

    def computes(self) -> None:
        """What is computed here from now on counts."""
        _COUNTED.set((self, thread_time()))

    def look(self, at_row: bool = False) -> None:
        """Count what was computed here since this was last done, perhaps at a row of a file. Raises `too_much`, and each time from
        then on."""
        if at_row:
            self._busy += ROW_SECONDS
        now, counted = thread_time(), _COUNTED.get()
        if counted is not None and counted[0] is self:
            self._busy -= now - counted[1]
        _COUNTED.set((self, now))
        if self._busy < 0:
            raise self.too_much


_COUNTED: Final[ContextVar[tuple[Allowance, float] | None]] = ContextVar("counted", default=None)
"""For whom and up to when it was counted, by the clock of the thread that a part of a request is given: another part of it may be
given another thread, and that one have worked for others meanwhile."""
_ALLOWANCE: Final[ContextVar[Allowance | None]] = ContextVar("allowance", default=None)


def current() -> Allowance | None:
    """The one of the request that is being worked on; None for work that nobody waits for."""
    allowance = _ALLOWANCE.get()
    return None if allowance is None or allowance.is_over else allowance


@contextmanager
def allowed() -> Iterator[Allowance]:
    """Give what is done in this block an allowance."""
    allowance = Allowance()
    token = _ALLOWANCE.set(allowance)
    try:
        yield allowance
    finally:
        _ALLOWANCE.reset(token)


@contextmanager
def waiting() -> Iterator[None]:
    """Take what this block takes from the allowance, where there is one."""
    allowance = current()
    if allowance is None:
        yield
    else:
        with allowance.waiting():
            yield


def each(things: Iterable[T]) -> Iterator[T]:
    """One thing after another of the many that a request brings, as long as it has not computed for too long."""
    allowance = current()
    for thing in things:
        if allowance is not None:
            allowance.look(at_row=True)
        yield thing
