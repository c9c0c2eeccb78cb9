"""Sign-in, sessions, accounts and roles."""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from api.access import queries, rules
from api.access.passwords import Passwords, new_one_time_password
from api.access.permissions import MAY_GRANT, PERMISSIONS, Permission
from api.access.rules import Failures, Limit
from api.access.scope import Access, Granted
from api.access.tokens import Claims, Tokens, digest_of, new_refresh_token
from api.adapters.cipher import Cipher
from api.database import Database, Origin, Work
from api.errors import Conflict, Forbidden, NotFound, Text, Unauthenticated
from api.pagination import Pages
from api.versions import Expected
from models.account import Account, RefreshToken, RoleGrant, SignInLimit, SignInSession
from models.enums import Role, SessionEnd
from models.member import Member
from models.organization import Organization

KEEP_LIMITS = timedelta(days=1)


class AccountOutsideOrganization(Conflict):
    text = Text("账号的组织须与党员所在组织一致。", "The account's organisation must be the member's.")


@dataclass(frozen=True)
class Lifetimes:
    """How long a session may lie idle, and how long it lasts at the most (OWASP ASVS 7.3)."""

    idle: timedelta
    absolute: timedelta


@dataclass(frozen=True)
class Device:
    """What is kept of where a sign-in comes from: the network's digest, and the program's own name."""

    network_digest: str
    name: str


@dataclass(frozen=True)
class Replacement:
    """A password that may replace the present one: the hashes of both, and where the attempt was counted."""

    former_hash: str = field(repr=False)
    new_hash: str = field(repr=False)
    attempts_key: str


@dataclass(frozen=True)
class Issued:
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: int
    must_change_password: bool


def sign_in(
    database: Database,
    origin: Origin,
    username: str,
    password: str,
    device: Device,
    *,
    tokens: Tokens,
    passwords: Passwords,
    cipher: Cipher,
    lifetimes: Lifetimes,
) -> Issued:
    """Begin a session. Raises `WrongCredentials` or `TooManySignIns`, the same for users that exist and that do not.

    The attempt is counted and committed before the password is looked at: of a hundred attempts at once, only as many are looked
    at as the limits allow. Whoever signs in from a network that the account has used before is not held up by strangers' failures.
    """
    with database.writing(origin) as work:
        account = queries.account_named(work, username)
        at_home = account is not None and queries.has_signed_in_from(work, account.id, device.network_digest)
        account_key = cipher.digest("sign-in account", f"{username} {device.network_digest}" if at_home else username)
        network_key = None if at_home else cipher.digest("sign-in network", device.network_digest)
        _count_attempt(work, account_key, rules.ACCOUNT_LIMIT)
        if network_key:
            _count_attempt(work, network_key, rules.NETWORK_LIMIT)
    stored = account.password_hash if account is not None and account.disabled_at is None else None
    matched = passwords.matches(password, stored)
    rehashed = passwords.hash(password) if matched and stored and passwords.outdated(stored) else None
    with database.writing(origin) as work:
        if account is None:
            work.record_batch("refuse_sign_in", "account")
            raise rules.WrongCredentials
        # What was read before the password was looked at may have changed since.
        account = work.get_one(Account, account.id, with_for_update=True)
        if not matched or account.password_hash != stored or account.disabled_at is not None:
            work.record("refuse_sign_in", account)
            raise rules.WrongCredentials
        work.origin.actor_id = account.id
        _take_back_attempt(work, account_key, network_key)
        if rehashed:
            account.password_hash = rehashed
        session = SignInSession(
            account_id=account.id,
            device=device.name,
            network_digest=device.network_digest,
            last_used_at=work.at,
            expires_at=work.at + lifetimes.absolute,
        )
        work.add(session)
        work.record("sign_in", account, session=str(session.id))
        return _issue(work, session, account, None, tokens)


def refresh_session(work: Work, token: str, *, tokens: Tokens, lifetimes: Lifetimes) -> Issued:
    """Exchange a refresh token for the next pair. Raises `SessionEnded`; a token presented again by a copy ends the session."""
    presented = queries.refresh_token(work, digest_of(token))
    if presented is None:
        raise rules.SessionEnded
    session = queries.session_for_update(work, presented.session_id)
    work.refresh(presented)
    account = work.get_one(Account, session.account_id)
    work.origin.actor_id = account.id
    idle = work.at - session.last_used_at > lifetimes.idle
    if session.ended_at is not None or session.expires_at <= work.at or idle or account.disabled_at is not None:
        raise rules.SessionEnded
    if rules.refresh_is_reuse(
        used_at=presented.used_at,
        a_successor_was_used=queries.used_successor(work, presented.id),
        a_sibling_was_used=presented.parent_id is not None
        and queries.used_successor(work, presented.parent_id, other_than=presented.id),
        at=work.at,
    ):
        _end(work, session, SessionEnd.refresh_token_reused)
        work.record("end_session", account, session=str(session.id), why=SessionEnd.refresh_token_reused)
        raise rules.SessionEnded
    presented.used_at = presented.used_at or work.at
    session.last_used_at = work.at
    work.record("refresh_session", account, session=str(session.id))
    return _issue(work, session, account, presented.id, tokens)


def authenticate(work: Work, token: str, permission: Permission, *, tokens: Tokens, lifetimes: Lifetimes) -> Access:
    """Find out who asks, and whether any role of his allows it anywhere. Where, the scope tells at each query.

    Raises `Unauthenticated`, `PasswordChangeRequired` or `Forbidden`.
    """
    claims = tokens.read(token)
    found = queries.living_session(work, claims.session_id)
    if found is None or found[1].id != claims.account_id:
        raise Unauthenticated
    session, account = found
    if session.expires_at <= work.at or work.at - session.last_used_at > lifetimes.idle:
        raise Unauthenticated
    granted = tuple(Granted(grant.role, grant.organization_id) for grant in queries.living_grants(work, account.id))
    if permission is not Permission.own_account:
        if account.must_change_password:
            raise rules.PasswordChangeRequired
        if not any(permission in PERMISSIONS[grant.role] for grant in granted):
            raise Forbidden
    return Access(account.id, session.id, account.organization_id, account.member_id, permission, granted)


def list_sessions(work: Work, access: Access) -> list[tuple[SignInSession, bool]]:
    """One's own living sessions, the last used first, each with whether it is the one that asks."""
    return [(row, row.id == access.session_id) for row in queries.living_sessions(work, access.account_id, work.at)]


def end_session(work: Work, access: Access, session_id: UUID) -> None:
    """End one of one's own sessions; one that is over already stays so. Raises `NotFound` for anybody else's."""
    session = work.get(SignInSession, session_id, with_for_update=True)
    if session is None or session.account_id != access.account_id:
        raise NotFound
    if session.ended_at is None:
        here = session.id == access.session_id
        _end(work, session, SessionEnd.signed_out if here else SessionEnd.ended_by_owner)
        work.record("end_session", work.get_one(Account, access.account_id), session=str(session.id), why=session.end_reason)


def rehash_password(
    database: Database, access: Access, origin: Origin, present: str, new: str, *, passwords: Passwords, cipher: Cipher
) -> Replacement:
    """Check one's present password and hash the new one, before the writing transaction begins.

    Guesses at the present password are counted like those of a sign-in. Raises `WrongPassword`, `SamePassword`, `WeakPassword` or
    `TooManySignIns`.
    """
    key = cipher.digest("password change", str(access.account_id))
    with database.writing(origin) as work:
        account = work.get_one(Account, access.account_id)
        _count_attempt(work, key, rules.ACCOUNT_LIMIT)
    if not passwords.matches(present, account.password_hash):
        with database.writing(origin) as work:
            work.record("refuse_password_change", account)
        raise rules.WrongPassword
    if present == new:
        raise rules.SamePassword
    passwords.check_strength(new, account.username)
    return Replacement(account.password_hash, passwords.hash(new), key)


def change_password(work: Work, access: Access, replacement: Replacement) -> None:
    """Replace one's own password and end all one's other sessions. Raises `WrongPassword` if it has changed in the meantime."""
    account = work.get_one(Account, access.account_id, with_for_update=True)
    if account.password_hash != replacement.former_hash:
        raise rules.WrongPassword
    account.password_hash, account.password_changed_at, account.must_change_password = replacement.new_hash, work.at, False
    _take_back_attempt(work, replacement.attempts_key, None)
    ended = queries.end_sessions(work, account.id, SessionEnd.password_changed, but=access.session_id)
    work.record("change_password", account, sessions_ended=ended)


def create_account(
    work: Work,
    access: Access,
    username: str,
    organization_id: UUID,
    member_id: UUID | None,
    password_hash: str,
) -> Account:
    """Make an account that has a one-time password and no role yet."""
    organization = access.get(work, Organization, organization_id)
    if member_id is not None and access.get(work, Member, member_id).organization_id != organization.id:
        raise AccountOutsideOrganization
    return add_account(work, username, organization.id, member_id, password_hash)


def add_account(
    work: Work, username: str, organization_id: UUID, member_id: UUID | None, password_hash: str, *, one_time: bool = True
) -> Account:
    """Store an account, for whoever has decided that it may be."""
    account = Account(
        username=username,
        organization_id=organization_id,
        member_id=member_id,
        password_hash=password_hash,
        password_changed_at=work.at,
        must_change_password=one_time,
    )
    work.add(account)
    work.flush()
    work.record("create_account", account)
    return account


def create_administrator(work: Work, username: str, password_hash: str) -> Account:
    """Make the first administrator of the root organisation. Raises `NotFound` when there is no root yet."""
    root = queries.root(work)
    if root is None:
        raise NotFound
    account = add_account(work, username, root.id, None, password_hash)
    add_grant(work, account, Role.administrator, root.id, granted_by=None)
    return account


def list_accounts(work: Work, access: Access, pages: Pages, *, username: str | None) -> tuple[list[Account], str | None]:
    accounts: Any = access.select(Account)
    if username:
        accounts = accounts.where(col(Account.username).startswith(username, autoescape=True))
    return pages.read(work, accounts.order_by(col(Account.username), col(Account.id)))


def show_own_account(work: Work, access: Access) -> tuple[Account, list[RoleGrant]]:
    return work.get_one(Account, access.account_id), list(queries.living_grants(work, access.account_id))


def disable_account(work: Work, access: Access, account_id: UUID, expected: Expected) -> Account:
    """Shut an account and end its sessions; one that is shut already stays so."""
    account = _managed(work, access, account_id)
    expected.check(account)
    if account.disabled_at is None:
        if _is_last_administrator(work, account):
            raise rules.LastAdministrator
        _shut(work, account)
    return account


def shut_account_of_member(work: Work, member: Member) -> None:
    """Shut the account of a member who leaves; the last administrator's stays until there is another."""
    account = queries.account_of_member(work, member.id)
    if account is None or account.disabled_at is not None or _is_last_administrator(work, account):
        return
    _shut(work, account)


def enable_account(work: Work, access: Access, account_id: UUID, expected: Expected) -> Account:
    account = _managed(work, access, account_id)
    expected.check(account)
    if account.disabled_at is not None:
        account.disabled_at = None
        work.record("enable_account", account)
        work.flush()
    return account


def list_grants(work: Work, access: Access, account_id: UUID) -> list[RoleGrant]:
    """The living grants of an account within reach."""
    return list(queries.living_grants(work, access.get(work, Account, account_id).id))


def grant_role(work: Work, access: Access, account_id: UUID, role: Role, organization_id: UUID) -> RoleGrant:
    """Give a role over an organisation and everything below it. Granting again what stands changes nothing."""
    account = access.get(work, Account, account_id)
    organization = access.get(work, Organization, organization_id)
    held = queries.roles_reaching(work, access.account_id, organization.id)
    rules.check_grant(held, role, organization.kind, has_member=account.member_id is not None)
    standing = [
        grant
        for grant in queries.living_grants(work, account.id)
        if grant.role is role and grant.organization_id == organization.id
    ]
    return standing[0] if standing else add_grant(work, account, role, organization.id, granted_by=access.account_id)


def add_grant(work: Work, account: Account, role: Role, organization_id: UUID, *, granted_by: UUID | None) -> RoleGrant:
    """Store a grant, for whoever has decided that it may be."""
    grant = RoleGrant(account_id=account.id, role=role, organization_id=organization_id, granted_by=granted_by)
    work.add(grant)
    work.flush()
    work.record("grant_role", account, organization_id=organization_id, role=role)
    return grant


def end_grant(work: Work, access: Access, grant_id: UUID) -> None:
    """Take a role away: it is gone at the account's next request. One that is gone already stays so."""
    grant = access.get(work, RoleGrant, grant_id)
    held = queries.roles_reaching(work, access.account_id, grant.organization_id)
    if not any(grant.role in MAY_GRANT[role] for role in held):
        raise rules.RoleBeyondOwn
    if grant.ended_at is None:
        if grant.role is Role.administrator and queries.other_administrators(work, grant.id, None) == 0:
            raise rules.LastAdministrator
        grant.ended_at = work.at
        account = work.get_one(Account, grant.account_id)
        work.record("end_grant", account, organization_id=grant.organization_id, role=grant.role)


def one_time_password(passwords: Passwords) -> tuple[str, str]:
    """A new one-time password and its hash."""
    password = new_one_time_password()
    return password, passwords.hash(password)


def _managed(work: Work, access: Access, account_id: UUID) -> Account:
    """An account within reach whose every role the caller might have granted himself."""
    account = access.get(work, Account, account_id)
    for grant in queries.living_grants(work, account.id):
        held = queries.roles_reaching(work, access.account_id, grant.organization_id)
        if not any(grant.role in MAY_GRANT[role] for role in held):
            raise rules.RoleBeyondOwn
    return account


def _shut(work: Work, account: Account) -> None:
    account.disabled_at = work.at
    ended = queries.end_sessions(work, account.id, SessionEnd.account_disabled)
    work.record("disable_account", account, sessions_ended=ended)
    work.flush()


def _is_last_administrator(work: Work, account: Account) -> bool:
    is_one = any(grant.role is Role.administrator for grant in queries.living_grants(work, account.id))
    return is_one and queries.other_administrators(work, None, account.id) == 0


def _issue(work: Work, session: SignInSession, account: Account, parent_id: UUID | None, tokens: Tokens) -> Issued:
    refresh = new_refresh_token()
    work.flush()
    work.add(RefreshToken(session_id=session.id, parent_id=parent_id, digest=digest_of(refresh)))
    return Issued(
        tokens.sign(Claims(account.id, session.id), work.at),
        refresh,
        int(tokens.lifetime.total_seconds()),
        account.must_change_password,
    )


def _end(work: Work, session: SignInSession, reason: SessionEnd) -> None:
    session.ended_at, session.end_reason = work.at, reason


def _count_attempt(work: Work, key: str, limit: Limit) -> None:
    while (row := work.get(SignInLimit, key, with_for_update=True)) is None:
        # Of several first attempts at once only one can add the row; the others then find it, unless a success has removed it.
        with suppress(IntegrityError), work.begin_nested():
            work.add(SignInLimit(key=key, window_started_at=work.at))
    failures = rules.admit(_failures(row), limit, work.at)
    row.failures, row.window_started_at, row.blocked_until = failures.count, failures.window_started_at, failures.blocked_until
    work.flush()


def _take_back_attempt(work: Work, account_key: str, network_key: str | None) -> None:
    if (row := work.get(SignInLimit, account_key, with_for_update=True)) is not None:
        work.delete(row)
    if network_key and (row := work.get(SignInLimit, network_key, with_for_update=True)) is not None:
        row.failures = max(0, row.failures - 1)
        row.blocked_until = None if row.failures < rules.NETWORK_LIMIT.free else row.blocked_until
    queries.forget_old_limits(work, work.at - KEEP_LIMITS)


def _failures(row: SignInLimit) -> Failures:
    return Failures(row.failures, row.window_started_at, row.blocked_until)
