"""Accounts for many members at once: planned and hashed beforehand, and made as far as the plan still holds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from uuid_utils.compat import uuid7

from api.access.passwords import Passwords, new_one_time_password, one_time_digest
from api.access.permissions import Permission
from api.access.scope import Access, Lock
from api.access.subtrees import hold_subtree
from api.accounts import names, queries, renewal, rules
from api.accounts.renewal import OneTime
from api.accounts.slips import Slip
from api.adapters.cipher import Cipher
from api.database import Database, Origin, Work
from api.errors import NotFound
from models.account import Account, RoleGrant
from models.enums import Role
from models.member import Member
from models.organization import Organization

TRIES = 3
"""How often names are chosen anew when others take them at the same moment."""


@dataclass(frozen=True)
class Draft:
    """An account as it is to be made for one member: its slip, and what is kept of the password on it."""

    member_id: UUID
    organization_id: UUID
    base: str
    slip: Slip
    one_time: OneTime = field(repr=False)


@dataclass(frozen=True)
class IssuedAccounts:
    """What was made, organisation by organisation and name by name, and how many members still have no account."""

    slips: tuple[Slip, ...]
    remaining: int


def plan(
    database: Database,
    origin: Origin,
    access: Access | None,
    organization_id: UUID,
    passwords: Passwords,
    cipher: Cipher,
    told: Callable[[int], None],
) -> tuple[Draft, ...]:
    """Read who is to get an account, and hash a password for each; no transaction is open while that takes its time.

    `told` hears how many are done. Raises `NotFound` outside the caller's reach.
    """
    with database.reading(origin) as work:
        members = queries.members_without_account(work, reached(work, access, organization_id), rules.AT_ONCE)
        bases = {member.id: names.base_of(member.full_name) for member, _ in members}
        taken = queries.taken_usernames(work, bases.values())
        until = renewal.slip_until(work)
    order = {organization.id: place for place, organization in reversed(list(enumerate(row[1] for row in members)))}
    drafts = []
    for member, organization in sorted(members, key=lambda row: (order[row[1].id], names.reading_of(row[0].full_name))):
        username = names.next_free(bases[member.id], taken)
        taken.add(username)
        password = new_one_time_password()
        slip = Slip(
            uuid7(),
            username,
            password,
            until,
            member.full_name,
            organization.name,
            service_phone=organization.service_phone,
        )
        one_time = OneTime(password, passwords.hash(password), one_time_digest(password, cipher))
        drafts.append(Draft(member.id, organization.id, bases[member.id], slip, one_time))
        told(len(drafts))
    return tuple(drafts)


def carry_out(work: Work, access: Access | None, organization_id: UUID, drafts: Sequence[Draft]) -> IssuedAccounts:
    """Make the drafted accounts, leaving out members who meanwhile got one, left or went elsewhere."""
    top = hold_subtree(work, lambda: reached(work, access, organization_id))
    # Who has an account is read once the members are locked: what another batch has given out meanwhile counts too.
    members = queries.locked_members(work, top, [draft.member_id for draft in drafts])
    have_one = queries.members_with_account(work, members)
    wanted = [draft for draft in drafts if draft.member_id not in have_one and _is_as_planned(draft, members)]
    made = _make(work, wanted) if wanted else {}
    for draft in wanted:
        account = made[draft.member_id]
        grant = RoleGrant(
            account_id=account.id, role=Role.member, organization_id=draft.organization_id, granted_by=work.origin.actor_id
        )
        work.add(grant)
        work.opened.add(account.id)
        work.record("create_account", account)
        work.record("grant_role", account, role=Role.member)
    work.flush()
    if wanted:
        work.record_batch("issue_accounts", "account", organization_id=top.id, issued=len(wanted))
    slips = tuple(replace(draft.slip, username=made[draft.member_id].username) for draft in wanted)
    return IssuedAccounts(slips, queries.count_members_without_account(work, top))


def reached(work: Work, access: Access | None, organization_id: UUID) -> Organization:
    """The organisation, for a caller who may make accounts there and see its members: a slip tells a member's name.

    Without a caller, as on the command line, any. Raises `NotFound`.
    """
    if access is None:
        found = work.get(Organization, organization_id)
        if found is None:
            raise NotFound
        return found
    organization = access.get(work, Organization, organization_id, Lock.none)
    if not access.using(Permission.member_read).reaches(work, {organization.id}):
        raise NotFound
    return organization


def _is_as_planned(draft: Draft, members: dict[UUID, Member]) -> bool:
    member = members.get(draft.member_id)
    return member is not None and member.organization_id == draft.organization_id


def _make(work: Work, drafts: Sequence[Draft]) -> dict[UUID, Account]:
    """Store the accounts, under another name where the planned one was taken meanwhile."""
    for tries_left in reversed(range(TRIES)):
        taken = queries.taken_usernames(work, {draft.base for draft in drafts})
        accounts: dict[UUID, Account] = {}
        for draft in drafts:
            username = draft.slip.username if draft.slip.username not in taken else names.next_free(draft.base, taken)
            taken.add(username)
            accounts[draft.member_id] = Account(
                id=draft.slip.account_id,
                username=username,
                organization_id=draft.organization_id,
                member_id=draft.member_id,
                password_hash=draft.one_time.hash,
                password_changed_at=work.at,
                created_by=work.origin.actor_id,
                must_change_password=True,
                slip_made_by=work.origin.actor_id,
                one_time_until=draft.slip.good_until,
                one_time_digest=draft.one_time.digest,
            )
        # In one order everywhere, so that two batches that want the same names wait for each other in a row.
        in_order = sorted(accounts.values(), key=lambda account: account.username)
        try:
            with work.begin_nested():
                work.add_all(in_order)
            return accounts
        except IntegrityError:
            if not tries_left:
                raise
    raise AssertionError("unreachable")
