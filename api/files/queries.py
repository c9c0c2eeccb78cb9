from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import cast, literal
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import and_, col, delete, func, select, update
from sqlmodel.sql.expression import SelectOfScalar

from api.access.scope import Access, locking
from api.database import Work
from api.row_keys import Key, next_keys
from api.texts import AS_TEXT, text_of
from models.base import metadata
from models.enums import FilePurpose, FileState
from models.file import DiscardedObject, StoredFile

_FILES: Final = metadata.tables[str(StoredFile.__tablename__)]
_DISCARDED_AT: Final = metadata.tables[str(DiscardedObject.__tablename__)].c.discarded_at
_PLACE_OF_FILE: Final = cast(col(StoredFile.storage_key), AS_TEXT)
_PLACE_OF_OBJECT: Final = cast(col(DiscardedObject.storage_key), AS_TEXT)


def own(access: Access) -> SelectOfScalar[StoredFile]:
    return select(StoredFile).where(col(StoredFile.uploaded_by) == access.account_id)


def own_file(work: Work, access: Access, file_id: UUID) -> StoredFile | None:
    """A file that the caller has brought, locked where the work writes."""
    query = own(access).where(col(StoredFile.id) == file_id)
    return work.exec(locking(work, query, StoredFile)).first()


def count_unused(work: Work, access: Access) -> int:
    """How many files of the caller belong to nothing, those still awaited among them."""
    query = select(func.count()).select_from(StoredFile)
    return work.exec(query.where(col(StoredFile.uploaded_by) == access.account_id, col(StoredFile.attached_kind).is_(None))).one()


def own_unused(work: Work, access: Access, file_ids: Collection[UUID], purpose: FilePurpose) -> dict[UUID, StoredFile]:
    """Those of these files that the caller has brought for a purpose and that hang on nothing yet, locked."""
    query = own(access).where(
        col(StoredFile.id).in_(file_ids),
        col(StoredFile.purpose) == purpose,
        col(StoredFile.state) == FileState.ready,
        col(StoredFile.attached_kind).is_(None),
    )
    return {file.id: file for file in work.exec(locking(work, query.order_by(col(StoredFile.id)), StoredFile)).all()}


def attached_to(work: Work, kind: str, target_ids: Collection[UUID]) -> Sequence[StoredFile]:
    query = select(StoredFile).where(col(StoredFile.attached_kind) == kind, col(StoredFile.attached_id).in_(target_ids))
    return work.exec(query.order_by(col(StoredFile.id))).all()


def pictures_on(work: Work, kind: str, target_ids: Collection[UUID]) -> Sequence[tuple[UUID | None, UUID, int | None, int | None]]:
    """Of such files what each hangs on, its key, width and height."""
    of_kind = and_(col(StoredFile.attached_kind) == kind, col(StoredFile.attached_id).in_(target_ids))
    what = select(StoredFile.attached_id, StoredFile.id, StoredFile.width, StoredFile.height)
    return work.exec(what.where(of_kind).order_by(col(StoredFile.id))).all()


def overdue(work: Work, now: datetime, after: Key | None, limit: int) -> Sequence[Key]:
    """The keys of the next files behind a key that were to be brought and have not been in time, locked."""
    return _next(work, after, limit, col(StoredFile.state) == FileState.awaited, col(StoredFile.awaited_until) < now)


def unused(work: Work, before: datetime, after: Key | None, limit: int) -> Sequence[Key]:
    """The keys of the next files behind a key that are ready, belong to nothing, and have not changed since then, locked."""
    is_unused = (col(StoredFile.attached_kind).is_(None), col(StoredFile.updated_at) < before)
    return _next(work, after, limit, col(StoredFile.state) == FileState.ready, *is_unused)


def _next(work: Work, after: Key | None, limit: int, *conditions: Any) -> Sequence[Key]:
    """The keys alone: of what else stands in such a row nothing need be read."""
    return next_keys(work, _FILES, _FILES.select().where(*conditions), after, limit)


def places_of(work: Work, file_ids: Collection[UUID]) -> list[str]:
    """Where the objects of these files lie, as their rows tell it."""
    return [text_of(key) for (key,) in work.execute(select(_PLACE_OF_FILE).where(col(StoredFile.id).in_(file_ids)))]


def forget_files(work: Work, file_ids: Collection[UUID]) -> None:
    """Remove the rows of these files."""
    work.exec(delete(StoredFile).where(col(StoredFile.id).in_(file_ids)).execution_options(synchronize_session=False))


def let_go(work: Work, file_ids: Collection[UUID]) -> None:
    """Have the objects of these files be let go now, also one of which somebody has said before that it was."""
    columns = select(col(StoredFile.storage_key), literal(work.at, _DISCARDED_AT.type))
    insert: Any = (sqlite_insert if work.is_sqlite else postgresql_insert)(DiscardedObject)
    adding = insert.from_select(["storage_key", "discarded_at"], columns.where(col(StoredFile.id).in_(file_ids)))
    work.execute(adding.on_conflict_do_update(index_elements=["storage_key"], set_={"discarded_at": adding.excluded.discarded_at}))


def discarded(work: Work, before: datetime, limit: int) -> list[tuple[Any, str]]:
    """Objects that were let go before then, the oldest first: by what each is found again, and where it lies."""
    query = select(_PLACE_OF_OBJECT).where(col(DiscardedObject.discarded_at) < before)
    found = work.execute(query.order_by(col(DiscardedObject.discarded_at), col(DiscardedObject.storage_key)).limit(limit))
    return [(key, text_of(key)) for (key,) in found]


def discard_at_last(work: Work, now: datetime) -> None:
    """Have objects that were let go at a moment that is yet to come, by a clock that was ahead, be let go now."""
    work.exec(update(DiscardedObject).where(col(DiscardedObject.discarded_at) > now).values(discarded_at=now))


def forget_discarded(work: Work, keys: Collection[Any]) -> None:
    """Forget objects that were let go, by what `discarded` finds each again."""
    work.exec(delete(DiscardedObject).where(_PLACE_OF_OBJECT.in_(keys)).execution_options(synchronize_session=False))


def known_keys(work: Work, keys: Collection[str]) -> set[str]:
    """Those of these storage keys that a row knows, be it of a file or of an object that was let go."""
    files = select(StoredFile.storage_key).where(col(StoredFile.storage_key).in_(keys))
    let_go = select(DiscardedObject.storage_key).where(col(DiscardedObject.storage_key).in_(keys))
    return {*work.exec(files).all(), *work.exec(let_go).all()}
