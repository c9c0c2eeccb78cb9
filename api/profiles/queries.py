from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import col, select, update

from api.access.scope import locking
from api.database import Work
from api.profiles.sections import Entries, Section
from models.base import metadata
from models.member import Member
from models.profile import Profile

_PROFILE: Final = metadata.tables["profile"]


def members_after(work: Work, key: UUID | None, most: int) -> Sequence[UUID]:
    """The keys of so many members in their order, from the first or from the one after a key."""
    found = select(Member.id) if key is None else select(Member.id).where(col(Member.id) > key)
    return work.exec(found.order_by(col(Member.id)).limit(most)).all()


def stored(work: Work, section: Section, member_ids: Collection[UUID]) -> dict[UUID, Entries]:
    """What a section says of some members, as it is stored."""
    content = getattr(Profile, section)
    found = select(Profile.member_id, content).where(col(Profile.member_id).in_(member_ids), col(content).is_not(None))
    return dict(work.exec(found).all())


def hold(work: Work, member_id: UUID) -> None:
    """Hold a member's profile, if he has one."""
    work.exec(locking(work, select(Profile.member_id).where(col(Profile.member_id) == member_id), Profile)).all()


def hold_free(work: Work, member_ids: Collection[UUID]) -> bool:
    """Hold the profiles of some members, those that somebody else holds left out; whether that leaves none out."""
    query = select(Profile.member_id).where(col(Profile.member_id).in_(member_ids))
    free = work.exec(locking(work, query.order_by(col(Profile.member_id)), Profile, waits=False)).all()
    return len(free) == len(work.exec(query).all())


def put(work: Work, section: Section, told: Mapping[UUID, Entries]) -> None:
    """Let a section say this of these members."""
    insert: Any = sqlite_insert if work.is_sqlite else postgresql_insert
    adding = insert(_PROFILE)
    adding = adding.on_conflict_do_update(index_elements=["member_id"], set_={section.value: adding.excluded[section]})
    # The order keeps two who write of the same members from waiting for each other.
    work.connection().execute(adding, [{"member_id": key, section.value: told[key]} for key in sorted(told)])


def silence(work: Work, section: Section, member_ids: Collection[UUID]) -> None:
    """Let a section say nothing of these members."""
    work.exec(update(Profile).where(col(Profile.member_id).in_(member_ids)).values({section.value: None}))
