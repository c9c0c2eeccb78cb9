"""民主评议: rounds of a branch and a year, from opening to the minutes."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from api.access.permissions import Permission
from api.access.rules import AboutOneself
from api.access.scope import Access
from api.adapters.paper import BadPaperFont
from api.errors import Invalid, NotFound, PreconditionFailed
from api.members.rules import BranchClosed
from api.performance.appraisals import minutes, rules, schemas, service
from api.performance.appraisals.telling import Told
from api.performance.appraisals.words import MINUTES
from api.pledges.rules import AlreadyEvaluated
from api.schemas import Page
from api.web.answers import answers, raw
from api.web.dependencies import HouseDep, IfMatchSent, OriginDep, PagesDep, Reading, Writing, created, requires, tag
from api.web.downloads import MISSING_CHARACTERS, attachment, missing_characters
from api.web.idempotency import HouseRoute
from api.web.negotiation import PDF

router = APIRouter(prefix="/v1/appraisals", tags=["appraisals"], route_class=HouseRoute)

OwnAccess = Annotated[Access, requires(Permission.own_score)]
WriteAccess = Annotated[Access, requires(Permission.appraisal_write)]
ExportAccess = Annotated[Access, requires(Permission.appraisal_write, step_up=True)]

CHANGED = (NotFound, PreconditionFailed, rules.AppraisalClosed, rules.BranchTooLarge)


@router.get("", responses=answers(NotFound))
def list_appraisals(
    access: WriteAccess,
    work: Reading,
    pages: PagesDep,
    organization_id: Annotated[UUID | None, Query(description="this organisation and everything below it")] = None,
    year: Annotated[int | None, Query(ge=2000, le=2100)] = None,
) -> Page[schemas.AppraisalShown]:
    """The rounds within reach, the newest year first."""
    items, following = service.list_appraisals(work, access, pages, organization_id=organization_id, year=year)
    return Page(items=[schemas.AppraisalShown.of(one) for one in items], next_cursor=following)


@router.get("/mine", responses=answers(NotFound))
def list_own_appraisals(access: OwnAccess, work: Reading) -> schemas.OwnAppraisals:
    """What rounds say of oneself: the grade once they are closed."""
    own = service.list_own_appraisals(work, access)
    return schemas.OwnAppraisals(items=[schemas.OwnAppraisalShown.model_validate(one) for one in own])


@router.post(
    "",
    status_code=201,
    responses=answers(NotFound, rules.NotABranch, rules.YearOutOfRange, BranchClosed, rules.AppraisalExists, rules.BranchTooLarge),
)
def create_appraisal(
    body: schemas.AppraisalWrite, access: WriteAccess, work: Writing, response: Response
) -> schemas.AppraisalShown:
    """Open the round of a branch and a year: all its members take part, at most 500, and its full members are graded, as they are
    when it is closed."""
    told = service.create_appraisal(work, access, body.organization_id, body.year)
    created(response, f"/v1/appraisals/{told.appraisal.id}")
    return _shown(told, response)


@router.get("/{appraisal_id}", responses=answers(NotFound))
def show_appraisal(appraisal_id: UUID, access: WriteAccess, work: Reading, response: Response) -> schemas.AppraisalShown:
    return _shown(service.show_appraisal(work, access, appraisal_id), response)


@router.post(
    "/{appraisal_id}/self",
    status_code=204,
    responses=answers(NotFound, rules.AppraisalClosed, rules.BranchTooLarge, AlreadyEvaluated),
)
def evaluate_oneself(appraisal_id: UUID, body: schemas.SelfEvaluation, access: OwnAccess, work: Writing) -> None:
    """Evaluate oneself (自评), once."""
    service.evaluate_oneself(work, access, appraisal_id, body.grade, body.words)


@router.post(
    "/{appraisal_id}/peers",
    status_code=204,
    responses=answers(NotFound, AboutOneself, rules.AppraisalClosed, rules.BranchTooLarge, AlreadyEvaluated),
)
def evaluate_peer(appraisal_id: UUID, body: schemas.PeerEvaluation, access: OwnAccess, work: Writing, house: HouseDep) -> None:
    """Grade another member of one's branch (互评), once. Nobody is told who gave which grade."""
    service.evaluate_peer(work, access, appraisal_id, body.member_id, body.grade, house.cipher)


@router.post(
    "/{appraisal_id}/votes",
    responses=answers(*CHANGED, Invalid, rules.HeldOnOutOfRange, rules.NotGraded, rules.VotesDoNotAddUp),
)
def enter_votes(
    appraisal_id: UUID,
    body: schemas.MeetingWrite,
    access: WriteAccess,
    work: Writing,
    expected: IfMatchSent,
    response: Response,
) -> schemas.AppraisalShown:
    """Write down when the branch has met, how many were there, and how they voted about full members."""
    votes = [one.read() for one in body.items]
    return _shown(service.enter_votes(work, access, appraisal_id, body.held_on, body.present, votes, expected), response)


@router.post(
    "/{appraisal_id}/decisions",
    responses=answers(*CHANGED, AboutOneself, Invalid, rules.NotGraded, rules.CommentRequired),
)
def decide_grades(
    appraisal_id: UUID,
    body: schemas.GradesWrite,
    access: WriteAccess,
    work: Writing,
    expected: IfMatchSent,
    response: Response,
) -> schemas.AppraisalShown:
    """Give full members their grade. One's own is for somebody else: another who leads the branch, or somebody above."""
    return _shown(service.decide_grades(work, access, appraisal_id, [one.read() for one in body.items], expected), response)


@router.post("/{appraisal_id}/close", responses=answers(*CHANGED, rules.AppraisalIncomplete, rules.TooManyExcellent))
def close_appraisal(
    appraisal_id: UUID,
    body: schemas.AppraisalClosing,
    access: WriteAccess,
    work: Writing,
    expected: IfMatchSent,
    response: Response,
) -> schemas.AppraisalShown:
    """Close a round for good: each member reads his own grade from then on, and the minutes can be printed."""
    return _shown(service.close_appraisal(work, access, appraisal_id, body.remarks, expected), response)


@router.get(
    "/{appraisal_id}/minutes",
    responses=answers(NotFound, rules.AppraisalOpen, BadPaperFont) | raw(PDF, f"The minutes. {MISSING_CHARACTERS}"),
    response_class=Response,
)
def draw_minutes(appraisal_id: UUID, access: ExportAccess, house: HouseDep, origin: OriginDep) -> Response:
    """The minutes (民主评议会议记录) of a closed round on A4, in Chinese, to be signed."""
    year, drawn = minutes.draw_minutes(house.database, origin, access, appraisal_id, house.settings.paper_font)
    headers = attachment(f"minutes-{year}.pdf", f"{MINUTES}{year}.pdf") | missing_characters(drawn.missing)
    return Response(drawn.pdf, media_type=PDF, headers=headers)


def _shown(told: Told, response: Response) -> schemas.AppraisalShown:
    tag(response, told.appraisal)
    return schemas.AppraisalShown.of(told)
