from collections.abc import Collection
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from api.access.scope import locking
from api.database import Work
from models.enums import MemberStatus
from models.honor import Honor
from models.member import Member


def newest_first(found: SelectOfScalar[Honor]) -> SelectOfScalar[Honor]:
    return found.order_by(col(Honor.awarded_on).desc(), col(Honor.id).desc())


def of_member(member_id: UUID) -> SelectOfScalar[Honor]:
    return select(Honor).where(col(Honor.member_id) == member_id)


def held_of_member(work: Work, member_id: UUID) -> list[Honor]:
    """A member's honours, held."""
    return list(work.exec(locking(work, of_member(member_id).order_by(col(Honor.id)), Honor)).all())


def public_of_members(work: Work, member_ids: Collection[UUID] | None) -> list[Honor]:
    """The public honours of those of some members, or of all, who have not left; none that was withdrawn. The newest first."""
    found = select(Honor).join(Member, col(Member.id) == col(Honor.member_id))
    found = found.where(col(Honor.is_public), col(Honor.withdrawn_at).is_(None), col(Member.status) != MemberStatus.left)
    if member_ids is not None:
        found = found.where(col(Honor.member_id).in_(member_ids))
    return list(work.exec(newest_first(found)).all())
