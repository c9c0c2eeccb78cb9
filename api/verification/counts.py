"""How often cards are checked: gathered in memory and written once a second, so that a scan never waits for a writing transaction.

A crash loses the last second's counts and nothing else. The memory is bounded by the number of cards that are checked within a
second, and capped besides.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from threading import Lock
from uuid import UUID

import structlog

from api.database import Database, Origin, Work
from api.verification import queries
from api.verification.rules import ScanAnswer
from models.enums import ScanOutcome

EVERY_SECONDS = 1.0
MOST_ENTRIES = 100_000
KEPT = timedelta(days=366)
"""A whole year in which the holder can look back."""

_Counted = tuple[str, int, str]
"""A card's key, an hour counted from 1970, and an outcome."""

log = structlog.get_logger("liangxian")


class ScanCounts:
    """The counts that have not been written yet, by card, hour and outcome."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = Lock()
        self._waiting: dict[_Counted, int] = {}
        self._task: asyncio.Task[None] | None = None

    def add(self, card_id: str, told: ScanAnswer) -> None:
        """Count one scan of a known card."""
        hour = int(told.verified_at.timestamp()) // 3600
        with self._lock:
            self._keep((card_id, hour, told.outcome.value), 1)

    def write(self) -> None:
        """Write what has gathered. What cannot be written now waits for the next time."""
        with self._lock:
            taken, self._waiting = self._waiting, {}
        if not taken:
            return
        try:
            with self._database.writing(Origin("scan-counts")) as work:
                queries.add_counts(work, {_typed(*key): number for key, number in taken.items()})
        except Exception as error:
            log.warning("scan_counts_wait", entries=len(taken), error=type(error).__name__)
            with self._lock:
                for key, number in taken.items():
                    self._keep(key, number)

    def _keep(self, key: _Counted, number: int) -> None:
        before = self._waiting.get(key)
        if before is not None:
            self._waiting[key] = before + number
        elif len(self._waiting) < MOST_ENTRIES:
            self._waiting[key] = number

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


def _typed(card_id: str, hour: int, outcome: str) -> tuple[UUID, datetime, ScanOutcome]:
    return UUID(card_id), datetime.fromtimestamp(hour * 3600, UTC), ScanOutcome(outcome)


def forget_old_counts(work: Work) -> int:
    """Delete the scan counts that are older than a year. Returns how many."""
    return queries.forget_counts(work, work.at - KEPT)
