"""The rhythm of a year of pledges (一季一公示, 半年一点评, 年终一考核): which step opens when, and by when it is due.

The days are ours; a branch may be earlier with everything but the closing of a year.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import ClassVar, Final

from api.errors import Conflict, Invalid, Text
from api.pledges.rules import archived_from

MOST_LINES: Final = 500
"""Of the pledges of one publication, how many are told;"""
MOST_AT_ONCE: Final = 20
"""and of publications, how many at a time."""
QUARTER: Final = r"^20[0-9]{2}-Q[1-4]$"
"""How a quarter is written."""


class QuarterNotBegun(Invalid):
    of_field: ClassVar[str | None] = "quarter"
    text: ClassVar[Text] = Text("这个季度还没有开始，不能公示。", "This quarter has not begun yet.")


class NothingToPublish(Conflict):
    text: ClassVar[Text] = Text(
        "没有可以公示的承诺：先公开本年度的承诺，再作季度公示。",
        "There is nothing to make public: publish pledges of the year first.",
    )


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
    closes_on: date
    """The day from which it cannot be done any more."""

    def has_opened(self, today: date) -> bool:
        """Whether there is something to do."""
        return self.opens_on <= today < self.closes_on

    def is_late(self, today: date) -> bool:
        """Whether it should have been done by now. On its last day it is not late."""
        return self.due_on < today


def steps(year: int) -> tuple[Step, ...]:
    """The eight steps of a year, in the order in which they open."""
    return tuple(sorted(_steps(year), key=lambda step: (step.opens_on, step.due_on)))


def steps_open(kind: RhythmKind, today: date) -> tuple[Step, ...]:
    """The steps of one kind that have opened and can still be done, the earliest first."""
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
    begins_on, ends = date(year, 1, 1), archived_from(year)
    next_year = date(year + 1, 1, 1)
    # Pledges are made for the year that runs, or the next.
    yield Step(RhythmKind.pledge_start, year, str(year), begins_on, begins_on, date(year, 1, 31), next_year)
    for quarter in range(1, 5):
        period, opens_on = f"{year}-Q{quarter}", _first_after(year, 3 * quarter)
        due_on = opens_on + timedelta(days=14)
        yield Step(RhythmKind.pledge_quarter, year, period, quarter_begins_on(period), opens_on, due_on, ends)
    for half in (1, 2):
        opens_on = _first_after(year, 6 * half)
        due_on = opens_on + timedelta(days=30)
        yield Step(RhythmKind.pledge_half, year, f"{year}-H{half}", half_begins_on(year, half), opens_on, due_on, ends)
    yield Step(RhythmKind.pledge_year, year, str(year), begins_on, date(year, 12, 1), date(year + 1, 1, 31), ends)


def _first_after(year: int, month: int) -> date:
    """The first day of the month that follows."""
    return date(year + month // 12, month % 12 + 1, 1)
