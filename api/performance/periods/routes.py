"""Periods: what indicators come to in a quarter or a year, counted anew, closed, and corrected."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, BackgroundTasks, Depends, Path, Query, Request, Response

from api.access.permissions import Permission
from api.access.scope import Access
from api.errors import Invalid, NotFound
from api.performance.periods import corrections, schemas, service
from api.performance.periods.counting import Counting
from api.performance.periods.rules import PeriodClosed, PeriodNotBegun, PeriodNotClosed, PeriodNotOver
from api.web.answers import Responses, answers
from api.web.dependencies import Reading, Writing, created, requires
from api.web.idempotency import HouseRoute
from models.performance_enums import PeriodState

router = APIRouter(prefix="/v1/periods", tags=["periods"], route_class=HouseRoute)

ReadAccess = Annotated[Access, requires(Permission.board_read)]
WriteAccess = Annotated[Access, requires(Permission.period_write)]
PeriodCode = Annotated[str, Path(max_length=40, description="a quarter or a year", examples=["2026-Q3"])]
STARTED: Final[Responses] = {202: {"model": schemas.PeriodShown, "description": "It is counted now, beside other work"}}


async def count_afterwards(request: Request, background: BackgroundTasks) -> None:
    """Have what the request has left to count counted after its answer, and so after its commit."""
    counting: Counting = request.app.state.counting
    background.add_task(counting.wake)


COUNTS: Final = Depends(count_afterwards)


@router.get("")
def list_periods(
    access: ReadAccess,
    work: Reading,
    year: Annotated[int | None, Query(ge=2000, le=2099, description="this year where none is named", examples=[2026])] = None,
) -> schemas.PeriodsShown:
    """The quarters of a year, and the year itself. Each is there by the calendar, whether anything was counted of it or not."""
    return schemas.PeriodsShown(items=[schemas.PeriodShown.of_row(one) for one in service.list_periods(work, year)])


@router.get("/{code}", responses=answers(NotFound))
def show_period(code: PeriodCode, access: ReadAccess, work: Reading) -> schemas.PeriodShown:
    return schemas.PeriodShown.of_row(service.show_period(work, code))


@router.post("/{code}/refresh", status_code=202, responses=answers(NotFound, PeriodNotBegun, PeriodClosed), dependencies=[COUNTS])
def refresh_period(code: PeriodCode, access: WriteAccess, work: Writing) -> schemas.PeriodShown:
    """Have the values of an open period counted anew. They are by themselves once a day."""
    return schemas.PeriodShown.of_row(service.refresh_period(work, code))


@router.post("/{code}/close", responses=answers(NotFound, PeriodNotOver) | STARTED, dependencies=[COUNTS])
def close_period(code: PeriodCode, access: WriteAccess, work: Writing, response: Response) -> schemas.PeriodShown:
    """Close a period that is over: it is counted once and for all, by the indicators as they are now, and never again. One that is
    closed already is answered as it is."""
    period = service.close_period(work, access, code)
    if period.state is not PeriodState.closed:
        response.status_code = 202
    return schemas.PeriodShown.of_row(period)


@router.get("/{code}/values", responses=answers(NotFound))
def list_values(
    code: PeriodCode,
    access: ReadAccess,
    work: Reading,
    organization_id: Annotated[UUID | None, Query(description="this organisation alone")] = None,
    indicator: Annotated[str | None, Query(max_length=40, description="this indicator alone", examples=["card_coverage"])] = None,
) -> schemas.ValuesShown:
    """What the organisations within reach have in a period, with all versions, the newest first. As long as the period is open the
    values are provisional."""
    found = service.list_values(work, access, code, organization_id, indicator)
    return schemas.ValuesShown(items=[schemas.ValueShown.of(*one) for one in found])


@router.post("/{code}/corrections", status_code=201, responses=answers(NotFound, PeriodNotClosed, Invalid))
def correct_value(
    code: PeriodCode, body: schemas.ValueCorrection, access: WriteAccess, work: Writing, response: Response
) -> schemas.ValueShown:
    """Correct what an organisation had of its own in a closed period. What stood there stays readable, and each organisation that
    stood above it is corrected by the difference."""
    own = body.own_numerator, body.own_denominator
    found = corrections.correct_value(work, access, code, body.organization_id, body.indicator, own, body.reason)
    created(response, f"/v1/periods/{code}/values?organization_id={body.organization_id}&indicator={body.indicator}")
    return schemas.ValueShown.of(*found)
