"""Files: brought, looked at, attached to what they belong to, shown, and swept away when nothing needs them.

The object always comes first (`brought.py`), and its row after it: a row without its object never comes to be.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO, NamedTuple
from uuid import UUID

from api.access.scope import Access, take_turns
from api.adapters.pictures import (
    MAX_PICTURE_BYTES,
    NotAPicture,
    Picture,
    PictureDamaged,
    PictureTooLarge,
    read_picture,
)
from api.adapters.storage import NoSuchObject, Storage, UploadForm
from api.database import Database, Origin, Work
from api.errors import NotFound, Refusal
from api.files import queries, rules
from api.files.brought import Place, Prepared, discard, discard_unless_named, names_a_file, new_key, stored_for_request
from api.files.kinds import AttachmentKind
from api.files.registered import Registered, read_registered
from models.base import Record
from models.enums import FilePurpose, FileState
from models.file import DiscardedObject, StoredFile


@dataclass(frozen=True)
class BegunUpload:
    """A file that is awaited; and the form that brings it straight into the storage, if that takes any."""

    file: StoredFile
    form: UploadForm | None


@dataclass(frozen=True)
class SecondLook:
    """What was found where a file had been awaited: the picture drawn anew, or why it is refused; neither if it was ready."""

    prepared: Prepared | None = None
    refusal: Refusal | None = None


class Attached(NamedTuple):
    """A picture that hangs on something, with its size in pixels where that is known."""

    id: UUID
    width: int | None
    height: int | None


@dataclass(frozen=True)
class ReadFile:
    """A file as it is answered: `content` is None where the caller has it already."""

    file_id: UUID
    media_type: str
    digest: str
    content: bytes | None


def add_file(
    work: Work, prepared: Prepared, *, organization_id: UUID, uploaded_by: UUID, attached_to: Record | None = None
) -> StoredFile:
    """Add the row of a picture that lies in the storage."""
    file = StoredFile(
        organization_id=organization_id,
        purpose=prepared.purpose,
        state=FileState.ready,
        storage_key=prepared.key,
        media_type=prepared.media_type,
        size=prepared.size,
        digest=prepared.digest,
        width=prepared.width,
        height=prepared.height,
        uploaded_by=uploaded_by,
        attached_kind=str(attached_to.__tablename__) if attached_to else None,
        attached_id=attached_to.id if attached_to else None,
    )
    work.add(file)
    work.flush()
    return file


def remove_file(work: Work, file: StoredFile) -> None:
    """Remove a file's row, so that nobody is shown it any more. The sweep deletes the object once no backup can need it."""
    work.delete(file)
    work.add(DiscardedObject(storage_key=file.storage_key, discarded_at=work.at))
    work.flush()


def remove_files(work: Work, file_ids: Collection[UUID]) -> None:
    """The same of some files by their keys, of which nothing is read: whatever somebody has written into such a row."""
    if file_ids:
        queries.let_go(work, file_ids)
        queries.forget_files(work, file_ids)


def attach(work: Work, access: Access, file_ids: Sequence[UUID], kind: AttachmentKind, target_id: UUID) -> list[StoredFile]:
    """Attach pictures to a thing of a kind, in this order, for a room that lets the caller write it.

    Raises `NotYourFile` unless each is one that the caller has brought for the purpose of the kind, that is ready, and that hangs
    on nothing yet (or on this thing: attaching it twice is no harm).
    """
    hanging = queries.attached_to(work, kind.name, [target_id])
    standing = {file.id: file for file in hanging if file.uploaded_by == access.account_id}
    wanted = list(dict.fromkeys(file_ids))
    found = standing | queries.own_unused(work, access, wanted, kind.purpose)
    if missing := tuple(key for key in wanted if key not in found):
        raise rules.NotYourFile(keys=missing)
    for key in wanted:
        found[key].attached_kind, found[key].attached_id = kind.name, target_id
    work.flush()
    return [found[key] for key in wanted]


def replace_attached(
    work: Work, access: Access, file_ids: Sequence[UUID], kind: AttachmentKind, target_id: UUID
) -> list[StoredFile]:
    """Let these pictures hang on a thing of a kind, in this order, and no others: of those that hang there already the rest is
    removed, whoever has brought them. Raises `NotYourFile` as `attach` does."""
    hanging = {file.id: file for file in queries.attached_to(work, kind.name, [target_id])}
    wanted = list(dict.fromkeys(file_ids))
    brought = attach(work, access, [key for key in wanted if key not in hanging], kind, target_id)
    found = hanging | {file.id: file for file in brought}
    for key in hanging.keys() - set(wanted):
        remove_file(work, hanging[key])
    return [found[key] for key in wanted]


def detach(work: Work, kind: AttachmentKind, target_id: UUID) -> None:
    """Let go of the pictures of a thing: from then on only who has brought them sees them, until the sweep takes them."""
    for file in queries.attached_to(work, kind.name, [target_id]):
        file.attached_kind = file.attached_id = None
    work.flush()


def remove_attached(work: Work, kind: AttachmentKind, target_id: UUID) -> None:
    """Remove the pictures of a thing, so that nobody is shown them any more."""
    for file in queries.attached_to(work, kind.name, [target_id]):
        remove_file(work, file)


def attachments(work: Work, kind: AttachmentKind, target_ids: Collection[UUID]) -> dict[UUID, list[UUID]]:
    """The keys of the pictures that hang on things of a kind, by thing, in the order in which they were brought."""
    return {key: [one.id for one in files] for key, files in attached_pictures(work, kind, target_ids).items()}


def attached_files(work: Work, kind: AttachmentKind, target_ids: Collection[UUID]) -> dict[UUID, list[StoredFile]]:
    """The same with all that is known of each."""
    found: dict[UUID, list[StoredFile]] = {}
    for file in queries.attached_to(work, kind.name, target_ids):
        if file.attached_id is not None:
            found.setdefault(file.attached_id, []).append(file)
    return found


def attached_pictures(work: Work, kind: AttachmentKind, target_ids: Collection[UUID]) -> dict[UUID, list[Attached]]:
    """The same with what a page tells of each, of any number of things: strangers read them too, and whole rows cost several times
    as much."""
    found: dict[UUID, list[Attached]] = {}
    for target_id, file_id, width, height in queries.pictures_on(work, kind.name, target_ids):
        if target_id is not None:
            found.setdefault(target_id, []).append(Attached(file_id, width, height))
    return found


def expect_file(work: Work, access: Access) -> None:
    """Raise `TooManyFiles` where the caller has brought as many as he may leave unused."""
    take_turns(work, access.account_id)
    if queries.count_unused(work, access) >= rules.UNUSED_AT_ONCE:
        raise rules.TooManyFiles


def upload_file(work: Work, access: Access, prepared: Prepared) -> StoredFile:
    """Keep a picture that was brought in one request."""
    expect_file(work, access)
    file = add_file(work, prepared, organization_id=access.organization_id, uploaded_by=access.account_id)
    work.record("upload_file", file, size=file.size)
    return file


def begin_upload(work: Work, access: Access, storage: Storage, media_type: str) -> BegunUpload:
    """Await a picture that is brought later, and tell how."""
    expect_file(work, access)
    file = StoredFile(
        organization_id=access.organization_id,
        purpose=FilePurpose.attachment,
        state=FileState.awaited,
        storage_key=new_key(rules.INCOMING),
        media_type=media_type,
        uploaded_by=access.account_id,
        awaited_until=work.at + rules.AWAITED,
    )
    work.add(file)
    work.flush()
    work.record("begin_upload", file)
    # Made here without asking the store: a form is only signed.
    return BegunUpload(file, storage.upload_form(file.storage_key, media_type, MAX_PICTURE_BYTES, rules.FORM_LIFETIME))


def bring_upload(database: Database, origin: Origin, storage: Storage, access: Access, file_id: UUID, content: BinaryIO) -> None:
    """Take the content of an awaited file, where the store does not take it itself. Until it is looked at, it is not shown.

    Raises `NotFound`, `UploadIsOver`, `PictureTooLarge` or `Unavailable`.
    """
    with database.reading(origin) as work:
        file = _own(work, access, file_id)
        if file.state is not FileState.awaited or rules.is_overdue(file.awaited_until, work.at):
            raise rules.UploadIsOver
        if not names_a_file(file.storage_key):
            raise rules.UploadIsOver
    sent = content.read(MAX_PICTURE_BYTES + 1)
    if len(sent) > MAX_PICTURE_BYTES:
        raise PictureTooLarge
    storage.put(file.storage_key, BytesIO(sent), file.media_type)
    with database.reading(origin) as work:
        now = queries.own_file(work, access, file_id)
    if now is None or now.state is not FileState.awaited:
        # It was completed or refused meanwhile, and what lay there deleted, perhaps before this came.
        discard(storage, [file.storage_key])
        raise rules.UploadIsOver


@contextmanager
def look_again(place: Place, access: Access, file_id: UUID) -> Iterator[SecondLook]:
    """Look at what was brought, since stores do not keep to the limits of a form: its size as the store tells it, then what it is.

    A good one is stored as `stored_for_request` does, of one that is refused it is told why, for `complete_upload`; what was
    brought is deleted behind that. Raises `NotFound`, `NotBroughtYet`, `UploadIsOver` or `Unavailable`.
    """
    with place.database.reading(place.origin) as work:
        file = _own(work, access, file_id)
        if file.state is not FileState.ready and rules.is_overdue(file.awaited_until, work.at):
            raise rules.UploadIsOver
    if file.state is FileState.ready:
        yield SecondLook()
        return
    found = _found(place.storage, access, file)
    try:
        if isinstance(found, Refusal):
            yield SecondLook(refusal=found)
        else:
            with stored_for_request(place, found, file.purpose) as prepared:
                yield SecondLook(prepared=prepared)
    finally:
        # Where nothing was committed it is awaited still, and counts.
        if place.origin.has_committed:
            discard_unless_named(place, file.storage_key)


def _found(storage: Storage, access: Access, file: StoredFile) -> Picture | Refusal:
    size = storage.size(file.storage_key)
    if size is None:
        raise rules.NotBroughtYet
    try:
        if size > MAX_PICTURE_BYTES:
            raise PictureTooLarge
        with storage.open(file.storage_key) as source:
            return read_picture(source, file.purpose, access.account_id)
    except NoSuchObject:
        raise rules.NotBroughtYet from None
    except (NotAPicture, PictureDamaged, PictureTooLarge) as refusal:
        return refusal


def complete_upload(work: Work, access: Access, file_id: UUID, looked: SecondLook) -> StoredFile:
    """Keep what was brought and found good, under its new key; or remove the row of what was refused: raises `UploadRefused`.
    Doing it twice changes nothing."""
    file = _own(work, access, file_id)
    if looked.refusal:
        if file.state is FileState.awaited:
            work.record("refuse_upload", file, why=looked.refusal.code())
            work.delete(file)
            work.flush()
        raise rules.UploadRefused(looked.refusal)
    prepared = looked.prepared
    if file.state is FileState.ready or prepared is None:
        return file
    file.state, file.awaited_until = FileState.ready, None
    file.storage_key, file.media_type, file.digest = prepared.key, prepared.media_type, prepared.digest
    file.size, file.width, file.height = prepared.size, prepared.width, prepared.height
    work.record("complete_upload", file, size=file.size)
    work.flush()
    return file


def show_file(
    database: Database,
    origin: Origin,
    storage: Storage,
    access: Access,
    file_id: UUID,
    known: Collection[str],
    kinds: Sequence[AttachmentKind],
) -> ReadFile:
    """A picture that hangs on something which the caller may see, by the rule of its kind. One of no such kind, like a portrait, is
    shown by its own room alone."""
    by_name = {kind.name: kind for kind in kinds}

    def found(work: Work) -> StoredFile:
        file = work.get(StoredFile, file_id)
        kind = by_name.get(file.attached_kind or "") if file else None
        if file is None or kind is None or file.attached_id is None:
            raise NotFound
        kind.find(work, access.using(kind.permission), file.attached_id)
        return file

    return read_file(database, origin, storage, found, known)


def show_own_file(
    database: Database, origin: Origin, storage: Storage, access: Access, file_id: UUID, known: Collection[str]
) -> ReadFile:
    """A file that the caller has brought himself."""
    return read_file(database, origin, storage, lambda work: _own(work, access, file_id), known)


def read_file(
    database: Database, origin: Origin, storage: Storage, find: Callable[[Work], StoredFile], known: Collection[str]
) -> ReadFile:
    """The content of a file that is ready, unless its digest is among those `known` to the caller.

    The transaction is over before the storage is asked, so that one that hangs holds no connection. Raises `NotFound`, and
    `Unavailable` while the storage cannot be reached.
    """
    with database.reading(origin) as work:
        file = find(work)
    if file.state is not FileState.ready or file.digest is None:
        raise NotFound
    if file.digest in known:
        return ReadFile(file.id, file.media_type, file.digest, None)
    content = content_of(storage, file)
    if content is None:
        raise NotFound
    return ReadFile(file.id, file.media_type, file.digest, content)


def content_of(storage: Storage, file: StoredFile) -> bytes | None:
    """What lies in the storage of a file that is ready, as `read_registered` reads it. Raises `Unavailable`."""
    return read_registered(storage, Registered(file.storage_key, file.size, file.digest or ""))


def _own(work: Work, access: Access, file_id: UUID) -> StoredFile:
    file = queries.own_file(work, access, file_id)
    if file is None:
        raise NotFound
    return file
