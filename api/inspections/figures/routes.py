"""The figures of inspections."""

from typing import Annotated

from fastapi import APIRouter

from api.access.permissions import Permission
from api.access.scope import Access
from api.errors import BadSpan, NotFound
from api.inspections.dependencies import AskedDep
from api.inspections.figures import schemas, service
from api.web.answers import answers
from api.web.dependencies import Reading, requires
from api.web.idempotency import HouseRoute

figures = APIRouter(tags=["inspections"], route_class=HouseRoute)

ReadAccess = Annotated[Access, requires(Permission.inspection_read)]


@figures.get("/v1/inspections/figures", responses=answers(NotFound, BadSpan))
def show_inspection_figures(access: ReadAccess, work: Reading, asked: AskedDep) -> schemas.InspectionFigures:
    """What inspections by others have found and what was put right, from 1 January to today unless other days are named."""
    return schemas.InspectionFigures.of(service.show_inspection_figures(work, access, asked))
