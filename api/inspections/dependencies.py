"""What the routes about many inspections share."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query

from api.inspections.rules import Asked
from api.schemas import Day
from models.enums import VenueKind


async def get_asked(
    organization_id: Annotated[UUID | None, Query(description="this organisation and everything below it")] = None,
    venue_kind: VenueKind | None = None,
    since: Annotated[Day | None, Query(description="1 January where none is given")] = None,
    until: Annotated[Day | None, Query(description="today where none is given")] = None,
) -> Asked:
    return Asked(organization_id, venue_kind, since, until)


AskedDep = Annotated[Asked, Depends(get_asked)]
