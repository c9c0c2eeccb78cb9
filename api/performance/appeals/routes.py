"""Appeals (申诉) against entries of scores."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response

from api.access.about import ABOUT_SOMEBODY
from api.access.permissions import Permission
from api.access.scope import Access
from api.errors import AlreadyDecided, NotFound, PreconditionFailed
from api.files.rules import NotYourFile
from api.performance.appeals import rules, schemas, service
from api.performance.scores.rules import AlreadyReversed
from api.schemas import Page
from api.web.answers import answers
from api.web.dependencies import IfMatchSent, PagesDep, Reading, Writing, created, requires, tag
from api.web.idempotency import HouseRoute
from models.score_enums import AppealState

of_scores = APIRouter(tags=["scores"], route_class=HouseRoute)
router = APIRouter(prefix="/v1/appeals", tags=["appeals"], route_class=HouseRoute)

OwnAccess = Annotated[Access, requires(Permission.own_score)]
HearAccess = Annotated[Access, requires(Permission.score_write)]


@of_scores.post(
    "/v1/scores/entries/{entry_id}/appeal",
    status_code=201,
    responses=answers(NotFound, NotYourFile, AlreadyReversed, rules.AlreadyAppealed, rules.AppealOver),
)
def appeal_score_entry(
    entry_id: UUID, body: schemas.AppealWrite, access: OwnAccess, work: Writing, response: Response
) -> schemas.AppealShown:
    """Appeal against an entry of one's own score: once, within 30 days of its being entered, and not against a bonus."""
    told = service.appeal_score_entry(work, access, entry_id, body.reason, body.attachment_ids)
    created(response, f"/v1/scores/mine?year={told.entry.entry.year}")
    return _shown(told, response)


@router.get("", responses=answers())
def list_appeals(access: HearAccess, work: Reading, pages: PagesDep, state: AppealState | None = None) -> Page[schemas.AppealShown]:
    """The appeals that one hears, the newest first: those from the branches below, but for what one has entered oneself."""
    items, following = service.list_appeals(work, access, pages, state=state)
    return Page(items=[schemas.AppealShown.of(item) for item in items], next_cursor=following)


@router.get("/{appeal_id}", responses=answers(NotFound))
def show_appeal(appeal_id: UUID, access: HearAccess, work: Reading, response: Response) -> schemas.AppealShown:
    return _shown(service.show_appeal(work, access, appeal_id), response)


@router.post("/{appeal_id}/decide", responses=answers(NotFound, *ABOUT_SOMEBODY, AlreadyDecided, PreconditionFailed))
def decide_appeal(
    appeal_id: UUID,
    body: schemas.DecisionWrite,
    access: HearAccess,
    work: Writing,
    expected: IfMatchSent,
    response: Response,
) -> schemas.AppealShown:
    """Decide an appeal. Upheld or exempted, a counter-entry takes the entry back at once."""
    return _shown(service.decide_appeal(work, access, appeal_id, body.decision, body.reason, expected), response)


def _shown(told: service.ToldAppeal, response: Response) -> schemas.AppealShown:
    tag(response, told.appeal)
    return schemas.AppealShown.of(told)
