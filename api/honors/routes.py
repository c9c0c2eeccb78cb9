"""Honours (荣誉) of members and organisations."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from api.access.about import ABOUT_SOMEBODY
from api.access.permissions import Permission
from api.access.scope import Access
from api.errors import BadSpan, NotFound, NotInThisState, PreconditionFailed, PreconditionRequired
from api.honors import schemas, service
from api.honors.rules import TooManyHonors
from api.members.rules import MemberHasLeft
from api.schemas import Because, Page
from api.web.answers import answers
from api.web.dependencies import IfMatch, IfMatchSent, PagesDep, Reading, Writing, all_named, created, requires, shown_named
from api.web.idempotency import HouseRoute

router = APIRouter(prefix="/v1/honors", tags=["honors"], route_class=HouseRoute)

OwnAccess = Annotated[Access, requires(Permission.own_record)]
ReadAccess = Annotated[Access, requires(Permission.post_read)]
WriteAccess = Annotated[Access, requires(Permission.honor_write)]

CHANGED = (NotFound, *ABOUT_SOMEBODY, NotInThisState, PreconditionFailed)


@router.get("", responses=answers(NotFound))
def list_honors(
    access: ReadAccess,
    work: Reading,
    pages: PagesDep,
    organization_id: Annotated[UUID | None, Query(description="this organisation and everything below it")] = None,
    member_id: UUID | None = None,
) -> Page[schemas.HonorShown]:
    """The honours within reach, the newest first, those that were withdrawn among them."""
    items, following = service.list_honors(work, access, pages, organization_id=organization_id, member_id=member_id)
    return Page(items=all_named(schemas.HonorShown, work, access, items), next_cursor=following)


@router.get("/mine", responses=answers(NotFound))
def list_own_honors(access: OwnAccess, work: Reading, pages: PagesDep) -> Page[schemas.HonorShown]:
    """One's own honours, the newest first."""
    items, following = service.list_own_honors(work, access, pages)
    return Page(items=all_named(schemas.HonorShown, work, access, items), next_cursor=following)


@router.post("", status_code=201, responses=answers(NotFound, *ABOUT_SOMEBODY, MemberHasLeft, TooManyHonors, BadSpan))
def create_honor(body: schemas.HonorWrite, access: WriteAccess, work: Writing, response: Response) -> schemas.HonorShown:
    """Write down an honour of a member, who goes on to bear it wherever he moves, or of an organisation."""
    content = body.model_dump(exclude={"organization_id", "member_id"})
    honor = service.create_honor(work, access, body.organization_id, body.member_id, content)
    created(response, f"/v1/honors?organization_id={honor.organization_id}")
    return shown_named(schemas.HonorShown, work, access, honor, response)


@router.patch("/{honor_id}", responses=answers(*CHANGED, BadSpan, PreconditionRequired))
def edit_honor(
    honor_id: UUID, body: schemas.HonorEdit, access: WriteAccess, work: Writing, expected: IfMatch, response: Response
) -> schemas.HonorShown:
    honor = service.edit_honor(work, access, honor_id, body.sent(), expected)
    return shown_named(schemas.HonorShown, work, access, honor, response)


@router.post("/{honor_id}/withdraw", responses=answers(*CHANGED))
def withdraw_honor(
    honor_id: UUID, body: Because, access: WriteAccess, work: Writing, expected: IfMatchSent, response: Response
) -> schemas.HonorShown:
    """Take an honour back: no card tells of it any more, and the records keep it with the reason."""
    honor = service.withdraw_honor(work, access, honor_id, body.reason, expected)
    return shown_named(schemas.HonorShown, work, access, honor, response)
