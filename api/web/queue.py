"""Who waits for a place, whose turn is next, and who makes room where there is no more of it."""

from asyncio import Future, get_running_loop
from collections import Counter
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from itertools import count
from typing import Final, NamedTuple, TypeAlias
from uuid import UUID

LANES: Final = 8
"""As how many senders those of one network count: strangers in all things, since a whole town hall may sign in from one address;
accounts in whose turn is next and who makes room."""
LATELY: Final = 8.0
"""Seconds for which it is remembered who has had a turn: longer than until whoever was sent away has come back, and not as long as
somebody waits (`in_hand.py`), so that whoever waits has his turn however many come who have had none."""
MOST_TURNS: Final = 10_000
"""Of so many it is remembered at the most."""


class Lane(NamedTuple):
    """A share of those of one network: of strangers, or of accounts."""

    network: str
    number: int


class Known(NamedTuple):
    """Who is not signed in, but shows a token that an account was given when it was: to sign in on the same device, or for the next
    access token."""

    owner: str


Sender: TypeAlias = UUID | Known | Lane | None
"""Whose requests are served in turn with those of others: an account's, by a token that was checked, or strangers' of a network."""


class Part(Enum):
    """One of those among whom the places and the room are shared out alike while all of them wait: there are as many networks of
    strangers as anybody likes, and what they ask for may take longer than what is asked beside them."""

    signed_in = auto()
    known = auto()
    strangers = auto()

    @staticmethod
    def of(sender: Sender) -> "Part":
        """The part to which a sender belongs."""
        if isinstance(sender, UUID):
            return Part.signed_in
        return Part.known if isinstance(sender, Known) else Part.strangers


class Lately:
    """When something last happened to whom, for so many seconds, and of so many at the most."""

    def __init__(self, seconds: float, most: int) -> None:
        self._seconds = seconds
        self._most = most
        self._moments: dict[Hashable, float] = {}
        """The first is the one of whom it is longest ago."""

    def note(self, whom: Hashable) -> None:
        """It has happened to somebody now."""
        self._moments.pop(whom, None)
        self._moments[whom] = now = get_running_loop().time()
        while len(self._moments) > self._most or next(iter(self._moments.values())) <= now - self._seconds:
            del self._moments[next(iter(self._moments))]

    @property
    def since(self) -> float:
        """Up to when it is too long ago, by the clock of the loop."""
        return get_running_loop().time() - self._seconds

    def moment(self, whom: Hashable) -> float:
        """When it happened to him; 0 where that is too long ago, or never was."""
        moment = self._moments.get(whom, 0.0)
        return moment if moment > self.since else 0.0


@dataclass(eq=False, slots=True)
class Waiting:
    """Somebody who waits for a place."""

    sender: Sender
    network: str
    number: int
    """How many have come before."""
    turn: Future[bool]
    """Tells whether it is his turn, or he has to make room."""

    def tell(self, *, is_his_turn: bool) -> bool:
        """Tell him; false if he has gone."""
        if self.turn.done():
            return False
        self.turn.set_result(is_his_turn)
        return True


@dataclass(eq=False, slots=True)
class _Waiters:
    """How many of a lane wait."""

    lane: Hashable
    had_turn: float
    """When one of them last had one; 0 where that is too long ago."""
    number: int = 0


@dataclass(eq=False, slots=True)
class _Line:
    """Those of one sender who wait, in the order in which they came."""

    beside: _Waiters
    """Of the lane of the network from which he asked last, himself among them."""
    had_turn: float
    """When he last had one; 0 where that is too long ago."""
    waiting: list[Waiting] = field(default_factory=list)


class Queue:
    """Those who wait, as many as there is room for.

    Whose turn is next: of the part that has fewest places, or else had a turn longest ago, the sender whose lane had one longest
    ago, or else who had one longest ago himself, all who had none lately being alike; and of him, whoever came first. Each sender
    belongs to one of the `LANES` of his network, so that nobody waits until all accounts of one hand have had their turns.

    Who makes room when one more comes: of the part that has most here the sender whose lane has most, or else who has most himself,
    or else who would be next after all the others; and of him, whoever came last. That may be the one who comes. So whoever asks
    for much has all that nobody else asks for, and nobody is sent away for his sake; and many who ask again and again, one for each
    account and from several networks, keep nobody out who asks once in a while.
    """

    def __init__(self, room: int, *, lately: float = LATELY) -> None:
        """`lately` is for how many seconds it is remembered who has had a turn."""
        self._room = room
        self._lines: dict[Part, dict[Sender, _Line]] = {part: {} for part in Part}
        """None is empty; those of a part in the order in which they began."""
        self._waiters: dict[Hashable, _Waiters] = {}
        """By their lanes; none is without anybody."""
        self._size: Counter[Part] = Counter()
        self._came = count()
        self._had_turn = Lately(lately, MOST_TURNS)
        """Of parts, of lanes and of senders."""

    def __len__(self) -> int:
        return self._size.total()

    def would_take(self, sender: Sender, network: str) -> bool:
        """Whether one more would not be the one who has to make room."""
        if len(self) < self._room:
            return True
        newcomer = self._add(sender, network)
        makes_room = self._who_makes_room(newcomer)
        self._remove(newcomer)
        return makes_room is not newcomer

    def join(self, sender: Sender, network: str) -> Waiting:
        """Wait from now on; whoever has to make room for him is told, which may be himself."""
        newcomer = self._add(sender, network)
        if len(self) > self._room:
            last = self._who_makes_room(newcomer)
            self._remove(last)
            last.tell(is_his_turn=False)
        return newcomer

    def leave(self, one: Waiting) -> bool:
        """Wait no more. Whether one's turn had come in this very moment."""
        line = self._lines[Part.of(one.sender)].get(one.sender)
        if line and one in line.waiting:
            self._remove(one)
            return False
        return not one.turn.cancelled() and one.turn.result()

    def call(self, held: Mapping[Part, int]) -> Waiting:
        """Tell the one whose turn is next, by how many places each part holds; returns him. Raises `LookupError` where nobody
        waits."""
        while parts := [part for part in Part if self._size[part]]:
            part = min(parts, key=lambda one: (held[one], self._had_turn.moment(one)))
            since = self._had_turn.since
            first = min(self._lines[part].values(), key=lambda one: _had_turns(one, since)).waiting[0]
            self._remove(first)
            if first.tell(is_his_turn=True):
                return first
        raise LookupError

    def note_turn(self, sender: Sender, network: str) -> None:
        """Somebody of a network was given a place."""
        part, lane = Part.of(sender), _lane(sender, network)
        for whose in (part, lane, sender):
            self._had_turn.note(whose)
        for had in (self._waiters.get(lane), self._lines[part].get(sender)):
            if had:
                had.had_turn = self._had_turn.moment(sender)

    def _who_makes_room(self, newcomer: Waiting) -> Waiting:
        own = Part.of(newcomer.sender)
        part = max(Part, key=lambda one: (self._size[one], one is own))
        since = self._had_turn.since

        def rank(line: _Line) -> tuple[int, int, tuple[float, float], int]:
            return line.beside.number, len(line.waiting), _had_turns(line, since), line.waiting[-1].number

        return max(self._lines[part].values(), key=rank).waiting[-1]

    def _add(self, sender: Sender, network: str) -> Waiting:
        part, one = Part.of(sender), Waiting(sender, network, next(self._came), get_running_loop().create_future())
        beside = self._beside(_lane(sender, network))
        line = self._lines[part].setdefault(sender, _Line(beside, self._had_turn.moment(sender)))
        if line.beside is not beside:
            self._change(line.beside, -len(line.waiting))
            self._change(beside, len(line.waiting))
            line.beside = beside
        line.waiting.append(one)
        self._change(beside, 1)
        self._size[part] += 1
        return one

    def _remove(self, one: Waiting) -> None:
        part = Part.of(one.sender)
        line = self._lines[part][one.sender]
        line.waiting.remove(one)
        if not line.waiting:
            del self._lines[part][one.sender]
        self._change(line.beside, -1)
        self._size[part] -= 1

    def _beside(self, lane: Hashable) -> _Waiters:
        found = self._waiters.get(lane)
        return found or self._waiters.setdefault(lane, _Waiters(lane, self._had_turn.moment(lane)))

    def _change(self, waiters: _Waiters, by: int) -> None:
        waiters.number += by
        if not waiters.number:
            del self._waiters[waiters.lane]


def _had_turns(line: _Line, since: float) -> tuple[float, float]:
    """When the lane of a sender last had a turn, or he himself from elsewhere, and when he had one; not before a moment."""
    own = max(line.had_turn, since)
    return max(line.beside.had_turn, own), own


def _lane(sender: Sender, network: str) -> Hashable:
    """Among whom of his part and network a sender's turns count; himself where the network is not told."""
    return sender if isinstance(sender, Lane) or not network else (Part.of(sender), Lane(network, hash(sender) % LANES))
