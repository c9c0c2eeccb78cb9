"""The calendar of the periods, what may be done to them when, and what an organisation has as it is shown."""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import ClassVar, Final, NamedTuple

from api.errors import STATE, Conflict, Fact, FieldFault, Invalid, NotFound, Rule, Text
from api.performance.rules import rounded
from models.performance_enums import IndicatorUnit

CODE: Final = re.compile(r"20[0-9]{2}(-Q[1-4])?")
QUARTERS: Final = 4
_DAY: Final = timedelta(days=1)


NO_PERIOD: Final = Text(
    "没有这个统计期。季度请写成 2026-Q3 这样，年度请写成 2026 这样。",
    "There is no such period: a quarter is written like 2026-Q3, a year like 2026.",
)
"""Said where `not_found` is about the code of a period."""


class PeriodNotOver(Conflict):
    text: ClassVar[Text] = Text(
        "这个统计期还没有结束，结束后才能封存。", "This period is not over yet; it can be closed once it has ended."
    )


class PeriodNotBegun(Conflict):
    text: ClassVar[Text] = Text("这个统计期还没有开始。", "This period has not begun yet.")


class PeriodClosed(Conflict):
    text: ClassVar[Text] = Text(
        "这个统计期已经封存或正在封存，不能再改；数字有误请由区里更正。",
        "This period is closed, or closing; the district can correct a number that is wrong.",
    )
    tells: ClassVar[Mapping[str, Fact]] = {"state": STATE}


class PeriodNotClosed(Conflict):
    text: ClassVar[Text] = Text(
        "这个统计期还没有封存，数字会重新统计，不必更正。",
        "This period is not closed: its numbers are counted anew, and need no correction.",
    )
    tells: ClassVar[Mapping[str, Fact]] = {"state": STATE}


class ValueRule(Rule):
    denominator_missing = "denominator_missing"
    denominator_unexpected = "denominator_unexpected"
    nothing_to_measure = "nothing_to_measure"


_FAULTS: Final = {
    ValueRule.denominator_missing: Text("百分比的指标要填分母。", "An indicator in per cent needs a denominator."),
    ValueRule.denominator_unexpected: Text("计数的指标没有分母，请留空。", "A count has no denominator: leave it out."),
    ValueRule.nothing_to_measure: Text("分母是0时，分子也只能是0。", "Where the denominator is 0, so is the numerator."),
}


class PeriodKind(StrEnum):
    quarter = "quarter"
    year = "year"


class Span(NamedTuple):
    """A period of the calendar, with its first and its last day."""

    code: str
    starts_on: date
    ends_on: date


def parts_of(code: str) -> tuple[int, int]:
    """The year of a period by its code, and its quarter, 0 for a whole year."""
    year, _, quarter = code.partition("-Q")
    return int(year), int(quarter or 0)


def kind_of(code: str) -> PeriodKind:
    return PeriodKind.quarter if parts_of(code)[1] else PeriodKind.year


def code_before(code: str) -> str:
    """The code of the quarter or year before one."""
    year, quarter = parts_of(code)
    if not quarter:
        return str(year - 1)
    return f"{year}-Q{quarter - 1}" if quarter > 1 else f"{year - 1}-Q{QUARTERS}"


def span_of(code: str, field: str | None = None) -> Span:
    """The days of a period by its code, 2026-Q3 or 2026. Raises `NotFound` for what is no code of one, naming the field in which it
    was sent, if there is one."""
    if CODE.fullmatch(code) is None:
        raise NotFound(faults=(FieldFault(field, NotFound.code(), NO_PERIOD),) if field else (), instead=NO_PERIOD)
    year, quarter = parts_of(code)
    if not quarter:
        return Span(code, date(year, 1, 1), date(year, 12, 31))
    after = date(year + quarter // 4, quarter % 4 * 3 + 1, 1)
    return Span(code, date(year, quarter * 3 - 2, 1), after - _DAY)


def spans_of(year: int) -> list[Span]:
    """The four quarters of a year, and the year itself."""
    return [span_of(code) for code in (*(f"{year}-Q{quarter}" for quarter in range(1, QUARTERS + 1)), str(year))]


def spans_on(day: date) -> list[Span]:
    """The quarter and the year in which a day lies."""
    return [one for one in spans_of(day.year) if one.starts_on <= day <= one.ends_on]


def spans_before(day: date) -> list[Span]:
    """The last quarter and the last year that were over before a day."""
    return [spans_on(one.starts_on - _DAY)[place] for place, one in enumerate(spans_on(day))]


def check_counts(unit: IndicatorUnit, numerator: int, denominator: int | None, field: str = "denominator") -> None:
    """Raise `Invalid` unless what is entered fits the unit: a share has both numbers, a count has a numerator alone."""
    if unit is IndicatorUnit.counted:
        fault = ValueRule.denominator_unexpected if denominator else None
    elif denominator is None:
        fault = ValueRule.denominator_missing
    else:
        fault = ValueRule.nothing_to_measure if numerator and not denominator else None
    if fault is not None:
        raise Invalid(faults=(FieldFault(f"body.{field}", fault, _FAULTS[fault]),))


def value_of(unit: IndicatorUnit, numerator: int, denominator: int) -> float | None:
    """What is shown of two numbers: a count, or per cent with one decimal, half up; None where there is nothing to measure."""
    if unit is IndicatorUnit.counted:
        return float(numerator)
    if not denominator:
        return None
    return rounded(Fraction(100 * numerator, denominator))
