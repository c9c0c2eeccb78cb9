"""How much is worked on at one time in this process, so that a crowd is served in turn, or told to come back, and nobody is failed.

What needs a thread and the database has to take a place first: many more threads than processors keep each other from ending, and
hold the database's connections while they wait. Scans and `/livez` need none, and never stand behind those who do.
"""

from asyncio import CancelledError, Future, get_running_loop, timeout
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import Enum, auto
from itertools import cycle
from math import ceil
from typing import Final, NamedTuple, TypeAlias
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
LANES: Final = 8
"""As how many senders the strangers of one network count: a whole town hall may sign in from one address."""

log = structlog.get_logger("liangxian")


class Lane(NamedTuple):
    """A part of the strangers of one network."""

    network: str
    number: int


class Known(NamedTuple):
    """Who is not signed in, but shows a token that an account was given when it was: to sign in on the same device, or for the next
    access token."""

    owner: str


Sender: TypeAlias = UUID | Known | Lane | None
"""Whose requests are served in turn with those of others: an account's, by a token that was checked, or strangers' of a network."""
_Line: TypeAlias = dict[Future[bool], None]
"""Who waits, in the order in which they came; each is told whether it is his turn, or he has to make room."""


class _Part(Enum):
    """One of those among whom the places are shared out alike while all of them wait: there are as many networks of strangers as
    anybody likes, and what they ask for may take longer than what is asked beside them."""

    signed_in = auto()
    known = auto()
    strangers = auto()


class _Place(NamedTuple):
    """What somebody holds: each is another one."""

    key: object
    sender: Sender


class InHand:
    """The places of those requests that are worked on, and the queue before them. A place that comes free is for the signed in, the
    known or strangers, whoever of them have fewest, or else had a turn longest ago; among these of each sender who waits one in
    turn, and of the same sender first come, first served. While the queue is full, whoever has most in it makes room for who has
    less, and strangers for others: so one who sends many has all that nobody else asks for, and nobody is sent away for his sake.
    """

    def __init__(self, places: int, waiting: int, *, overstaying: int = OVERSTAYING, retry_after: int = RETRY_AFTER) -> None:
        """So many are worked on at one time, and so many more may wait; `overstaying` are worked on beside them for having taken
        too long to be waited for."""
        self._free = places
        """None is free while anybody waits."""
        self._held: Counter[_Part] = Counter()
        """How many places each part has, those included that were given and are not taken up yet."""
        self._lines: dict[_Part, dict[Sender, _Line]] = {part: {} for part in _Part}
        """Those who wait; the part that had a turn longest ago, and of each the sender whose turn is next, is the first."""
        self._room = waiting
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
        self._sent_away = 0
        self._told_at = -TOLD_EVERY
        self._held_up_until = 0.0
        self._back_at = 0.0
        """When whoever was sent away last is to come back."""

    def stranger(self, network: str) -> Lane:
        """A request from a network by somebody who need not say who he is."""
        return Lane(network, next(self._lanes))

    def check(self, sender: Sender = None) -> None:
        """Raise `Unavailable` where there is neither a place nor room to wait for one, or too much of the account overstays."""
        if self._has_too_much(sender) or not (self._free or self._waiting < self._room or self._longer_line(sender)):
            raise self._away()

    @asynccontextmanager
    async def place(self, sender: Sender = None) -> AsyncIterator[None]:
        """Hold a place, once it is one's turn. Raises `Unavailable` where `check` does, if it takes too long, or to make room."""
        self.check(sender)
        if self._free:
            self._free -= 1
            self._held[_part_of(sender)] += 1
        else:
            await self._wait(sender)
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

    @property
    def _waiting(self) -> int:
        return sum(map(len, self._all_lines()))

    def _all_lines(self) -> list[_Line]:
        return [line for lines in self._lines.values() for line in lines.values()]

    async def _wait(self, sender: Sender) -> None:
        loop = get_running_loop()
        came_at = loop.time()
        turn = self._line_up(sender)
        try:
            async with timeout(PATIENCE):
                is_his_turn = await turn
        except TimeoutError as error:
            self._leave(sender, turn)
            raise self._away() from error
        except CancelledError:
            self._leave(sender, turn)
            raise
        if not is_his_turn:
            raise self._away()
        if came_at + HELD_UP_PATIENCE < loop.time() < self._held_up_until:
            self._hand_on(sender)
            raise self._away()

    def _line_up(self, sender: Sender) -> Future[bool]:
        if self._waiting >= self._room and (longer := self._longer_line(sender)):
            last, _ = longer.popitem()
            self._lines = {part: {whose: line for whose, line in lines.items() if line} for part, lines in self._lines.items()}
            _tell(last, is_his_turn=False)
        turn: Future[bool] = get_running_loop().create_future()
        self._lines[_part_of(sender)].setdefault(sender, {})[turn] = None
        return turn

    def _longer_line(self, sender: Sender) -> _Line | None:
        """The longest line, if it stays no shorter than the sender's when one of it makes room for one more of his. Or the longest
        of strangers, while these fill more than half of the room and somebody else has nobody there: of networks there are any
        number."""
        longest, own = max(self._all_lines(), key=len, default={}), len(self._lines[_part_of(sender)].get(sender, ()))
        if len(longest) > own + 1:
            return longest
        strangers = self._lines[_Part.strangers].values()
        if _part_of(sender) is not _Part.strangers and not own and sum(map(len, strangers)) > self._room / 2:
            return max(strangers, key=len)
        return None

    def _leave(self, sender: Sender, turn: Future[bool]) -> None:
        """Wait no more, and hand the place on if it was one's turn in this very moment."""
        lines = self._lines[_part_of(sender)]
        line = lines.get(sender, {})
        if turn in line:
            del line[turn]
            if not line:
                del lines[sender]
        elif not turn.cancelled() and turn.result():
            self._hand_on(sender)

    def _hand_on(self, sender: Sender) -> None:
        """Give the place of a sender to the first in the line of the one whose turn it is."""
        self._held[_part_of(sender)] -= 1
        while waiting := [part for part, lines in self._lines.items() if lines]:
            part = min(waiting, key=self._held.__getitem__)
            lines = self._lines[part] = self._lines.pop(part)
            whose, line = next(iter(lines.items()))
            del lines[whose]
            turn = next(iter(line))
            del line[turn]
            if line:
                lines[whose] = line
            if _tell(turn, is_his_turn=True):
                self._held[part] += 1
                return
        self._free += 1

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
            log.warning("overloaded", sent_away=self._sent_away, waiting=self._waiting)
            self._sent_away, self._told_at = 0, now
        seconds = min(max(self._retry_after, self._back_at - now + 1 / BACK_A_SECOND), LATEST_BACK)
        self._back_at = now + seconds
        return Unavailable(retry_after=int(seconds))


def _part_of(sender: Sender) -> _Part:
    if isinstance(sender, UUID):
        return _Part.signed_in
    return _Part.known if isinstance(sender, Known) else _Part.strangers


def _tell(turn: Future[bool], *, is_his_turn: bool) -> bool:
    """Tell somebody who waits; false if he has gone."""
    if turn.done():
        return False
    turn.set_result(is_his_turn)
    return True
