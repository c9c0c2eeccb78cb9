from collections.abc import Collection
from uuid import UUID

from sqlmodel import col, func, select
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


def count_of_member(work: Work, member_id: UUID) -> int:
    """How many honours of a member are written down, withdrawn ones too."""
    return work.exec(select(func.count()).select_from(Honor).where(col(Honor.member_id) == member_id)).one()


def held_of_member(work: Work, member_id: UUID) -> list[Honor]:
    """A member's honours, held."""
    return list(work.exec(locking(work, of_member(member_id).order_by(col(Honor.id)), Honor)).all())


def public_of_members(work: Work, member_ids: Collection[UUID]) -> list[Honor]:
    """The public honours of those of some members who have not left; none that was withdrawn. The newest first."""
    found = select(Honor).join(Member, col(Member.id) == col(Honor.member_id))
    found = found.where(col(Honor.is_public), col(Honor.withdrawn_at).is_(None), col(Member.status) != MemberStatus.left)
    return list(work.exec(newest_first(found.where(col(Honor.member_id).in_(member_ids)))).all())
