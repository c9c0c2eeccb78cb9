"""Moves of members between the organisations of the district (组织关系转接): one lets go, the other takes in."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from api.access.about import ABOUT_SOMEBODY
from api.access.permissions import Permission
from api.access.scope import Access
from api.database import Work
from api.errors import AlreadyDecided, Invalid, NotFound, PreconditionFailed
from api.members.rules import MemberHasLeft
from api.schemas import Because, Page
from api.transfers import rules, schemas, service
from api.transfers.queries import Direction
from api.web.answers import answers
from api.web.dependencies import (
    IfMatchSent,
    PagesDep,
    Reading,
    Words,
    Writing,
    created,
    requires,
    tag,
)
from api.web.idempotency import HouseRoute
from models.enums import RequestState
from models.transfer import Transfer

router = APIRouter(prefix="/v1/transfers", tags=["transfers"], route_class=HouseRoute)

OwnAccess = Annotated[Access, requires(Permission.own_record)]
ReadAccess = Annotated[Access, requires(Permission.transfer_read)]
WriteAccess = Annotated[Access, requires(Permission.transfer_write)]

DECIDED = (NotFound, *ABOUT_SOMEBODY, rules.TransferLapsed, AlreadyDecided, PreconditionFailed)


@router.get("/destinations")
def list_destinations(
    access: WriteAccess,
    work: Reading,
    q: Annotated[Words | None, Query(description="words that the name contains, or the whole code")] = None,
) -> schemas.Destinations:
    """The organisations of the whole district that members can be sent to, by name; at most fifty."""
    return schemas.Destinations(items=[schemas.DestinationShown.of(found) for found in service.list_destinations(work, q)])


@router.get("/mine", responses=answers(NotFound))
def list_own_transfers(access: OwnAccess, work: Reading, pages: PagesDep) -> Page[schemas.TransferShown]:
    """One's own transfers, the newest first."""
    items, following = service.list_own_transfers(work, access, pages)
    return Page(items=schemas.TransferShown.all_of(service.describe(work, access, items)), next_cursor=following)


@router.get("")
def list_transfers(
    access: ReadAccess,
    work: Reading,
    pages: PagesDep,
    direction: Annotated[Direction | None, Query(description="seen from one's own organisations; without it, both")] = None,
    state: RequestState | None = None,
) -> Page[schemas.TransferShown]:
    """The transfers out of and into the organisations within reach, the newest first."""
    items, following = service.list_transfers(work, access, pages, direction=direction, state=state)
    return Page(items=schemas.TransferShown.all_of(service.describe(work, access, items)), next_cursor=following)


@router.post(
    "",
    status_code=201,
    responses=answers(NotFound, *ABOUT_SOMEBODY, Invalid, MemberHasLeft, rules.TransferOpen),
)
def request_transfer(body: schemas.TransferWrite, access: WriteAccess, work: Writing, response: Response) -> schemas.TransferShown:
    """Let a member go to another organisation of the district. He stays where he is until that one accepts."""
    transfer = service.request_transfer(work, access, **dict(body))
    created(response, f"/v1/transfers/{transfer.id}")
    return _shown(work, access, transfer, response)


@router.get("/{transfer_id}", responses=answers(NotFound))
def show_transfer(transfer_id: UUID, access: ReadAccess, work: Reading, response: Response) -> schemas.TransferShown:
    """A transfer out of or into an organisation within reach."""
    return _shown(work, access, service.show_transfer(work, access, transfer_id), response)


@router.post("/{transfer_id}/accept", responses=answers(*DECIDED, rules.BothHalves, rules.DestinationClosed))
def accept_transfer(
    transfer_id: UUID, access: WriteAccess, work: Writing, expected: IfMatchSent, response: Response
) -> schemas.TransferShown:
    """Take the member in, together with a new card and the account. Only the organisation that was asked can."""
    transfer = service.accept_transfer(work, access, transfer_id, expected)
    return _shown(work, access, transfer, response)


@router.post("/{transfer_id}/refuse", responses=answers(*DECIDED))
def refuse_transfer(
    transfer_id: UUID,
    body: Because,
    access: WriteAccess,
    work: Writing,
    expected: IfMatchSent,
    response: Response,
) -> schemas.TransferShown:
    """Send the transfer back. Only the organisation that was asked can."""
    transfer = service.refuse_transfer(work, access, transfer_id, body.reason, expected)
    return _shown(work, access, transfer, response)


@router.post("/{transfer_id}/withdraw", responses=answers(*DECIDED))
def withdraw_transfer(
    transfer_id: UUID,
    body: Because,
    access: WriteAccess,
    work: Writing,
    expected: IfMatchSent,
    response: Response,
) -> schemas.TransferShown:
    """Take the transfer back before it is decided. Only the organisation that let go can."""
    transfer = service.withdraw_transfer(work, access, transfer_id, body.reason, expected)
    return _shown(work, access, transfer, response)


def _shown(work: Work, access: Access, transfer: Transfer, response: Response) -> schemas.TransferShown:
    tag(response, transfer)
    return schemas.TransferShown.all_of(service.describe(work, access, [transfer]))[0]
