"""Pictures that members bring to attach to something of their own."""

from collections.abc import Iterator
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response, UploadFile

from api.access.permissions import Permission
from api.access.scope import Access
from api.adapters.pictures import NotAPicture, PictureDamaged, PictureFormatNotTaken, PictureTooLarge
from api.errors import NotFound
from api.files import rules, schemas, service
from api.files.brought import Prepared, drawn_for_request
from api.files.dependencies import JPEG, MAX_PICTURE_BODY, CountedPlace, Known, PlaceDep, picture_answer
from api.web.answers import answers
from api.web.dependencies import (
    HouseDep,
    OriginDep,
    Writing,
    created,
    requires,
    shown,
)
from api.web.idempotency import HouseRoute
from models.enums import FilePurpose

router = APIRouter(prefix="/v1/files", tags=["files"], route_class=HouseRoute)

OwnAccess = Annotated[Access, requires(Permission.own_record)]
ReadAccess = Annotated[Access, requires(Permission.file_read)]


def get_prepared(access: OwnAccess, file: UploadFile, place: CountedPlace) -> Iterator[Prepared]:
    with place.database.reading(place.origin) as work:
        service.expect_file(work, access)
    with drawn_for_request(place, file.file, FilePurpose.attachment, access.account_id) as prepared:
        yield prepared


def get_second_look(file_id: UUID, access: OwnAccess, place: PlaceDep) -> Iterator[service.SecondLook]:
    with service.look_again(place, access, file_id) as looked:
        yield looked


# These stand before `Writing` in a signature, so that a picture is read and stored before the transaction begins, and looked after
# once it has ended.
SentPicture = Annotated[Prepared, Depends(get_prepared, scope="function")]
LookedAgain = Annotated[service.SecondLook, Depends(get_second_look, scope="function")]


@router.post(
    "",
    status_code=201,
    max_body_size=MAX_PICTURE_BODY,
    responses=answers(NotAPicture, PictureFormatNotTaken, PictureDamaged, PictureTooLarge, rules.TooManyFiles),
)
def upload_file(access: OwnAccess, prepared: SentPicture, work: Writing, response: Response) -> schemas.FileShown:
    """Bring a picture (JPEG, PNG, WebP; at most 20 MB) to attach to something of one's own.

    It is drawn anew: what it says about where and when it was taken does not come along. One that is attached to nothing within a
    day is removed.
    """
    file = service.upload_file(work, access, prepared)
    created(response, f"/v1/files/mine/{file.id}")
    return shown(schemas.FileShown, file, response)


@router.post("/uploads", status_code=201, responses=answers(rules.TooManyFiles))
def begin_upload(
    body: schemas.UploadWrite, access: OwnAccess, place: CountedPlace, work: Writing, response: Response
) -> schemas.UploadBegun:
    """Begin to bring a picture straight into the store: POST the answered `form` with the `file`, then say so by `complete`."""
    begun = service.begin_upload(work, access, place.storage, body.media_type)
    created(response, f"/v1/files/mine/{begun.file.id}")
    return schemas.UploadBegun.of(begun.file, begun.form)


@router.post(
    "/uploads/{file_id}/content",
    status_code=204,
    max_body_size=MAX_PICTURE_BODY,
    responses=answers(NotFound, PictureTooLarge, rules.UploadIsOver),
)
def bring_upload(file_id: UUID, access: OwnAccess, file: UploadFile, house: HouseDep, origin: OriginDep) -> None:
    """Bring the content of a picture that was begun, where the form says so. Nobody sees it before `complete`."""
    service.bring_upload(house.database, origin, house.storage, access, file_id, file.file)


@router.post(
    "/uploads/{file_id}/complete", responses=answers(NotFound, rules.NotBroughtYet, rules.UploadIsOver, rules.UploadRefused)
)
def complete_upload(file_id: UUID, access: OwnAccess, looked: LookedAgain, work: Writing, response: Response) -> schemas.FileShown:
    """Say that a picture has been brought: it is looked at and drawn anew, or refused and removed. Safe to send twice."""
    return shown(schemas.FileShown, service.complete_upload(work, access, file_id, looked), response)


@router.get("/mine/{file_id}", responses=answers(NotFound) | JPEG, response_class=Response)
def show_own_file(file_id: UUID, access: OwnAccess, house: HouseDep, origin: OriginDep, known: Known) -> Response:
    """A picture that one has brought oneself."""
    return picture_answer(service.show_own_file(house.database, origin, house.storage, access, file_id, known))


@router.get("/{file_id}", responses=answers(NotFound) | JPEG, response_class=Response)
def show_file(file_id: UUID, access: ReadAccess, house: HouseDep, origin: OriginDep, known: Known) -> Response:
    """A picture that hangs on something which one may see, such as a request for correction that one may decide."""
    found = service.show_file(house.database, origin, house.storage, access, file_id, known, house.attachments)
    return picture_answer(found)
