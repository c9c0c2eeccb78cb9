"""Periods: shown by the calendar, counted anew, and closed."""

from collections.abc import Sequence
from uuid import UUID

from api.access.scope import Access
from api.database import Work
from api.performance.periods import queries
from api.performance.periods.counting import begin
from api.performance.periods.rules import (
    PeriodClosed,
    PeriodNotBegun,
    PeriodNotOver,
    span_of,
    spans_of,
)
from models.indicator import IndicatorValue, Period
from models.organization import Organization
from models.performance_enums import IndicatorUnit, PeriodState


def list_periods(work: Work, year: int | None) -> list[Period]:
    """The quarters of a year, this one unless another is asked for, and the year itself; one without a row is open."""
    spans = spans_of(year or work.today.year)
    standing = queries.rows(work, [one.code for one in spans])
    return [standing.get(one.code) or Period(**one._asdict()) for one in spans]


def show_period(work: Work, code: str) -> Period:
    """One of them. Raises `NotFound` for what is no code of a period."""
    span = span_of(code)
    return queries.rows(work, [code]).get(code) or Period(**span._asdict())


def hold_open(work: Work, code: str, field: str | None = None) -> Period:
    """The row of a period that is open, held: it neither closes nor is it counted meanwhile. Raises `NotFound`, `PeriodNotBegun` or
    `PeriodClosed`; `field` is the one in which the code was sent."""
    span = span_of(code, field)
    if work.today < span.starts_on:
        raise PeriodNotBegun
    period = queries.begun(work, span)
    if period.state is not PeriodState.open:
        raise PeriodClosed(members={"state": period.state.value})
    return period


def refresh_period(work: Work, code: str) -> Period:
    """Have a period counted anew as of now, after this piece of work. Raises as `hold_open`."""
    period = hold_open(work, code)
    begin(work, period)
    work.record("refresh_period", period)
    return period


def close_period(work: Work, access: Access, code: str) -> Period:
    """Have a period counted as of now, once and for all, after this piece of work. One that is closing or closed stays as it is.

    Raises `NotFound` or `PeriodNotOver`.
    """
    span = span_of(code)
    if work.today <= span.ends_on:
        raise PeriodNotOver
    period = queries.begun(work, span)
    if period.state is PeriodState.open:
        begin(work, period)
        period.state, period.closed_by = PeriodState.closing, access.account_id
        work.record("close_period", period)
        work.flush()
    return period


def list_values(
    work: Work, access: Access, code: str, organization_id: UUID | None, indicator: str | None
) -> Sequence[tuple[IndicatorValue, IndicatorUnit, str]]:
    """All versions of what organisations within reach have in a period, the newest first, each with its unit and the name of whose
    it is. Raises `NotFound`."""
    span_of(code)
    if organization_id is not None:
        access.get(work, Organization, organization_id)
    return queries.values(work, access, code, organization_id, indicator)
