"""The year of an organisation: its calendar, and what each quarter made public."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from api.access.names import named, one_named
from api.access.permissions import Permission
from api.access.scope import Access
from api.errors import NotFound
from api.pledges.rhythm import rules, schemas, service
from api.pledges.rules import AlreadyPublished
from api.schemas import Page
from api.web.answers import answers
from api.web.dependencies import PagesDep, Reading, Writing, created, requires, tag
from api.web.idempotency import HouseRoute

years = APIRouter(tags=["pledges"], route_class=HouseRoute)

OwnAccess = Annotated[Access, requires(Permission.own_pledge)]
WriteAccess = Annotated[Access, requires(Permission.pledge_write)]
Year = Annotated[int | None, Query(ge=2000, le=2100, description="this one where none is given")]
ReviewAccess = Annotated[Access, requires(Permission.pledge_review)]


@years.get("/v1/pledges/calendar", responses=answers(NotFound))
def show_calendar(access: WriteAccess, work: Reading, organization_id: UUID, year: Year = None) -> schemas.Calendar:
    """What is done in the course of a year, of an organisation and everything below it: what is due when, and what is done."""
    due = service.show_calendar(work, access, organization_id, year)
    return schemas.Calendar(items=[schemas.DueShown.of(one) for one in due])


@years.get("/v1/pledges/publications")
def list_publications(
    access: OwnAccess,
    work: Reading,
    pages: PagesDep,
    organization_id: Annotated[UUID | None, Query(description="this organisation alone")] = None,
) -> Page[schemas.PublicationShown]:
    """What organisations have made public for a quarter (一季一公示), the newest first; any of them."""
    items, following = service.list_publications(work, access, pages, organization_id)
    return Page(items=[schemas.PublicationShown.of(one) for one in named(work, access, items)], next_cursor=following)


@years.post(
    "/v1/pledges/publications",
    status_code=201,
    responses=answers(NotFound, AlreadyPublished, rules.NothingToPublish, rules.QuarterNotBegun),
)
def create_publication(
    body: schemas.PublicationWrite, access: ReviewAccess, work: Writing, response: Response
) -> schemas.PublicationShown:
    """Make public for a quarter what an organisation has published of its year's pledges: its own, its members', and those of its
    groups. What is made public stays as it was then."""
    publication = service.create_publication(work, access, body.organization_id, body.quarter)
    created(response, f"/v1/pledges/publications?organization_id={publication.organization_id}")
    tag(response, publication)
    return schemas.PublicationShown.of(one_named(work, access, publication))
