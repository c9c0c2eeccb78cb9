"""The signage standard (标识应用规范): what hangs at which venue, by numbered versions that never change once published."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, Response

from api.access.permissions import Permission
from api.access.scope import Access
from api.drafts import DraftExists, NoItems
from api.errors import Invalid, NotFound, PreconditionFailed, PreconditionRequired
from api.files.dependencies import JPEG, Known, picture_answer
from api.files.rules import NotYourFile
from api.organizations.rules import CodeTaken
from api.schemas import Because, Page
from api.standards import drafts, rules, schemas, service
from api.standards.telling import PATH
from api.standards.view import DIGEST
from api.web.answers import TAGGED, answers
from api.web.cors import FOR_EVER, KEPT
from api.web.dependencies import (
    HouseDep,
    IfMatch,
    IfMatchSent,
    OriginDep,
    PagesDep,
    Reading,
    Writing,
    created,
    requires,
    tag,
)
from api.web.idempotency import HouseRoute
from models.enums import VenueKind

router = APIRouter(prefix=PATH, tags=["standards"], route_class=HouseRoute)

WriteAccess = Annotated[Access, requires(Permission.standard_write)]
Number = Annotated[int, Path(ge=1, le=1_000_000, examples=[1])]
To = Annotated[int, Query(ge=1, le=1_000_000, description="the number of the version to compare it to", examples=[1])]
Code = Annotated[str, Path(max_length=20, examples=["WN-01"])]

ITEM_FAULTS: Final = (Invalid, rules.EmblemArticleMissing, rules.EmblemNotAllowed, rules.UnknownPlaceholder)


@router.get("/current", response_model=schemas.StandardWhole, responses=answers(rules.NoStandardInForce) | TAGGED)
def show_current_standard(
    work: Reading, known: Known, response: Response, venue_kind: VenueKind | None = None
) -> schemas.StandardWhole | Response:
    """The version in force with its items, or those for venues of a kind. Its `ETag` is its `token`."""
    standard, whole = service.show_current_standard(work, venue_kind, known)
    headers = KEPT | {"ETag": f'"{standard.token}"'}
    if whole is None:
        return Response(status_code=304, headers=headers)
    response.headers.update(headers)
    return schemas.StandardWhole.of(whole)


@router.get("/changes", response_model=schemas.ChangesShown, responses=answers(rules.NoStandardInForce) | TAGGED)
def show_standard_changes(
    work: Reading,
    known: Known,
    response: Response,
    since: Annotated[str | None, Query(description="the `token` of the version that one has; any will do, and none does")] = None,
) -> schemas.ChangesShown | Response:
    """What has changed since the version that a phone has, in one answer however long that was ago.

    Send the token in `If-None-Match` too, in its quotes: while nothing has changed the answer is 304, without a body.
    """
    standard, changed = service.show_standard_changes(work, since, known)
    headers = KEPT | {"ETag": f'"{standard.token}"'}
    if changed is None:
        return Response(status_code=304, headers=headers)
    response.headers.update(headers)
    return schemas.ChangesShown.of(changed)


@router.get("")
def list_standards(work: Reading, pages: PagesDep) -> Page[schemas.StandardShown]:
    """The published versions, the newest first."""
    items, following = service.list_standards(work, pages)
    return Page(items=[schemas.StandardShown.model_validate(item) for item in items], next_cursor=following)


@router.post("/draft", status_code=201, responses=answers(NotFound, DraftExists))
def create_standard_draft(body: schemas.DraftWrite, access: WriteAccess, work: Writing, response: Response) -> schemas.DraftShown:
    """Begin the next version: with the items of a published one, of what is shipped, or with none. There is one draft at most."""
    whole = drafts.create_standard_draft(work, body.based_on, body.title, body.change_note)
    created(response, f"{PATH}/draft")
    tag(response, whole.standard)
    return schemas.DraftShown.of(whole)


@router.get("/draft", responses=answers(NotFound))
def show_standard_draft(access: WriteAccess, work: Reading, response: Response) -> schemas.DraftShown:
    """The draft with its items."""
    whole = drafts.show_standard_draft(work)
    tag(response, whole.standard)
    return schemas.DraftShown.of(whole)


@router.patch("/draft", responses=answers(NotFound, PreconditionFailed, PreconditionRequired))
def edit_standard_draft(
    body: schemas.DraftEdit, access: WriteAccess, work: Writing, expected: IfMatch, response: Response
) -> schemas.DraftShown:
    """Give the draft another title or note."""
    whole = drafts.edit_standard_draft(work, body.sent(), expected)
    tag(response, whole.standard)
    return schemas.DraftShown.of(whole)


@router.delete("/draft", status_code=204, responses=answers(NotFound, PreconditionFailed))
def delete_standard_draft(access: WriteAccess, work: Writing, expected: IfMatchSent) -> None:
    """Throw the draft away."""
    drafts.delete_standard_draft(work, expected)


@router.get("/draft/compare", responses=answers(NotFound))
def compare_standard_draft(access: WriteAccess, work: Reading) -> schemas.Comparison:
    """What the draft would change of the version in force."""
    return schemas.Comparison.of(drafts.compare_standard_draft(work))


@router.post(
    "/draft/items",
    status_code=201,
    responses=answers(NotFound, NotYourFile, CodeTaken, rules.TooManyItems, *ITEM_FAULTS),
)
def add_standard_item(body: schemas.ItemWrite, access: WriteAccess, work: Writing, response: Response) -> schemas.DraftItem:
    """Add an item to the draft."""
    item = drafts.add_standard_item(work, access, body.model_dump(exclude={"picture_ids"}), body.picture_ids)
    created(response, f"{PATH}/draft")
    tag(response, item)
    return schemas.DraftItem.of_item(item)


@router.patch(
    "/draft/items/{code}",
    responses=answers(NotFound, NotYourFile, CodeTaken, PreconditionFailed, PreconditionRequired, *ITEM_FAULTS),
)
def edit_standard_item(
    code: Code, body: schemas.ItemEdit, access: WriteAccess, work: Writing, expected: IfMatch, response: Response
) -> schemas.DraftItem:
    """Change an item of the draft. `emblem_max_mm` goes with an emblem that becomes forbidden, and `proportional` with the last
    size, unless they are sent."""
    changes = body.sent()
    item = drafts.edit_standard_item(work, access, code, changes, changes.pop("picture_ids", None), expected)
    tag(response, item)
    return schemas.DraftItem.of_item(item)


@router.delete("/draft/items/{code}", status_code=204, responses=answers(NotFound, PreconditionFailed))
def delete_standard_item(code: Code, access: WriteAccess, work: Writing, expected: IfMatchSent) -> None:
    """Take an item out of the draft."""
    drafts.delete_standard_item(work, code, expected)


@router.post("/draft/publish", responses=answers(NotFound, rules.BadEffectiveDay, NoItems, PreconditionFailed))
def publish_standard_draft(
    body: schemas.Publishing, access: WriteAccess, work: Writing, expected: IfMatchSent
) -> schemas.StandardPublished:
    """Publish the draft, to hold from a day on. From now on nothing of it is changed; it can be withdrawn."""
    return schemas.StandardPublished.of(drafts.publish_standard_draft(work, body.effective_on, expected))


@router.get("/pictures/{digest}", responses=answers(NotFound) | JPEG, response_class=Response)
def show_standard_picture(
    digest: Annotated[str, Path(max_length=64, examples=[DIGEST])], house: HouseDep, origin: OriginDep, known: Known
) -> Response:
    """A picture of an item, which is the same for ever."""
    answer = picture_answer(service.show_standard_picture(house.database, origin, house.storage, digest, known))
    answer.headers.update(FOR_EVER)
    return answer


@router.get("/{number}", responses=answers(NotFound))
def show_standard(number: Number, work: Reading) -> schemas.StandardWhole:
    """A published version with its items."""
    return schemas.StandardWhole.of(service.show_standard(work, number))


@router.get("/{number}/compare", responses=answers(NotFound))
def compare_standards(number: Number, to: To, work: Reading) -> schemas.Comparison:
    """What has become of one published version in another."""
    return schemas.Comparison.of(service.compare_standards(work, number, to))


@router.post("/{number}/withdraw", responses=answers(NotFound))
def withdraw_standard(number: Number, body: Because, access: WriteAccess, work: Writing) -> schemas.StandardShown:
    """Let a published version hold no longer: the one before it is in force again."""
    return schemas.StandardShown.model_validate(drafts.withdraw_standard(work, number, body.reason))
