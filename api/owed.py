"""What was counted and is to be taken back, where the house was too busy to do it when it was time."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from threading import Lock
from typing import Final

MOST_KEYS: Final = 65_536

Owing = Mapping[str, Sequence[datetime]]
"""By what it is counted under, the moments of what was counted."""


class Owed:
    """What is still to be taken back, in the memory of each process: whoever counts under the same key next takes it from here."""

    def __init__(self, most_keys: int = MOST_KEYS) -> None:
        self._most_keys = most_keys
        self._moments: dict[str, list[datetime]] = {}
        self._lock = Lock()

    def add(self, owing: Owing) -> None:
        """Keep it. Of too many keys, those are forgotten that have been owed for longest."""
        with self._lock:
            for key, moments in owing.items():
                self._moments.setdefault(key, []).extend(moments)
            while len(self._moments) > self._most_keys:
                del self._moments[next(iter(self._moments))]

    def take(self, keys: Iterable[str]) -> Owing:
        """What is owed under these keys, in their order, and no more from now on."""
        with self._lock:
            return {key: self._moments.pop(key) for key in keys if key in self._moments}
