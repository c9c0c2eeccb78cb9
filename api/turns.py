"""Work that keeps a core, or a connection, busy for long: so much of it at one time in this process."""

from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Lock
from typing import NamedTuple
from uuid import UUID

from api.errors import Unavailable


class _Waiting(NamedTuple):
    turn: Event
    account_id: UUID | None
    is_stranger: bool
    behind: int


class Turns:
    """So many take their turn at one time, strangers and others by turns while both wait, and else in the order in which they came:
    whoever takes one after another lets the others in between, as a semaphore would not. Whoever would have to wait long for his is
    told to come back."""

    def __init__(self, at_once: int, each: int | None = None) -> None:
        """So many at one time, and so many of them for one account, if that is not all."""
        self._free = at_once
        self._each = at_once if each is None else each
        self._held: Counter[UUID] = Counter()
        self._was_stranger = True
        """Whether the last turn was a stranger's."""
        self._last: UUID | None = None
        """The account that had it, if one had."""
        self._waiting: deque[_Waiting] = deque()
        self._lock = Lock()

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return len(self._waiting)

    @contextmanager
    def take(
        self, wait_seconds: float, retry_after: int, account_id: UUID | None = None, *, is_stranger: bool = False, behind: int = 0
    ) -> Iterator[None]:
        """Hold a turn, for an account if it is one that asks; whoever comes further `behind` lets those before him who do less.
        Raises `Unavailable`, to be tried again after so many seconds, where none comes free for so long."""
        mine = _Waiting(Event(), account_id, is_stranger, behind)
        with self._lock:
            self._waiting.append(mine)
            self._hand_over()
        if not mine.turn.wait(wait_seconds):
            self._leave(mine, retry_after)
        try:
            yield
        finally:
            with self._lock:
                self._free += 1
                if account_id is not None:
                    self._held[account_id] -= 1
                    if not self._held[account_id]:
                        del self._held[account_id]
                self._hand_over()

    def _hand_over(self) -> None:
        """Hand the free turns to those who wait, but for those whose account holds its share already."""
        while self._free and (one := self._next()):
            self._free -= 1
            if one.account_id is not None:
                self._held[one.account_id] += 1
            self._was_stranger, self._last = one.is_stranger, one.account_id
            self._waiting.remove(one)
            one.turn.set()

    def _next(self) -> _Waiting | None:
        """Who has waited longest, of strangers if the last turn was none's, or of others, if there are any; of all else. Who comes
        `behind`, and then whose account had the last turn, comes after the others."""
        may = [one for one in self._waiting if one.account_id is None or self._held[one.account_id] < self._each]
        may.sort(key=lambda one: (one.behind, one.account_id is not None and one.account_id == self._last))
        return next((one for one in may if one.is_stranger is not self._was_stranger), may[0] if may else None)

    def _leave(self, mine: _Waiting, retry_after: int) -> None:
        """Wait no more, unless the turn was handed over in this very moment."""
        with self._lock:
            if not mine.turn.is_set():
                self._waiting.remove(mine)
                raise Unavailable(retry_after=retry_after)
