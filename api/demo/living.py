"""How the people of the demonstration live through days that are past: each day one piece of work, in the order of the calendar."""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from itertools import groupby

from api.database import Origin, Work
from api.days import begin_of, day_of
from api.house import House

Deed = Callable[[Work], None]
Step = tuple[date, int, Deed]
"""On which day, after which others of the day, what."""

TEN_O_CLOCK = timedelta(hours=10)


def live(house: House, steps: Iterable[Step], at: datetime, tell: Callable[[int, int], None]) -> None:
    """Let happen what lies on the days until now, which is `at`. `tell` is told how many days there are, and how many are over."""
    today = day_of(at, house.settings.zone)
    ordered = sorted((step for step in steps if step[0] <= today), key=lambda step: step[:2])
    days = [(day, list(of_day)) for day, of_day in groupby(ordered, key=lambda step: step[0])]
    for number, (day, of_day) in enumerate(days):
        tell(number, len(days))
        moment = min(at, begin_of(day, house.settings.zone).astimezone(UTC) + TEN_O_CLOCK)
        with house.database.writing(Origin("demo", moment)) as work:
            for _, _, deed in of_day:
                deed(work)
