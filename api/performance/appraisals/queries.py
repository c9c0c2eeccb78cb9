from collections.abc import Collection, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import union_all
from sqlalchemy.orm import aliased
from sqlmodel import and_, col, exists, func, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from api.access.filters import passed_over
from api.access.homes import home_of, is_home_of
from api.access.permissions import BRANCHES, LEADERS
from api.access.scope import Access, Lock, locking
from api.database import Work
from models.appraisal import Appraisal, AppraisalItem, AppraisalPeer
from models.appraisal_enums import AppraisalGrade, AppraisalState
from models.enums import MemberStatus
from models.member import Member
from models.organization import Organization


class Belonging(NamedTuple):
    """A member of the branch of an open round."""

    appraisal_id: UUID
    member_id: UUID
    member_name: str
    is_full: bool


def newest_first(found: SelectOfScalar[Appraisal]) -> SelectOfScalar[Appraisal]:
    return found.order_by(col(Appraisal.year).desc(), col(Appraisal.id).desc())


def is_opened(work: Work, organization_id: UUID, year: int) -> bool:
    """Whether a branch has a round of a year."""
    query = select(Appraisal.id).where(col(Appraisal.organization_id) == organization_id, col(Appraisal.year) == year)
    return work.exec(query).first() is not None


def of_branch(work: Work, appraisal_id: UUID, branch_id: UUID) -> Appraisal | None:
    """A round if it is of this branch, held where the work writes."""
    query = select(Appraisal).where(col(Appraisal.id) == appraisal_id, col(Appraisal.organization_id) == branch_id)
    return work.exec(locking(work, query, Appraisal)).first()


def of_member(work: Work, member_id: UUID, branch_id: UUID | None) -> Sequence[Appraisal]:
    """The rounds that a member may have an item of: the closed ones that count him, and the open ones of his branch."""
    counted = select(AppraisalItem.appraisal_id).where(col(AppraisalItem.member_id) == member_id, col(AppraisalItem.is_counted))
    is_open = col(Appraisal.state) == AppraisalState.open
    his = (
        and_(~is_open, col(Appraisal.id).in_(counted)),
        and_(is_open, col(Appraisal.organization_id) == branch_id),
    )
    # Each by its own index: PostgreSQL would look through the rounds of all branches for one or the other.
    each = union_all(*(select(Appraisal.id).where(one) for one in his))
    return work.exec(newest_first(select(Appraisal).where(col(Appraisal.id).in_(each)))).all()


def belonging(work: Work, appraisal_ids: Collection[UUID], member_ids: Collection[UUID] | None, most: int) -> list[Belonging]:
    """Who belongs to the branches of open rounds, or which of some members do, of each branch at most so many by their names: not
    those whom another branch's closed round of the same year counts already."""
    place = aliased(Organization)
    in_order = func.row_number().over(partition_by=col(Appraisal.id), order_by=(col(Member.full_name), col(Member.id)))
    is_full = col(Member.status) == MemberStatus.full
    query: Any = select(Appraisal.id, Member.id, Member.full_name, is_full)
    query = (
        query.add_columns(in_order.label("number"))
        .select_from(Appraisal)
        .join(place, is_home_of(col(Appraisal.organization_id), place))
    )
    query = query.join(Member, col(Member.organization_id) == place.id)
    query = query.where(col(Appraisal.id).in_(appraisal_ids), col(Member.status) != MemberStatus.left, ~_appraised_elsewhere(work))
    if member_ids is not None:
        query = query.where(col(Member.id).in_(member_ids))
    each = query.subquery()
    first = select(each).where(each.c.number <= most)
    return [Belonging(key, member, name, bool(full)) for key, member, name, full, _ in work.execute(first).all()]


def count_members(work: Work, appraisal: Appraisal, most: int) -> int:
    """How many members a round's branch has, counted no further than to one above `most`."""
    some = _members_of(appraisal).with_only_columns(col(Member.id)).limit(most + 1).subquery()
    return work.exec(select(func.count()).select_from(some)).one()


def hold_members(work: Work, appraisal: Appraisal, member_ids: Collection[UUID] | None) -> None:
    """Keep the members of a round's branch, or those of some who are, from being erased before their items are written, as who
    erases one holds him first."""
    query = _members_of(appraisal)
    if member_ids is not None:
        query = query.where(col(Member.id).in_(member_ids))
    work.exec(locking(work, query.order_by(col(Member.id)), Member, lock=Lock.kept)).all()


def items(work: Work, appraisal_ids: Collection[UUID], member_ids: Collection[UUID] | None) -> Sequence[tuple[AppraisalItem, str]]:
    """The items of rounds, or those of just some members, with the members' names."""
    # Looked up for each: of many items PostgreSQL would rather read the members of the whole district than join by their keys.
    name = select(Member.full_name).where(col(Member.id) == col(AppraisalItem.member_id)).scalar_subquery()
    query = select(AppraisalItem, name).where(col(AppraisalItem.appraisal_id).in_(appraisal_ids))
    if member_ids is not None:
        query = query.where(col(AppraisalItem.member_id).in_(member_ids))
    return work.exec(query).all()


def peers(work: Work, item_ids: Collection[UUID]) -> list[tuple[UUID, AppraisalGrade, int]]:
    """How often peers gave each grade, by item."""
    query: Any = select(AppraisalPeer.item_id, AppraisalPeer.grade, func.count())
    query = query.where(col(AppraisalPeer.item_id).in_(item_ids)).group_by(col(AppraisalPeer.item_id), col(AppraisalPeer.grade))
    return [(item_id, AppraisalGrade(grade), number) for item_id, grade, number in work.execute(query).all()]


def is_given(work: Work, item_id: UUID, by_digest: str) -> bool:
    """Whether the one of this digest has graded an item."""
    query = select(AppraisalPeer.id).where(col(AppraisalPeer.item_id) == item_id, col(AppraisalPeer.by_digest) == by_digest)
    return work.exec(query).first() is not None


def led(work: Work, access: Access, appraisals: Collection[Appraisal]) -> frozenset[UUID]:
    """Those of some rounds whose branch the caller leads, or leads from the village or enterprise above it."""
    query = select(Appraisal.id).where(col(Appraisal.id).in_([one.id for one in appraisals]))
    return frozenset(work.exec(query.where(access.reach(work, LEADERS).covers(col(Appraisal.organization_id)))).all())


def unfinished(work: Work, access: Access, year: int) -> Any:
    """The branches with members that the caller leads and that have no closed round of a year: each with the state of its round,
    None where there is none."""
    place = aliased(Organization)
    of_year = and_(col(Appraisal.organization_id) == col(Organization.id), col(Appraisal.year) == year)
    somebody = (
        exists()
        .where(is_home_of(col(Organization.id), place), col(Member.organization_id) == place.id)
        .where(col(Member.status) != MemberStatus.left)
    )
    query: Any = select(Organization, Appraisal.state).select_from(Organization)
    query = query.join(Appraisal, of_year, isouter=True)
    return query.where(
        col(Organization.kind).in_(BRANCHES),
        col(Organization.closed_on).is_(None),
        access.reach(work, LEADERS).holds(Organization),
        or_(col(Appraisal.state).is_(None), col(Appraisal.state) == AppraisalState.open),
        somebody,
    )


def without_self(work: Work, member_id: UUID) -> Any:
    """The open rounds of a member's branch in which he has not evaluated himself."""
    place = aliased(Organization)
    home = select(home_of(place)).join(Member, col(Member.organization_id) == place.id).where(col(Member.id) == member_id)
    given = exists().where(
        col(AppraisalItem.appraisal_id) == col(Appraisal.id),
        col(AppraisalItem.member_id) == member_id,
        col(AppraisalItem.self_grade).is_not(None),
    )
    return select(Appraisal).where(
        col(Appraisal.organization_id).in_(home),
        col(Appraisal.state) == AppraisalState.open,
        ~given,
        ~_appraised_elsewhere(work, member_id),
    )


def _members_of(appraisal: Appraisal) -> SelectOfScalar[Member]:
    places = select(Organization.id).where(is_home_of(appraisal.organization_id, Organization))
    return select(Member).where(col(Member.organization_id).in_(places), col(Member.status) != MemberStatus.left)


def _appraised_elsewhere(work: Work, member_id: Any = Member.id) -> Any:
    """The condition that another branch's closed round of the year counts a member."""
    other, item = aliased(Appraisal), aliased(AppraisalItem)
    return exists().where(
        col(item.member_id) == member_id,
        col(item.is_counted),
        col(other.id) == col(item.appraisal_id),
        col(other.id) != col(Appraisal.id),
        passed_over(work, col(other.year)) == col(Appraisal.year),
        col(other.state) == AppraisalState.closed,
    )
