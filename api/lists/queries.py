from collections.abc import Collection, Sequence
from uuid import UUID

from sqlmodel import col, func, select, tuple_
from sqlmodel.sql.expression import SelectOfScalar

from api.access.filters import passed_over
from api.access.scope import Lock, locking
from api.database import Work
from api.lists.attachments import FLOW_PICTURES
from models.enums import FileState
from models.file import StoredFile
from models.list_edition import DRAFT, ListEdition, ListItem
from models.list_enums import ListKind


def published(kind: ListKind) -> SelectOfScalar[ListEdition]:
    """All editions of a kind but the draft, the newest first."""
    query = select(ListEdition).where(ListEdition.kind == kind, col(ListEdition.published_at).is_not(None))
    return query.order_by(col(ListEdition.number).desc())


def current(work: Work, kind: ListKind) -> ListEdition | None:
    """The edition that holds: the published one with the highest number."""
    return work.exec(published(kind).limit(1)).first()


def by_number(work: Work, kind: ListKind, number: int) -> ListEdition | None:
    """A published edition."""
    return work.exec(published(kind).where(col(ListEdition.number) == number)).first()


def draft(work: Work, kind: ListKind, lock: Lock = Lock.for_change) -> ListEdition | None:
    """The draft, held where the work writes."""
    query = select(ListEdition).where(DRAFT, ListEdition.kind == kind)
    return work.exec(locking(work, query, ListEdition, lock=lock)).first()


def highest_number(work: Work, kind: ListKind) -> int:
    return work.exec(select(func.max(ListEdition.number)).where(ListEdition.kind == kind)).one() or 0


def items(work: Work, edition_id: UUID) -> Sequence[ListItem]:
    """The items of an edition by their numbers."""
    return work.exec(select(ListItem).where(col(ListItem.edition_id) == edition_id).order_by(col(ListItem.number))).all()


def item(work: Work, edition_id: UUID, number: int) -> ListItem | None:
    """One item, held where the work writes."""
    query = select(ListItem).where(col(ListItem.edition_id) == edition_id, col(ListItem.number) == number)
    return work.exec(locking(work, query, ListItem)).first()


def item_numbers(work: Work, edition_id: UUID) -> Sequence[int]:
    return work.exec(select(ListItem.number).where(col(ListItem.edition_id) == edition_id).order_by(col(ListItem.number))).all()


def item_counts(work: Work, edition_ids: Collection[UUID]) -> dict[UUID, int]:
    """How many items each of some editions has; none of those that have none."""
    query = select(ListItem.edition_id, func.count()).where(col(ListItem.edition_id).in_(edition_ids))
    return dict(work.exec(query.group_by(col(ListItem.edition_id))).all())


def current_titles(work: Work, links: Collection[tuple[ListKind, int]]) -> dict[tuple[ListKind, int], str]:
    """The titles of items of the editions that hold, by their kinds and numbers."""
    holding = (
        select(ListEdition.kind, func.max(ListEdition.number))
        .where(col(ListEdition.published_at).is_not(None))
        .group_by(col(ListEdition.kind))
    )
    query = (
        select(ListEdition.kind, ListItem.number, ListItem.title)
        .join(ListItem, col(ListItem.edition_id) == col(ListEdition.id))
        .where(tuple_(col(ListEdition.kind), col(ListEdition.number)).in_(holding))
        .where(tuple_(col(ListEdition.kind), col(ListItem.number)).in_(links))
    )
    return {(ListKind(kind), number): title for kind, number, title in work.exec(query).all()}


def flow_picture(work: Work, digest: str) -> StoredFile | None:
    """A file with this content that hangs on an item. Such files are few; ready ones of any kind are many."""
    hanging = col(StoredFile.attached_kind) == FLOW_PICTURES.name, passed_over(work, col(StoredFile.state)) == FileState.ready
    return work.exec(select(StoredFile).where(*hanging, col(StoredFile.digest) == digest).limit(1)).first()
