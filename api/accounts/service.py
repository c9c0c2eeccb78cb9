"""Accounts, the roles that they hold, and the slips that hand them to people."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from sqlmodel import col

from api.access import limits, refusals, stepping
from api.access import service as access_service
from api.access.about import check_about_account, check_about_members_of, hands_of
from api.access.filters import begins_with
from api.access.meanwhile import leans_on, writing_for
from api.access.passwords import Passwords, WeakPassword, as_printed, check_length, new_one_time_password, one_time_digest
from api.access.rules import AboutOneself
from api.access.scope import Access, Lock, hold_one, living_grants, root_id
from api.accounts import grants, issuing, queries, renewal, rules
from api.accounts.issuing import Draft, IssuedAccounts
from api.accounts.otp import service as otp
from api.accounts.renewal import OneTime
from api.accounts.slips import Slip
from api.adapters.cipher import Cipher
from api.database import Database, Origin, Work
from api.errors import NotFound
from api.pagination import Pages
from api.versions import Expected
from models.account import Account, RoleGrant, SignInSession, SlipRequest
from models.enums import RequestState, Role
from models.member import Member
from models.organization import Organization
from models.sign_in_enums import Guess, SessionEnd


@dataclass(frozen=True)
class Replacement:
    """A password that may replace the present one: the hashes of both, what the attempt was counted under, and what it counts as
    once it has succeeded."""

    former_hash: str = field(repr=False)
    new_hash: str = field(repr=False)
    counted_under: Collection[str]
    succeeding: limits.Counted


@dataclass(frozen=True)
class OwnAccount:
    """An account with the roles that it holds."""

    account: Account
    grants: Sequence[RoleGrant]


@contextmanager
def rehashed_password(
    database: Database, access: Access, origin: Origin, present: str, new: str, *, passwords: Passwords, cipher: Cipher
) -> Iterator[Replacement]:
    """Check one's present password and hash the new one, before the writing transaction begins, which is to end within this block.

    Guesses at the present password are counted like those of a sign-in, and so are estimates of new ones, before anything costly
    is done. Raises `SamePassword`, `PasswordLength`, `WrongPassword`, `Unauthenticated`, `WeakPassword` or `TooManySignIns`.
    """
    with database.reading(origin) as work:
        account = work.get_one(Account, access.account_id)
    is_of_slip = account.one_time_until is not None
    # A slip's password in another spelling would be known to whoever has made it.
    if present == new or (is_of_slip and as_printed(present) == as_printed(new)):
        raise rules.SamePassword
    check_length(new)
    present = as_printed(present) if is_of_slip else present
    guesses, estimates = limits.of_present_password(cipher, access.session_id), limits.of_estimates(cipher, access.account_id)
    counted = {**guesses, **estimates}
    with limits.given_back(database, origin) as attempt:
        limits.count_first(database, origin, counted, access.account_id, Guess.password_change, access)
        attempt.counted = counted
        if not passwords.matches(present, account.password_hash):
            attempt.has_failed = True
            with writing_for(database, origin, access) as work:
                stepping.hold_own_account(work, access)
                limits.take_back(work, estimates)
                stepping.count_wrong(work, access, Guess.password_change, cipher)
            raise rules.WrongPassword
        try:
            passwords.check_strength(new, account.username, *([present] if is_of_slip else ()))
        except WeakPassword:
            with writing_for(database, origin, access) as work:
                stepping.hold_own_account(work, access)
                limits.take_back(work, guesses)
            raise
        succeeding = limits.of_changes(cipher, access.session_id)
        yield Replacement(account.password_hash, passwords.hash(new), (*guesses, *estimates), succeeding)


def change_password(work: Work, access: Access, replacement: Replacement) -> None:
    """Replace one's own password and end all one's other sessions; to have shown the former one is a fresh proof. Raises
    `WrongPassword` if it has changed in the meantime, `Unauthenticated` if this session was ended, or `TooManySignIns`."""
    account = stepping.hold_own_account(work, access)
    if account.password_hash != replacement.former_hash:
        raise rules.WrongPassword
    limits.check_successes(work, replacement.succeeding, account.id, Guess.password_change)
    account.password_hash, account.password_changed_at = replacement.new_hash, work.at
    account.must_change_password, account.one_time_until, account.one_time_digest = False, None, None
    limits.forget(work, replacement.counted_under)
    limits.count_success(work, replacement.succeeding)
    refusals.forget_refusals_of(work, account)
    ended = access_service.end_sessions(work, account.id, SessionEnd.password_changed, but=access.session_id)
    hold_one(work, SignInSession, access.session_id).proved_at = work.at
    work.record("change_password", account, sessions_ended=ended)


def create_account(
    work: Work, access: Access, username: str, organization_id: UUID, member_id: UUID | None, one_time: OneTime
) -> Account:
    """Make an account that has a one-time password and no role yet.

    Raises `NotFound`, `ForTheLevelAbove`, `AccountOutsideOrganization`, `MemberHasLeft`, `UsernameTaken` or `MemberHasAccount`.
    """
    organization = access.get(work, Organization, organization_id, Lock.kept)
    if member_id is not None:
        # Before the member is looked for: whoever reaches no members does not learn which there are.
        check_about_members_of(work, access, organization)
        if access.get(work, Member, member_id).organization_id != organization.id:
            raise rules.AccountOutsideOrganization
        renewal.check_still_member(work, member_id)
        # Before the name: whoever makes one for somebody who has one would else be told whether it is taken, and have made nothing.
        if queries.account_of_member(work, member_id, Lock.none) is not None:
            raise rules.MemberHasAccount
    return add_account(work, username, organization.id, member_id, one_time.hash, one_time=one_time)


def add_account(
    work: Work, username: str, organization_id: UUID, member_id: UUID | None, password_hash: str, *, one_time: OneTime | None = None
) -> Account:
    """Store an account, for whoever has decided that it may be."""
    account = Account(
        username=username,
        organization_id=organization_id,
        member_id=member_id,
        password_hash=password_hash,
        password_changed_at=work.at,
        created_by=work.origin.actor_id,
        must_change_password=one_time is not None,
        slip_made_by=work.origin.actor_id if one_time else None,
        one_time_until=renewal.slip_until(work) if one_time else None,
        one_time_digest=one_time.digest if one_time else None,
    )
    work.add(account)
    work.flush()
    work.record("create_account", account)
    if one_time:
        work.opened.add(account.id)
    return account


def create_administrator(work: Work, username: str, one_time: OneTime) -> Account:
    """Make the first administrator of the root organisation. Raises `NotFound` when there is no root yet, or `UsernameTaken`."""
    root = root_id(work)
    if root is None:
        raise NotFound
    account = add_account(work, username, root, None, one_time.hash, one_time=one_time)
    grants.add_grant(work, account, Role.administrator, root, granted_by=None)
    return account


def draft_accounts(
    database: Database,
    origin: Origin,
    access: Access | None,
    organization_id: UUID,
    passwords: Passwords,
    cipher: Cipher,
    told: Callable[[int], None] = lambda done: None,
) -> tuple[Draft, ...]:
    """What `issue_accounts` will make, at most `AT_ONCE`; every password is hashed before a writing transaction begins.

    `access` is the caller's; None is the command line, which reaches all. `told` hears how many are hashed.
    """
    return issuing.plan(database, origin, access, organization_id, passwords, cipher, told)


def issue_accounts(work: Work, access: Access | None, organization_id: UUID, drafts: Sequence[Draft]) -> IssuedAccounts:
    """Make accounts for the members of an organisation and of everything below it who have none, each with the role of a member.

    Who got one since it was drafted is left out. Raises `NotFound` outside the caller's reach.
    """
    return issuing.carry_out(work, access, organization_id, drafts)


def find_without_account(work: Work, organization_code: str) -> tuple[UUID, int]:
    """The key of an organisation by its code, and how many of its members and of those below have no account.

    Raises `NotFound`.
    """
    top = queries.organization_coded(work, organization_code)
    if top is None:
        raise NotFound
    return top.id, queries.count_members_without_account(work, top)


def list_accounts(work: Work, access: Access, pages: Pages, *, username: str | None) -> tuple[list[Account], str | None]:
    accounts: Any = access.select(work, Account)
    if username:
        accounts = accounts.where(begins_with(col(Account.username), username.lower()))
    return pages.read(work, accounts.order_by(col(Account.username), col(Account.id)))


def show_account(work: Work, access: Access, account_id: UUID) -> Account:
    """Raises `NotFound` for an account outside the caller's reach."""
    return access.get(work, Account, account_id)


def show_own_account(work: Work, access: Access) -> OwnAccount:
    account = work.get_one(Account, access.account_id)
    return OwnAccount(account, living_grants(work, account.id))


def disable_account(work: Work, access: Access, account_id: UUID, expected: Expected) -> Account:
    """Shut an account and end its sessions; one that is shut already stays so. One that was shut by its member's leaving alone is
    shut by this as well, so that it is not opened when he comes back."""
    account = _about(work, access, account_id, expected)
    if account.disabled_at is None or queries.is_shut_by_leaving(work, account):
        if is_last_administrator(work, account):
            raise rules.LastAdministrator
        shut(work, account)
    return account


def enable_account(work: Work, access: Access, account_id: UUID, expected: Expected) -> Account:
    """Open an account that was shut. Raises `MemberHasLeft` for one whose holder is no member any more: it comes back with him."""
    account = _about(work, access, account_id, expected)
    if account.disabled_at is not None:
        renewal.check_still_member(work, account.member_id)
        account.disabled_at = None
        work.record("enable_account", account)
        work.flush()
    return account


def foresee_slip(work: Work, access: Access, account_id: UUID, password: str) -> Slip:
    """The slip that `renew_slip` will hand out if nothing changes meanwhile."""
    return renewal.slip_of(work, access, access.get(work, Account, account_id), password)


def foresee_approved_slip(work: Work, access: Access, slip_request_id: UUID, password: str) -> Slip | None:
    """The slip that `approve_slip_request` will hand out if nothing changes meanwhile; None where a role is asked for."""
    request = access.get(work, SlipRequest, slip_request_id)
    if request.role is not None:
        return None
    return replace(renewal.slip_of(work, access, work.get_one(Account, request.account_id), password), is_half=True)


def renew_slip(
    work: Work, access: Access, account_id: UUID, one_time: OneTime, expected: Expected, cipher: Cipher
) -> Slip | dict[str, Any]:
    """Give an account whose password was forgotten a new one-time password; its sessions end.

    Whoever decides for the district, or is an auditor, or was either until recently, gets it by `approve_slip_request`; here it is
    only asked for, and the password of `one_time` is the first half of what he will get.
    Raises `NotFound`, `AboutOneself`, `ForTheLevelAbove`, `DistrictRoleNeeded`, `AccountDisabled` or `SlipRequestOpen`.
    """
    account = access.get(work, Account, account_id)
    if account.id == access.account_id:
        raise AboutOneself
    if not renewal.is_decider(work, account):
        check_about_account(work, access, account, hands_out_slip=True)
        otp.check_apart_from_reset(work, access.account_id, account)
    expected.check(account)
    if renewal.takes_two(work, account):
        request = renewal.request_slip(work, access, account, half=one_time[0], cipher=cipher)
        return {**renewal.shown(work, access, [request])[0], "one_time_half": one_time[0]}
    renewal.renew(work, account, one_time, cipher)
    return renewal.slip_of(work, access, account, one_time[0])


def reset_account(work: Work, username: str, one_time: OneTime, cipher: Cipher) -> Account:
    """Give any account a new one-time password, for whoever sits at the server itself. Raises `NotFound` or `AccountDisabled`."""
    account = queries.account_named(work, username)
    if account is None:
        raise NotFound
    renewal.renew(work, account, one_time, cipher)
    return account


def list_slip_requests(work: Work, access: Access, pages: Pages) -> tuple[list[dict[str, Any]], str | None]:
    """The requests for one-time passwords and roles of those who decide for the district, the newest first."""
    found, following = pages.read(work, access.select(work, SlipRequest).order_by(col(SlipRequest.id).desc()))
    return renewal.shown(work, access, found), following


def approve_slip_request(
    work: Work, access: Access, slip_request_id: UUID, one_time: OneTime, cipher: Cipher
) -> tuple[RoleGrant | None, Slip | None]:
    """Agree to somebody else's request: the account gets its new one-time password, or the role, or both; or it loses its second
    factor, and neither is told.

    `one_time` is the second half of that password, which is told here, and the hash of both. A role is not given to an account
    whose one-time password its owner has not changed: the request ends. What two have agreed to makes the account
    nobody's other hand.

    Raises `NotFound`, `DistrictRoleNeeded`, `ThreePeopleNeeded`, `PasswordInSameHands`, `SlipRequestOver`, `AccountDisabled`,
    `TooManyRoles`, or `ForTheLevelAbove` where the one who asked may not give the role any more.
    """
    # The account is held before what is asked for it, as when its password is renewed.
    account = hold_one(work, Account, access.get(work, SlipRequest, slip_request_id, Lock.none).account_id)
    request = renewal.undecided(work, access, slip_request_id)
    leans_on(work, request.requested_by)
    requester = work.get_one(Account, request.requested_by)
    rules.check_approval(
        requester=requester.id,
        approver=access.account_id,
        owner=request.account_id,
        roles_of_requester=renewal.roles_at_root(work, requester.id) if requester.disabled_at is None else frozenset(),
        roles_of_approver=renewal.roles_at_root(work, access.account_id),
    )
    is_renewed = (request.role is None and not request.resets_otp) or request.half_sealed is not None
    if renewal.may_be_one_person(work, requester.id, access.account_id):
        raise rules.ThreePeopleNeeded
    if request.resets_otp:
        otp.check_apart_from_slip(work, access.account_id, account)
    if is_renewed and not one_time[0]:
        raise rules.SlipRequestOver
    if request.role is not None and account.must_change_password:
        renewal.decide_request("lapse_slip_request", work, access, request, RequestState.lapsed)
        raise rules.SlipRequestOver
    renewal.decide_request("approve_slip_request", work, access, request, RequestState.accepted)
    grant = grants.give_asked(work, account, request, request.role) if request.role is not None else None
    if request.resets_otp:
        otp.take_away(work, account, by_two=True)
        return None, None
    account.created_by = None
    slip = None
    if is_renewed:
        renewal.renew(work, account, one_time, cipher, by_two=True)
        slip = replace(renewal.slip_of(work, access, account, one_time[0]), is_half=True)
    return grant, slip


def refuse_slip_request(work: Work, access: Access, slip_request_id: UUID) -> dict[str, Any]:
    """Refuse a request; who has made it takes it back by that. Whom it is about does not decide it, nor does his other hand:
    whoever has taken over an account would else keep it. Raises `NotFound`, `AboutOneself` or `SlipRequestOver`."""
    request = renewal.undecided(work, access, slip_request_id)
    own = request.requested_by == access.account_id
    if not own and request.account_id in hands_of(work, access.account_id):
        raise AboutOneself
    renewal.decide_request("refuse_slip_request", work, access, request, RequestState.withdrawn if own else RequestState.refused)
    return renewal.shown(work, access, [request])[0]


def one_time_password(passwords: Passwords, cipher: Cipher) -> OneTime:
    """A new one-time password with its hash and its digest."""
    password = new_one_time_password()
    return OneTime(password, passwords.hash(password), one_time_digest(password, cipher))


def _about(work: Work, access: Access, account_id: UUID, expected: Expected) -> Account:
    """An account within reach about whose holder the caller may act, in the version that he has read."""
    account = access.get(work, Account, account_id, Lock.none)
    queries.hold_with_administrators(work, account.id)
    check_about_account(work, access, account)
    expected.check(account)
    return account


def shut(work: Work, account: Account) -> None:
    """Shut an account, and end its sessions."""
    account.disabled_at = work.at
    ended = access_service.end_sessions(work, account.id, SessionEnd.account_disabled)
    work.record("disable_account", account, sessions_ended=ended)
    work.flush()


@contextmanager
def leaving_an_administrator(work: Work, member_id: UUID) -> Iterator[None]:
    """Erase in this block a member whose account may be an administrator's. Raises `LastAdministrator` where there is no other: at
    its beginning no account is held, since whoever erases holds it behind much else, and so the other may be gone at its end."""
    account_id = queries.administrator_of_member(work, member_id)
    _check_another_administrator(work, account_id)
    yield
    _check_another_administrator(work, account_id)


def _check_another_administrator(work: Work, account_id: UUID | None) -> None:
    if account_id is not None and queries.other_administrators(work, None, account_id) == 0:
        raise rules.LastAdministrator


def is_last_administrator(work: Work, account: Account) -> bool:
    """Whether an account is an administrator's, and no other that is open is."""
    return renewal.is_administrator(work, account) and queries.other_administrators(work, None, account.id) == 0
