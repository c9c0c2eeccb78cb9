from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from api.access.scope import locking
from api.database import Work
from api.pagination import MOST_OF_ONE
from models.enums import ConsentKind
from models.file import StoredFile
from models.photo import Consent, Photo


def standing_consent(work: Work, member_id: UUID, kind: ConsentKind) -> Consent | None:
    """The consent that stands, locked where the work writes: a photo is not set while it is withdrawn, nor the other way round."""
    query = select(Consent).where(
        col(Consent.member_id) == member_id, col(Consent.kind) == kind, col(Consent.withdrawn_at).is_(None)
    )
    return work.exec(locking(work, query, Consent)).first()


def consents_of(work: Work, member_id: UUID) -> Sequence[Consent]:
    """What a member has agreed to, what is withdrawn included, the newest first."""
    query = select(Consent).where(col(Consent.member_id) == member_id)
    return work.exec(query.order_by(col(Consent.id).desc()).limit(MOST_OF_ONE)).all()


def photo_of(work: Work, member_id: UUID) -> tuple[Photo, StoredFile] | None:
    """A member's photo and its file, locked where the work writes."""
    query: Any = (
        select(Photo, StoredFile)
        .join(StoredFile, col(StoredFile.id) == col(Photo.file_id))
        .where(col(Photo.member_id) == member_id)
    )
    found = work.exec(locking(work, query, Photo, StoredFile)).first()
    return (found[0], found[1]) if found else None
