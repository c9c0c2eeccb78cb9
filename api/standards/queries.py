from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from sqlmodel import col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from api.access.scope import Lock, locking
from api.database import Work
from models.enums import FileState
from models.file import OF_STANDARDS, StoredFile
from models.standard import DRAFT, STANDING, Standard, StandardItem


def in_force(work: Work, day: date) -> Standard | None:
    """The version that holds on a day, as far as is known by now."""
    query = select(Standard).where(STANDING, col(Standard.effective_on) <= day)
    return work.exec(query.order_by(col(Standard.number).desc()).limit(1)).first()


def published() -> SelectOfScalar[Standard]:
    """All versions but the draft, the newest first."""
    return select(Standard).where(col(Standard.published_at).is_not(None)).order_by(col(Standard.number).desc())


def newest_published(work: Work) -> Standard | None:
    return work.exec(published().limit(1)).first()


def all_published(work: Work) -> Sequence[Standard]:
    return work.exec(published()).all()


def by_number(work: Work, number: int, lock: Lock) -> Standard | None:
    """A published version, held where the work writes, unless there is no `lock`."""
    return work.exec(locking(work, published().where(col(Standard.number) == number), Standard, lock=lock)).first()


def by_token(work: Work, token: str) -> Standard | None:
    return work.exec(published().where(col(Standard.token) == token)).first()


def draft(work: Work, lock: Lock = Lock.for_change) -> Standard | None:
    """The draft, held where the work writes."""
    return work.exec(locking(work, select(Standard).where(DRAFT), Standard, lock=lock)).first()


def highest_number(work: Work) -> int:
    return work.exec(select(func.max(Standard.number))).one() or 0


def items(work: Work, standard_id: UUID) -> Sequence[StandardItem]:
    """The items of a version by their codes."""
    query = select(StandardItem).where(col(StandardItem.standard_id) == standard_id)
    return work.exec(query.order_by(col(StandardItem.code))).all()


def items_by_code(work: Work, standard_id: UUID, codes: Collection[str]) -> Sequence[StandardItem]:
    query = select(StandardItem).where(col(StandardItem.standard_id) == standard_id, col(StandardItem.code).in_(codes))
    return work.exec(query).all()


def newest_published_item(work: Work, code: str) -> StandardItem | None:
    """The item with a code in the newest published version that has it."""
    query = (
        select(StandardItem)
        .join(Standard, col(Standard.id) == col(StandardItem.standard_id))
        .where(col(StandardItem.code) == code, col(Standard.published_at).is_not(None))
    )
    return work.exec(query.order_by(col(Standard.number).desc()).limit(1)).first()


def item(work: Work, standard_id: UUID, code: str) -> StandardItem | None:
    """One item, held where the work writes."""
    query = select(StandardItem).where(col(StandardItem.standard_id) == standard_id, col(StandardItem.code) == code)
    return work.exec(locking(work, query, StandardItem)).first()


def item_counts(work: Work, standard_ids: Collection[UUID]) -> dict[UUID, int]:
    """How many items each of some versions has; none of those that have none."""
    query = select(StandardItem.standard_id, func.count()).where(col(StandardItem.standard_id).in_(standard_ids))
    return dict(work.exec(query.group_by(col(StandardItem.standard_id))).all())


def picture(work: Work, digest: str) -> StoredFile | None:
    """A file with this content that hangs on an item."""
    ready = col(StoredFile.state) == FileState.ready
    return work.exec(select(StoredFile).where(OF_STANDARDS, col(StoredFile.digest) == digest, ready).limit(1)).first()
