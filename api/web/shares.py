"""How much of what costs much is in hand at one time in this process, by its kind: in all, and of one sender.

A place among what is worked on (`in_hand.py`) is free again after two seconds, whatever its holder still does. What keeps a core or
the disk busy for longer is bounded here, from when its body is there until it is committed: so nobody who asks for much keeps the
others waiting. Whose share is used up is told to come back at once.
"""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from fastapi.routing import APIRoute

from api.errors import Unavailable
from api.uploads import MAX_BODY_BYTES, MAX_SHEET_BYTES
from api.web.in_hand import InHand
from api.web.negotiation import JSON
from api.web.queue import Sender

RETRY_AFTER: Final = 3
LATELY: Final = 60.0
"""Seconds for which it is remembered who has had a turn: each may take long, so that even of few accounts that ask for nothing else
not every one has one within the few seconds of other queues."""


@dataclass(frozen=True, eq=False)
class Kind:
    """So many at one time, so many of them for one sender, and so many more may wait for a turn."""

    at_once: int
    each: int
    waiting: int = 0


BODIES: Final = Kind(at_once=32, each=6)
"""Bodies larger than any that is no file, while they arrive: each lies in the temporary folder meanwhile."""
BODIES_OF_ACCOUNT: Final = Kind(at_once=32, each=10)
"""The same, by account: so few that three accounts leave room for others, and more than a session that has ended may bring."""
SHEETS: Final = Kind(at_once=4, each=1, waiting=8)
"""Spreadsheets that are read, and imported or given back: for minutes, if they are long and many. Four accounts hold all turns."""
PICTURES: Final = Kind(at_once=8, each=4, waiting=32)
"""Pictures that are drawn anew. Who has brought one over a slow net would have to bring it again, so he waits."""
PAPERS: Final = Kind(at_once=4, each=1, waiting=8)
"""Workbooks, papers, archives and packs that are written, and slips, whose passwords are hashed."""
WORDS: Final = Kind(at_once=1, each=16, waiting=128)
"""Bodies so long that their words are searched in a thread. One thread at a time, since each keeps the loop from running."""
KINDS: Final = (BODIES, BODIES_OF_ACCOUNT, SHEETS, PICTURES, PAPERS, WORDS)


def kind_of(route: APIRoute) -> Kind | None:
    """Which kind of work a route is, by what it takes and answers; None where it is nothing that costs much."""
    if takes_file(route):
        return SHEETS if route.max_body_size == MAX_SHEET_BYTES else PICTURES
    answered = route.responses.get(200, {}).get("content", {})
    return PAPERS if any(kind.startswith("application/") and kind != JSON for kind in answered) else None


def takes_file(route: APIRoute) -> bool:
    """Whether a route takes a body so large that it is kept in the temporary folder while it arrives."""
    return (route.max_body_size or 0) > MAX_BODY_BYTES


class Shares:
    """What is held of each kind, and by whom."""

    def __init__(self) -> None:
        self._turns = {
            kind: InHand(kind.at_once, kind.waiting, overstaying=0, retry_after=RETRY_AFTER, lately=LATELY) for kind in KINDS
        }
        self._held: Counter[tuple[Kind, Sender]] = Counter()
        """By sender; of bodies, by session."""

    def check(self, kind: Kind, sender: Sender, network: str) -> None:
        """Raise `Unavailable` where neither a turn of a kind nor room to wait for one is left for this sender from a network."""
        if self._held[kind, sender] >= kind.each:
            raise Unavailable(retry_after=RETRY_AFTER)
        self._turns[kind].check(sender, network)

    @asynccontextmanager
    async def hold(self, kind: Kind, sender: Sender, network: str) -> AsyncIterator[None]:
        """Hold a turn of a kind for an account, or for a stranger, who asks from a network. Raises `Unavailable`."""
        self.check(kind, sender, network)
        self._held[kind, sender] += 1
        try:
            async with self._turns[kind].place(sender, network):
                yield
        finally:
            self._held[kind, sender] -= 1
            if not self._held[kind, sender]:
                del self._held[kind, sender]
