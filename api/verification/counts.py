"""How often cards are checked: gathered in memory and written once a second, so that a scan never waits for a writing transaction.

A crash loses the last second's counts and nothing else. The memory is bounded by the number of cards that are checked within a
second, and capped besides.
"""

import asyncio
from collections import Counter
from datetime import datetime, timedelta
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

log = structlog.get_logger("liangxian")


class ScanCounts:
    """The counts that have not been written yet, by card, hour and outcome."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = Lock()
        self._waiting: Counter[tuple[UUID, datetime, ScanOutcome]] = Counter()
        self._task: asyncio.Task[None] | None = None

    def add(self, card_id: UUID, told: ScanAnswer) -> None:
        """Count one scan of a known card."""
        with self._lock:
            self._keep((card_id, told.verified_at.replace(minute=0, second=0, microsecond=0), told.outcome), 1)

    def write(self) -> None:
        """Write what has gathered. What cannot be written now waits for the next time."""
        with self._lock:
            taken, self._waiting = self._waiting, Counter()
        if not taken:
            return
        try:
            with self._database.writing(Origin("scan-counts")) as work:
                queries.add_counts(work, taken)
        except Exception as error:
            log.warning("scan_counts_wait", entries=len(taken), error=type(error).__name__)
            with self._lock:
                for key, number in taken.items():
                    self._keep(key, number)

    def _keep(self, key: tuple[UUID, datetime, ScanOutcome], number: int) -> None:
        if key in self._waiting or len(self._waiting) < MOST_ENTRIES:
            self._waiting[key] += number

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
    """Delete the scan counts that are older than a year. Returns how many."""
    return queries.forget_counts(work, work.at - KEPT)
