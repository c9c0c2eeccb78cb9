"""What is kept of a person, for himself and for whoever may act about him: a copy, or that it is erased."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Final

import structlog
from fastapi import APIRouter, Depends, Response

from api.access.about import ABOUT_SOMEBODY
from api.access.permissions import Permission
from api.access.scope import Access
from api.errors import NotFound, Unavailable
from api.privacy import export, notes, rules, schemas, service
from api.privacy.retention import forget_names
from api.web.answers import answers, raw
from api.web.dependencies import HouseDep, OriginDep, Writing, requires
from api.web.downloads import attachment
from api.web.idempotency import HouseRoute

router = APIRouter(prefix="/v1/privacy", tags=["privacy"], route_class=HouseRoute)

OwnRecord = Annotated[Access, requires(Permission.own_record, step_up=True)]
CopyAccess = Annotated[Access, requires(Permission.data_copy, step_up=True)]
EraseAccess = Annotated[Access, requires(Permission.data_erase, step_up=True)]

ZIP: Final = "application/zip"
COPY = raw(ZIP, "`data.json`, the same to be read in `data.txt`, and the photos and attachments in `files`")

log = structlog.get_logger("liangxian")


@dataclass(frozen=True)
class Copy:
    copied: export.Copied
    packed: bytes


def get_own_copy(access: OwnRecord, house: HouseDep, origin: OriginDep) -> Copy:
    """What is kept of the caller, read and packed before the writing transaction begins."""
    with house.database.reading(origin) as work:
        copied = export.gather(work, house.cipher, service.own_member(work, access).id)
    return Copy(copied, export.pack(copied, house.storage))


def get_copy(body: schemas.CopyWrite, access: CopyAccess, house: HouseDep, origin: OriginDep) -> Copy:
    """The same of somebody about whom the caller may act."""
    with house.database.reading(origin) as work:
        copied = export.gather(work, house.cipher, service.member_about(work, access, body.member_id).id)
    return Copy(copied, export.pack(copied, house.storage))


def get_noting(house: HouseDep, origin: OriginDep) -> Iterator[None]:
    """Takes away the user name and tells the storage, once an erasure is committed. What fails is left to the housekeeping."""
    yield
    try:
        forget_names(house.database, origin.at)
        notes.note_erasures(house.database, house.storage, house.audit_key, origin.at)
    except Unavailable:
        log.warning("erasure_not_noted")


Noting = Annotated[None, Depends(get_noting, scope="function")]


@router.get("/mine", responses=answers(NotFound) | COPY, response_class=Response)
def copy_own_data(access: OwnRecord, copy: Annotated[Copy, Depends(get_own_copy)], work: Writing) -> Response:
    """A copy of what is kept of oneself as a member. That it was taken stands in the audit trail."""
    service.copy_own_data(work, access, copy.copied)
    return _saved(copy)


@router.post("/copies", responses=answers(NotFound, *ABOUT_SOMEBODY) | COPY, response_class=Response)
def copy_data(body: schemas.CopyWrite, access: CopyAccess, copy: Annotated[Copy, Depends(get_copy)], work: Writing) -> Response:
    """A copy of what is kept of somebody, for him. Who has taken it and why stands in the audit trail."""
    service.copy_data(work, access, copy.copied, body.reason)
    return _saved(copy)


@router.post("/erasures", responses=answers(NotFound, *ABOUT_SOMEBODY, rules.StillMember))
def erase_data(
    body: schemas.ErasureWrite, access: EraseAccess, house: HouseDep, _noting: Noting, work: Writing
) -> schemas.ErasureShown:
    """Erase for good what is kept of somebody who has left. What others refer to, or sums need, stays under a pseudonym; the audit
    trail tells of him by the keys of his record and account alone. The bytes of photos and attachments go within a day or two."""
    member, rows = service.erase_data(work, access, body.member_id, body.ground, house.cipher)
    return schemas.ErasureShown(erased_on=member.erased_on or work.today, rows=dict(rows))


def _saved(copy: Copy) -> Response:
    headers = attachment("personal-data.zip", "个人信息副本.zip") | {"Cache-Control": "no-store"}
    return Response(copy.packed, media_type=ZIP, headers=headers)
