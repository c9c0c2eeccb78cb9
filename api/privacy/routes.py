"""What is kept of a person, for himself and for whoever may act about him: a copy, or that it is erased."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from os import fstat
from typing import Annotated, BinaryIO, Final

import structlog
from fastapi import APIRouter, Depends, Response
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from api.access.about import ABOUT_SOMEBODY
from api.access.permissions import Permission
from api.access.scope import Access
from api.accounts.rules import LastAdministrator
from api.database import Origin, Work
from api.errors import NotFound
from api.house import House
from api.language import Language
from api.privacy import export, notes, rules, schemas, service
from api.privacy.retention import forget_names
from api.turns import Turns
from api.web.answers import answers, raw
from api.web.dependencies import HouseDep, LanguageDep, OriginDep, Writing, requires
from api.web.downloads import ZIP, attachment
from api.web.idempotency import HouseRoute
from models.member import Member

router = APIRouter(prefix="/v1/privacy", tags=["privacy"], route_class=HouseRoute)

OwnRecord = Annotated[Access, requires(Permission.own_record, step_up=True)]
CopyAccess = Annotated[Access, requires(Permission.data_copy, step_up=True)]
EraseAccess = Annotated[Access, requires(Permission.data_erase, step_up=True)]

COPY = raw(ZIP, "`data.json`, the same to be read in `data.txt`, and the photos and attachments in `files`")

log = structlog.get_logger("liangxian")


WAIT_SECONDS: Final = 1.0
RETRY_AFTER: Final = 5
PIECE: Final = 1 << 18

# It keeps a core and the storage busy for as long as somebody has brought pictures.
_turns = Turns(1)


@dataclass(frozen=True)
class Copy:
    copied: export.Copied
    packed: BinaryIO


def get_own_copy(access: OwnRecord, house: HouseDep, origin: OriginDep, language: LanguageDep) -> Copy:
    """What is kept of the caller, read and packed before the writing transaction begins."""
    return _copied(house, origin, access, language, lambda work: service.own_member(work, access))


def get_copy(body: schemas.CopyWrite, access: CopyAccess, house: HouseDep, origin: OriginDep, language: LanguageDep) -> Copy:
    """The same of somebody about whom the caller may act."""
    return _copied(house, origin, access, language, lambda work: service.member_about(work, access, body.member_id))


def _copied(house: House, origin: Origin, access: Access, language: Language, find: Callable[[Work], Member]) -> Copy:
    """One after another: whoever would have to wait is told to come back."""
    with _turns.take(WAIT_SECONDS, RETRY_AFTER):
        with house.database.reading(origin) as work:
            member = find(work)
            service.check_copies(work, access)
            copied = export.gather(work, house.cipher, member.id)
        return Copy(copied, export.pack(copied, house.storage, language))


def get_noting(house: HouseDep, origin: OriginDep) -> Iterator[None]:
    """Takes away the user name and tells the storage, once an erasure is committed. What fails is left to the housekeeping."""
    yield
    try:
        forget_names(house.database, origin.at)
    # The erasure is done, whatever somebody else has written into other rows.
    except Exception as error:
        log.warning("name_not_taken_away", error=type(error).__name__)
    try:
        notes.note_erasures(house.database, house.storage, house.audit_key, origin.at)
    except Exception as error:
        log.warning("erasure_not_noted", error=type(error).__name__)


Noting = Annotated[None, Depends(get_noting, scope="function")]


@router.get("/mine", responses=answers(NotFound, rules.TooManyCopies) | COPY, response_class=Response)
def copy_own_data(access: OwnRecord, copy: Annotated[Copy, Depends(get_own_copy)], work: Writing) -> Response:
    """A copy of what is kept of oneself as a member, five a day at the most. That it was taken stands in the audit trail."""
    service.copy_own_data(work, access, copy.copied)
    return _saved(copy)


@router.post("/copies", responses=answers(NotFound, *ABOUT_SOMEBODY, rules.TooManyCopies) | COPY, response_class=Response)
def copy_data(body: schemas.CopyWrite, access: CopyAccess, copy: Annotated[Copy, Depends(get_copy)], work: Writing) -> Response:
    """A copy of what is kept of somebody, for him, five a day at the most. Who has taken it and why stands in the audit trail. Sent
    again, it is made anew."""
    service.copy_data(work, access, copy.copied, body.reason)
    return _saved(copy)


@router.post("/erasures", responses=answers(NotFound, *ABOUT_SOMEBODY, rules.StillMember, LastAdministrator))
def erase_data(
    body: schemas.ErasureWrite, access: EraseAccess, house: HouseDep, _noting: Noting, work: Writing
) -> schemas.ErasureShown:
    """Erase for good what is kept of somebody who has left. What others refer to, or sums need, stays under a pseudonym; the audit
    trail tells of him by the keys of his record and account alone. The bytes of photos and attachments go within a day or two."""
    member, rows = service.erase_data(work, access, body.member_id, body.ground, house.cipher)
    return schemas.ErasureShown(erased_on=member.erased_on or work.today, rows=dict(rows))


def _saved(copy: Copy) -> Response:
    size = fstat(copy.packed.fileno()).st_size
    headers = attachment("personal-data.zip", "个人信息副本.zip") | {"Cache-Control": "no-store", "Content-Length": str(size)}
    return _Saved(copy.packed, headers)


class _Saved(StreamingResponse):
    """A file that is sent piece by piece, and gone once it is, or once its client is."""

    def __init__(self, packed: BinaryIO, headers: Mapping[str, str]) -> None:
        super().__init__(iter(lambda: packed.read(PIECE), b""), media_type=ZIP, headers=headers)
        self._packed = packed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._packed:
            await super().__call__(scope, receive, send)
