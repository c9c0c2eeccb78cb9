"""The rhythm of a year of pledges (一季一公示, 半年一点评, 年终一考核): which step opens when, and by when it is due.

The days are ours; a branch may be earlier with everything but the closing of a year.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from api.pledges.rules import archived_from

QUARTER: Final = r"^20[0-9]{2}-Q[1-4]$"
"""How a quarter is written."""


class RhythmKind(StrEnum):
    """What is done in the course of a year, by the word that the to-do has for it."""

    pledge_start = "pledge_start"
    pledge_quarter = "pledge_quarter"
    pledge_half = "pledge_half"
    pledge_year = "pledge_year"


@dataclass(frozen=True)
class Step:
    """One step of a year: the period that it is about and the day on which that begins, and when the step opens and is due."""

    kind: RhythmKind
    year: int
    period: str
    begins_on: date
    opens_on: date
    due_on: date

    def has_opened(self, today: date) -> bool:
        """Whether there is something to do: from its first day until its year is archived."""
        return self.opens_on <= today < archived_from(self.year)

    def is_late(self, today: date) -> bool:
        """Whether it should have been done by now. On its last day it is not late."""
        return self.due_on < today


def steps(year: int) -> tuple[Step, ...]:
    """The eight steps of a year, in the order in which they open."""
    return tuple(sorted(_steps(year), key=lambda step: (step.opens_on, step.due_on)))


def steps_open(kind: RhythmKind, today: date) -> tuple[Step, ...]:
    """The steps of one kind that have opened and whose year is not archived, the earliest first."""
    return tuple(
        step for year in (today.year - 1, today.year) for step in steps(year) if step.kind is kind and step.has_opened(today)
    )


def quarter_of(day: date) -> str:
    return f"{day.year}-Q{(day.month + 2) // 3}"


def half_begins_on(year: int, half: int) -> date:
    return date(year, 6 * half - 5, 1)


def quarter_begins_on(quarter: str) -> date:
    """The first day of a quarter as it is written. ValueError for what is none."""
    if not re.match(QUARTER, quarter):
        raise ValueError(quarter)
    return date(int(quarter[:4]), 3 * int(quarter[-1]) - 2, 1)


def _steps(year: int) -> Iterator[Step]:
    kinds = RhythmKind
    begins_on = date(year, 1, 1)
    yield Step(kinds.pledge_start, year, str(year), begins_on, begins_on, date(year, 1, 31))
    for quarter in range(1, 5):
        after = _first_after(year, 3 * quarter)
        yield Step(
            kinds.pledge_quarter, year, f"{year}-Q{quarter}", date(year, 3 * quarter - 2, 1), after, after + timedelta(days=14)
        )
    for half in (1, 2):
        after = _first_after(year, 6 * half)
        yield Step(kinds.pledge_half, year, f"{year}-H{half}", half_begins_on(year, half), after, after + timedelta(days=30))
    yield Step(kinds.pledge_year, year, str(year), begins_on, date(year, 12, 1), date(year + 1, 1, 31))


def _first_after(year: int, month: int) -> date:
    """The first day of the month that follows."""
    return date(year + month // 12, month % 12 + 1, 1)
