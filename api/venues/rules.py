"""Which venues stand in which, when they are open, and what strangers learn of them (`signage.md`, section 3)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final, NamedTuple
from uuid import UUID

from api.errors import Conflict, FieldFault, Invalid, Rule, Text
from api.language import Language, said
from api.venues.positions import Position
from models.enums import VenueKind

_K = VenueKind
PARENTS: Final[Mapping[VenueKind, frozenset[VenueKind]]] = {
    _K.activity_room: frozenset({_K.service_center}),
    _K.window: frozenset({_K.service_center}),
    _K.hall_room: frozenset({_K.political_life_hall}),
    _K.substation: frozenset({_K.station}),
    _K.care_point: frozenset({_K.station, _K.substation}),
}
"""The kinds that stand in another venue, and of which kinds that may be; all others stand in none."""

MAY_STAND_ALONE: Final = frozenset(_K) - {_K.hall_room, _K.substation, _K.care_point}

LONGEST_HOURS: Final = 120
MOST_VENUES: Final = 1_000
"""Of one organisation, closed ones among them: whoever is near one is told out of all that lie there."""
MOST_INSIDE: Final = 50
"""So many venues in a venue are named on its page."""


class BadParent(Invalid):
    text: ClassVar[Text] = Text(
        "这类阵地不能设在该上级阵地之下，或者必须填写上级阵地。",
        "A venue of this kind cannot stand in that one, or has to stand in one.",
    )


class TooManyVenues(Conflict):
    text: ClassVar[Text] = Text(
        f"这个组织已经登记了 {MOST_VENUES} 处阵地（含已关闭的），不能再增加。",
        f"This organisation has {MOST_VENUES} venues already, closed ones among them, and cannot have more.",
    )


class BadOpeningHours(Invalid):
    text: ClassVar[Text] = Text(
        "开放时间写法不对或过长，请写成“Mo-Fr 08:30-11:30,14:00-17:00; Sa,Su off”或“24/7”。",
        "The opening hours cannot be read, or are too long. Write them like “Mo-Fr 08:30-11:30,14:00-17:00; Sa,Su off”, or “24/7”.",
    )


GIVEN_ABOVE: Final = Text(
    "本组织的阵地划出、划入，请由上一级办理。",
    "One's own organisation neither gives a venue away nor takes one over: the level above has to do it.",
)
"""Said where `for_the_level_above` is about a place."""
GIVEN_BY_ANOTHER: Final = Text(
    "您是（或将是）这处阵地的联系人，请由其他有权限的人办理。",
    "You look after this venue, or would: somebody else with the permission has to do it.",
)
"""Said where `about_oneself` is about a place."""
HOURS_TOO_LONG: Final = Text(
    f"开放时间最多 {LONGEST_HOURS} 个字符，请合并写法相同的日子。",
    f"The opening hours are at most {LONGEST_HOURS} characters; write days that are alike together.",
)


class VenueRule(Rule):
    """What stands against a field of a venue."""

    bad_parent = "bad_parent"
    outside_china = "outside_china"
    bad_opening_hours = "bad_opening_hours"
    phone_undiallable = "phone_undiallable"


def check_parent(kind: VenueKind, parent: VenueKind | None) -> None:
    """Whether a venue of this kind may stand in one of that kind, None being none at all. Raises `BadParent`."""
    if parent is None:
        if kind not in MAY_STAND_ALONE:
            raise BadParent
    elif parent not in PARENTS.get(kind, ()):
        raise BadParent


def check_room(venues: int) -> None:
    """Raise `TooManyVenues` where an organisation has as many venues as it may."""
    if venues >= MOST_VENUES:
        raise TooManyVenues


def depth(kind: VenueKind) -> int:
    """How deep a kind stands at the most: what may stand in others comes after them."""
    return max((depth(parent) + 1 for parent in PARENTS.get(kind, ())), default=0)


class Span(NamedTuple):
    """A time of opening, in minutes from midnight."""

    start: int
    end: int


Hours = Mapping[str, Sequence[Span]]
"""The times at which a place is open by day, none on a day off. A day of the week that is not named is one off; of public holidays
(`PH`) that are not named, nothing is known beyond their day of the week."""

DAYS: Final = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
HOLIDAY: Final = "PH"
ALWAYS: Final = "24/7"
A_DAY: Final = 24 * 60
_TIME: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-3]|24):([0-5][0-9])")


def check_hours(text: str) -> None:
    """Whether opening hours can be read. Raises `BadOpeningHours`, which tells whether they are only too long."""
    try:
        read_hours(text)
    except BadOpeningHours:
        words = HOURS_TOO_LONG if len(text) > LONGEST_HOURS else BadOpeningHours.text
        raise BadOpeningHours(faults=(FieldFault("body.opening_hours", VenueRule.bad_opening_hours, words),)) from None


def read_hours(text: str) -> Hours:
    """Opening hours in the subset of OSM's `opening_hours`: `24/7`, or rules joined by `; `, of which a later one replaces what an
    earlier one says of a day. Each names days (Mo to Su and PH, ranges, commas), then times (`HH:MM-HH:MM`, commas) or `off`.

    Raises `BadOpeningHours`.
    """
    if len(text) > LONGEST_HOURS:
        raise BadOpeningHours
    if text == ALWAYS:
        return dict.fromkeys((*DAYS, HOLIDAY), (Span(0, A_DAY),))
    hours: dict[str, Sequence[Span]] = {}
    for rule in text.split("; "):
        days, blank, times = rule.partition(" ")
        if not blank:
            raise BadOpeningHours
        spans = () if times == "off" else tuple(map(_span, times.split(",")))
        for part in days.split(","):
            hours |= dict.fromkeys(_days(part), spans)
    return hours


def hours_said(text: str, language: Language) -> str:
    """The same as people say it, with the days that are alike taken together."""
    return ("；" if language is Language.zh else "; ").join(hours_lines(text, language))


def hours_lines(text: str, language: Language) -> list[str]:
    """The same line by line."""
    if text == ALWAYS:
        return [said(_ALWAYS, language)]
    hours = read_hours(text)
    by_day = {day: tuple(hours.get(day, ())) for day in DAYS}
    groups: list[tuple[list[str], tuple[Span, ...]]] = []
    for spans in dict.fromkeys(by_day.values()):
        alike = [day for day in DAYS if by_day[day] == spans]
        groups.append((_ranges(alike, language), spans))
    if HOLIDAY in hours:
        groups.append(([said(_NAMES[HOLIDAY], language)], tuple(hours[HOLIDAY])))
    between = "、" if language is Language.zh else ", "
    # What is closed comes last, but for the holidays, of which most people think as an exception.
    groups.sort(key=lambda group: (group[0] == [said(_NAMES[HOLIDAY], language)], not group[1]))
    return [f"{between.join(days)} {_times(spans, language)}" for days, spans in groups]


class Linked(NamedTuple):
    """A venue beside another one: what it is called and what its sign bears."""

    name: str
    kind: VenueKind
    code: str
    distance_m: int | None = None
    """Metres between them, where it is told because it is near."""


class Holder(NamedTuple):
    """Who holds a post, by the name that strangers may read; `slot` is A or B, where two share it."""

    display_name: str
    slot: str | None


class OnDuty(NamedTuple):
    """A public post (岗位) in a venue."""

    title: str
    duties: Sequence[str]
    holders: Sequence[Holder]
    holders_more: int = 0


@dataclass(frozen=True)
class PublicVenue:
    """All that a stranger learns of a venue by its code, and the keys by which a report of it and a wall are found. What ends in
    `_more` is how many there are beyond those that are named.

    `phone` is its own, or else its organisation's, or else that of `phone_of` above; `organization_phone` leaves its own out. Of a
    closed one nobody is told when it is open or who is there.
    """

    id: UUID
    organization_id: UUID
    code: str
    is_open: bool
    name: str
    kind: VenueKind
    organization: str
    address: str | None
    position: Position | None
    opening_hours: str | None
    services: Sequence[str]
    phone: str | None
    phone_of: str | None = None
    parent: Linked | None = None
    children: Sequence[Linked] = ()
    children_more: int = 0
    posts: Sequence[OnDuty] = ()
    posts_more: int = 0
    nearest: Sequence[Linked] = ()
    organization_phone: str | None = None
    organization_phone_of: str | None = None


def _days(part: str) -> Iterable[str]:
    first, dash, last = part.partition("-")
    if not dash and first == HOLIDAY:
        return (HOLIDAY,)
    if first not in DAYS or (dash and (last not in DAYS or last == first)):
        raise BadOpeningHours
    start = DAYS.index(first)
    length = (DAYS.index(last) - start) % len(DAYS) + 1 if dash else 1
    return [DAYS[(start + step) % len(DAYS)] for step in range(length)]


def _span(text: str) -> Span:
    found = _TIME.fullmatch(text)
    if found is None:
        raise BadOpeningHours
    hour, minute, until_hour, until_minute = map(int, found.groups())
    span = Span(hour * 60 + minute, until_hour * 60 + until_minute)
    if not span.start < span.end <= A_DAY:
        raise BadOpeningHours
    return span


def _ranges(days: Sequence[str], language: Language) -> list[str]:
    """Days of the week in their order, three and more that follow each other as one range."""
    runs: list[list[str]] = []
    for day in days:
        if runs and DAYS.index(runs[-1][-1]) + 1 == DAYS.index(day):
            runs[-1].append(day)
        else:
            runs.append([day])
    between = "至" if language is Language.zh else "–"
    if len(days) == len(DAYS):
        return [said(_EVERY_DAY, language)]
    named = [[said(_NAMES[day], language) for day in run] for run in runs]
    return [word for run in named for word in ([f"{run[0]}{between}{run[-1]}"] if len(run) > 2 else run)]


def _times(spans: Sequence[Span], language: Language) -> str:
    if not spans:
        return said(_OFF, language)
    if spans == (Span(0, A_DAY),):
        return said(_ALL_DAY, language)
    between = "、" if language is Language.zh else ", "
    return between.join(f"{_clock(span.start)}–{_clock(span.end)}" for span in spans)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


_ALWAYS: Final = Text("全天24小时开放", "Open 24 hours a day")
_EVERY_DAY: Final = Text("每天", "Every day")
_ALL_DAY: Final = Text("全天", "all day")
_OFF: Final = Text("不开放", "closed")
_NAMES: Final = {
    "Mo": Text("周一", "Mon"),
    "Tu": Text("周二", "Tue"),
    "We": Text("周三", "Wed"),
    "Th": Text("周四", "Thu"),
    "Fr": Text("周五", "Fri"),
    "Sa": Text("周六", "Sat"),
    "Su": Text("周日", "Sun"),
    HOLIDAY: Text("法定节假日", "Public holidays"),
}
