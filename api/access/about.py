"""Who may act about whom, asked wherever somebody's roles, account, card or record is ended, opened or changed by another."""

from collections.abc import Collection
from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy.orm import aliased
from sqlmodel import and_, col, false, func, or_, select, true

from api.access.meanwhile import acts_about, leans_on
from api.access.permissions import DECIDERS, GIVEN_AT_THE_ROOT, MAY_GRANT, OFFICERS, Permission, roles_with
from api.access.rules import (
    ENDS_WHAT_IS_HELD,
    RECENTLY,
    AboutOneself,
    ForTheLevelAbove,
    Standing,
    check_acting_about,
    check_opening,
    check_reaching_members,
    check_taking_back,
    has_decided_to_the_last,
)
from api.access.scope import PATH_STEP, Access, held_standings, is_whole_district, stands
from api.database import Work
from api.days import day_of
from api.errors import Forbidden, Text
from models.account import OF_AN_OFFICE, Account, RoleGrant
from models.enums import Role
from models.member import Member
from models.organization import Organization

ABOUT_SOMEBODY: tuple[type[Forbidden], type[Forbidden]] = (AboutOneself, ForTheLevelAbove)
"""What every operation about another person may be refused with."""


# Asked about the same few accounts again and again, and longer in writing than in asking.
@lru_cache(maxsize=1024)
def hands(account_id: UUID) -> Any:
    """Selects the accounts whose other hand an account may be, itself among them: whoever has made its last slip, and, where it
    names no member, whoever has made it; and in their turn those whose other hands these may be.

    A password may be known to whoever handed it out, also once it was changed: the first change is made by whoever knows it.
    """
    return select(_hands_from(col(Account.id) == account_id).c.hand)


def _hands_from(condition: Any, *, one: Any = Account, nesting: bool = False) -> Any:
    """The accounts that a condition on `one` names, and each whose other hand they may be."""
    start: Any = select(col(one.id).label("hand")).where(condition).correlate_except(one)
    chain = start.cte(None, recursive=True, nesting=nesting)
    hand, maker = aliased(Account), aliased(Account)
    made = or_(maker.id == hand.slip_made_by, and_(col(hand.member_id).is_(None), maker.id == hand.created_by))
    return chain.union(select(maker.id).select_from(chain).join(hand, col(hand.id) == chain.c.hand).join(maker, made))


def hands_of(work: Work, account_id: UUID) -> frozenset[UUID]:
    """What `hands` selects."""
    return frozenset(work.exec(hands(account_id)).all())


def deciding_to_the_last(work: Work, account_ids: Collection[UUID]) -> frozenset[UUID]:
    """Those of some accounts that decide for the district, or did so to the last: from these all its accounts come in the end."""
    offices: dict[UUID, list[tuple[Role, date | None]]] = {one: [] for one in account_ids}
    for grant in work.exec(select(RoleGrant).where(col(RoleGrant.account_id).in_(account_ids), OF_AN_OFFICE)).all():
        ended_on = day_of(grant.ended_at, work.zone) if grant.ended_at else grant.until
        has_ended = ended_on is not None and (grant.ended_at is not None or ended_on < work.today)
        offices[grant.account_id].append((grant.role, ended_on if has_ended else None))
    return frozenset(one for one, held in offices.items() if has_decided_to_the_last(held))


def own_among(work: Work, access: Access, account_ids: Collection[UUID]) -> frozenset[UUID]:
    """Those of some accounts that may be the caller's own person, as `is_own` says."""
    return frozenset(
        work.exec(select(Account.id).where(col(Account.id).in_(account_ids), is_own(work, access, col(Account.id)))).all()
    )


def is_own(work: Work, access: Access, account_id: Any) -> Any:
    """The condition that a column names an account that may be the caller's own person: his, one whose other hand his may be, or
    one without a member that may be his other hand.

    The last is not asked of a district officer while there is no second one, and none has gone recently: he would keep whoever
    holds an office by an account that he has made from ever being through.
    """
    below = _is_other_hand_of(access.account_id, account_id)
    if any(one.role is Role.district_officer for one in held_standings(work, access.account_id)):
        below = and_(_another_officer(work, access), below)
    return or_(account_id.in_(hands(access.account_id)), below)


# Asked of the same few columns by each of a caller's lists, and longer in writing than in asking.
@lru_cache(maxsize=1024)
def _is_other_hand_of(caller: UUID, account_id: Any) -> Any:
    """The condition that a column names an account without a member whose other hand the caller's may be.

    It is asked of each row by following that row's own account upwards, a few steps: neither all that the caller has had made nor
    all accounts without a member, of which every branch may have some.
    """
    one = aliased(Account)
    chain = _hands_from(and_(one.id == account_id, col(one.member_id).is_(None)), one=one, nesting=True)
    return select(chain.c.hand).where(chain.c.hand == caller).exists()


def _another_officer(work: Work, access: Access) -> Any:
    """The condition that somebody else is a district officer, or was one until recently."""
    since = work.at - RECENTLY
    query = (
        select(RoleGrant.id)
        .join(Account, col(Account.id) == col(RoleGrant.account_id))
        .where(
            OF_AN_OFFICE,
            col(RoleGrant.role) == Role.district_officer,
            col(RoleGrant.account_id) != access.account_id,
            or_(col(RoleGrant.ended_at).is_(None), col(RoleGrant.ended_at) > since),
            or_(col(Account.disabled_at).is_(None), col(Account.disabled_at) > since),
        )
    )
    return query.exists()


def counted_hands(work: Work, account_id: UUID) -> dict[UUID, bool]:
    """With whom is counted what is given out so many times a day to an account: itself and those whose other hand it may be,
    without those who decide for the district, or did so to the last, each with whether an office above the branches was ever given
    to it."""
    given = select(RoleGrant.id).where(col(RoleGrant.account_id) == col(Account.id), col(RoleGrant.role).in_(OFFICERS))
    query: Any = select(Account.id, given.exists()).where(col(Account.id).in_(hands(account_id))).order_by(col(Account.id))
    found = {one: bool(was_officer) for one, was_officer in work.execute(query)}
    left_out = deciding_to_the_last(work, found.keys()) - {account_id}
    return {one: was_officer for one, was_officer in found.items() if one not in left_out}


def is_oneself(access: Access, member_id: Any) -> Any:
    """The condition that a column names the caller as a member, or one whose other hand his account may be."""
    named = select(Account.member_id).where(col(Account.id).in_(hands(access.account_id)), col(Account.member_id).is_not(None))
    return member_id.in_(named)


def oneself_among(work: Work, access: Access, member_ids: Collection[UUID]) -> frozenset[UUID]:
    """Those of some members who may be the caller."""
    query = select(Member.id).where(col(Member.id).in_(member_ids), is_oneself(access, col(Member.id)))
    return frozenset(work.exec(query).all())


def holds_permission(member_id: Any, permission: Permission, today: date) -> Any:
    """The condition that the member whom a column names holds a role with a permission, wherever that may be."""
    query = select(RoleGrant.id).join(Account, col(Account.id) == col(RoleGrant.account_id))
    return query.where(col(Account.member_id) == member_id, col(RoleGrant.role).in_(roles_with(permission)), stands(today)).exists()


def may_act_about(work: Work, access: Access, member_id: Any, *, judging: Permission | None = None) -> Any:
    """The condition that the caller may act about the member whom a column names; `check_about_member` as a list asks it.

    Where he does not act about a person's roles or record, but judges what somebody has done (`judging`), a role with this
    permission held above the other's place is enough, also if it does not give out the other's.
    """
    acting = tuple(held_standings(work, access.account_id))
    return and_(~is_oneself(access, member_id), _ranks_above(acting, member_id, judging, work.today))


# Asked of the same few columns by each of a caller's lists, and longer in writing than in asking.
@lru_cache(maxsize=1024)
def _ranks_above(acting: tuple[Standing, ...], member_id: Any, judging: Permission | None, today: date) -> Any:
    holds = (
        select(RoleGrant.id)
        .join(Account, col(Account.id) == col(RoleGrant.account_id))
        .join(Organization, col(Organization.id) == col(RoleGrant.organization_id))
        .where(col(Account.member_id) == member_id, stands(today))
    )
    role, path = col(RoleGrant.role), col(Organization.path)
    covered = [given_out(acting, role, path)]
    if judging is not None:
        covered += [and_(_begins(path, tops), path.not_in(tops)) for held, tops in _alike(acting) if held in roles_with(judging)]
    beyond = holds.where(role != Role.member, ~or_(*covered)).exists()
    at_the_root = holds.where(role.in_(GIVEN_AT_THE_ROOT)).exists()
    is_decider = any(one.role in DECIDERS for one in acting)
    return or_(at_the_root, ~beyond) if is_decider else and_(true(), ~at_the_root, ~beyond)


def check_judging(work: Work, access: Access, member_id: UUID, permission: Permission) -> None:
    """Whether the caller may judge what a member has done, as somebody who holds this permission: `may_act_about` of one member.
    Raises `AboutOneself` or `ForTheLevelAbove`."""
    acts_about(work, [member_id])
    is_his, may = is_oneself(access, col(Member.id)), may_act_about(work, access, col(Member.id), judging=permission)
    found: Any = select(is_his, may).where(col(Member.id) == member_id)
    is_he, is_below = work.execute(found).one()
    if is_he:
        raise AboutOneself
    if not is_below:
        raise ForTheLevelAbove


def given_out(acting: Collection[Standing], role: Any, path: Any) -> Any:
    """The condition that one with these roles gives out, from above, a role that somebody holds; columns name it and its place."""
    above = (
        and_(role.in_(MAY_GRANT[held]), _begins(path, tops), ~and_(role == held, path.in_(tops))) for held, tops in _alike(acting)
    )
    return or_(false(), *above)


def _alike(acting: Collection[Standing]) -> list[tuple[Role, list[str]]]:
    """Roles, each with the paths of one length that it is held at: so a condition is no longer for who has many."""
    found: dict[tuple[Role, int], list[str]] = {}
    for one in acting:
        found.setdefault((one.role, len(one.path)), []).append(one.path)
    return [(held, tops) for (held, _), tops in found.items()]


def _begins(path: Any, tops: list[str]) -> Any:
    """The condition that a path begins with one of these, which are of one length."""
    return func.substr(path, 1, len(tops[0])).in_(tops)


def check_about_member(work: Work, access: Access, member_id: UUID, *, agreed_to_by: UUID | None = None) -> None:
    """Whether a caller may act about a member. `agreed_to_by` is the account of another who has let the same thing go before: what
    either of the two may do, they may together, unless it was shut since. Raises `AboutOneself` or `ForTheLevelAbove`."""
    if (refusal := barred(work, access, [member_id], agreed_to_by=agreed_to_by).get(member_id)) is not None:
        raise refusal


def check_about_account(work: Work, access: Access, account: Account, *, hands_out_slip: bool = False) -> None:
    """The same about whoever holds an account, a member or not.

    A member's account is for those who hand out reach over the members where he belongs, unless he holds a role that is given out
    at the root. With `hands_out_slip`, which opens everything that the account may do, this is asked of him too, and the caller
    gives out each of his other roles.
    """
    acts_about(work, [account.id])
    if account.id in hands_of(work, access.account_id):
        raise AboutOneself
    acting, held = held_standings(work, access.account_id), held_standings(work, account.id)
    if account.member_id is not None:
        check_about_member(work, access, account.member_id)
    else:
        check_acting_about(acting, held)
    if hands_out_slip:
        check_opening(acting, held)
    if account.member_id is not None and (hands_out_slip or not any(one.role in GIVEN_AT_THE_ROOT for one in held)):
        home = work.get_one(Organization, work.get_one(Member, account.member_id).organization_id)
        check_reaching_members(acting, home.path)


def check_about_grant(work: Work, access: Access, account: Account, grant: RoleGrant) -> None:
    """Whether the caller may end a role of an account: whoever gives it out there, wherever its holder belongs now.

    Of one who holds a role that is given out at the root, whoever may act about the account. Raises `AboutOneself` or
    `ForTheLevelAbove`.
    """
    acts_about(work, [account.id])
    held = held_standings(work, account.id)
    if any(one.role in GIVEN_AT_THE_ROOT for one in held):
        check_about_account(work, access, account)
    elif account.id in hands_of(work, access.account_id):
        raise AboutOneself
    else:
        place = work.get_one(Organization, grant.organization_id)
        check_taking_back(held_standings(work, access.account_id), Standing(grant.role, place.path), held)


def check_about_members_of(work: Work, access: Access, organization: Organization) -> None:
    """Whether the caller may open an account for a member of an organisation. Raises `ForTheLevelAbove`."""
    check_reaching_members(held_standings(work, access.account_id), organization.path)


def organizations_of(work: Work, access: Access) -> frozenset[UUID]:
    """The organisations of which the caller may be: his account is of such a one or of one below it, or a role of his, as far as
    those with the permission asked for go, is held at it and at none above; or so it is with an account whose other hand his may
    be. Nobody is of the district, where another account is enough. A reading piece of work looks once."""
    known: dict[Access, frozenset[UUID]] = work.info.setdefault("organizations of", {})
    if work.writes or access not in known:
        known[access] = _organizations_of(work, access)
    return known[access]


def _organizations_of(work: Work, access: Access) -> frozenset[UUID]:
    own, place = aliased(Organization), aliased(Organization)
    roles = col(RoleGrant.role).in_(roles_with(access.permission))
    held: Any = and_(col(RoleGrant.account_id) == col(Account.id), roles, stands(work.today))
    query: Any = (
        select(Account.id, own.path, place.path)
        .join(own, col(own.id) == col(Account.organization_id))
        .outerjoin(RoleGrant, held)
        .outerjoin(place, col(place.id) == col(RoleGrant.organization_id))
        # As values, since PostgreSQL takes what it has to follow for many, and would read all accounts and roles.
        .where(col(Account.id).in_(hands_of(work, access.account_id)))
    )
    found: set[str] = set()
    tops: dict[UUID, set[str]] = {}
    for account_id, home, top in work.execute(query):
        found |= {home[:end] for end in range(PATH_STEP, len(home) + 1, PATH_STEP)}
        tops.setdefault(account_id, set()).update({top} - {None})
    for some in tops.values():
        found |= {top for top in some if not any(map(top.startswith, some - {top}))}
    return frozenset(UUID(path[-PATH_STEP:-1]) for path in found if not is_whole_district(path))


def is_of(work: Work, access: Access, organization_id: UUID) -> bool:
    """Whether the caller may be of an organisation, as `organizations_of` says."""
    return organization_id in organizations_of(work, access)


def check_is_of_others(work: Work, access: Access, organization_id: UUID, said: Text) -> None:
    """Whether the caller may decide where an organisation stands. Of whom he is, is what `is_of` tells whoever inspects it: nobody
    moves himself away to inspect what is his own, and comes back. Raises `ForTheLevelAbove`, with what is `said` then."""
    if is_of(work, access, organization_id):
        raise ForTheLevelAbove(instead=said)


def barred(
    work: Work, access: Access, member_ids: Collection[UUID], *, agreed_to_by: UUID | None = None
) -> dict[UUID, type[Forbidden]]:
    """Those of some members about whom the caller may not act, each with the refusal. Two statements, however many they are."""
    return _barred(work, access.account_id, member_ids, agreed_to_by)


def barred_from_work(work: Work, member_ids: Collection[UUID]) -> dict[UUID, type[Forbidden]]:
    """The same of whoever a piece of work is done for, where it follows from another room; none for the server itself."""
    return _barred(work, work.origin.actor_id, member_ids, None) if work.origin.actor_id and member_ids else {}


def check_followed(work: Work, member_ids: Collection[UUID]) -> None:
    """Whether he whose work it is may act about all of some members of whom something ends that he has not named. Raises
    `AboutOneself` or `ForTheLevelAbove`."""
    for refusal in barred_from_work(work, member_ids).values():
        raise refusal(instead=ENDS_WHAT_IS_HELD)


def actor_reaches_members(work: Work, organization_id: UUID) -> bool:
    """Whether he whose work it is hands out reach over the members of an organisation, as whoever opens an account of theirs does.
    The command line may do everything."""
    if work.origin.actor_id is None:
        return True
    try:
        check_reaching_members(held_standings(work, work.origin.actor_id), work.get_one(Organization, organization_id).path)
    except ForTheLevelAbove:
        return False
    return True


def _barred(work: Work, account_id: UUID, member_ids: Collection[UUID], agreed_to_by: UUID | None) -> dict[UUID, type[Forbidden]]:
    acts_about(work, member_ids)
    if agreed_to_by is not None:
        leans_on(work, agreed_to_by)
    actors = {account_id, agreed_to_by} - {None}
    is_acting: Any = and_(col(Account.id).in_(actors), col(Account.disabled_at).is_(None))
    query = (
        select(is_acting, Account.member_id, RoleGrant.role, Organization.path)
        .outerjoin(RoleGrant, (col(RoleGrant.account_id) == col(Account.id)) & stands(work.today))
        .outerjoin(Organization, col(Organization.id) == col(RoleGrant.organization_id))
        .where(or_(col(Account.id).in_(actors), col(Account.member_id).in_(member_ids)))
    )
    acting: list[Standing] = []
    standings: dict[UUID | None, list[Standing]] = {}
    for acts, member_id, role, path in work.exec(query).all():
        if role is not None:
            standing = Standing(Role(role), path)
            standings.setdefault(member_id, []).append(standing)
            if acts:
                acting.append(standing)
    oneself = set(work.exec(select(Account.member_id).where(col(Account.id).in_(hands(account_id)))).all())
    found: dict[UUID, type[Forbidden]] = {}
    for member_id in member_ids:
        if member_id in oneself:
            found[member_id] = AboutOneself
            continue
        try:
            check_acting_about(acting, standings.get(member_id, ()))
        except ForTheLevelAbove:
            found[member_id] = ForTheLevelAbove
    return found
