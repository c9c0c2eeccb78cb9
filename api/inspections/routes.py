"""Inspections of venues (检查): the checklist, the documents that phones send, and what they have found."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from api.access.permissions import Permission
from api.access.scope import Access
from api.errors import BadSpan, Conflict, Invalid, NotFound
from api.files.rules import NotYourFile
from api.inspections import judging, rules, schemas, service
from api.inspections.rules import Outcome
from api.rectifications.rules import OfThatOrganization
from api.schemas import Day, Page
from api.standards.rules import NoStandardInForce, UnknownItem
from api.web.answers import answers
from api.web.dependencies import HouseDep, LanguageDep, OriginDep, PagesDep, Reading, Writing, created, requires, tag
from api.web.idempotency import HouseRoute
from api.web.writes import count_write

router = APIRouter(prefix="/v1/inspections", tags=["inspections"], route_class=HouseRoute)

ReadAccess = Annotated[Access, requires(Permission.inspection_read)]
WriteAccess = Annotated[Access, requires(Permission.inspection_write)]

SENT = answers(
    NotFound,
    NotYourFile,
    rules.InspectionClosed,
    Conflict,
    OfThatOrganization,
    rules.StandardNotInForce,
    UnknownItem,
    rules.NoteMissing,
    rules.ItemsUnanswered,
    Invalid,
)


@router.get("/checklist", responses=answers(NotFound, NoStandardInForce))
def show_checklist(venue_id: UUID, access: WriteAccess, work: Reading) -> schemas.ChecklistShown:
    """What a venue is checked by today."""
    return schemas.ChecklistShown.of(service.show_checklist(work, access, venue_id))


@router.post("", status_code=201, responses=SENT | {200: {"model": schemas.InspectionShown, "description": "It was known already"}})
def send_inspection(
    body: schemas.InspectionWrite, access: WriteAccess, work: Writing, response: Response
) -> schemas.InspectionShown:
    """Keep an inspection as the phone has it: sent again, it is changed until it is final; what is no news changes nothing."""
    told, outcome = service.send_inspection(work, access, body.document())
    if outcome is Outcome.created:
        created(response, f"/v1/inspections/{told.inspection.id}")
    else:
        response.status_code = 200
    return _shown(told, response)


def get_judged(
    body: schemas.InspectionsWrite, access: WriteAccess, house: HouseDep, origin: OriginDep, request: Request
) -> judging.Judged:
    with house.database.reading(origin) as work:
        judged = judging.judge_inspections(work, access, [one.document() for one in body.inspections])
    # Each that is kept counts as a write of its own: its rows stay for good.
    count_write(request, access.account_id, max(0, len(judged.documents) - len(judged.found) - 1))
    return judged


# Stands before `Writing` in a signature: what is refused or no news is found out before the transaction begins.
Judged = Annotated[judging.Judged, Depends(get_judged)]


@router.post("/batch", responses=answers())
def send_inspections(access: WriteAccess, judged: Judged, work: Writing, language: LanguageDep) -> schemas.InspectionsSent:
    """The same for several, each by itself; what is refused says why, as it would have been sent alone."""
    sent = service.send_inspections(work, access, judged)
    return schemas.InspectionsSent(items=[schemas.InspectionSent.of(one, language) for one in sent])


@router.get("", responses=answers(NotFound, BadSpan))
def list_inspections(
    access: ReadAccess,
    work: Reading,
    pages: PagesDep,
    organization_id: Annotated[UUID | None, Query(description="this organisation and everything below it")] = None,
    venue_id: UUID | None = None,
    since: Annotated[Day | None, Query(description="finished on this day or later")] = None,
    until: Annotated[Day | None, Query(description="finished on this day or earlier")] = None,
) -> Page[schemas.InspectionShown]:
    """The inspections of venues within reach, the newest first; of drafts only one's own."""
    items, following = service.list_inspections(
        work, access, pages, organization_id=organization_id, venue_id=venue_id, since=since, until=until
    )
    return Page(items=[schemas.InspectionShown.of(item) for item in items], next_cursor=following)


@router.get("/mine", responses=answers())
def list_own_inspections(access: ReadAccess, work: Reading, pages: PagesDep) -> Page[schemas.InspectionShown]:
    """What one has sent oneself, drafts too, the newest first."""
    items, following = service.list_own_inspections(work, access, pages)
    return Page(items=[schemas.InspectionShown.of(item) for item in items], next_cursor=following)


@router.get("/{inspection_id}", responses=answers(NotFound))
def show_inspection(inspection_id: UUID, access: ReadAccess, work: Reading, response: Response) -> schemas.InspectionShown:
    """One inspection; a draft is its inspector's alone."""
    return _shown(service.show_inspection(work, access, inspection_id), response)


def _shown(told: service.Told, response: Response) -> schemas.InspectionShown:
    tag(response, told.inspection)
    return schemas.InspectionShown.of(told)
