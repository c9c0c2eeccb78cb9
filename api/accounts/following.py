"""What becomes of the account of a member when he leaves, comes back or moves, or what he belongs to does."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from api.access.about import actor_reaches_members, check_followed
from api.access.names import paths_of
from api.access.permissions import Permission
from api.access.scope import Lock, actor_may, living_grants
from api.accounts import grants, queries, rules
from api.accounts.service import is_last_administrator, shut
from api.database import Work
from api.errors import Text, Unavailable
from models.account import Account, RoleGrant
from models.enums import Role
from models.member import Member
from models.organization import Organization


def shut_account_of_member(work: Work, member: Member) -> None:
    """Shut the account of a member who leaves, and end every role that it holds.

    The last administrator's stays open, with that role alone, until somebody ends it who has made another.
    """
    account = queries.account_of_member(work, member.id, Lock.none)
    if account is None:
        return
    queries.hold_with_administrators(work, account.id)
    stays = is_last_administrator(work, account)
    for grant in living_grants(work, account.id):
        if not (stays and grant.role is Role.administrator):
            grants.end(work, account, grant)
    work.flush()
    if account.disabled_at is None and not stays:
        shut(work, account)


def shut_account_of_erased_member(work: Work, member: Member) -> None:
    """Shut the account of a member who is erased, if it was left open as that of the last administrator: nobody can sign in there
    any more, and so it is none that others are spared for. Its role stays as it is, since whoever erases holds no roles."""
    account = queries.account_of_member(work, member.id)
    if account is not None and account.disabled_at is None:
        shut(work, account)


def open_account_of_member(work: Work, member: Member, left_at: Collection[datetime]) -> Text | None:
    """Enable the account of a member who has come back, if it was the leaving that shut it, with the role of a member alone.

    Whoever may not enable it directly does not do so by this either.
    """
    account = queries.account_of_member(work, member.id)
    if account is None:
        return None
    if account.disabled_at is not None:
        if account.disabled_at not in left_at:
            return rules.ACCOUNT_STAYS_SHUT
        is_his = actor_may(work, Permission.account_write, member.organization_id)
        if not is_his or not actor_reaches_members(work, member.organization_id):
            return rules.ACCOUNT_FOR_OTHERS
        account.disabled_at = None
        work.record("enable_account", account)
    standing = living_grants(work, account.id)
    if not any(grant.role is Role.member and grant.organization_id == member.organization_id for grant in standing):
        grants.add_grant(work, account, Role.member, member.organization_id, granted_by=work.origin.actor_id)
    return rules.ACCOUNT_IS_OPEN


def move_account_of_member(work: Work, member: Member, former_organization_id: UUID) -> None:
    """Let a member's account follow him to his present organisation.

    What it held at the former one ends, and as a member, deputy or secretary of any unit above or below that one which he belongs
    to no longer; whoever was a member there is one here. Roles held elsewhere stay, and those of an office, which nobody holds as
    a member of the place.
    """
    account = queries.account_of_member(work, member.id)
    if account is None or former_organization_id == member.organization_id:
        return
    if account.organization_id == former_organization_id:
        account.organization_id = member.organization_id
        work.record("move_account", account, former_organization_id=str(former_organization_id))
    standing = living_grants(work, account.id)
    paths = paths_of(work, {former_organization_id, member.organization_id, *(grant.organization_id for grant in standing)})
    former, present = paths[former_organization_id], paths[member.organization_id]
    ending = [
        grant
        for grant in standing
        if grant.organization_id == former_organization_id
        or (grant.role in rules.HELD_AS_MEMBER and rules.is_left_behind(paths[grant.organization_id], former, present))
    ]
    _go_on(work, account, standing, ending, member.organization_id)


def end_roles_of_moved_organization(work: Work, organization: Organization, left: frozenset[UUID]) -> None:
    """End what all who belong to an organisation that moves, or below it, hold as members, deputies or secretaries of what it has
    `left`; whoever was a member there is one where he belongs. Raises `Unavailable` while somebody works on one of these, or, where
    it is one about whom the caller may not act, `AboutOneself` or `ForTheLevelAbove`."""
    account_ids = queries.holding_as_members(work, organization, left)
    accounts = queries.hold_free(work, account_ids)
    if len(accounts) < len(account_ids):
        raise Unavailable(retry_after=1)
    check_followed(work, {account.member_id for account in accounts if account.member_id})
    for account in accounts:
        standing = living_grants(work, account.id)
        ending = [one for one in standing if one.role in rules.HELD_AS_MEMBER and one.organization_id in left]
        if len(queries.hold_free_grants(work, ending)) < len(ending):
            raise Unavailable(retry_after=1)
        _go_on(work, account, standing, ending, work.get_one(Member, account.member_id).organization_id)


def _go_on(work: Work, account: Account, standing: Sequence[RoleGrant], ending: Sequence[RoleGrant], organization_id: UUID) -> None:
    """End some of the roles that an account holds. Whoever was a member by one of them is one of this organisation."""
    for grant in ending:
        grants.end(work, account, grant)
    work.flush()
    is_member_there = any(grant.role is Role.member and grant.organization_id == organization_id for grant in standing)
    if not is_member_there and any(grant.role is Role.member for grant in ending):
        grants.add_grant(work, account, Role.member, organization_id, granted_by=work.origin.actor_id)
