from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlmodel import and_, col, func, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from api.access.about import given_out
from api.access.permissions import DECIDERS
from api.access.rules import RECENTLY, WINDOW
from api.access.scope import Access, Lock, below, held_standings, locking, stands
from api.accounts.rules import HELD_AS_MEMBER
from api.database import Work
from models.account import OF_AN_OFFICE, Account, RefusalCount, RoleGrant, SignInSession, SlipRequest
from models.enums import MembershipEventKind, MemberStatus, RequestState, Role
from models.member import Member, MembershipEvent
from models.organization import Organization

CHUNK = 100
"""How many user names are looked for by one statement: each is a branch of its condition."""


def account_named(work: Work, username: str) -> Account | None:
    return work.exec(locking(work, select(Account).where(col(Account.username) == username), Account)).first()


def accounts_with_sessions(work: Work, limit: int) -> Sequence[Account]:
    """Some of the accounts of which a session has not ended, in the order of their keys."""
    living = select(SignInSession.account_id).where(col(SignInSession.ended_at).is_(None))
    query = select(Account).where(col(Account.id).in_(living)).order_by(col(Account.id)).limit(limit)
    return work.exec(locking(work, query, Account)).all()


def has_left(work: Work, member_id: UUID) -> bool:
    query = select(Member.id).where(col(Member.id) == member_id, col(Member.status) == MemberStatus.left)
    return work.exec(query).first() is not None


def is_shut_by_leaving(work: Work, account: Account) -> bool:
    """Whether it was its member's leaving that shut an account."""
    query = select(MembershipEvent.id).where(
        col(MembershipEvent.member_id) == account.member_id,
        col(MembershipEvent.kind) == MembershipEventKind.left,
        col(MembershipEvent.created_at) == account.disabled_at,
    )
    return work.exec(query.limit(1)).first() is not None


def account_of_member(work: Work, member_id: UUID, lock: Lock = Lock.for_change) -> Account | None:
    query = select(Account).where(col(Account.member_id) == member_id)
    return work.exec(locking(work, query, Account, lock=lock)).first()


def hold_with_administrators(work: Work, account_id: UUID) -> None:
    """Hold an account that may be an administrator's, and in that case those of all others, too: of several who end each other's
    roles at the same moment, each then sees what the ones before him have left."""
    administrators = set(work.exec(_administrators(work, RoleGrant.account_id)).all())
    held = administrators if account_id in administrators else {account_id}
    work.exec(locking(work, select(Account).where(col(Account.id).in_(held)).order_by(col(Account.id)), Account)).all()


def _administrators(work: Work, what: Any) -> Any:
    """Selects of the living grants of administrators, which an index finds among all."""
    return select(what).where(OF_AN_OFFICE, col(RoleGrant.role) == Role.administrator, stands(work.today))


def holding_as_members(work: Work, top: Organization, organization_ids: Collection[UUID]) -> set[UUID]:
    """The accounts of those who belong to an organisation or below it that hold a role at some others as members of these; nothing
    is locked."""
    query = select(RoleGrant.account_id).join(Account, col(Account.id) == col(RoleGrant.account_id))
    query = query.join(Member, col(Member.id) == col(Account.member_id)).where(col(Member.organization_id).in_(below(top)))
    query = query.where(col(RoleGrant.role).in_(HELD_AS_MEMBER), stands(work.today))
    return set(work.exec(query.where(col(RoleGrant.organization_id).in_(organization_ids))).all())


def hold_free(work: Work, account_ids: Collection[UUID]) -> Sequence[Account]:
    """Those of some accounts that nobody else holds, held."""
    query = select(Account).where(col(Account.id).in_(account_ids)).order_by(col(Account.id))
    return work.exec(locking(work, query, Account, waits=False)).all()


def hold_free_grants(work: Work, grants: Collection[RoleGrant]) -> Sequence[RoleGrant]:
    """Those of some roles that nobody else holds, held."""
    query = select(RoleGrant).where(col(RoleGrant.id).in_({one.id for one in grants})).order_by(col(RoleGrant.id))
    return work.exec(locking(work, query, RoleGrant, waits=False)).all()


def other_administrators(work: Work, but_grant: UUID | None, but_account: UUID | None) -> int:
    """How many living administrator grants of enabled accounts there are apart from these, once their accounts are held. Who has
    not changed his one-time password yet may never do so: of two halves nobody may have both."""
    query = _administrators(work, RoleGrant).join(Account, col(Account.id) == col(RoleGrant.account_id))
    query = query.where(col(Account.disabled_at).is_(None), ~col(Account.must_change_password))
    return sum(grant.id != but_grant and grant.account_id != but_account for grant in work.exec(query).all())


def administrator_of_member(work: Work, member_id: UUID) -> UUID | None:
    """The key of a member's account, if that is an administrator's."""
    query = _administrators(work, RoleGrant.account_id).join(Account, col(Account.id) == col(RoleGrant.account_id))
    key: UUID | None = work.exec(query.where(col(Account.member_id) == member_id).limit(1)).first()
    return key


def deciders(work: Work, since: datetime) -> Sequence[tuple[UUID, bool]]:
    """The accounts that decide for the whole district, or did so since then; and whether they can act now."""
    query = (
        select(RoleGrant.account_id, and_(stands(work.today), col(Account.disabled_at).is_(None)))
        .join(Account, col(Account.id) == col(RoleGrant.account_id))
        .where(
            OF_AN_OFFICE,
            col(RoleGrant.role).in_(DECIDERS),
            or_(stands(work.today), col(RoleGrant.ended_at) > since),
            or_(col(Account.disabled_at).is_(None), col(Account.disabled_at) > since),
        )
    )
    return work.exec(query).all()


def held(work: Work, account_id: UUID, roles: Collection[Role], since: datetime) -> bool:
    """Whether an account holds one of these roles, or held one since then. One that is shut, for however long, does: it comes back
    with all its roles when it is opened."""
    query = select(RoleGrant.id).where(
        col(RoleGrant.account_id) == account_id,
        col(RoleGrant.role).in_(roles),
        or_(stands(work.today), col(RoleGrant.ended_at) > since, col(RoleGrant.until) >= work.today - (work.at - since)),
    )
    return work.exec(query.limit(1)).first() is not None


def organization_coded(work: Work, code: str) -> Organization | None:
    return work.exec(select(Organization).where(col(Organization.code) == code)).first()


def _without_account(query: Any, top: Organization) -> Any:
    has_one = select(Account.id).where(col(Account.member_id) == col(Member.id)).exists()
    return query.where(col(Member.organization_id).in_(below(top)), col(Member.status) != MemberStatus.left, ~has_one)


def members_without_account(work: Work, top: Organization, limit: int) -> Sequence[tuple[Member, Organization]]:
    """Members of an organisation and everything below it who have no account and have not left, organisation by organisation."""
    query = select(Member, Organization).join(Organization, col(Organization.id) == col(Member.organization_id))
    order = (col(Organization.path), col(Member.full_name), col(Member.id))
    found: Sequence[tuple[Member, Organization]] = work.exec(_without_account(query, top).order_by(*order).limit(limit)).all()
    return found


def count_members_without_account(work: Work, top: Organization) -> int:
    return int(work.exec(_without_account(select(func.count()).select_from(Member), top)).one())


def locked_members(work: Work, top: Organization, keys: Collection[UUID]) -> dict[UUID, Member]:
    """Those of these members who still are below an organisation and have not left, locked in the order of their keys."""
    query = (
        select(Member)
        .where(col(Member.id).in_(keys), col(Member.organization_id).in_(below(top)), col(Member.status) != MemberStatus.left)
        .order_by(col(Member.id))
    )
    return {member.id: member for member in work.exec(locking(work, query, Member)).all()}


def members_with_account(work: Work, keys: Collection[UUID]) -> set[UUID | None]:
    return set(work.exec(select(Account.member_id).where(col(Account.member_id).in_(keys))).all())


def taken_usernames(work: Work, bases: Iterable[str]) -> set[str]:
    """The user names that are one of these words, alone or with a number behind it (and some that go on after the number)."""
    found: set[str] = set()
    words = sorted(set(bases))
    for start in range(0, len(words), CHUNK):
        # ":" comes right after "9", so that each word is one short walk along the index.
        name = col(Account.username)
        part = words[start : start + CHUNK]
        any_of = or_(name.in_(part), *(and_(name >= f"{word}0", name < f"{word}:") for word in part))
        found |= set(work.exec(select(Account.username).where(any_of)).all())
    return found


def usernames(work: Work, keys: Iterable[UUID]) -> dict[UUID, str]:
    query = select(Account.id, Account.username).where(col(Account.id).in_(set(keys)))
    return {key: name for key, name in work.exec(query).all()}


def living_grants_among(work: Work, grants: SelectOfScalar[RoleGrant], account_id: UUID) -> Sequence[RoleGrant]:
    query = grants.where(col(RoleGrant.account_id) == account_id, stands(work.today))
    return work.exec(query.order_by(col(RoleGrant.created_at), col(RoleGrant.id))).all()


def open_to(work: Work, access: Access, at: datetime) -> Any:
    """The requests within reach that are open and neither made by the caller nor for him; with the user names that they are
    about."""
    found: Any = access.select(work, SlipRequest).join(Account, col(Account.id) == col(SlipRequest.account_id))
    return found.where(
        col(SlipRequest.state) == RequestState.open,
        col(SlipRequest.expires_at) > at,
        col(SlipRequest.requested_by) != access.account_id,
        col(SlipRequest.account_id) != access.account_id,
    ).add_columns(col(Account.username))


def unended_grant(work: Work, account_id: UUID, role: Role, organization_id: UUID) -> RoleGrant | None:
    """The grant of a role to an account at one organisation that has not been ended, also where its last day has passed."""
    query = select(RoleGrant).where(
        col(RoleGrant.account_id) == account_id,
        col(RoleGrant.role) == role,
        col(RoleGrant.organization_id) == organization_id,
        col(RoleGrant.ended_at).is_(None),
    )
    return work.exec(query).first()


def count_in_office(work: Work, organization_id: UUID, but_account: UUID) -> int:
    """How many other accounts hold an office at one organisation."""
    query = select(func.count(func.distinct(col(RoleGrant.account_id)))).where(
        col(RoleGrant.organization_id) == organization_id,
        col(RoleGrant.account_id) != but_account,
        col(RoleGrant.role) != Role.member,
        stands(work.today),
    )
    return work.exec(query).one()


def ending_grants(work: Work, access: Access, before: date) -> Any:
    """The grants within reach that stand, come to their last day by then and may be given anew by the caller, each with the
    account's user name."""
    found = access.select(work, RoleGrant).join(Account, col(Account.id) == col(RoleGrant.account_id))
    found = found.join(Organization, col(Organization.id) == col(RoleGrant.organization_id))
    acting = held_standings(work, access.account_id)
    found = found.where(given_out(acting, col(RoleGrant.role), col(Organization.path)), col(Account.id) != access.account_id)
    return found.add_columns(col(Account.username)).where(stands(work.today), col(RoleGrant.until) <= before)


def passed_grants(work: Work) -> Sequence[tuple[Account, RoleGrant]]:
    have_passed = (col(RoleGrant.ended_at).is_(None), col(RoleGrant.until) < work.today)
    query = (
        select(Account, RoleGrant)
        .join(RoleGrant, col(RoleGrant.account_id) == col(Account.id))
        # Found by their days, where SQLite would go through all in the order of their keys; and asked of each as it is then held.
        .where(col(RoleGrant.id).in_(select(RoleGrant.id).where(*have_passed)), *have_passed)
        .order_by(col(RoleGrant.id))
    )
    return work.exec(locking(work, query, RoleGrant)).all()


def known_password(account_id: UUID, at: datetime) -> Any:
    """An account, with what was refused there lately though it had the right password; what may still be finished is not."""
    refused = or_(
        and_(col(RefusalCount.count) > 0, col(RefusalCount.last_at) > at - RECENTLY),
        and_(col(RefusalCount.unfinished_at) < at - WINDOW, col(RefusalCount.unfinished_at) > at - RECENTLY),
    )
    query = select(Account, RefusalCount).join(RefusalCount, col(RefusalCount.account_id) == col(Account.id))
    return query.where(col(Account.id) == account_id, col(RefusalCount.had_password), refused)


def open_slip_request(work: Work, account_id: UUID) -> SlipRequest | None:
    query = select(SlipRequest).where(col(SlipRequest.account_id) == account_id, col(SlipRequest.state) == RequestState.open)
    return work.exec(query).first()
