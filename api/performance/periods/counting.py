"""Counting the indicators of a period, beside whatever else a process does: one at a time, each in a transaction of its own.

How far it has come stands in the period itself. So it goes on at the next indicator wherever it was broken off, in whichever
process finds it, and what is counted is not counted again.
"""

import asyncio
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from threading import Event
from time import monotonic
from typing import Any, Final
from uuid import UUID

import structlog
from sqlalchemy import Row

from api.database import Database, Origin, Work
from api.figures import Own
from api.figures import Span as Figured
from api.performance.figures import FIGURES
from api.performance.periods import queries
from api.performance.periods.rules import Span, spans_on
from models.indicator import Period
from models.performance_enums import FigureName, PeriodState

EVERY_SECONDS: Final = 15.0
"""How often a process looks whether something was left by another one."""
LEASE: Final = timedelta(seconds=60)
"""For how long a period is left to the process that counts it: longer than any statement may take."""
COUNTED_DAILY: Final = timedelta(days=2 * 366)
"""For how long after its end an open period is counted every day. Whoever enters values may begin any, and each costs as much as
another."""
LONGEST_PAUSE: Final = 0.12
"""Seconds. Whoever waits to write into SQLite looks at most a tenth of a second apart whether he can."""

log = structlog.get_logger("liangxian")


@dataclass(frozen=True)
class Counted:
    """What organisations have of their own of an indicator, which is the one at that place of a period as of that moment."""

    as_of: datetime
    place: int
    indicator: str
    own: Sequence[Row[tuple[UUID, int, int]]]


class Counting:
    """What counts in this process, one period after another, however many are asked for. It holds no state but whether somebody has
    asked, and whether it is to stop."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._wanted = asyncio.Event()
        self._stopped = Event()
        self._task: asyncio.Task[None] | None = None

    def count(self) -> None:
        """Count whatever is left to count of any period and that nobody else is counting. What fails is left for later."""
        counted: set[str] = set()
        try:
            # Which is next is asked each time: one that somebody closes waits behind none that was to be counted anew.
            while not self._stopped.is_set() and (code := self._next(counted)) is not None:
                self._count_period(code)
                counted.add(code)
        except Exception as error:
            log.warning("counting_waits", error=type(error).__name__)

    def count_daily(self) -> int:
        """Count anew the periods that are open, once on each of the district's days and until `COUNTED_DAILY` after their end, and
        whatever else is left to count.

        Returns how many were begun anew.
        """
        with self._database.reading(_origin()) as work:
            current = spans_on(work.today)
            spans = [*queries.open_before(work, current[0], work.today - COUNTED_DAILY), *current]
        number = sum(map(self._begin_daily, spans))
        self.count()
        return number

    async def wake(self) -> None:
        """Have what is left to count looked for at once, or as soon as what is being counted is done. Nobody waits for it."""
        self._wanted.set()

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Begin with nothing more; what is being counted is counted to its end."""
        self._stopped.set()
        if self._task is not None:
            self._task.cancel()

    async def _run(self) -> None:
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wanted.wait(), EVERY_SECONDS)
            self._wanted.clear()
            await asyncio.to_thread(self.count)

    def _next(self, counted: Collection[str]) -> str | None:
        with self._database.reading(_origin()) as work:
            return queries.next_unfinished(work, counted)

    def _begin_daily(self, span: Span) -> bool:
        with self._database.writing(_origin()) as work:
            period = queries.begun(work, span)
            if period.state is not PeriodState.open or _is_of_today(work, period):
                return False
            begin(work, period)
            work.record("refresh_period", period)
            return True

    def _count_period(self, code: str) -> None:
        with self._database.writing(_origin()) as work:
            period = queries.take_unfinished(work, code)
            if period is None:
                return
            period.leased_until = work.at + LEASE
        is_left = True
        while is_left and not self._stopped.is_set():
            with self._database.reading(_origin()) as work:
                counted = count_next(work, code)
            began = monotonic()
            with self._database.writing(_origin()) as work:
                is_left = store(work, code, counted)
            if self._database.is_sqlite:
                self._stopped.wait(min(monotonic() - began, LONGEST_PAUSE))


def begin(work: Work, period: Period) -> None:
    """Have a period, which is held, counted from the beginning, by the indicators that count now, as of now."""
    chosen = queries.active_indicators(work)
    period.indicators = [
        one.model_dump(mode="json", include={"code", "pillar", "name", "figure", "unit", "weight", "target", "direction", "source"})
        for one in chosen
    ]
    period.as_of, period.done, period.of = work.at, 0, len(chosen)
    queries.forget_others(work, period.code, [one.code for one in chosen])
    work.flush()


def count_next(work: Work, code: str) -> Counted | None:
    """Count the next indicator of a period, of which nothing is stored yet; None where all are counted.

    Whoever writes into SQLite waits for whoever does so already: so what takes long is only read, before the transaction that
    stores it.
    """
    period = queries.rows(work, [code])[code]
    if period.done == period.of or period.as_of is None or period.indicators is None:
        return None
    indicator = period.indicators[period.done]
    span, figure = Span(code, period.starts_on, period.ends_on), FigureName(indicator["figure"])
    own = own_counts(work, span, indicator["code"], figure, period.as_of, is_final=period.state is PeriodState.closing)
    return Counted(period.as_of, period.done, indicator["code"], work.execute(own).all() if own is not None else ())


def store(work: Work, code: str, counted: Counted | None) -> bool:
    """Store what was counted for all organisations, or, when all is counted, close the period where it is closing. Whether it is to
    be gone on with: one that was begun anew meanwhile waits behind the others."""
    period = queries.held(work, code)
    if period is None:
        return False
    if counted is not None and counted.as_of != period.as_of:
        period.leased_until = None
        return False
    is_closing = period.state is PeriodState.closing
    if counted is not None and counted.place == period.done:
        queries.forget_values(work, code, counted.indicator)
        queries.roll_up(work, code, counted.indicator, counted.own)
        period.done += 1
        period.leased_until = work.at + LEASE
        if is_closing:
            work.record("count_indicator", period, indicator=counted.indicator)
    elif is_closing and period.done == period.of:
        period.state, period.closed_at = PeriodState.closed, work.at
        work.record("end_closing", period)
        is_closing = False
    is_left = is_closing or period.done < period.of
    if not is_left:
        period.leased_until = None
    return is_left


def own_counts(
    work: Work, span: Span, code: str, figure: FigureName, as_of: datetime, *, inside: Any = None, is_final: bool = False
) -> Own | None:
    """The statement that counts what each organisation has of its own of an indicator in a period; None for a figure that nobody
    counts. `inside` are the few at which alone is looked, and `is_final` is whether the period closes by it, as `api.figures.Span`
    has them."""
    if figure is FigureName.entered:
        return queries.entered(span.code, code, as_of)
    counted = FIGURES.get(figure)
    return counted(work, figured(span, as_of, work.zone, inside, is_final=is_final)) if counted else None


def figured(span: Span, as_of: datetime, zone: tzinfo, inside: Any = None, *, is_final: bool = False) -> Figured:
    """A period as figures are told of it."""
    return Figured(span.starts_on, span.ends_on, as_of, zone, inside, is_final)


def _is_of_today(work: Work, period: Period) -> bool:
    return period.as_of is not None and work.begin_of(work.today) <= period.as_of


def _origin() -> Origin:
    return Origin("periods")
