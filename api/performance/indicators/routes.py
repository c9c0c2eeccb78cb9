"""Indicators (指标), and what is entered of them by hand."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response

from api.access.names import one_named
from api.access.permissions import Permission
from api.access.scope import Access
from api.errors import Conflict, Invalid, NotFound, PreconditionFailed, PreconditionRequired
from api.files.rules import NotYourFile
from api.performance.indicators import entries, schemas, service
from api.performance.indicators.rules import IndicatorNotActive, NotEnteredByHand, TooManyIndicators
from api.performance.periods.rules import PeriodClosed, PeriodNotBegun
from api.schemas import Page
from api.web.answers import answers
from api.web.dependencies import IfMatch, PagesDep, Reading, Writing, created, requires, tag
from api.web.idempotency import HouseRoute

router = APIRouter(prefix="/v1/indicators", tags=["indicators"], route_class=HouseRoute)

ReadAccess = Annotated[Access, requires(Permission.board_read)]
WriteAccess = Annotated[Access, requires(Permission.indicator_write)]
EnterAccess = Annotated[Access, requires(Permission.indicator_enter)]
Code = Annotated[str, Path(max_length=40, description="the indicator's code", examples=["night_study"])]


@router.get("")
def list_indicators(access: ReadAccess, work: Reading) -> schemas.IndicatorsShown:
    """All indicators of the district, those that do not count any more among them."""
    return schemas.IndicatorsShown(items=[schemas.IndicatorShown.of(one) for one in service.list_indicators(work)])


@router.post("", status_code=201, responses=answers(Conflict, TooManyIndicators))
def create_indicator(
    body: schemas.IndicatorWrite, access: WriteAccess, work: Writing, response: Response
) -> schemas.IndicatorShown:
    """Make an indicator that is entered by hand. It counts in the periods that are open."""
    indicator = service.create_indicator(work, body.model_dump())
    tag(response, indicator)
    created(response, "/v1/indicators")
    return schemas.IndicatorShown.of(indicator)


@router.patch("/{code}", responses=answers(NotFound, PreconditionFailed, PreconditionRequired))
def edit_indicator(
    code: Code, body: schemas.IndicatorEdit, access: WriteAccess, work: Writing, expected: IfMatch, response: Response
) -> schemas.IndicatorShown:
    """Change how an indicator counts in the periods that are open, and in those to come."""
    indicator = service.edit_indicator(work, code, body.sent(), expected)
    tag(response, indicator)
    return schemas.IndicatorShown.of(indicator)


@router.get("/{code}/values", responses=answers(NotFound))
def list_entries(
    code: Code,
    access: ReadAccess,
    work: Reading,
    pages: PagesDep,
    organization_id: UUID | None = None,
    period: Annotated[str | None, Query(max_length=7, description="a quarter or a year", examples=["2026-Q3"])] = None,
) -> Page[schemas.EntryShown]:
    """What was entered of an indicator by hand, with what shows it, the newest first: of an organisation with everything below it,
    or of all within reach."""
    items, following = entries.list_entries(work, access, pages, code, organization_id=organization_id, period=period)
    return Page(items=[schemas.EntryShown.model_validate(one) for one in items], next_cursor=following)


@router.post(
    "/{code}/values",
    status_code=201,
    responses=answers(NotFound, NotYourFile, NotEnteredByHand, IndicatorNotActive, PeriodNotBegun, PeriodClosed, Invalid),
)
def enter_value(code: Code, body: schemas.EntryWrite, access: EnterAccess, work: Writing, response: Response) -> schemas.EntryShown:
    """Enter what an organisation has of its own in an open period. Entered again, the newest counts."""
    entry = entries.enter_value(work, access, code, entries.Entered(**body.model_dump()))
    created(response, f"/v1/periods/{entry.period}/values?organization_id={entry.organization_id}&indicator={entry.indicator}")
    named = one_named(work, access, entry)
    return schemas.EntryShown.model_validate({**named, "attachment_ids": body.attachment_ids})
