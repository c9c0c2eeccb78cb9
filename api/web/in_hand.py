"""How much is worked on at one time in this process, so that a crowd is served in turn, or told to come back, and nobody is failed.

What needs a thread and the database has to take a place first: many more threads than processors keep each other from ending, and
hold the database's connections while they wait. Scans and `/livez` need none, and never stand behind those who do.
"""

from asyncio import Semaphore, get_running_loop, timeout
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import structlog
from fastapi import Depends, Request
from sqlalchemy.exc import SQLAlchemyError

from api.errors import Unavailable

PATIENCE: Final = 10.0
"""Seconds that somebody waits for a place: telephones give up soon after."""
LONGEST: Final = 2.0
"""Seconds after which a place is free again, whoever still works: what takes long is bounded by turns of its own (`turns.py`)."""
HELD_UP_PATIENCE: Final = 1.0
"""Seconds that somebody waits for a place while the database holds up those who have one, and so would hold him up as well."""
HELD_UP: Final = 2.0
"""For so many seconds after it has held somebody up."""
RETRY_AFTER: Final = 1
TOLD_EVERY: Final = 10.0
"""Seconds between two lines of the log that tell how many were sent away."""

log = structlog.get_logger("liangxian")


class InHand:
    """The places of those requests that are worked on, and the queue before them, first come, first served."""

    def __init__(self, places: int, waiting: int) -> None:
        """So many are worked on at one time, and so many more may wait."""
        self._free = Semaphore(places)
        self._room = waiting
        self._waiting = 0
        self._held: set[object] = set()
        self._sent_away = 0
        self._told_at = -TOLD_EVERY
        self._held_up_until = 0.0

    def check(self) -> None:
        """Raise `Unavailable` where there is neither a place nor room to wait for one."""
        if self._free.locked() and self._waiting >= self._room:
            raise self._away()

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Hold a place, once it is one's turn. Raises `Unavailable` where too many wait already, or if it takes too long."""
        self.check()
        await self._wait()
        place, loop = object(), get_running_loop()
        self._held.add(place)
        overdue = loop.call_later(LONGEST, self._give_back, place)
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

    def _give_back(self, place: object) -> None:
        if place in self._held:
            self._held.discard(place)
            self._free.release()

    def _away(self) -> Unavailable:
        self._sent_away += 1
        now = get_running_loop().time()
        if now >= self._told_at + TOLD_EVERY:
            log.warning("overloaded", sent_away=self._sent_away, waiting=self._waiting)
            self._sent_away, self._told_at = 0, now
        return Unavailable(retry_after=RETRY_AFTER)


def in_hand_of(request: Request) -> InHand:
    in_hand: InHand = request.app.state.in_hand
    return in_hand


async def _hold_place(request: Request) -> AsyncIterator[None]:
    async with in_hand_of(request).place():
        yield


# The first of a route's dependencies: it begins when the body has been read, however slowly that was sent, and ends after the
# others of its scope, when the transaction has been committed, and before the answer is sent, however slowly that is taken.
PLACE: Final = Depends(_hold_place, scope="function")
"""What a route depends on whose work needs a thread and the database."""
