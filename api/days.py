"""When a calendar day of the district is: it begins at the district's midnight, which is not UTC's. A piece of work has both as
`work.today` and `work.begin_of`."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import Final

FIRST_YEAR: Final = 2000
LAST_YEAR: Final = 2100
"""What a zone's midnights have been before, and will be after, is taken for what they are then."""


def day_of(moment: datetime, zone: tzinfo) -> date:
    """The district's calendar day at an aware moment."""
    return moment.astimezone(zone).date()


def begin_of(day: date, zone: tzinfo) -> datetime:
    """The midnight at which a day begins in the district, in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


@lru_cache(maxsize=8)
def offsets(zone: tzinfo) -> Sequence[tuple[date, timedelta]]:
    """By how much the midnights of a zone come before UTC's, each with the first day of which that is true. In most zones that
    changes twice a year, in China never."""
    days = (date.fromordinal(number) for number in range(date(FIRST_YEAR, 1, 1).toordinal(), date(LAST_YEAR, 1, 1).toordinal()))
    found: list[tuple[date, timedelta]] = []
    for day in days:
        offset = datetime.combine(day, time(), UTC) - begin_of(day, zone)
        if not found or found[-1][1] != offset:
            found.append((day, offset))
    return tuple(found)
