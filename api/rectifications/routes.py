"""Things to be put right (整改): reported as done by those who have to, confirmed or returned from above."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from api.access.permissions import Permission
from api.access.rules import AboutOneself
from api.access.scope import Access
from api.errors import NotFound, NotInThisState, PreconditionFailed
from api.files.rules import NotYourFile
from api.rectifications import schemas, service
from api.rectifications.rules import OfThatOrganization
from api.schemas import Because, Page
from api.web.answers import answers
from api.web.dependencies import IfMatchSent, PagesDep, Reading, Writing, requires, tag
from api.web.idempotency import HouseRoute
from models.enums import RectificationState

router = APIRouter(prefix="/v1/rectifications", tags=["rectifications"], route_class=HouseRoute)

ReadAccess = Annotated[Access, requires(Permission.inspection_read)]
ClaimAccess = Annotated[Access, requires(Permission.rectification_claim)]
CheckAccess = Annotated[Access, requires(Permission.rectification_check)]

CHECKED = (NotFound, AboutOneself, OfThatOrganization, NotInThisState, PreconditionFailed)


@router.get("", responses=answers(NotFound))
def list_rectifications(
    access: ReadAccess,
    work: Reading,
    pages: PagesDep,
    organization_id: Annotated[UUID | None, Query(description="this organisation and everything below it")] = None,
    inspection_id: UUID | None = None,
    state: RectificationState | None = None,
    overdue: Annotated[bool | None, Query(description="open or returned, and past its day; or not")] = None,
) -> Page[schemas.RectificationShown]:
    """What has to be put right within reach, the newest first."""
    items, following = service.list_rectifications(
        work, access, pages, organization_id=organization_id, inspection_id=inspection_id, state=state, overdue=overdue
    )
    return Page(items=[schemas.RectificationShown.of(item) for item in items], next_cursor=following)


@router.get("/{rectification_id}", responses=answers(NotFound))
def show_rectification(rectification_id: UUID, access: ReadAccess, work: Reading, response: Response) -> schemas.RectificationShown:
    return _shown(service.show_rectification(work, access, rectification_id), response)


@router.post("/{rectification_id}/claim", responses=answers(NotFound, NotYourFile, NotInThisState, PreconditionFailed))
def claim_rectification(
    rectification_id: UUID,
    body: schemas.RectificationClaim,
    access: ClaimAccess,
    work: Writing,
    expected: IfMatchSent,
    response: Response,
) -> schemas.RectificationShown:
    """Report that it has been put right."""
    return _shown(service.claim_rectification(work, access, rectification_id, body.note, body.photo_ids, expected), response)


@router.post("/{rectification_id}/confirm", responses=answers(*CHECKED))
def confirm_rectification(
    rectification_id: UUID, body: Because, access: CheckAccess, work: Writing, expected: IfMatchSent, response: Response
) -> schemas.RectificationShown:
    """Confirm that it has been put right, as somebody else than who reported it, from above."""
    return _shown(service.confirm_rectification(work, access, rectification_id, body.reason, expected), response)


@router.post("/{rectification_id}/return", responses=answers(*CHECKED))
def return_rectification(
    rectification_id: UUID,
    body: schemas.RectificationReturn,
    access: CheckAccess,
    work: Writing,
    expected: IfMatchSent,
    response: Response,
) -> schemas.RectificationShown:
    """Have it put right again."""
    told = service.return_rectification(work, access, rectification_id, body.reason, body.due_on, expected)
    return _shown(told, response)


def _shown(told: service.Told, response: Response) -> schemas.RectificationShown:
    tag(response, told.rectification)
    return schemas.RectificationShown.of(told)
