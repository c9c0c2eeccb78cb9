"""How much may be told of what has been done for one pledge."""

from typing import ClassVar, Final

from api.errors import Conflict, Text, TooManyRequests
from api.pledges.rules import MOST_OF_PROGRESS

MOST_ENTRIES: Final = MOST_OF_PROGRESS
MOST_ENTRIES_A_DAY: Final = 10
"""So many entries one pledge has, in all and of one day (OURS). Those withdrawn count."""


class TooManyEntries(Conflict):
    text: ClassVar[Text] = Text(
        "一项承诺最多记录二百条进展，这项承诺已满。",
        "A pledge has two hundred entries of progress at the most, and this one has.",
    )


class TooManyEntriesToday(TooManyRequests):
    title: ClassVar[Text | None] = Text("今天的进展已满。", "No more progress today.")
    text: ClassVar[Text] = Text(
        "一项承诺一天最多记录十条进展，请明天再记。", "A pledge takes ten entries of progress a day. Please come back tomorrow."
    )


def check_entries(in_all: int, of_today: int, *, retry_after: int) -> None:
    """Raise `TooManyEntries` or `TooManyEntriesToday` where a pledge has as many entries of progress as it may. `retry_after` is
    the seconds until tomorrow."""
    if in_all >= MOST_ENTRIES:
        raise TooManyEntries
    if of_today >= MOST_ENTRIES_A_DAY:
        raise TooManyEntriesToday(retry_after=retry_after)
