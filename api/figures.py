"""Figures of organisations: each two whole numbers, summed up the tree. Rates are never averaged."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

from sqlalchemy import DateTime, Select, and_, case, cast, func, literal

from api.access.names import organization_names
from api.database import Work
from api.days import begin_of, day_of, offsets

ONE_DAY: Final = timedelta(days=1)
ONE_HOUR: Final = timedelta(hours=1)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Span:
    """What figures are counted of: the district's days from `since` to `until`, both among them, as they stood at the moment
    `as_of`, which is aware. Days begin in `zone`."""

    since: date
    until: date
    as_of: datetime
    zone: tzinfo
    inside: Any = None
    """The few organisations that whoever asks will look at alone, where he knows so before: a figure may, but need not, count
    only what they have."""
    is_final: bool = False
    """Whether it stays as it is counted now. Until then it is read by those whom it may be about."""

    @property
    def on(self) -> date:
        """The day on which is looked at what then is, which may be one after the span."""
        return day_of(self.as_of, self.zone)

    @property
    def begin(self) -> datetime:
        return begin_of(self.since, self.zone)

    @property
    def end(self) -> datetime:
        """The first moment that no longer belongs to it."""
        return begin_of(self.until + ONE_DAY, self.zone)

    @property
    def up_to(self) -> datetime:
        """The moment at which it is looked at, but at most its last one."""
        return min(self.as_of, self.end - datetime.resolution)


Own = Select[tuple[UUID, int, int]]
"""A query for the columns `organization_id`, `numerator` and `denominator`: what each organisation has of its own, without what is
below it. Organisations that have nothing need have no row. A count, which is no share of anything, has the denominator 0."""

Figure = Callable[[Work, Span], Own]
"""How a figure is counted. The work is asked for what the query depends on: the engine, or a standard that was in force."""


def own_counts(rows: Any, owner: Any, numerator: Any, denominator: Any) -> Own:
    """What is counted of the rows of a query, by the column that tells whose each is."""
    columns = owner.label("organization_id"), numerator.label("numerator"), denominator.label("denominator")
    query: Own = rows.with_only_columns(*columns).group_by(owner)
    return query


def how_many(condition: Any) -> Any:
    """Of how many rows a condition holds."""
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def one_of_the_hours(work: Work, hour: Any, since: datetime, until: datetime) -> Any:
    """The condition that a column of full hours names one of those that begin in a span. On SQLite each is named for itself: where
    rows lie by their hour first and then by whose they are, a span would read everybody's."""
    if not work.is_sqlite:
        return and_(hour >= since, hour < until)
    first, end = (-((_EPOCH - at) // ONE_HOUR) for at in (since, until))
    return hour.in_(func.json_each(literal(_hours(first, end))).table_valued("value").select())


# A quarter has two thousand, which each board of a branch names until the next hour has begun.
@lru_cache(maxsize=16)
def _hours(first: int, end: int) -> str:
    """The full hours of some numbers since the epoch, as SQLite has them, in JSON."""
    return json.dumps([f"{_EPOCH + number * ONE_HOUR:%Y-%m-%d %H:%M:%S.%f}" for number in range(first, end)])


def end_of_day(work: Work, day: Any, zone: tzinfo) -> Any:
    """The moment at which the district's day that a column names is over."""
    *later, (_, offset) = reversed(offsets(zone))
    ends = [(day >= first - ONE_DAY, _midnight(work, day, ONE_DAY - other)) for first, other in later]
    otherwise = _midnight(work, day, ONE_DAY - offset)
    return case(*ends, else_=otherwise) if ends else otherwise


def _midnight(work: Work, day: Any, later: timedelta) -> Any:
    if work.is_sqlite:
        return func.datetime(day, f"{later // timedelta(seconds=1):+} seconds")
    return func.timezone("UTC", cast(day, DateTime()) + later)


@dataclass
class Ratio:
    numerator: int = 0
    denominator: int = 0


@dataclass
class Counted:
    """What a room counts of something: each figure a `Ratio` by its name."""

    def add(self, figure: str, numerator: int, denominator: int) -> None:
        ratio: Ratio = getattr(self, figure)
        ratio.numerator += numerator
        ratio.denominator += denominator


C = TypeVar("C", bound=Counted)


class SummedUp(Generic[C]):
    """What is counted of some organisations, told by their paths, each with everything below it."""

    def __init__(self, paths: Mapping[UUID, str], new: Callable[[], C]) -> None:
        self._paths, self._new = paths, new
        self._counted = {key: new() for key in paths}
        self._by_step = {path.rstrip("/").rpartition("/")[2]: self._counted[key] for key, path in paths.items()}

    def of(self, owner: UUID) -> list[C]:
        """Where what an organisation has of its own is counted: with it, and with each above it among these."""
        return [self._by_step[step] for step in self._paths[owner].split("/") if step in self._by_step]

    def told(self, work: Work) -> list[tuple[UUID, str, C]]:
        """Those of which anything was counted, by their keys and names, in the order of the tree."""
        found = sorted((key for key, counted in self._counted.items() if counted != self._new()), key=lambda key: self._paths[key])
        names = organization_names(work, found) if found else {}
        return [(key, names[key], self._counted[key]) for key in found]
