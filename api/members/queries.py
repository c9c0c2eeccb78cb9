from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import islice
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import aliased
from sqlmodel import and_, col, false, func, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from api.access.about import is_oneself, may_act_about
from api.access.homes import home_of, is_home_of
from api.access.scope import Access, Lock, locking, stands
from api.database import Work
from api.members.persons import Person
from api.organizations.rules import HOLDS_MEMBERS, keys_of
from api.pagination import MOST_OF_ONE, count_up_to
from models.account import Account, RoleGrant
from models.audit import AuditLine
from models.card import Card
from models.enums import CardState, MembershipEventKind, MemberStatus, OrganizationKind, Role
from models.member import PROBATIONARY, Member, MembershipEvent
from models.organization import Organization

MOST_KEYS: Final = 10_000
"""So many rows are named to one statement at the most."""


def not_left(members: SelectOfScalar[Member]) -> SelectOfScalar[Member]:
    return members.where(col(Member.status) != MemberStatus.left)


def beside(work: Work, keys: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
    """What stands beside members in a list: `organization_name`, and the `card_state` of the living card or else the last."""
    living = col(Card.state).in_((CardState.valid, CardState.suspended))
    card = select(Card.state).where(col(Card.member_id) == col(Member.id)).order_by(living.desc(), col(Card.id).desc()).limit(1)
    query = select(Member.id, Organization.name, card.scalar_subquery()).join(
        Organization, col(Organization.id) == col(Member.organization_id)
    )
    found = work.exec(query.where(col(Member.id).in_(keys))).all()
    return {key: {"organization_name": name, "card_state": state} for key, name, state in found}


def organization_of(work: Work, member_id: UUID) -> UUID | None:
    return work.exec(select(Member.organization_id).where(col(Member.id) == member_id)).first()


def branches_called(work: Work, access: Access | None, names: Collection[str]) -> Sequence[Organization]:
    """The organisations within reach that hold members and have one of these names or codes."""
    found: Sequence[Organization] = work.exec(_branches(work, access, names)).all()
    return found


def hold_branches(work: Work, access: Access | None, names: Collection[str] | None) -> None:
    """Hold them, or without names all that hold members, for work on their members."""
    query = _branches(work, access, names).with_only_columns(col(Organization.id))
    work.exec(locking(work, query, Organization)).all()


def _branches(work: Work, access: Access | None, names: Collection[str] | None) -> Any:
    within = access.select(work, Organization) if access else select(Organization)
    query = within.where(col(Organization.kind).in_(HOLDS_MEMBERS)).order_by(col(Organization.id))
    if names is not None:
        query = query.where(or_(col(Organization.name).in_(names), col(Organization.code).in_(names)))
    return query


def members_by_number(work: Work, digests: Collection[str]) -> dict[str | None, Member]:
    """Members anywhere by the digest of their identity number."""
    query = select(Member).where(col(Member.national_id_digest).in_(digests))
    return {member.national_id_digest: member for member in work.exec(query).all()}


def holding_offices(work: Work, access: Access) -> Sequence[Member]:
    """The members within reach with an identity number about whom the caller may not act: himself, and whoever holds an office that
    he does not give out."""
    key: Any = col(Member.id)
    holders = select(Account.member_id).join(RoleGrant, col(RoleGrant.account_id) == col(Account.id))
    holders = holders.where(col(RoleGrant.role) != Role.member, stands(work.today))
    # Of a branch or a town each member is looked at, of a district each office.
    in_office = key.in_(holders) if access.reach(work).is_whole_district else holders.where(col(Account.member_id) == key).exists()
    found = access.select(work, Member).where(col(Member.national_id_sealed).is_not(None))
    found = found.where(or_(in_office, is_oneself(access, key)), ~may_act_about(work, access, key))
    return work.exec(found).all()


def left_below_others(work: Work, access: Access) -> Sequence[Member]:
    """Who has left a branch within reach above which the caller does not reach, and has an identity number."""
    found = access.select(work, Member).join(Organization, col(Organization.id) == col(Member.organization_id))
    found = found.where(or_(false(), *(is_home_of(key, Organization) for key in tops_of(work, access))))
    return work.exec(found.where(col(Member.status) == MemberStatus.left, col(Member.national_id_sealed).is_not(None))).all()


def members(work: Work, keys: Collection[UUID]) -> Mapping[UUID, Member]:
    return {member.id: member for member in work.exec(select(Member).where(col(Member.id).in_(keys))).all()}


def names_at_home(work: Work, access: Access, home: UUID) -> Sequence[tuple[UUID, str]]:
    """The members within reach who belong to a branch or to a group of it, each with his name, by name."""
    found = access.select(work, Member).join(Organization, col(Organization.id) == col(Member.organization_id))
    found = not_left(found.where(is_home_of(home, Organization))).order_by(col(Member.full_name), col(Member.id))
    named: Any = found.with_only_columns(col(Member.id), col(Member.full_name))
    return work.execute(named).all()


def namesakes(work: Work, organization_ids: Collection[UUID], names: Collection[str]) -> Sequence[Person]:
    """Members of these organisations with these names."""
    query = _persons(col(Member.organization_id)).where(col(Member.organization_id).in_(organization_ids))
    return [Person(*row) for row in work.execute(query.where(col(Member.full_name).in_(names)))]


def hold_members(work: Work, keys: Collection[UUID], organization_ids: Collection[UUID]) -> Sequence[Member]:
    """Hold those of these members who belong to these organisations, as they stand then."""
    query = select(Member).where(col(Member.id).in_(keys), col(Member.organization_id).in_(organization_ids))
    return work.exec(locking(work, query.order_by(col(Member.id)), Member)).all()


def branch_of(work: Work, members: SelectOfScalar[Member], member_id: UUID) -> Organization | None:
    """The organisation of a member, if he is one of `members`, kept from being closed meanwhile."""
    own: Any = members.where(col(Member.id) == member_id).with_only_columns(col(Member.organization_id))
    query = select(Organization).where(col(Organization.id).in_(own))
    return work.exec(locking(work, query, Organization, lock=Lock.kept)).first()


def on_probation_since(work: Work, access: Access, day: date) -> SelectOfScalar[Member]:
    """The probationary members within reach who joined by that day and about whom the caller may act."""
    found = access.select(work, Member).where(PROBATIONARY, col(Member.joined_on) <= day)
    return found.where(may_act_about(work, access, col(Member.id)))


def events_of(work: Work, member_id: UUID) -> Sequence[MembershipEvent]:
    """What has happened in a membership last, the newest first."""
    query = select(MembershipEvent).where(col(MembershipEvent.member_id) == member_id)
    return work.exec(query.order_by(col(MembershipEvent.id).desc()).limit(MOST_OF_ONE)).all()


def entries_since(work: Work, account_ids: Collection[UUID], action: str, since: datetime) -> Mapping[tuple[UUID, UUID], int]:
    """How many audit entries of one kind there are about some accounts since a moment, by account and by who has acted."""
    about, by = col(AuditLine.target_id), col(AuditLine.actor_id)
    query: Any = select(about, by, func.count()).where(about.in_(account_ids), col(AuditLine.action) == action)
    return {
        (target, actor): count for target, actor, count in work.execute(query.where(col(AuditLine.at) >= since).group_by(about, by))
    }


def last_leaving(work: Work, member_id: UUID) -> MembershipEvent | None:
    """How a member was last marked as left since he last came back."""
    return work.exec(_leavings(member_id).order_by(col(MembershipEvent.id).desc()).limit(1)).first()


def last_leavings(work: Work, keys: Collection[UUID]) -> Iterator[tuple[UUID, UUID | None, datetime]]:
    """By whom and when these members were last marked as left since they last came back, of each who was."""
    event: Any = aliased(MembershipEvent)
    ends = MembershipEventKind.left, MembershipEventKind.restored
    last = select(event.id).where(event.member_id == col(Member.id), event.kind.in_(ends)).order_by(event.id.desc()).limit(1)
    query: Any = select(Member.id, MembershipEvent.recorded_by, MembershipEvent.created_at)
    query = query.join(MembershipEvent, col(MembershipEvent.id) == last.scalar_subquery())
    query = query.where(col(MembershipEvent.kind) == MembershipEventKind.left)
    some = iter(keys)
    while asked := list(islice(some, MOST_KEYS)):
        yield from work.execute(query.where(col(Member.id).in_(asked)))


def left_at(work: Work, member_id: UUID) -> frozenset[datetime]:
    """When a member was marked as left since he last came back: more than once where another leaving was recorded."""
    moments: Any = _leavings(member_id).with_only_columns(col(MembershipEvent.created_at))
    return frozenset(work.exec(moments).all())


def count_leavings(work: Work, member_id: UUID, by: UUID, most: int) -> int:
    """How often an account has marked a member as left since he last came back, and no more than so often."""
    return count_up_to(work, _leavings(member_id).where(col(MembershipEvent.recorded_by) == by), most)


def _leavings(member_id: UUID) -> SelectOfScalar[MembershipEvent]:
    back: Any = aliased(MembershipEvent)
    restored = select(back.id).where(back.member_id == member_id, back.kind == MembershipEventKind.restored)
    # Asked for once, since of each leaving it would be looked for among all that has happened to him.
    last = func.coalesce(restored.order_by(back.id.desc()).limit(1).scalar_subquery(), UUID(int=0))
    query = select(MembershipEvent).where(col(MembershipEvent.member_id) == member_id, col(MembershipEvent.id) > last)
    return query.where(col(MembershipEvent.kind) == MembershipEventKind.left)


def left_from(work: Work, access: Access | None, homes: Collection[UUID]) -> dict[UUID, list[Person]]:
    """By each of some branches who has left it, or one above which the caller does not reach."""
    tops = tops_of(work, access)
    is_in_group = and_(col(Organization.kind) == OrganizationKind.group, col(Organization.parent_id).in_({*homes, *tops}))
    query = _persons(home_of(Organization)).where(col(Member.status) == MemberStatus.left)
    query = query.join(Organization, col(Organization.id) == col(Member.organization_id))
    left: dict[UUID, list[Person]] = {}
    for row in work.execute(query.where(or_(col(Organization.id).in_({*homes, *tops}), is_in_group))):
        left.setdefault(row[0], []).append(Person(*row))
    return {home: [one for branch in {home, *tops} for one in left.get(branch, ())] for home in homes}


def persons(work: Work, keys: Collection[UUID]) -> list[Person]:
    """These members, each with his branch."""
    query = _persons(home_of(Organization)).join(Organization, col(Organization.id) == col(Member.organization_id))
    return [Person(*row) for row in work.execute(query.where(col(Member.id).in_(keys)))]


def _persons(home: Any) -> Any:
    told: list[Any] = [getattr(Member, name) for name in Person._fields[1:]]
    return select(home, *told).order_by(col(Member.id))


def tops_of(work: Work, access: Access | None) -> set[UUID]:
    """The organisations above which a caller does not reach; none for the command line."""
    return {keys_of(path)[-1] for path in access.reach(work).tops} if access else set()
