"""How much is worked on at one time in this process, so that a crowd is served in turn, or told to come back, and nobody is failed.

What needs a thread and the database has to take a place first: many more threads than processors keep each other from ending, and
hold the database's connections while they wait. Scans and `/livez` need none, and never stand behind those who do.
"""

from asyncio import Semaphore, get_running_loop, timeout
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, NamedTuple
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError

from api.errors import Unavailable

PATIENCE: Final = 10.0
"""Seconds that somebody waits for a place: telephones give up soon after."""
LONGEST: Final = 2.0
"""Seconds after which a place is free again, though its holder still works: what is known to take long is bounded by its kind as
well (`shares.py`)."""
OVERSTAYING: Final = 16
"""So many at the most still work without a place; then nobody's is free before he has ended. With the places that is less than the
forty threads that there are."""
OVERSTAYING_EACH: Final = 4
"""An account of which so many still work gets no further place."""
HELD_UP_PATIENCE: Final = 1.0
"""Seconds that somebody waits for a place while the database holds up those who have one, and so would hold him up as well."""
HELD_UP: Final = 2.0
"""For so many seconds after it has held somebody up."""
RETRY_AFTER: Final = 1
TOLD_EVERY: Final = 10.0
"""Seconds between two lines of the log that tell how many were sent away."""

log = structlog.get_logger("liangxian")


class _Place(NamedTuple):
    """What somebody holds: each is another one."""

    key: object
    account_id: UUID | None


class InHand:
    """The places of those requests that are worked on, and the queue before them, first come, first served."""

    def __init__(self, places: int, waiting: int, *, overstaying: int = OVERSTAYING, retry_after: int = RETRY_AFTER) -> None:
        """So many are worked on at one time, and so many more may wait; `overstaying` are worked on beside them for having taken
        too long to be waited for."""
        self._free = Semaphore(places)
        self._room = waiting
        self._most_overstaying = overstaying
        self._retry_after = retry_after
        self._waiting = 0
        self._late: dict[_Place, None] = {}
        """Those whose time is over, and who hold their places for want of room among the overstaying."""
        self._overstaying: set[_Place] = set()
        self._of_account: Counter[UUID] = Counter()
        """How many requests of an account overstay."""
        self._sent_away = 0
        self._told_at = -TOLD_EVERY
        self._held_up_until = 0.0

    def check(self, account_id: UUID | None = None) -> None:
        """Raise `Unavailable` where there is neither a place nor room to wait for one, or too much of the account overstays."""
        if (self._free.locked() and self._waiting >= self._room) or self._has_too_much(account_id):
            raise self._away()

    @asynccontextmanager
    async def place(self, account_id: UUID | None = None) -> AsyncIterator[None]:
        """Hold a place, once it is one's turn. Raises `Unavailable` where `check` does, or if it takes too long."""
        self.check(account_id)
        await self._wait()
        if self._has_too_much(account_id):
            self._free.release()
            raise self._away()
        place, loop = _Place(object(), account_id), get_running_loop()
        overdue = loop.call_later(LONGEST, self._overstay, place)
        try:
            yield
        except Unavailable as refusal:
            if isinstance(refusal.__cause__, SQLAlchemyError):
                self._held_up_until = loop.time() + HELD_UP
            raise
        finally:
            overdue.cancel()
            self._give_back(place)

    async def _wait(self) -> None:
        loop = get_running_loop()
        came_at = loop.time()
        self._waiting += 1
        try:
            async with timeout(PATIENCE):
                await self._free.acquire()
        except TimeoutError as error:
            raise self._away() from error
        finally:
            self._waiting -= 1
        if came_at + HELD_UP_PATIENCE < loop.time() < self._held_up_until:
            self._free.release()
            raise self._away()

    def _has_too_much(self, account_id: UUID | None) -> bool:
        return account_id is not None and self._of_account[account_id] >= OVERSTAYING_EACH

    def _overstay(self, place: _Place) -> None:
        self._late[place] = None
        self._make_room()

    def _make_room(self) -> None:
        """Free the places of those who are late, as far as there is room for them beside the places."""
        while self._late and len(self._overstaying) < self._most_overstaying:
            place = next(iter(self._late))
            del self._late[place]
            self._overstaying.add(place)
            if place.account_id is not None:
                self._of_account[place.account_id] += 1
            self._free.release()

    def _give_back(self, place: _Place) -> None:
        if place not in self._overstaying:
            self._late.pop(place, None)
            self._free.release()
            return
        self._overstaying.discard(place)
        if place.account_id is not None:
            self._of_account[place.account_id] -= 1
            if not self._of_account[place.account_id]:
                del self._of_account[place.account_id]
        self._make_room()

    def _away(self) -> Unavailable:
        self._sent_away += 1
        now = get_running_loop().time()
        if now >= self._told_at + TOLD_EVERY:
            log.warning("overloaded", sent_away=self._sent_away, waiting=self._waiting)
            self._sent_away, self._told_at = 0, now
        return Unavailable(retry_after=self._retry_after)
