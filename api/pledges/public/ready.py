"""Large walls as this process has put them together: each once in two seconds at the most, and one at a time, however many people
ask for them."""

from collections.abc import Callable
from datetime import date
from threading import Lock
from time import monotonic
from typing import Any, Final, NamedTuple, TypeVar
from uuid import UUID

from api.pledges.public.rules import Wall

T = TypeVar("T")

KEPT_FOR: Final = 2.0
"""Seconds for which a large wall may still tell what has changed."""
MOST_WALLS: Final = 8
"""Walls held in memory, of three megabytes each."""


class Which(NamedTuple):
    """Of which branch and year a wall is, as of which day, and whose telephone stands on it."""

    branch_id: UUID
    year: int
    day: date
    phone: str | None


class ReadyWall:
    """A wall, and what was made of it for whoever asked first."""

    def __init__(self, wall: Wall) -> None:
        self.wall = wall
        self._made: dict[Callable[[Wall], Any], Any] = {}

    def made(self, make: Callable[[Wall], T]) -> T:
        """What a function makes of the wall."""
        if make not in self._made:
            self._made[make] = make(self.wall)
        made: T = self._made[make]
        return made


class ReadyWalls:
    """Keeps large walls for a while."""

    def __init__(self) -> None:
        self._kept: dict[Which, tuple[ReadyWall, float]] = {}
        self._one_at_a_time = Lock()

    def fresh(self, which: Which) -> ReadyWall | None:
        """A wall that is ready, None where there is none."""
        ready, until = self._kept.get(which, (None, 0.0))
        return ready if monotonic() < until else None

    def get(self, which: Which, as_of: float, put_together: Callable[[], Wall]) -> ReadyWall:
        """A wall as another has put it together meanwhile, or else put together now from what stood at `as_of` on the monotonic
        clock, and kept."""
        with self._one_at_a_time:
            if (found := self.fresh(which)) is not None:
                return found
            ready = ReadyWall(put_together())
            now = monotonic()
            others = [(other, kept) for other, kept in self._kept.items() if other != which and now < kept[1]]
            self._kept = dict([*others, (which, (ready, as_of + KEPT_FOR))][-MOST_WALLS:])
            return ready
