from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import col, delete, func, select, update
from sqlmodel.sql.expression import SelectOfScalar

from api.access.scope import Access, locking
from api.database import Work
from models.enums import FilePurpose, FileState
from models.file import DiscardedObject, StoredFile


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


def overdue(work: Work, now: datetime, limit: int) -> Sequence[StoredFile]:
    """Files that were to be brought and have not been in time, locked."""
    query = select(StoredFile).where(col(StoredFile.state) == FileState.awaited, col(StoredFile.awaited_until) < now)
    return work.exec(locking(work, query.order_by(col(StoredFile.id)).limit(limit), StoredFile)).all()


def unused(work: Work, before: datetime, limit: int) -> Sequence[StoredFile]:
    """Files that are ready, belong to nothing, and have not changed since then, locked."""
    query = select(StoredFile).where(
        col(StoredFile.state) == FileState.ready, col(StoredFile.attached_kind).is_(None), col(StoredFile.updated_at) < before
    )
    return work.exec(locking(work, query.order_by(col(StoredFile.id)).limit(limit), StoredFile)).all()


def discarded(work: Work, before: datetime, limit: int) -> Sequence[DiscardedObject]:
    """Objects that were let go before then, the oldest first."""
    query = select(DiscardedObject).where(col(DiscardedObject.discarded_at) < before)
    return work.exec(query.order_by(col(DiscardedObject.discarded_at), col(DiscardedObject.storage_key)).limit(limit)).all()


def discard_at_last(work: Work, now: datetime) -> None:
    """Have objects that were let go at a moment that is yet to come, by a clock that was ahead, be let go now."""
    work.exec(update(DiscardedObject).where(col(DiscardedObject.discarded_at) > now).values(discarded_at=now))


def forget_discarded(work: Work, keys: Collection[str]) -> None:
    work.exec(delete(DiscardedObject).where(col(DiscardedObject.storage_key).in_(keys)))


def known_keys(work: Work, keys: Collection[str]) -> set[str]:
    """Those of these storage keys that a row knows, be it of a file or of an object that was let go."""
    files = select(StoredFile.storage_key).where(col(StoredFile.storage_key).in_(keys))
    let_go = select(DiscardedObject.storage_key).where(col(DiscardedObject.storage_key).in_(keys))
    return {*work.exec(files).all(), *work.exec(let_go).all()}
