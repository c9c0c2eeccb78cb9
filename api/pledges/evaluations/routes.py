"""评诺 by those who are signed in, and what becomes of the ratings that the masses send."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from api.access.about import ABOUT_SOMEBODY
from api.access.permissions import Permission
from api.access.rules import ForTheLevelAbove
from api.access.scope import Access
from api.errors import AlreadyDecided, Forbidden, Invalid, NotFound, NotInThisState, PreconditionFailed
from api.pledges.evaluations import rules, schemas, service
from api.pledges.rules import AlreadyEvaluated
from api.schemas import Because, Page
from api.web.answers import answers
from api.web.dependencies import HouseDep, IfMatchSent, PagesDep, Reading, Writing, created, requires, tag
from api.web.idempotency import HouseRoute
from models.enums import WordsState

of_pledges = APIRouter(tags=["pledges"], route_class=HouseRoute)
evaluations = APIRouter(prefix="/v1/evaluations", tags=["evaluations"], route_class=HouseRoute)

OwnAccess = Annotated[Access, requires(Permission.own_pledge)]
ReviewAccess = Annotated[Access, requires(Permission.pledge_review)]

DECIDED = answers(NotFound, *ABOUT_SOMEBODY, AlreadyDecided, PreconditionFailed)


@of_pledges.post(
    "/v1/pledges/{pledge_id}/evaluations",
    status_code=201,
    responses=answers(
        NotFound,
        Forbidden,
        *ABOUT_SOMEBODY,
        AlreadyEvaluated,
        NotInThisState,
        Invalid,
        rules.NotAPeriod,
        rules.HalfNotBegun,
        rules.WordsRequired,
    ),
)
def evaluate_pledge(
    pledge_id: UUID,
    access: OwnAccess,
    body: schemas.EvaluationWrite,
    work: Writing,
    house: HouseDep,
    response: Response,
) -> schemas.EvaluationShown:
    """Evaluate a pledge (评诺): one's own, one of another member of one's branch, or, as its reviewer, for the organisation: for
    each half (半年点评), and at the year's end, which closes it."""
    evaluation = service.evaluate_pledge(work, access, pledge_id, body.source, body.grade, body.words, body.period, house.cipher)
    created(response, f"/v1/pledges/{pledge_id}")
    return schemas.EvaluationShown.model_validate({**evaluation.model_dump(), "words": body.words})


@evaluations.get("", responses=answers(NotFound))
def list_evaluations(
    access: ReviewAccess,
    work: Reading,
    pages: PagesDep,
    house: HouseDep,
    organization_id: Annotated[UUID | None, Query(description="this organisation and everything below it")] = None,
    pledge_id: UUID | None = None,
    words_state: WordsState | None = None,
) -> Page[schemas.RatingListed]:
    """What the masses say of the pledges that one reviews, the newest first; but never of one's own."""
    items, following = service.list_evaluations(
        work, access, pages, house.cipher, organization_id=organization_id, pledge_id=pledge_id, words_state=words_state
    )
    return Page(items=[schemas.RatingListed.of(item) for item in items], next_cursor=following)


@evaluations.post("/{evaluation_id}/show", responses=DECIDED)
def show_words(
    evaluation_id: UUID, access: ReviewAccess, work: Writing, house: HouseDep, expected: IfMatchSent, response: Response
) -> schemas.RatingListed:
    """Let strangers read somebody's words on the pledge's page."""
    return _shown(service.show_words(work, access, evaluation_id, house.cipher, expected), response)


@evaluations.post("/{evaluation_id}/hide", responses=DECIDED)
def hide_words(
    evaluation_id: UUID,
    body: Because,
    access: ReviewAccess,
    work: Writing,
    house: HouseDep,
    expected: IfMatchSent,
    response: Response,
) -> schemas.RatingListed:
    """Keep somebody's words from strangers. The grade counts all the same."""
    return _shown(service.hide_words(work, access, evaluation_id, body.reason, house.cipher, expected), response)


@evaluations.post("/{evaluation_id}/void", responses=answers(NotFound, ForTheLevelAbove, AlreadyDecided, PreconditionFailed))
def void_evaluation(
    evaluation_id: UUID,
    body: Because,
    access: ReviewAccess,
    work: Writing,
    house: HouseDep,
    expected: IfMatchSent,
    response: Response,
) -> schemas.RatingListed:
    """Let a grade count no more: for those above the branch that it is about. How many are void is shown."""
    return _shown(service.void_evaluation(work, access, evaluation_id, body.reason, house.cipher, expected), response)


def _shown(opened: service.Opened, response: Response) -> schemas.RatingListed:
    tag(response, opened.evaluation)
    return schemas.RatingListed.of(opened)
