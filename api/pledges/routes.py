"""Pledges (承诺) by those who make them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from api.access.about import ABOUT_SOMEBODY
from api.access.permissions import Permission
from api.access.scope import Access
from api.database import Work
from api.errors import Forbidden, Invalid, NotFound, NotInThisState, PreconditionFailed, PreconditionRequired
from api.members.rules import BranchClosed, MemberHasLeft
from api.pledges import amending, rules, schemas, service
from api.pledges.rules import ToldState
from api.pledges.telling import describe
from api.schemas import Because, Page
from api.web.answers import answers
from api.web.dependencies import HouseDep, IfMatch, IfMatchSent, PagesDep, Reading, Writing, created, requires, tag
from api.web.idempotency import HouseRoute
from models.enums import PledgeKind
from models.pledge import Pledge

router = APIRouter(prefix="/v1/pledges", tags=["pledges"], route_class=HouseRoute)

OwnAccess = Annotated[Access, requires(Permission.own_pledge)]

OWN = answers(NotFound, Forbidden, *ABOUT_SOMEBODY, NotInThisState, PreconditionFailed)


@router.get("", responses=answers(NotFound))
def list_pledges(
    access: OwnAccess,
    work: Reading,
    pages: PagesDep,
    organization_id: Annotated[UUID | None, Query(description="this organisation and everything below it; any will do")] = None,
    member_id: UUID | None = None,
    year: Annotated[int | None, Query(ge=2000, le=2100)] = None,
    kind: PledgeKind | None = None,
    state: ToldState | None = None,
    is_overdue: bool | None = None,
) -> Page[schemas.PledgeShown]:
    """The pledges that one may read, of any organisation, the newest first; archived ones, those of the newest year first."""
    items, following = service.list_pledges(
        work,
        access,
        pages,
        organization_id=organization_id,
        member_id=member_id,
        year=year,
        kind=kind,
        state=state,
        is_overdue=is_overdue,
    )
    return Page(items=[schemas.PledgeShown.model_validate(item) for item in items], next_cursor=following)


@router.post(
    "",
    status_code=201,
    responses=answers(NotFound, *ABOUT_SOMEBODY, Invalid, rules.DueOnOutOfRange, rules.NotAParent, rules.TooManyDrafts),
)
def create_pledge(body: schemas.PledgeWrite, access: OwnAccess, work: Writing, response: Response) -> schemas.PledgeShown:
    """Write a draft (提诺): one's own, or, for who may enter pledges there, another member's or an organisation's own."""
    pledge = service.create_pledge(work, access, body.model_dump())
    created(response, f"/v1/pledges/{pledge.id}")
    return _shown(work, access, pledge, response)


@router.get("/mine", responses=answers(NotFound))
def list_own_pledges(access: OwnAccess, work: Reading, pages: PagesDep) -> Page[schemas.PledgeShown]:
    """One's own pledges, the newest first."""
    items, following = service.list_own_pledges(work, access, pages)
    return Page(items=[schemas.PledgeShown.model_validate(item) for item in items], next_cursor=following)


@router.get("/{pledge_id}", responses=answers(NotFound))
def show_pledge(pledge_id: UUID, access: OwnAccess, work: Reading, house: HouseDep, response: Response) -> schemas.PledgeDetail:
    """A pledge with its texts, its progress and what is thought of it."""
    detail = service.show_pledge(work, access, pledge_id, house.cipher)
    tag(response, detail.pledge)
    return schemas.PledgeDetail.of_detail(detail)


@router.patch("/{pledge_id}", responses=OWN | answers(PreconditionRequired, Invalid, rules.DueOnOutOfRange, rules.NotAParent))
def edit_pledge(
    pledge_id: UUID, body: schemas.PledgeEdit, access: OwnAccess, work: Writing, expected: IfMatch, response: Response
) -> schemas.PledgeShown:
    """Change a draft, or what was returned."""
    return _shown(work, access, service.edit_pledge(work, access, pledge_id, body.sent(), expected), response)


@router.delete("/{pledge_id}", status_code=204, responses=OWN)
def delete_pledge(pledge_id: UUID, access: OwnAccess, work: Writing, expected: IfMatchSent) -> None:
    """Delete a draft that was never submitted. Whatever was stays."""
    service.delete_pledge(work, access, pledge_id, expected)


@router.post(
    "/{pledge_id}/submit",
    responses=answers(
        NotFound,
        Forbidden,
        *ABOUT_SOMEBODY,
        NotInThisState,
        rules.TooManyPledges,
        rules.TooManyOfOneYear,
        rules.CampaignOver,
        MemberHasLeft,
        BranchClosed,
        PreconditionFailed,
    ),
)
def submit_pledge(
    pledge_id: UUID, access: OwnAccess, work: Writing, expected: IfMatchSent, response: Response
) -> schemas.PledgeShown:
    """Propose a draft, or what was returned, to its reviewer."""
    return _shown(work, access, service.submit_pledge(work, access, pledge_id, expected), response)


@router.post("/{pledge_id}/amend", responses=OWN | answers(Invalid, rules.OtherYear))
def amend_pledge(
    pledge_id: UUID, body: schemas.Amendment, access: OwnAccess, work: Writing, expected: IfMatchSent, response: Response
) -> schemas.PledgeShown:
    """Propose another text of a published pledge. The one that stands stays until that is published."""
    stated = body.model_dump(exclude={"reason"})
    return _shown(work, access, amending.amend_pledge(work, access, pledge_id, stated, body.reason, expected), response)


@router.post("/{pledge_id}/withdraw", responses=OWN)
def withdraw_pledge(
    pledge_id: UUID, body: Because, access: OwnAccess, work: Writing, expected: IfMatchSent, response: Response
) -> schemas.PledgeShown:
    """Take a pledge back: its author before it is published, its reviewer after."""
    return _shown(work, access, service.withdraw_pledge(work, access, pledge_id, body.reason, expected), response)


@router.post("/{pledge_id}/claim", responses=OWN | answers(Invalid))
def claim_pledge(
    pledge_id: UUID, body: schemas.Claim, access: OwnAccess, work: Writing, expected: IfMatchSent, response: Response
) -> schemas.PledgeShown:
    """Say that a pledge is fulfilled, or that something has prevented it. A reviewer decides."""
    return _shown(work, access, service.claim_pledge(work, access, pledge_id, body.outcome, body.note, expected), response)


def _shown(work: Work, access: Access, pledge: Pledge, response: Response) -> schemas.PledgeShown:
    tag(response, pledge)
    return schemas.PledgeShown.model_validate(describe(work, access, [pledge])[0])
