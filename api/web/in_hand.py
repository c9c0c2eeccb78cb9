"""How much is worked on at one time in this process, so that a crowd is served in turn, or told to come back, and nobody is failed.

What needs a thread and the database has to take a place first: many more threads than processors keep each other from ending, and
hold the database's connections while they wait. Scans and `/livez` need none, and never stand behind those who do.
"""

from asyncio import CancelledError, get_running_loop, timeout
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import cycle
from math import ceil
from typing import Final, NamedTuple
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError

from api.errors import Unavailable
from api.web.queue import LANES, LATELY, Known, Lane, Lately, Part, Queue, Sender

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
LOCKED: Final = 1.0
"""Seconds for which a request that met a row that somebody else held counts as one that still works; several one after another, but
for those beyond what there may be."""
HELD_UP_PATIENCE: Final = 1.0
"""Seconds that somebody waits for a place while the database holds up those who have one, and so would hold him up as well."""
HELD_UP: Final = 2.0
"""For so many seconds after it has held somebody up."""
RETRY_AFTER: Final = 1
BACK_A_SECOND: Final = 100
"""How many are told to come back in the same second: each who is sent away again costs as much time as a part of an answer."""
LATEST_BACK: Final = 5.0
"""Seconds after which whoever is sent away may come back at the latest."""
TOLD_EVERY: Final = 10.0
"""Seconds between two lines of the log that tell how many were sent away."""
REFUSED: Final = 300.0
"""Seconds for which whoever showed a token that was refused is a stranger, whichever of the same account he shows."""
MOST_REFUSED: Final = 10_000
"""Of so many it is remembered at the most."""

log = structlog.get_logger("liangxian")


class _Place(NamedTuple):
    """What somebody holds: each is another one."""

    key: object
    sender: Sender


class InHand:
    """The places of those requests that are worked on, and the queue before them (`queue.py`), by whose rule a place that comes
    free is given."""

    def __init__(
        self,
        places: int,
        waiting: int,
        *,
        overstaying: int = OVERSTAYING,
        retry_after: int = RETRY_AFTER,
        lately: float = LATELY,
    ) -> None:
        """So many are worked on at one time, and so many more may wait; `overstaying` are worked on beside them for having taken
        too long to be waited for. For `lately` seconds it is remembered who has had a place."""
        self._free = places
        """None is free while anybody waits."""
        self._held: Counter[Part] = Counter()
        """How many places each part has, those included that were given and are not taken up yet."""
        self._queue = Queue(waiting, lately=lately)
        self._lanes = cycle(range(LANES))
        self._most_overstaying = overstaying
        self._retry_after = retry_after
        self._late: dict[_Place, None] = {}
        """Those whose time is over, and who hold their places for want of room among the overstaying."""
        self._overstaying: set[_Place] = set()
        self._overstaying_of: Counter[Sender] = Counter()
        self._in_hand: set[_Place] = set()
        self._locked_until: dict[Sender, float] = {}
        """Until when an account's requests that met a row that somebody else held are counted."""
        self._refused = Lately(REFUSED, MOST_REFUSED)
        self._sent_away = 0
        self._told_at = -TOLD_EVERY
        self._held_up_until = 0.0
        self._back_at = 0.0
        """When whoever was sent away last is to come back."""

    def stranger(self, network: str) -> Lane:
        """A request from a network by somebody who need not say who he is."""
        return Lane(network, next(self._lanes))

    def known(self, owner: str, network: str) -> Known | Lane:
        """A request from a network by somebody who shows a token of an account. All those of whose accounts one was refused there
        lately are strangers in a lane of their own, so that they have no part in those of others."""
        known = Known(owner)
        return Lane(network, LANES) if self._refused.moment((known, network)) else known

    def refuse(self, known: Known, network: str) -> None:
        """Somebody of a network has shown a token of an account that is no longer good."""
        self._refused.note((known, network))

    def check(self, sender: Sender = None, network: str = "") -> None:
        """Raise `Unavailable` where there is neither a place nor room to wait for one, or too much of the account overstays."""
        if self._has_too_much(sender) or not (self._free or self._queue.would_take(sender, network)):
            raise self._away()

    @asynccontextmanager
    async def place(self, sender: Sender = None, network: str = "") -> AsyncIterator[None]:
        """Hold a place, once it is one's turn, for a sender who asks from a network. Raises `Unavailable` where `check` does, if it
        takes too long, or to make room."""
        self.check(sender, network)
        if self._free:
            self._free -= 1
            self._give(sender, network)
        else:
            await self._wait(sender, network)
        if self._has_too_much(sender):
            self._hand_on(sender)
            raise self._away()
        place, loop = _Place(object(), sender), get_running_loop()
        self._in_hand.add(place)
        overdue = loop.call_later(LONGEST, self._overstay, place)
        try:
            yield
        except Unavailable as refusal:
            if refusal.is_for_lock:
                self._count_lock(sender, loop.time())
            elif isinstance(refusal.__cause__, SQLAlchemyError):
                self._held_up_until = loop.time() + HELD_UP
            raise
        finally:
            overdue.cancel()
            self._in_hand.discard(place)
            self._give_back(place)

    async def _wait(self, sender: Sender, network: str) -> None:
        loop = get_running_loop()
        came_at = loop.time()
        mine = self._queue.join(sender, network)
        try:
            async with timeout(PATIENCE):
                is_his_turn = await mine.turn
        except (TimeoutError, CancelledError) as error:
            if self._queue.leave(mine):
                self._hand_on(sender)
            if isinstance(error, CancelledError):
                raise
            raise self._away() from error
        if not is_his_turn:
            raise self._away()
        if came_at + HELD_UP_PATIENCE < loop.time() < self._held_up_until:
            self._hand_on(sender)
            raise self._away()

    def _give(self, sender: Sender, network: str) -> None:
        self._held[Part.of(sender)] += 1
        self._queue.note_turn(sender, network)

    def _hand_on(self, sender: Sender) -> None:
        """Give the place of a sender to whoever's turn is next."""
        self._held[Part.of(sender)] -= 1
        try:
            following = self._queue.call(self._held)
        except LookupError:
            self._free += 1
        else:
            self._give(following.sender, following.network)

    def _has_too_much(self, sender: Sender) -> bool:
        """Whether so many of an account overstay; or meet rows that somebody else holds, with those in hand that may do so."""
        if not isinstance(sender, UUID):
            return False
        counted = self._overstaying_of[sender]
        if (left := self._locked_until.get(sender, 0.0) - get_running_loop().time()) > 0:
            counted = ceil(left / LOCKED) + sum(place.sender == sender for place in self._in_hand)
        return counted >= OVERSTAYING_EACH

    def _count_lock(self, sender: Sender, now: float) -> None:
        self._locked_until = {whose: until for whose, until in self._locked_until.items() if until > now}
        until = self._locked_until.get(sender, now) + LOCKED
        self._locked_until[sender] = min(until, now + OVERSTAYING_EACH * LOCKED)

    def _overstay(self, place: _Place) -> None:
        self._late[place] = None
        self._make_room()

    def _make_room(self) -> None:
        """Free the places of those who are late, as far as there is room for them beside the places."""
        while self._late and len(self._overstaying) < self._most_overstaying:
            place = next(iter(self._late))
            del self._late[place]
            self._overstaying.add(place)
            self._overstaying_of[place.sender] += 1
            self._hand_on(place.sender)

    def _give_back(self, place: _Place) -> None:
        if place not in self._overstaying:
            self._late.pop(place, None)
            self._hand_on(place.sender)
            return
        self._overstaying.discard(place)
        self._overstaying_of[place.sender] -= 1
        if not self._overstaying_of[place.sender]:
            del self._overstaying_of[place.sender]
        self._make_room()

    def _away(self) -> Unavailable:
        self._sent_away += 1
        now = get_running_loop().time()
        if now >= self._told_at + TOLD_EVERY:
            log.warning("overloaded", sent_away=self._sent_away, waiting=len(self._queue))
            self._sent_away, self._told_at = 0, now
        seconds = min(max(self._retry_after, self._back_at - now + 1 / BACK_A_SECOND), LATEST_BACK)
        self._back_at = now + seconds
        return Unavailable(retry_after=int(seconds))
