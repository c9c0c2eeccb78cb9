"""What reviewers do with pledges (审诺): singly, and with many at once."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response

from api.access.about import ABOUT_SOMEBODY
from api.access.permissions import Permission
from api.access.scope import Access
from api.bulk import Bulk
from api.database import Work
from api.errors import Invalid, NotFound, NotInThisState, PreconditionFailed
from api.pledges import rules, schemas
from api.pledges.review import service
from api.pledges.telling import describe
from api.schemas import Because
from api.web.answers import answers
from api.web.dependencies import IfMatchSent, Writing, requires, tag
from api.web.idempotency import HouseRoute
from models.pledge import Pledge

reviews = APIRouter(tags=["pledges"], route_class=HouseRoute)

ReviewAccess = Annotated[Access, requires(Permission.pledge_review)]

REVIEWED = answers(NotFound, *ABOUT_SOMEBODY, NotInThisState, PreconditionFailed)
VOTED = answers(
    NotFound,
    *ABOUT_SOMEBODY,
    NotInThisState,
    rules.VoteNotCarried,
    PreconditionFailed,
    Invalid,
    rules.MoreVotesThanEligible,
)


@reviews.post("/v1/pledges/approve", responses=answers())
def approve_pledges(body: schemas.ManyApproved, access: ReviewAccess, work: Writing) -> schemas.PledgesDone:
    """Approve many texts at once, by one vote of one meeting. Of those skipped it is told why."""
    return _done(service.approve_pledges(work, access, body.ids, body.read()))


@reviews.post("/v1/pledges/publish", responses=answers())
def publish_pledges(body: schemas.Many, access: ReviewAccess, work: Writing) -> schemas.PledgesDone:
    """Publish many at once. Of those skipped it is told why."""
    return _done(service.publish_pledges(work, access, body.ids))


@reviews.post(
    "/v1/pledges/{pledge_id}/approve",
    responses=VOTED | answers(Invalid, rules.MoreVotesThanEligible, rules.SecrecyCheckMissing),
)
def approve_pledge(
    pledge_id: UUID,
    body: schemas.ApprovalWrite,
    access: ReviewAccess,
    work: Writing,
    expected: IfMatchSent,
    response: Response,
) -> schemas.PledgeShown:
    """Approve the text that waits: a new pledge's, or the amendment beside a published one."""
    return _shown(work, access, service.approve_pledge(work, access, pledge_id, body.read(), expected), response)


@reviews.post("/v1/pledges/{pledge_id}/return", responses=REVIEWED)
def return_pledge(
    pledge_id: UUID, body: Because, access: ReviewAccess, work: Writing, expected: IfMatchSent, response: Response
) -> schemas.PledgeShown:
    """Send the text that waits back to its author, who reads why."""
    return _shown(work, access, service.return_pledge(work, access, pledge_id, body.reason, expected), response)


@reviews.post("/v1/pledges/{pledge_id}/publish", responses=REVIEWED)
def publish_pledge(
    pledge_id: UUID, access: ReviewAccess, work: Writing, expected: IfMatchSent, response: Response
) -> schemas.PledgeShown:
    """Publish the approved text (亮诺); an amendment stands from then on, and what stood before stays readable."""
    return _shown(work, access, service.publish_pledge(work, access, pledge_id, expected), response)


@reviews.post("/v1/pledges/{pledge_id}/confirm", responses=VOTED)
def confirm_pledge(
    pledge_id: UUID,
    access: ReviewAccess,
    work: Writing,
    expected: IfMatchSent,
    response: Response,
    body: schemas.Confirming | None = None,
) -> schemas.PledgeShown:
    """Confirm that a pledge is fulfilled, as its author claims."""
    vote = body.vote.read() if body and body.vote else None
    return _shown(work, access, service.confirm_pledge(work, access, pledge_id, vote, expected), response)


@reviews.post("/v1/pledges/{pledge_id}/refuse-claim", responses=REVIEWED)
def refuse_claim(
    pledge_id: UUID, body: Because, access: ReviewAccess, work: Writing, expected: IfMatchSent, response: Response
) -> schemas.PledgeShown:
    """Refuse what the author claims: the pledge goes on."""
    return _shown(work, access, service.refuse_claim(work, access, pledge_id, body.reason, expected), response)


@reviews.post("/v1/pledges/{pledge_id}/exempt", responses=REVIEWED)
def exempt_pledge(
    pledge_id: UUID, body: Because, access: ReviewAccess, work: Writing, expected: IfMatchSent, response: Response
) -> schemas.PledgeShown:
    """Let the author off a pledge that something has prevented (免责). The reason is shown."""
    return _shown(work, access, service.exempt_pledge(work, access, pledge_id, body.reason, expected), response)


@reviews.post("/v1/pledges/{pledge_id}/fail", responses=REVIEWED)
def fail_pledge(
    pledge_id: UUID, body: Because, access: ReviewAccess, work: Writing, expected: IfMatchSent, response: Response
) -> schemas.PledgeShown:
    """Say of a pledge past its day that it was not fulfilled. The reason is shown."""
    return _shown(work, access, service.fail_pledge(work, access, pledge_id, body.reason, expected), response)


@reviews.post("/v1/pledges/{pledge_id}/reopen", responses=REVIEWED)
def reopen_pledge(
    pledge_id: UUID, body: Because, access: ReviewAccess, work: Writing, expected: IfMatchSent, response: Response
) -> schemas.PledgeShown:
    """Take back what another has decided of a pledge."""
    return _shown(work, access, service.reopen_pledge(work, access, pledge_id, body.reason, expected), response)


def _done(bulk: Bulk) -> schemas.PledgesDone:
    skipped = [schemas.PledgeSkipped(pledge_id=key, reason=why.code()) for key, why in bulk.skipped]
    return schemas.PledgesDone(done=bulk.done, skipped=skipped)


def _shown(work: Work, access: Access, pledge: Pledge, response: Response) -> schemas.PledgeShown:
    tag(response, pledge)
    return schemas.PledgeShown.model_validate(describe(work, access, [pledge])[0])
