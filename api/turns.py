"""Work that keeps a core, or a connection, busy for long: so much of it at one time in this process."""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Lock

from api.errors import Unavailable


class Turns:
    """So many take their turn at one time, in the order in which they came: whoever takes one after another lets the others in
    between, as a semaphore would not. Whoever would have to wait long for his is told to come back."""

    def __init__(self, at_once: int) -> None:
        self._free = at_once
        self._waiting: deque[Event] = deque()
        self._lock = Lock()

    @contextmanager
    def take(self, wait_seconds: float, retry_after: int) -> Iterator[None]:
        """Hold a turn. Raises `Unavailable`, to be tried again after so many seconds, where none comes free for so long."""
        mine = Event()
        with self._lock:
            if self._free:
                self._free -= 1
                mine.set()
            else:
                self._waiting.append(mine)
        if not mine.wait(wait_seconds):
            self._leave(mine, retry_after)
        try:
            yield
        finally:
            with self._lock:
                if self._waiting:
                    self._waiting.popleft().set()
                else:
                    self._free += 1

    def _leave(self, mine: Event, retry_after: int) -> None:
        """Wait no more, unless the turn was handed over in this very moment."""
        with self._lock:
            if not mine.is_set():
                self._waiting.remove(mine)
                raise Unavailable(retry_after=retry_after)
