"""Campaigns (承诺活动) that call on members to pledge."""

from typing import Annotated

from fastapi import APIRouter, Response

from api.access.permissions import Permission
from api.access.scope import Access
from api.errors import Invalid, NotFound
from api.members.rules import BranchClosed
from api.pledges.campaigns import schemas, service
from api.schemas import Page
from api.web.answers import answers
from api.web.dependencies import PagesDep, Reading, Writing, created, requires, tag
from api.web.idempotency import HouseRoute

router = APIRouter(prefix="/v1/campaigns", tags=["campaigns"], route_class=HouseRoute)

OwnAccess = Annotated[Access, requires(Permission.own_pledge)]
WriteAccess = Annotated[Access, requires(Permission.pledge_write)]


@router.get("")
def list_campaigns(access: OwnAccess, work: Reading, pages: PagesDep) -> Page[schemas.CampaignShown]:
    """The campaigns of one's own organisation and of those above it, and of those that one answers for; the newest first."""
    items, following = service.list_campaigns(work, access, pages)
    return Page(items=[schemas.CampaignShown.of(item) for item in items], next_cursor=following)


@router.post("", status_code=201, responses=answers(NotFound, BranchClosed, Invalid))
def create_campaign(body: schemas.CampaignWrite, access: WriteAccess, work: Writing, response: Response) -> schemas.CampaignShown:
    """Call on the members of an organisation, and of everything below it, to pledge until a day. A campaign stays as it is."""
    templates = [template.model_dump(mode="json") for template in body.templates]
    told = service.create_campaign(work, access, body.organization_id, body.title, body.due_on, templates)
    created(response, "/v1/campaigns")
    tag(response, told.campaign)
    return schemas.CampaignShown.of(told)
