"""The ledger of pledges, as a workbook."""

import io
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from api.access.permissions import Permission
from api.access.scope import Access
from api.errors import NotFound
from api.pledges.ledger import service
from api.pledges.ledger.words import TITLE
from api.web.answers import answers, raw
from api.web.dependencies import HouseDep, Reading, requires
from api.web.downloads import WORKBOOK, attachment
from api.web.idempotency import HouseRoute

ledgers = APIRouter(tags=["pledges"], route_class=HouseRoute)

ExportAccess = Annotated[Access, requires(Permission.pledge_write, step_up=True)]


@ledgers.get("/v1/pledges/ledger", responses=answers(NotFound) | raw(WORKBOOK, "The ledger"), response_class=Response)
def write_ledger(
    access: ExportAccess,
    work: Reading,
    house: HouseDep,
    organization_id: UUID,
    year: Annotated[int | None, Query(ge=2000, le=2100, description="this one where none is given")] = None,
) -> Response:
    """All pledges of a year that were ever submitted (承诺台账), of an organisation and everything below it, in Chinese."""
    target = io.BytesIO()
    told = service.write_ledger(work, access, organization_id, year, house.cipher, target)
    name = attachment(f"pledges-{told}.xlsx", f"{TITLE}{told}.xlsx")
    return Response(target.getvalue(), media_type=WORKBOOK, headers=name)
