"""What strangers see of pledges beside the card: the wall of a branch, and each public pledge by itself."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, NamedTuple
from uuid import UUID

from api.pledges.figures.rules import CONTENT, Ratio
from api.profiles.rules import Line, is_archived, open_first, pledge_line, years_shown
from api.profiles.sections import PledgeEntry
from models.enums import Grade, PledgeState

MOST_ON_WALL: Final = 1_000
MOST_TEXTS: Final = 50
"""So many pledges stand on a wall, and so many texts on the page of one."""
MOST_AT_ONCE: Final = 50
"""So many pledges stand on a wall that is put together for each who asks for it; one of more is kept ready for a while."""


class Totals(NamedTuple):
    """What stands on a wall, by how it stands; and how many pledges were taken off it again."""

    published: int
    fulfilled: int
    unfulfilled: int
    exempted: int
    overdue: int
    withdrawn: int

    @property
    def under_way(self) -> int:
        """Neither decided nor late."""
        return self.published - self.fulfilled - self.unfulfilled - self.exempted - self.overdue


class Standing(NamedTuple):
    """How many pledges stand in one state, with or without a reason for their outcome, late or not."""

    state: PledgeState
    has_reason: bool
    is_late: bool
    number: int


class OnWall(NamedTuple):
    """A member with his pledges."""

    display_name: str
    pledges: Sequence[Line]


class Published(NamedTuple):
    """A quarter that was made public."""

    quarter: str
    published_at: datetime


@dataclass(frozen=True)
class Wall:
    """The public pledges of a branch and of its members for a year, as they stand on a day."""

    organization: str
    service_phone: str | None
    year: int
    as_of: date
    totals: Totals
    satisfaction: Ratio
    organization_pledges: Sequence[Line]
    members: Sequence[OnWall]
    publications: Sequence[Published]
    more: int = 0
    """How many there are beyond those that are named."""


class TextShown(NamedTuple):
    """A text of a pledge as it was published. `reason` is why it took the place of the one before."""

    no: int
    content: str
    measure: str
    due_on: date
    reason: str | None
    published_on: date


class PictureShown(NamedTuple):
    """A picture, with its size in pixels where that is known."""

    id: UUID
    width: int | None
    height: int | None


class ProgressShown(NamedTuple):
    """What was done, with its pictures."""

    id: UUID
    happened_on: date
    note: str
    percent: int | None
    pictures: Sequence[PictureShown]


class WordsShown(NamedTuple):
    """What somebody wrote beside his grade, once it was read and let through."""

    grade: Grade
    words: str
    on: date


class Rating(NamedTuple):
    """The period for which a grade given now is taken, None where none is taken any more; and whether this device has given one."""

    period: str | None
    already: bool


@dataclass(frozen=True)
class PledgeView:
    """A public pledge as a stranger sees it. `display_name` is None for an organisation's own."""

    line: Line
    display_name: str | None
    organization: str
    texts: Sequence[TextShown]
    progress: Sequence[ProgressShown]
    tally: Mapping[str, object]
    words: Sequence[WordsShown]
    evaluation: Rating


@dataclass(frozen=True)
class ProgressView:
    """One thing that was done for a public pledge. `display_name` is None for an organisation's own."""

    content: str
    display_name: str | None
    organization: str
    progress: ProgressShown


def year_of_wall(asked: int | None, today: date) -> int | None:
    """The year that a wall shows: this one unless another was asked for; None for one that is not shown on this day."""
    if asked is None:
        return today.year
    return asked if asked in years_shown(today) else None


def totals(standings: Iterable[Standing], withdrawn: int) -> Totals:
    """Sum up how the pledges of a wall stand. What was assessed counts as what was decided before: fulfilled, unless a reason was
    given."""
    shown = list(standings)
    states: Counter[PledgeState] = Counter()
    for one in shown:
        states[_outcome(one)] += one.number
    overdue = sum(one.number for one in shown if one.is_late)
    return Totals(
        published=states.total(),
        fulfilled=states[PledgeState.fulfilled],
        unfulfilled=states[PledgeState.unfulfilled],
        exempted=states[PledgeState.exempted],
        overdue=overdue,
        withdrawn=withdrawn,
    )


def _outcome(one: Standing) -> PledgeState:
    if one.state is PledgeState.evaluated:
        return PledgeState.unfulfilled if one.has_reason else PledgeState.fulfilled
    return one.state


def satisfaction(grades: Mapping[Grade, int]) -> Ratio:
    """The share of grades that are satisfied or fairly satisfied."""
    return Ratio(sum(number for grade, number in grades.items() if grade in CONTENT), sum(grades.values()))


def in_order(names: Mapping[UUID, str], pledges: Mapping[UUID, Sequence[PledgeEntry]], today: date) -> list[OnWall]:
    """Members with their pledges, by the code points of the name that is shown: nobody is ranked."""
    members = sorted(pledges, key=lambda key: (names[key], key))
    return [OnWall(names[key], lines(pledges[key], today)) for key in members]


def lines(entries: Iterable[PledgeEntry], today: date) -> list[Line]:
    """Pledges as they are told on a day, open ones first."""
    return [pledge_line(one, today) for one in open_first(entries)]


def rating(year: int, period: str, today: date, *, already: bool) -> Rating:
    """For which period a grade is taken today: none once the pledge's year is archived."""
    return Rating(None if is_archived(year, today) else period, already)
