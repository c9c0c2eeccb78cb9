from datetime import date

import pytest

from api.errors import Invalid, NotFound
from api.performance.periods.rules import PeriodKind, check_counts, kind_of, span_of, spans_before, spans_of, spans_on, value_of
from models.performance_enums import IndicatorUnit

PERCENT, COUNT = IndicatorUnit.percent, IndicatorUnit.counted


def test_the_quarters_of_a_year_follow_each_other_and_fill_it() -> None:
    *quarters, year = spans_of(2028)
    assert [(one.starts_on, one.ends_on) for one in quarters] == [
        (date(2028, 1, 1), date(2028, 3, 31)),
        (date(2028, 4, 1), date(2028, 6, 30)),
        (date(2028, 7, 1), date(2028, 9, 30)),
        (date(2028, 10, 1), date(2028, 12, 31)),
    ]
    assert (year.code, year.starts_on, year.ends_on) == ("2028", quarters[0].starts_on, quarters[-1].ends_on)
    assert [kind_of(one.code) for one in (quarters[0], year)] == [PeriodKind.quarter, PeriodKind.year]


@pytest.mark.parametrize("code", ["2026-Q0", "2026-Q5", "2026-q1", "2026Q1", "1999", "26", "", "2026-Q1 ", "２０２６"])
def test_what_is_no_code_of_a_period_is_not_found(code: str) -> None:
    with pytest.raises(NotFound):
        span_of(code)


@pytest.mark.parametrize(
    ("day", "on", "before"),
    [
        (date(2026, 1, 1), ["2026-Q1", "2026"], ["2025-Q4", "2025"]),
        (date(2026, 6, 30), ["2026-Q2", "2026"], ["2026-Q1", "2025"]),
        (date(2026, 12, 31), ["2026-Q4", "2026"], ["2026-Q3", "2025"]),
    ],
)
def test_a_day_lies_in_a_quarter_and_a_year_and_others_were_over_before(day: date, on: list[str], before: list[str]) -> None:
    assert [one.code for one in spans_on(day)] == on
    assert [one.code for one in spans_before(day)] == before


@pytest.mark.parametrize(
    ("unit", "numerator", "denominator", "rule"),
    [
        (PERCENT, 3, 4, None),
        (PERCENT, 5, 4, None),
        (PERCENT, 0, 0, None),
        (PERCENT, 1, 0, "nothing_to_measure"),
        (PERCENT, 3, None, "denominator_missing"),
        (COUNT, 3, None, None),
        (COUNT, 3, 0, None),
        (COUNT, 3, 4, "denominator_unexpected"),
    ],
)
def test_what_is_entered_fits_the_unit(unit: IndicatorUnit, numerator: int, denominator: int | None, rule: str | None) -> None:
    if rule is None:
        return check_counts(unit, numerator, denominator)
    with pytest.raises(Invalid) as refusal:
        check_counts(unit, numerator, denominator)
    assert [(fault.field, fault.rule) for fault in refusal.value.faults] == [("body.denominator", rule)]


@pytest.mark.parametrize(
    ("unit", "numerator", "denominator", "value"),
    [(PERCENT, 1, 3, 33.3), (PERCENT, 1, 16, 6.3), (PERCENT, 5, 4, 125.0), (PERCENT, 0, 0, None), (COUNT, 7, 0, 7.0)],
)
def test_a_value_is_shown_with_one_decimal_half_up(unit: IndicatorUnit, numerator: int, denominator: int, value: float) -> None:
    assert value_of(unit, numerator, denominator) == value
