"""The figures of inspections."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from api.access.permissions import Permission
from api.access.scope import Access
from api.errors import NotFound
from api.inspections.figures import schemas, service
from api.schemas import Day
from api.web.answers import answers
from api.web.dependencies import Reading, requires
from api.web.idempotency import HouseRoute
from models.enums import VenueKind

figures = APIRouter(tags=["inspections"], route_class=HouseRoute)

ReadAccess = Annotated[Access, requires(Permission.inspection_read)]


@figures.get("/v1/inspections/figures", responses=answers(NotFound))
def show_inspection_figures(
    access: ReadAccess,
    work: Reading,
    organization_id: UUID | None = None,
    venue_kind: VenueKind | None = None,
    since: Day | None = None,
    until: Day | None = None,
) -> schemas.InspectionFigures:
    """What inspections by others have found and what was put right, from 1 January to today unless other days are named."""
    found = service.show_inspection_figures(
        work, access, organization_id=organization_id, venue_kind=venue_kind, since=since, until=until
    )
    return schemas.InspectionFigures.of(found)
