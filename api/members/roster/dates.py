"""Days as rosters write them. A date is known or it is not: it is exact only if day and month stand in the cell, and for a serial
number or an instant also the day from which it counts or its zone."""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import NamedTuple

from api.adapters.typed_text import narrow
from api.days import day_of
from api.members.faults import RosterRule, RosterWarning
from api.members.rules import YEARS, Dated
from models.enums import DatePrecision

_YEAR = r"((?:19|20)\d\d)"
_WRITTEN = re.compile(rf"{_YEAR}[-–—/.。、年](\d\d?)(?:[-–—/.。、月](\d\d?)[日号]?|月份?)?")
_IN_DIGITS = re.compile(rf"{_YEAR}(\d\d)(\d\d)?(?:\.0+)?")
_CLOCK = re.compile(
    r"(?P<date>.*\d[日号]?)[ T] ?(?:(?:上午|下午|[AP]M) ?)?(?P<hour>\d\d?):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,]\d+)?)?"
    r"(?: ?[AP]M)? ?(?P<zone>Z|(?:UTC|GMT)?[+-]\d\d?(?::?\d\d)?|UTC|GMT)?",
    re.IGNORECASE,
)
_OFFSET = re.compile(r"([+-])(\d\d?):?(\d\d)?")
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?")
_OCTOBER = re.compile(r"(?:19|20)\d\d\.1")
_FIRST_SERIAL = date(1900, 3, 1)
"""Before this day programs disagree about what a serial number means."""
_LIKE_MONTHS = range(19001, 20999 + 1)
_LAST_DIGITS = 20991231
_SECONDS_A_DAY = 24 * 3600
_SHORT_OF_MIDNIGHT = _SECONDS_A_DAY - 43
"""The second of a day that is midnight in China to programs that reckon with its local mean time."""


class Calendar(NamedTuple):
    """What a cell alone does not say: the zone of the district's day, and the day from which serial numbers count, which of a text
    nobody knows."""

    zone: tzinfo
    day_zero: date | None


class Reading(NamedTuple):
    """What a cell says of a day: the day, perhaps with a hint, or why none is known for certain. Neither where it is no date."""

    day: Dated | None = None
    hint: RosterWarning | None = None
    doubt: RosterRule | None = None


NO_DATE = Reading()


def read_date(value: object, calendar: Calendar) -> Reading:
    """Read a day or a month from 1900 to 2099, written in any way that rosters know.

    Texts: 1998-07-01, 1998/7/1, 1998.07, 199807, 19980701, 1998年7月, 1998年7月1日, with or without a time of day behind; with a
    zone it is an instant, and the day is the district's. Day 00 is a month. Numbers: those of the same digits, and the serial
    number of a day. The number 1998.1 may once have been typed 1998.10, and so may such a text in a file of text.
    """
    if isinstance(value, datetime):
        return _at_a_time(value, _seconds(value))
    if isinstance(value, date):
        return _dated(value.year, value.month, value.day)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _read_number(value, calendar)
    if isinstance(value, str):
        return _read_text(narrow(value), calendar)
    return NO_DATE


def _read_text(text: str, calendar: Calendar) -> Reading:
    if clock := _CLOCK.fullmatch(text):
        return _read_instant(clock, calendar)
    text = text.replace(" ", "")
    if _SERIAL.fullmatch(text):
        return Reading(doubt=RosterRule.serial_doubtful)
    found = _matched(_WRITTEN, text)
    if _OCTOBER.fullmatch(text):
        # In a workbook a text is what was typed. In a file of text it may have been a number, whose last nought is lost.
        return found._replace(hint=RosterWarning.january_or_october) if calendar.day_zero else _doubtful_month()
    return found if found.day else _matched(_IN_DIGITS, text)


def _read_instant(clock: re.Match[str], calendar: Calendar) -> Reading:
    text = clock["date"].replace(" ", "")
    found = _matched(_WRITTEN, text)
    found = found if found.day else _matched(_IN_DIGITS, text)
    if not found.day or found.day.precision is not DatePrecision.day:
        return NO_DATE
    try:
        clocked = time(int(clock["hour"]), int(clock["minute"]), int(clock["second"] or 0))
        if not clock["zone"]:
            return _at_a_time(found.day.day, _seconds(clocked))
        day = found.day.day
        moment = datetime(day.year, day.month, day.day, clocked.hour, clocked.minute, clocked.second, tzinfo=_zone(clock["zone"]))
        return _at_a_time(day_of(moment, calendar.zone), _seconds(moment.astimezone(calendar.zone)))
    except (ValueError, OverflowError):
        return NO_DATE


def _zone(text: str) -> timezone:
    offset = _OFFSET.search(text)
    if not offset:
        return UTC
    sign, hours, minutes = offset.groups()
    shift = timedelta(hours=int(hours), minutes=int(minutes or 0))
    return timezone(-shift if sign == "-" else shift)


def _seconds(clock: datetime | time) -> int:
    return round(clock.hour * 3600 + clock.minute * 60 + clock.second + clock.microsecond / 1e6)


def _at_a_time(day: date, seconds: int) -> Reading:
    if seconds == _SHORT_OF_MIDNIGHT:
        return Reading(doubt=RosterRule.midnight_doubtful)
    return _dated(day.year, day.month, day.day)


def _read_number(value: int | float, calendar: Calendar) -> Reading:
    if not 1 <= value <= _LAST_DIGITS:
        return NO_DATE
    whole = int(value)
    if whole in YEARS:
        return _read_fraction(value)
    serial = _read_serial(value, calendar.day_zero)
    if serial.day or serial.doubt:
        return serial
    return _matched(_IN_DIGITS, str(whole)) if value == whole else NO_DATE


def _read_fraction(value: int | float) -> Reading:
    """A month typed as 1998.07, which is a number to a spreadsheet."""
    hundredths = round(value * 100)
    if abs(value * 100 - hundredths) > 1e-6 or not hundredths % 100:
        return NO_DATE
    year, month = divmod(hundredths, 100)
    if month == 10:
        return _doubtful_month()
    return _dated(year, month // 10 if month % 10 == 0 else month, None)


def _read_serial(value: int | float, day_zero: date | None) -> Reading:
    if not 1 <= value < 100_000:
        return NO_DATE
    if day_zero is None:
        return Reading(doubt=RosterRule.serial_doubtful)
    days, seconds = divmod(round(value * _SECONDS_A_DAY), _SECONDS_A_DAY)
    day = day_zero + timedelta(days=days)
    if day < _FIRST_SERIAL:
        return NO_DATE
    found = _at_a_time(day, seconds)
    if found.day and int(value) in _LIKE_MONTHS and int(value) % 10:
        return found._replace(hint=RosterWarning.serial_or_month)
    return found


def _doubtful_month() -> Reading:
    return Reading(doubt=RosterRule.month_doubtful)


def _matched(pattern: re.Pattern[str], text: str) -> Reading:
    found = pattern.fullmatch(text)
    if not found:
        return NO_DATE
    year, month, day = found.groups()
    return _dated(int(year), int(month), int(day) if day else None)


def _dated(year: int, month: int, day: int | None) -> Reading:
    try:
        known = Dated(date(year, month, day or 1), DatePrecision.day if day else DatePrecision.month)
    except ValueError:
        return NO_DATE
    if year not in YEARS:
        return NO_DATE
    return Reading(known, hint=RosterWarning.day_unknown if day == 0 else None)
