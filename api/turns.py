"""Work that keeps a core, or a connection, busy for long: so much of it at one time in this process."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from api.errors import Unavailable


class Turns:
    """So many take their turn at one time; whoever would have to wait long for his is told to come back."""

    def __init__(self, at_once: int) -> None:
        self._free = BoundedSemaphore(at_once)

    @contextmanager
    def take(self, wait_seconds: float, retry_after: int) -> Iterator[None]:
        """Hold a turn. Raises `Unavailable`, to be tried again after so many seconds, where none comes free for so long."""
        if not self._free.acquire(timeout=wait_seconds):
            raise Unavailable(retry_after=retry_after)
        try:
            yield
        finally:
            self._free.release()
