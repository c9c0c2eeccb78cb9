"""Signs (标识) at venues, and what the standard finds there."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Response

from api.access.permissions import Permission
from api.access.scope import Access
from api.errors import Invalid, NotFound, NotInThisState, PreconditionFailed, PreconditionRequired
from api.files.rules import NotYourFile
from api.schemas import Page
from api.standards.rules import NoStandardInForce, UnknownItem
from api.venues.signs import rules, schemas, service
from api.web.answers import answers
from api.web.dependencies import IfMatch, IfMatchSent, PagesDep, Reading, Writing, created, requires, tag
from api.web.idempotency import HouseRoute

signs = APIRouter(tags=["venues"], route_class=HouseRoute)

ReadAccess = Annotated[Access, requires(Permission.venue_read)]
WriteAccess = Annotated[Access, requires(Permission.venue_write)]

SIGNS: Final = "/v1/venues/{venue_id}/signs"
MOVED: Final = answers(NotFound, NotInThisState, PreconditionFailed)


@signs.get(SIGNS, responses=answers(NotFound))
def list_signs(venue_id: UUID, access: ReadAccess, work: Reading, pages: PagesDep) -> Page[schemas.SignShown]:
    """The signs of a venue by their codes, those that were taken down too."""
    items, following = service.list_signs(work, access, venue_id, pages)
    return Page(items=[schemas.SignShown.of(item) for item in items], next_cursor=following)


@signs.post(SIGNS, status_code=201, responses=answers(NotFound, NotYourFile, NoStandardInForce, UnknownItem, Invalid))
def add_sign(venue_id: UUID, body: schemas.SignWrite, access: WriteAccess, work: Writing, response: Response) -> schemas.SignShown:
    """Note that a sign hangs at a venue."""
    told = service.add_sign(work, access, venue_id, body.model_dump(exclude={"photo_ids"}), body.photo_ids)
    created(response, f"/v1/venues/{venue_id}/signs")
    return _shown(told, response)


@signs.patch(
    f"{SIGNS}/{{sign_id}}",
    responses=MOVED | answers(NotFound, NotYourFile, NoStandardInForce, UnknownItem, Invalid, PreconditionRequired),
)
def edit_sign(
    venue_id: UUID,
    sign_id: UUID,
    body: schemas.SignEdit,
    access: WriteAccess,
    work: Writing,
    expected: IfMatch,
    response: Response,
) -> schemas.SignShown:
    """Correct what is told of a sign that hangs."""
    changes = body.sent()
    told = service.edit_sign(work, access, venue_id, sign_id, changes, changes.pop("photo_ids", None), expected)
    return _shown(told, response)


@signs.post(f"{SIGNS}/{{sign_id}}/damage", responses=MOVED)
def damage_sign(
    venue_id: UUID,
    sign_id: UUID,
    body: schemas.SignBecause,
    access: WriteAccess,
    work: Writing,
    expected: IfMatchSent,
    response: Response,
) -> schemas.SignShown:
    """Note that a sign is damaged."""
    return _shown(service.damage_sign(work, access, venue_id, sign_id, body.reason, expected), response)


@signs.post(f"{SIGNS}/{{sign_id}}/repair", responses=MOVED)
def repair_sign(
    venue_id: UUID,
    sign_id: UUID,
    body: schemas.SignBecause,
    access: WriteAccess,
    work: Writing,
    expected: IfMatchSent,
    response: Response,
) -> schemas.SignShown:
    """Note that a damaged sign is whole again."""
    return _shown(service.repair_sign(work, access, venue_id, sign_id, body.reason, expected), response)


@signs.post(f"{SIGNS}/{{sign_id}}/retire", responses=MOVED | answers(rules.DisposalMissing))
def retire_sign(
    venue_id: UUID,
    sign_id: UUID,
    body: schemas.Retiring,
    access: WriteAccess,
    work: Writing,
    expected: IfMatchSent,
    response: Response,
) -> schemas.SignShown:
    """Take a sign down, and tell what became of one that bears the emblem or the flag."""
    return _shown(service.retire_sign(work, access, venue_id, sign_id, body.reason, body.disposal, expected), response)


@signs.get("/v1/venues/{venue_id}/check", responses=answers(NotFound, NoStandardInForce))
def check_venue(venue_id: UUID, access: ReadAccess, work: Reading) -> schemas.CheckShown:
    """What is missing, wrong or forbidden at a venue by the standard in force, and what that advises."""
    return schemas.CheckShown.of(service.check_venue(work, access, venue_id))


def _shown(told: service.Told, response: Response) -> schemas.SignShown:
    tag(response, told.sign)
    return schemas.SignShown.of(told)
