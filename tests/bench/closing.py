"""Closing a quarter of a large district, against the statements that count it and store it, with nothing around."""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any, Final

from api.database import Origin
from api.house import House
from api.performance.periods import queries
from api.performance.periods.counting import begin, count_next, own_counts, store
from api.performance.periods.rules import spans_before, spans_of
from models.performance_enums import FigureName, PeriodState
from tests.bench.figures import statements
from tests.bench.measure import MICROSECONDS, Finding, Plan, compare, finding
from tests.bench.places import Places
from tests.bench.seeding import TODAY, fill
from tests.bench.year import live

OWED: Final = 1.5
OWED_WAIT: Final = 2 * MICROSECONDS
"""For how long SQLite may be written into by the closing alone (`performance-records.md`, section 8)."""
QUARTER: Final = spans_before(TODAY)[0]
ELSEWHERE: Final = spans_of(TODAY.year - 3)[0]
"""A quarter that has no values."""


class Undone(Exception):
    pass


def closings(places: Places, plan: Plan, tell: Callable[[str], None]) -> Iterator[Finding]:
    """On SQLite, where all the work is in one process, and whoever writes keeps all others from writing."""
    members, branches = plan.pick(100_000, 300), plan.pick(400, 20)
    tell(f"a year of records of {members:,} members")
    house = places.house(places.database("sqlite", "closing"))
    fill(house, members, members // branches)
    live(house)
    waits: list[float] = []
    bare = _bare(house)
    connection = house.database.engine.raw_connection()
    cursor = connection.cursor()

    def run_bare() -> None:
        cursor.execute("BEGIN IMMEDIATE")
        for statement, values in bare:
            cursor.execute(statement, values).fetchall()
        cursor.execute("ROLLBACK")

    tell("closing a quarter")
    rounds = plan.pick(5, 1)
    spent = compare(lambda: waits.append(_close(house)), run_bare, rounds=rounds, each=1)
    connection.close()
    house.database.close()
    district = f"closing a quarter of a district of {members:,}"
    yield finding("closing.district", district, "its statements, bare", spent, OWED)
    longest = [(wait * MICROSECONDS, OWED_WAIT) for wait in waits[1:]]
    yield finding("closing.wait", "the longest that it writes at a time", "two seconds", longest, 1.0)


def _close(house: House) -> float:
    """Count the quarter as a closing does, from the beginning; the most seconds that nobody else could write meanwhile."""
    with house.database.writing(Origin("bench")) as work:
        period = queries.begun(work, QUARTER)
        begin(work, period)
        period.state, period.closed_at = PeriodState.closing, None
    is_left, longest = True, 0.0
    while is_left:
        with house.database.reading(Origin("bench")) as work:
            counted = count_next(work, QUARTER.code)
        began = time.monotonic()
        with house.database.writing(Origin("bench")) as work:
            is_left = store(work, QUARTER.code, counted)
        longest = max(longest, time.monotonic() - began)
    return longest


def _bare(house: House) -> list[tuple[str, Any]]:
    """What is asked of the database: for each indicator that what organisations have of their own is counted, and is rolled up."""
    asked: list[tuple[str, Any]] = []
    with house.database.writing(Origin("bench")) as work:
        queries.begun(work, ELSEWHERE)
        indicators = [(one.code, one.figure) for one in queries.active_indicators(work)]
    with suppress(Undone), house.database.writing(Origin("bench")) as work:
        for code, figure in indicators:
            own = own_counts(work, QUARTER, code, FigureName(figure), work.at)
            if own is not None:
                asked += statements(work, partial(work.execute, own))
                counted = work.execute(own).all()
                asked += statements(work, partial(queries.roll_up, work, ELSEWHERE.code, code, counted))
        raise Undone
    return asked
