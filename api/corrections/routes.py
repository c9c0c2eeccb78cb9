"""What members ask to have corrected in their own records, and how that is decided."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from api.access.about import ABOUT_SOMEBODY
from api.access.permissions import Permission
from api.access.scope import Access
from api.corrections import rules, schemas, service
from api.errors import AlreadyAsked, AlreadyDecided, Invalid, NotFound, PreconditionFailed
from api.files.rules import NotYourFile
from api.members.rules import HasLeft, IdentityNumberTaken, IdentityNumberUnchecked, MemberHasLeft
from api.schemas import Because, Page
from api.web.answers import answers
from api.web.dependencies import (
    HouseDep,
    IfMatchSent,
    PagesDep,
    Reading,
    Writing,
    created,
    requires,
    tag,
)
from api.web.idempotency import HouseRoute
from models.enums import RequestState

router = APIRouter(prefix="/v1/corrections", tags=["corrections"], route_class=HouseRoute)

OwnAccess = Annotated[Access, requires(Permission.own_record)]
ReadAccess = Annotated[Access, requires(Permission.correction_read)]
DecideAccess = Annotated[Access, requires(Permission.correction_decide)]

DECIDED = (NotFound, *ABOUT_SOMEBODY, AlreadyDecided, PreconditionFailed)


@router.post(
    "",
    status_code=201,
    responses=answers(NotFound, Invalid, rules.NothingToCorrect, AlreadyAsked, MemberHasLeft, NotYourFile),
)
def request_correction(
    body: schemas.CorrectionWrite, access: OwnAccess, work: Writing, house: HouseDep, response: Response
) -> schemas.CorrectionShown:
    """Ask for a correction of one's own record. One request may wait at a time."""
    changes = body.changes.sent()
    correction = service.request_correction(work, access, changes, body.note, body.attachment_ids, house.cipher)
    created(response, "/v1/corrections/mine")
    return _shown(correction, response)


@router.get("/mine", responses=answers(NotFound))
def list_own_corrections(access: OwnAccess, work: Reading, house: HouseDep, pages: PagesDep) -> Page[schemas.CorrectionShown]:
    """What one has asked for oneself, the newest first."""
    items, following = service.list_own_corrections(work, access, pages, house.cipher)
    return Page(items=[schemas.CorrectionShown.of(item) for item in items], next_cursor=following)


@router.post("/{correction_id}/withdraw", responses=answers(NotFound, AlreadyDecided, PreconditionFailed))
def withdraw_correction(
    correction_id: UUID, access: OwnAccess, work: Writing, house: HouseDep, expected: IfMatchSent, response: Response
) -> schemas.CorrectionShown:
    """Take back what one has asked for oneself, as long as it waits."""
    correction = service.withdraw_correction(work, access, correction_id, house.cipher, expected)
    return _shown(correction, response)


@router.get("", responses=answers(NotFound))
def list_corrections(
    access: ReadAccess,
    work: Reading,
    house: HouseDep,
    pages: PagesDep,
    organization_id: Annotated[UUID | None, Query(description="this organisation and everything below it")] = None,
    state: RequestState | None = None,
) -> Page[schemas.CorrectionListed]:
    """The requests within reach, the newest first. A list tells no values."""
    items, following = service.list_corrections(work, access, pages, house.cipher, organization_id=organization_id, state=state)
    return Page(items=[schemas.CorrectionListed.of(item) for item in items], next_cursor=following)


@router.get("/{correction_id}", responses=answers(NotFound))
def show_correction(
    correction_id: UUID, access: DecideAccess, work: Writing, house: HouseDep, response: Response
) -> schemas.CorrectionCompared:
    """A request, with the present and the proposed value of each field side by side while it waits, for whoever may decide it; that
    they were read stands in the audit trail."""
    correction, compared = service.show_correction(work, access, correction_id, house.cipher)
    tag(response, correction.request)
    return schemas.CorrectionCompared.beside(correction, compared)


@router.post(
    "/{correction_id}/accept",
    responses=answers(*DECIDED, rules.NoLongerFits, HasLeft, IdentityNumberTaken, IdentityNumberUnchecked, MemberHasLeft),
)
def accept_correction(
    correction_id: UUID,
    access: DecideAccess,
    work: Writing,
    house: HouseDep,
    expected: IfMatchSent,
    response: Response,
) -> schemas.CorrectionShown:
    """Change the record as the member asks. A request that has become impossible meanwhile stays open."""
    correction = service.accept_correction(work, access, correction_id, house.cipher, expected)
    return _shown(correction, response)


@router.post("/{correction_id}/refuse", responses=answers(*DECIDED))
def refuse_correction(
    correction_id: UUID,
    body: Because,
    access: DecideAccess,
    work: Writing,
    house: HouseDep,
    expected: IfMatchSent,
    response: Response,
) -> schemas.CorrectionShown:
    """Leave the record as it is. The member reads the reason."""
    correction = service.refuse_correction(work, access, correction_id, body.reason, house.cipher, expected)
    return _shown(correction, response)


def _shown(correction: service.Correction, response: Response) -> schemas.CorrectionShown:
    tag(response, correction.request)
    return schemas.CorrectionShown.of(correction)
