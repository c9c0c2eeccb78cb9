"""Members' photos, and the consent without which none is kept."""

from collections.abc import Iterator
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response, UploadFile

from api.access.about import ABOUT_SOMEBODY
from api.access.names import one_named
from api.access.permissions import Permission
from api.access.scope import Access
from api.adapters.pictures import NotAPicture, PictureDamaged, PictureFormatNotTaken, PictureTooLarge
from api.database import Work
from api.errors import NotFound
from api.files.brought import Prepared, drawn_for_request
from api.files.dependencies import JPEG, MAX_PICTURE_BODY, CountedPlace, Known, picture_answer
from api.members.rules import MemberHasLeft
from api.photos import rules, schemas, service
from api.web.answers import answers
from api.web.dependencies import (
    HouseDep,
    OriginDep,
    Reading,
    Writing,
    all_named,
    created,
    requires,
    shown_named,
)
from api.web.idempotency import HouseRoute
from models.enums import FilePurpose
from models.photo import Consent

photos = APIRouter(prefix="/v1/photos", tags=["photos"], route_class=HouseRoute)
consents = APIRouter(prefix="/v1/consents", tags=["consents"], route_class=HouseRoute)

OwnAccess = Annotated[Access, requires(Permission.own_record)]
ReadAccess = Annotated[Access, requires(Permission.photo_read)]
WriteAccess = Annotated[Access, requires(Permission.photo_write)]

GIVEN = answers(NotFound, rules.ConsentTextOutdated, MemberHasLeft)
TAKEN = answers(NotFound, rules.NoConsent, MemberHasLeft, NotAPicture, PictureFormatNotTaken, PictureDamaged, PictureTooLarge)


def get_own_portrait(access: OwnAccess, file: UploadFile, place: CountedPlace) -> Iterator[Prepared]:
    with place.database.reading(place.origin) as work:
        service.expect_own_photo(work, access)
    with drawn_for_request(place, file.file, FilePurpose.portrait, access.account_id) as prepared:
        yield prepared


def get_portrait(member_id: UUID, access: WriteAccess, file: UploadFile, place: CountedPlace) -> Iterator[Prepared]:
    with place.database.reading(place.origin) as work:
        service.expect_member_photo(work, access, member_id)
    with drawn_for_request(place, file.file, FilePurpose.portrait, access.account_id) as prepared:
        yield prepared


# These stand before `Writing` in a signature, so that a picture is read and stored before the transaction begins, and only if it
# may be taken at all, and looked after once it has ended.
OwnPortrait = Annotated[Prepared, Depends(get_own_portrait, scope="function")]
Portrait = Annotated[Prepared, Depends(get_portrait, scope="function")]


@consents.get("/texts")
def list_consent_texts(access: OwnAccess) -> schemas.ConsentTexts:
    """What a member is asked to agree to, in the version that is asked for now."""
    return schemas.ConsentTexts(items=[schemas.ConsentTextShown.of(*item) for item in service.list_consent_texts()])


@consents.get("/mine", responses=answers(NotFound))
def list_own_consents(access: OwnAccess, work: Reading) -> schemas.Consents:
    """What one has agreed to, and withdrawn, the newest first."""
    return _listed(work, access, service.list_own_consents(work, access))


@consents.post("/mine", status_code=201, responses=GIVEN)
def give_own_consent(body: schemas.ConsentGive, access: OwnAccess, work: Writing, response: Response) -> schemas.ConsentShown:
    """Agree to a text that one has read. Agreeing twice is agreeing once."""
    consent = service.give_own_consent(work, access, body.kind, body.text_version)
    created(response, "/v1/consents/mine")
    return shown_named(schemas.ConsentShown, work, access, consent, response)


@consents.post("/mine/withdraw", responses=answers(NotFound))
def withdraw_own_consent(body: schemas.ConsentWithdraw, access: OwnAccess, work: Writing) -> schemas.Consents:
    """Withdraw one's consent: the photo is gone at the very next scan. Safe to send twice."""
    return _listed(work, access, service.withdraw_own_consent(work, access, body.kind))


@consents.get("", responses=answers(NotFound))
def list_consents(member_id: UUID, access: ReadAccess, work: Reading) -> schemas.Consents:
    """What a member has agreed to, and withdrawn, the newest first."""
    return _listed(work, access, service.list_consents(work, access, member_id))


@consents.post("", status_code=201, responses=GIVEN | answers(*ABOUT_SOMEBODY))
def record_consent(body: schemas.ConsentWrite, access: WriteAccess, work: Writing, response: Response) -> schemas.ConsentShown:
    """Record a consent that a member has signed on paper. The branch keeps the paper."""
    consent = service.record_consent(work, access, body.member_id, body.kind, body.text_version)
    created(response, f"/v1/consents?member_id={body.member_id}")
    return shown_named(schemas.ConsentShown, work, access, consent, response)


@consents.post("/{consent_id}/withdraw", responses=answers(NotFound, *ABOUT_SOMEBODY))
def withdraw_consent(consent_id: UUID, access: WriteAccess, work: Writing, response: Response) -> schemas.ConsentShown:
    """Withdraw a consent for a member who asks for it: the photo is gone at the very next scan. Safe to send twice."""
    return shown_named(schemas.ConsentShown, work, access, service.withdraw_consent(work, access, consent_id), response)


@photos.get("/mine", responses=answers(NotFound) | JPEG, response_class=Response)
def show_own_photo(access: OwnAccess, house: HouseDep, origin: OriginDep, known: Known) -> Response:
    """One's own photo, as those see it who scan one's card."""
    return picture_answer(service.show_own_photo(house.database, origin, house.storage, access, known))


@photos.post("/mine", status_code=201, max_body_size=MAX_PICTURE_BODY, responses=TAKEN)
def set_own_photo(access: OwnAccess, prepared: OwnPortrait, work: Writing, response: Response) -> schemas.PhotoShown:
    """Bring one's own photo (JPEG, PNG, WebP; at most 20 MB), or another in its place, once one has agreed to it."""
    created(response, "/v1/photos/mine")
    return _photo(work, access, service.set_own_photo(work, access, prepared))


@photos.delete("/mine", status_code=204, responses=answers(NotFound))
def remove_own_photo(access: OwnAccess, work: Writing) -> None:
    """Remove one's own photo. The consent stays; to take that back too, withdraw it."""
    service.remove_own_photo(work, access)


@photos.get("/{member_id}", responses=answers(NotFound) | JPEG, response_class=Response)
def show_member_photo(member_id: UUID, access: ReadAccess, house: HouseDep, origin: OriginDep, known: Known) -> Response:
    """A member's photo."""
    return picture_answer(service.show_member_photo(house.database, origin, house.storage, access, member_id, known))


@photos.post("/{member_id}", status_code=201, max_body_size=MAX_PICTURE_BODY, responses=TAKEN | answers(*ABOUT_SOMEBODY))
def set_member_photo(
    member_id: UUID, access: WriteAccess, prepared: Portrait, work: Writing, response: Response
) -> schemas.PhotoShown:
    """Bring a member's photo, or another in its place, once the member has agreed to it."""
    created(response, f"/v1/photos/{member_id}")
    return _photo(work, access, service.set_member_photo(work, access, member_id, prepared))


@photos.delete("/{member_id}", status_code=204, responses=answers(NotFound, *ABOUT_SOMEBODY))
def remove_member_photo(member_id: UUID, access: WriteAccess, work: Writing) -> None:
    """Remove a member's photo. The consent stays."""
    service.remove_member_photo(work, access, member_id)


def _listed(work: Work, access: Access, found: list[Consent]) -> schemas.Consents:
    return schemas.Consents(items=all_named(schemas.ConsentShown, work, access, found))


def _photo(work: Work, access: Access, found: service.PhotoOfMember) -> schemas.PhotoShown:
    return schemas.PhotoShown.of(found, one_named(work, access, found.photo))
