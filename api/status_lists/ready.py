"""The lists' bytes as this worker serves them: looked up once a second at the most, however often they are asked for."""

from collections import OrderedDict, defaultdict
from datetime import UTC, datetime, timedelta
from typing import Final

from anyio import CapacityLimiter, Lock, to_thread

from api.database import Database, Origin
from api.errors import NotFound
from api.status_lists.service import Signed, Signing, count_lists, show_status_list

TRUSTED_FOR: Final = timedelta(seconds=1)
"""So long another worker's newer bytes may go unnoticed; a reader holds a list for minutes."""

MOST_LISTS: Final = 64
"""Lists held in memory: those of 67 million cards."""


class ReadyLists:
    """Gives lists by their number, as ready bytes."""

    def __init__(self, database: Database, signing: Signing) -> None:
        self._database = database
        self._signing = signing
        self._kept: OrderedDict[int, tuple[Signed, datetime]] = OrderedDict()
        self._locks: defaultdict[int, Lock] = defaultdict(Lock)
        self._counting = Lock()
        self._count, self._counted_until = 0, datetime.min.replace(tzinfo=UTC)
        self._at_once = CapacityLimiter(4)

    async def get(self, number: int, origin: Origin) -> Signed:
        """A list's bytes. Raises `NotFound`, or `Unavailable` while the database cannot be reached."""
        if (ready := self._fresh(number, origin.at)) is not None:
            return ready
        if number >= await self._how_many(origin):
            # Whoever asks for lists that are none holds up nobody.
            raise NotFound
        async with self._locks[number]:
            # Whoever waited finds what the first has looked up.
            if (ready := self._fresh(number, origin.at)) is not None:
                return ready
            signed = await to_thread.run_sync(
                show_status_list, self._database, origin, number, self._signing, limiter=self._at_once
            )
            self._kept[number] = signed, origin.at + TRUSTED_FOR
            self._kept.move_to_end(number)
            while len(self._kept) > MOST_LISTS:
                self._kept.popitem(last=False)
            return signed

    async def _how_many(self, origin: Origin) -> int:
        """How many lists there are: their numbers begin at 0, and none is left out."""
        if origin.at >= self._counted_until:
            async with self._counting:
                if origin.at >= self._counted_until:
                    self._count = await to_thread.run_sync(count_lists, self._database, origin, limiter=self._at_once)
                    self._counted_until = origin.at + TRUSTED_FOR
        return self._count

    def _fresh(self, number: int, at: datetime) -> Signed | None:
        signed, until = self._kept.get(number, (None, at))
        return signed if at < until else None
