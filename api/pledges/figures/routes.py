"""The figures of pledges."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from api.access.permissions import Permission
from api.access.scope import Access
from api.errors import NotFound
from api.pledges.figures import schemas, service
from api.web.answers import answers
from api.web.dependencies import Reading, requires
from api.web.idempotency import HouseRoute

figures = APIRouter(tags=["pledges"], route_class=HouseRoute)

WriteAccess = Annotated[Access, requires(Permission.pledge_write)]
Year = Annotated[int | None, Query(ge=2000, le=2100, description="this one where none is given")]


@figures.get("/v1/pledges/figures", responses=answers(NotFound))
def show_figures(access: WriteAccess, work: Reading, organization_id: UUID, year: Year = None) -> schemas.FiguresShown:
    """The four figures of a year, of an organisation with everything below it, and of each organisation directly below: two whole
    numbers each, which are summed up the tree; rates are never averaged."""
    return schemas.FiguresShown.of(service.show_figures(work, access, organization_id, year))
