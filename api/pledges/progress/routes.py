"""What has been done for pledges (践诺), with pictures."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response

from api.access.about import ABOUT_SOMEBODY
from api.access.permissions import Permission
from api.access.scope import Access
from api.errors import Forbidden, Invalid, NotFound, NotInThisState, PreconditionFailed
from api.files.dependencies import JPEG, Known, picture_answer
from api.files.rules import NotYourFile
from api.pledges import rules, schemas
from api.pledges.progress import service
from api.pledges.progress.rules import TooManyEntries, TooManyEntriesToday
from api.schemas import Because
from api.web.answers import answers
from api.web.dependencies import HouseDep, IfMatchSent, OriginDep, Writing, created, requires
from api.web.idempotency import HouseRoute

entries = APIRouter(tags=["pledges"], route_class=HouseRoute)

OwnAccess = Annotated[Access, requires(Permission.own_pledge)]
ReviewAccess = Annotated[Access, requires(Permission.pledge_review)]


@entries.post(
    "/v1/pledges/{pledge_id}/progress",
    status_code=201,
    responses=answers(
        NotFound,
        NotYourFile,
        Forbidden,
        *ABOUT_SOMEBODY,
        NotInThisState,
        Invalid,
        rules.RolledUp,
        TooManyEntries,
        TooManyEntriesToday,
    ),
)
def add_progress(
    pledge_id: UUID, body: schemas.ProgressWrite, access: OwnAccess, work: Writing, response: Response
) -> schemas.ProgressShown:
    """Tell what has been done for a pledge (践诺). Strangers read it once it is published."""
    entry = service.add_progress(work, access, pledge_id, body.note, body.percent, body.happened_on, body.attachment_ids)
    created(response, f"/v1/pledges/{pledge_id}")
    return schemas.ProgressShown.model_validate(entry)


@entries.post(
    "/v1/pledges/{pledge_id}/progress/{progress_id}/withdraw",
    responses=answers(NotFound, *ABOUT_SOMEBODY, NotInThisState, PreconditionFailed),
)
def withdraw_progress(
    pledge_id: UUID, progress_id: UUID, body: Because, access: OwnAccess, work: Writing, expected: IfMatchSent
) -> schemas.ProgressShown:
    """Take an entry of progress back, as its author or the pledge's reviewer. Its pictures are gone."""
    return schemas.ProgressShown.model_validate(
        service.withdraw_progress(work, access, pledge_id, progress_id, body.reason, expected)
    )


@entries.get("/v1/pledges/{pledge_id}/pictures/{file_id}", responses=answers(NotFound) | JPEG, response_class=Response)
def show_pledge_picture(
    pledge_id: UUID, file_id: UUID, access: OwnAccess, house: HouseDep, origin: OriginDep, known: Known
) -> Response:
    """A picture of what has been done for a pledge that one may read."""
    found = service.show_pledge_picture(house.database, origin, house.storage, access, pledge_id, file_id, known)
    return picture_answer(found)


@entries.post("/v1/pledges/progress/publish", responses=answers())
def publish_progress(body: schemas.Many, access: ReviewAccess, work: Writing) -> schemas.ProgressPublished:
    """Let strangers read entries of progress, with their pictures. Of those skipped it is told why."""
    bulk = service.publish_progress(work, access, body.ids)
    skipped = [schemas.ProgressSkipped(progress_id=key, reason=why.code()) for key, why in bulk.skipped]
    return schemas.ProgressPublished(done=bulk.done, skipped=skipped)
