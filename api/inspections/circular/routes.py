"""The circular of inspections, as a workbook and on paper."""

import io
from typing import Annotated

from fastapi import APIRouter, Response

from api.access.permissions import Permission
from api.access.scope import Access
from api.adapters.paper import BadPaperFont
from api.errors import BadSpan, NotFound
from api.inspections.circular import service
from api.inspections.circular.rules import TooManyFindings
from api.inspections.circular.telling import Circular
from api.inspections.circular.words import TITLE
from api.inspections.dependencies import AskedDep
from api.web.answers import answers, raw
from api.web.dependencies import HouseDep, OriginDep, Reading, requires
from api.web.downloads import MISSING_CHARACTERS, WORKBOOK, attachment, missing_characters
from api.web.idempotency import HouseRoute
from api.web.negotiation import PDF

circulars = APIRouter(tags=["inspections"], route_class=HouseRoute)

ExportAccess = Annotated[Access, requires(Permission.inspection_read, step_up=True)]
REFUSED = (NotFound, BadSpan, TooManyFindings)


@circulars.get(
    "/v1/inspections/circular.xlsx", responses=answers(*REFUSED) | raw(WORKBOOK, "The circular"), response_class=Response
)
def write_inspection_circular(access: ExportAccess, work: Reading, asked: AskedDep) -> Response:
    """The figures (汇总) and a row for each item that others have found to fail (问题清单), in Chinese, from 1 January to today
    unless other days are named."""
    target = io.BytesIO()
    told = service.write_inspection_circular(work, access, asked, target)
    return Response(target.getvalue(), media_type=WORKBOOK, headers=_named(told, "xlsx"))


@circulars.get(
    "/v1/inspections/circular.pdf",
    responses=answers(*REFUSED, BadPaperFont) | raw(PDF, f"The circular. {MISSING_CHARACTERS}"),
    response_class=Response,
)
def draw_inspection_circular(access: ExportAccess, house: HouseDep, origin: OriginDep, asked: AskedDep) -> Response:
    """The same to be printed, with two pictures of each finding."""
    font = house.settings.paper_font
    told, drawn = service.draw_inspection_circular(house.database, origin, house.storage, access, asked, font)
    return Response(drawn.pdf, media_type=PDF, headers=_named(told, "pdf") | missing_characters(drawn.missing))


def _named(told: Circular, ending: str) -> dict[str, str]:
    days = f"{told.figures.since}-{told.figures.until}"
    return attachment(f"circular-{days}.{ending}", f"{TITLE}{days}.{ending}")
