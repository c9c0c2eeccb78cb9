"""How often cards are checked: gathered in memory and written once a second, so that a scan never waits for a writing transaction.

A crash loses the last second's counts and nothing else. The memory is bounded by the number of cards that are checked within a
second, and capped besides.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from threading import Lock

import structlog

from api.database import Database, Origin, Work
from api.verification import queries
from api.verification.rules import ScanAnswer
from models.enums import ScanOutcome

EVERY_SECONDS = 1.0
MOST_ENTRIES = 100_000
KEPT = timedelta(days=480)
"""A calendar year can still be counted when it is closed in the spring that follows."""

_Kind = tuple[int, ScanOutcome]
"""An hour, counted from 1970, and an outcome."""

log = structlog.get_logger("liangxian")


class ScanCounts:
    """The counts that have not been written yet, by hour and outcome, and then by card."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = Lock()
        self._waiting: dict[_Kind, dict[str, int]] = {}
        self._entries = 0
        self._task: asyncio.Task[None] | None = None

    def add(self, card_id: str, told: ScanAnswer) -> None:
        """Count one scan of a card, by its key as the engine writes it."""
        hour = int(told.verified_at.timestamp()) // 3600
        with self._lock:
            self._keep((hour, told.outcome), card_id, 1)

    def write(self) -> None:
        """Write what has gathered. What cannot be written now waits for the next time."""
        with self._lock:
            taken, self._waiting = self._waiting, {}
            entries, self._entries = self._entries, 0
        if not taken:
            return
        try:
            with self._database.writing(Origin("scan-counts")) as work:
                for (hour, outcome), cards in sorted(taken.items()):
                    queries.add_counts(work, datetime.fromtimestamp(hour * 3600, UTC), outcome, cards)
        except Exception as error:
            log.warning("scan_counts_wait", entries=entries, error=type(error).__name__)
            with self._lock:
                for kind, cards in taken.items():
                    for card_id, number in cards.items():
                        self._keep(kind, card_id, number)

    def _keep(self, kind: _Kind, card_id: str, number: int) -> None:
        cards = self._waiting.get(kind, {})
        if card_id in cards:
            cards[card_id] += number
        elif self._entries < MOST_ENTRIES:
            self._waiting.setdefault(kind, cards)[card_id] = number
            self._entries += 1

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Write the last counts before the server ends."""
        if self._task is not None:
            self._task.cancel()
        await asyncio.to_thread(self.write)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            if self._waiting:
                await asyncio.to_thread(self.write)


def forget_old_counts(work: Work) -> int:
    """Delete a piece of the scan counts that are older than `KEPT`. Returns how many."""
    return queries.forget_counts(work, work.at - KEPT)
