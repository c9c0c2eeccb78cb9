"""Sign-in and sessions."""

import hmac
import json
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from api.access import devices, limits, queries, refusals, rules
from api.access.demands import Demands, Lifetimes
from api.access.otp import rules as otp_rules
from api.access.otp import service as otp_service
from api.access.passwords import Passwords, as_printed, one_time_digest
from api.access.permissions import PERMISSIONS, Permission
from api.access.refusals import RefusedSince
from api.access.scope import Access, Granted, hold, hold_one, living_grants
from api.access.tokens import Claims, Tokens, digest_of, new_refresh_token
from api.adapters.cipher import Cipher
from api.database import Database, Origin, Work
from api.errors import Forbidden, NotFound, Unauthenticated
from models.account import Account, RefreshToken, SignInSession
from models.enums import Role
from models.sign_in_enums import Guess, SessionEnd

MOST_SESSIONS: Final = 20
"""So many sessions of an account live at a time: another one ends the one that has lain idle longest."""


@dataclass(frozen=True)
class Device:
    """Where a sign-in comes from: its address, the program's own name, which is kept, and the token that the device was given by an
    earlier one."""

    address: str
    name: str
    token: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Issued:
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: int
    must_change_password: bool
    must_enrol_otp: bool
    device_token: str | None = field(default=None, repr=False)
    refused_since: RefusedSince | None = None


def sign_in(
    database: Database,
    origin: Origin,
    username: str,
    password: str,
    device: Device,
    *,
    otp: str | None = None,
    tokens: Tokens,
    passwords: Passwords,
    cipher: Cipher,
    lifetimes: Lifetimes,
    demands: Demands,
) -> Issued:
    """Begin a session. Raises `WrongCredentials` or `TooManySignIns`, the same for users that exist and that do not, and, after the
    right password alone, `OtpRequired` where the account has a second factor. A wrong code is told like a wrong password.

    The attempt is counted and committed before the password is looked at: of a hundred attempts at once, only as many are looked
    at as the limits allow. On a device that the account knows, only what fails there counts; for strangers, what fails with the
    name or from their networks. A right one-time password passes all of that: it is compared by its digest alone. A right password
    that signs in nobody is given back its attempt only so often a day: else each would be one more hash, without end.
    """
    printed = as_printed(password)
    with database.reading(origin) as work:
        account = queries.account_named(work, username)
        known = devices.known_device(work, account, device.token, cipher)
        counted = limits.of_device(cipher, known.id) if known else limits.of_stranger(cipher, username, device.address)
        opens = account is not None and _may_sign_in(account, origin)
        of_slip = _is_of_slip(account, printed, cipher) and opens
    if account is not None and account.one_time_until is not None:
        password = printed
    account_id = account.id if account else None
    with limits.given_back(database, origin) as attempt:
        if limits.count_first(database, origin, counted, account_id, Guess.sign_in, passes_uncounted=of_slip):
            attempt.counted = counted
        stored = account.password_hash if account is not None and opens else None
        matched = of_slip or passwords.matches(password, stored, is_stranger=known is None)
        rehashed = passwords.hash(password) if matched and not of_slip and stored and passwords.outdated(stored) else None
        with database.writing(origin) as work:
            if account is None or not matched:
                refusals.count_refusal(work, account.id if account else None, Guess.sign_in, next(iter(counted)))
                raise _wrong(attempt, otp)
            # What was read before the password was looked at may have changed since.
            account = otp_service.hold(work, account.id)
            if account.password_hash != stored or not _may_sign_in(account, origin):
                refusals.count_refusal(work, account.id, Guess.sign_in)
                raise _wrong(attempt, otp)
            settled = devices.settled_id(known, work.at)
            succeeding = limits.of_sign_ins(cipher, account.id, settled)
            if of_slip and account.one_time_digest is not None:
                succeeding = limits.of_slip(cipher, account.one_time_digest)
            limits.check_successes(work, succeeding, account.id, Guess.sign_in)
            beside = None
            codes = limits.of_codes(cipher, account.id) if otp is not None and not attempt.counted else {}
            # Whoever knows a one-time password that passes every limit has no code for the asking.
            limits.count_attempt(work, codes, account.id, Guess.sign_in)
            if account.otp_since is not None:
                if otp is None:
                    # The password was right: to ask for the code is no failure.
                    asked = limits.of_asked_codes(cipher, account.id, settled)
                    attempt.was_right = limits.is_within(work, asked)
                    refusals.count_right_password(work, account.id, limits.place_of(counted))
                    raise otp_rules.OtpRequired
                beside = otp_service.shows(work, account, otp, cipher)
                if beside is None:
                    refusals.count_right_password(work, account.id, limits.place_of(counted))
                    raise _wrong(attempt, otp)
            work.origin.actor_id = account.id
            limits.take_back(work, codes)
            if known:
                limits.forget(work, counted)
            attempt.was_right = not known
            limits.count_success(work, succeeding)
            refused = refusals.tell_refusals_of(work, account, limits.place_of(counted), known)
            if rehashed:
                account.password_hash = rehashed
            ended = queries.end_sessions_beyond(work, account.id, MOST_SESSIONS - 1)
            here, device_token = devices.remember_device(work, account, device.token, tokens=tokens, cipher=cipher)
            roles = _roles(work, account)
            session = SignInSession(
                account_id=account.id,
                device=device.name,
                device_id=here.id,
                last_used_at=work.at,
                proved_at=work.at,
                expires_at=work.at + lifetimes.lasts(roles),
            )
            work.add(session)
            work.record("sign_in", account, session=str(session.id), otp=beside, sessions_ended=ended)
            issued = _issue(work, session, account, None, tokens, must_enrol_otp=demands.owes_otp(account, roles))
            return replace(issued, device_token=device_token, refused_since=refused)


def check_token(work: Work, token: str, *, cipher: Cipher, lifetimes: Lifetimes) -> None:
    """Raises as `refresh_session` would anyway, as far as that can be read and nothing is written down of it: for nobody who may
    do so as often as he likes does a writing transaction begin."""
    presented, session, account = _borne(work, token)
    _roles_going_on(work, session, account, lifetimes)
    # A copy ends its session, and that is written down, however often whoever has it has refreshed.
    if not _is_reuse(work, presented, session):
        limits.check_told(work, limits.of_refreshes(cipher, session.id))
        _check_successors(work, presented)


def _roles_going_on(work: Work, session: SignInSession, account: Account, lifetimes: Lifetimes) -> frozenset[Role]:
    """The roles of whoever has a session. Raises `SessionEnded` where it does not go on."""
    roles = _roles(work, account)
    if session.ended_at is not None or _is_over(work, session, roles, lifetimes) or account.disabled_at is not None:
        raise rules.SessionEnded
    return roles


def _is_reuse(work: Work, presented: RefreshToken, session: SignInSession) -> bool:
    return rules.refresh_is_reuse(
        issued_at=presented.created_at,
        used_at=presented.used_at,
        session_used_at=session.last_used_at,
        a_successor_was_used=queries.used_successor(work, presented.id),
        a_sibling_was_used=presented.parent_id is not None
        and queries.used_successor(work, presented.parent_id, other_than=presented.id),
        at=work.at,
    )


def _check_successors(work: Work, presented: RefreshToken) -> None:
    if queries.count_successors(work, presented.id) >= rules.MOST_SUCCESSORS:
        seconds = int(rules.REFRESH_GRACE.total_seconds())
        raise rules.TooManySignIns({"seconds": seconds}, retry_after=seconds)


def _borne(work: Work, token: str) -> tuple[RefreshToken, SignInSession, Account]:
    presented = queries.refresh_token(work, digest_of(token))
    found = queries.living_session(work, presented.session_id) if presented is not None else None
    if presented is None or found is None:
        raise rules.SessionEnded
    return presented, *found


def refresh_session(work: Work, token: str, *, tokens: Tokens, cipher: Cipher, lifetimes: Lifetimes, demands: Demands) -> Issued:
    """Exchange a refresh token for the next pair. Raises `SessionEnded`, also where a copy of a token is presented again, which
    ends the session; or `TooManySignIns`."""
    presented, living, holder = _borne(work, token)
    if not _is_reuse(work, presented, living):
        # Before the session is held, as a sign-in holds them.
        counted = limits.of_refreshes(cipher, living.id)
        limits.check_successes(work, counted, holder.id, Guess.sign_in)
        limits.count_success(work, counted)
    session = hold_one(work, SignInSession, presented.session_id)
    work.refresh(presented)
    account = work.get_one(Account, session.account_id)
    work.origin.actor_id = account.id
    roles = _roles_going_on(work, session, account, lifetimes)
    if _is_reuse(work, presented, session):
        _end(work, session, SessionEnd.refresh_token_reused)
        work.record("end_session", account, session=str(session.id), why=SessionEnd.refresh_token_reused)
        raise rules.SessionEnded
    _check_successors(work, presented)
    presented.used_at = presented.used_at or work.at
    session.last_used_at = work.at
    work.record("refresh_session", account, session=str(session.id))
    return _issue(work, session, account, presented.id, tokens, must_enrol_otp=demands.owes_otp(account, roles))


def standing_of(work: Work, account_ids: Collection[UUID]) -> str:
    """How some accounts stand, as a text that is another one once any of them has changed: the account, the roles that it holds and
    where, or what is asked for it."""
    return json.dumps([*queries.versions_of(work, account_ids), *queries.roles_of(work, account_ids)], default=str)


def reach_of(work: Work, account_id: UUID, before: datetime) -> str:
    """What an account reaches, as a text that is another one once a role of it has come or gone, or an organisation been moved into
    or out of its reach: the roles and where, and the organisations that stood there and below before then."""
    roles = queries.roles_of(work, [account_id])
    return json.dumps([*roles, *queries.paths_below(work, {str(path) for *_, path in roles}, before)], default=str)


def authenticate(
    work: Work,
    claims: Claims,
    permission: Permission,
    *,
    lifetimes: Lifetimes,
    demands: Demands,
    step_up: bool = False,
    unenrolled: bool = False,
) -> Access:
    """Find out who asks, by what his access token claims, and whether any role of his allows it anywhere. Where, the scope tells at
    each query.

    With `step_up` he must have shown within the last minutes who he is; `unenrolled` is what he may do before he has the second
    factor that is demanded of him. Raises `Unauthenticated`, `PasswordChangeRequired`, `OtpEnrolmentRequired`, `Forbidden` or
    `StepUpRequired`.
    """
    found = queries.living_session(work, claims.session_id)
    if found is None or found[1].id != claims.account_id:
        raise Unauthenticated
    session, account = found
    granted = tuple(Granted(grant.role, grant.id) for grant in living_grants(work, account.id))
    roles = frozenset(grant.role for grant in granted)
    if _is_over(work, session, roles, lifetimes):
        raise Unauthenticated
    is_for_all = permission is Permission.own_account
    if account.must_change_password and not is_for_all:
        raise rules.PasswordChangeRequired
    if not unenrolled and demands.owes_otp(account, roles):
        raise rules.OtpEnrolmentRequired
    if not is_for_all and not any(permission in PERMISSIONS[role] for role in roles):
        raise Forbidden
    if step_up and demands.owes_step_up(session, work.at):
        raise rules.StepUpRequired
    return Access(account.id, session.id, account.organization_id, account.member_id, permission, granted)


def list_sessions(work: Work, access: Access, lifetimes: Lifetimes) -> list[tuple[SignInSession, bool]]:
    """One's own living sessions, the last used first, each with whether it is the one that asks; and of each other device that is
    known still, such as a lost telephone that lay idle or was signed out by whoever found it, the last one, by whose end it is a
    stranger."""
    roles = _roles(work, work.get_one(Account, access.account_id))
    found = queries.sessions_to_list(work, access.account_id)
    living = {row.id for row, _ in found if row.ended_at is None and not _is_over(work, row, roles, lifetimes)}
    listed = {device_id for row, device_id in found if row.id in living}
    items = list[tuple[SignInSession, bool]]()
    for row, device_id in found:
        if row.id in living or (device_id is not None and device_id not in listed):
            items.append((row, row.id == access.session_id))
            listed.add(device_id)
    return items


def sign_out(work: Work, access: Access) -> None:
    """End the session that asks."""
    _end_own("sign_out", work, access, access.session_id)


def end_session(work: Work, access: Access, session_id: UUID) -> None:
    """End one of one's own sessions; one that is over already stays so. Raises `NotFound` for anybody else's."""
    _end_own("end_session", work, access, session_id)


def _end_own(audit_action: str, work: Work, access: Access, session_id: UUID) -> None:
    session = hold(work, SignInSession, session_id)
    if session is None or session.account_id != access.account_id:
        raise NotFound
    here, stands = session.id == access.session_id, session.ended_at is None
    if stands:
        _end(work, session, SessionEnd.signed_out if here else SessionEnd.ended_by_owner)
    if (not here and devices.forget_device(work, session, but=access.session_id)) or stands:
        work.record(audit_action, work.get_one(Account, access.account_id), session=str(session.id), why=session.end_reason)


def end_guessing(work: Work, access: Access) -> None:
    """End the session that asks, which has shown too much that was wrong."""
    session = hold_one(work, SignInSession, access.session_id)
    if session.ended_at is None:
        _end(work, session, SessionEnd.too_many)
        work.record("end_session", work.get_one(Account, access.account_id), session=str(session.id), why=session.end_reason)


def end_sessions(work: Work, account_id: UUID, reason: SessionEnd, *, but: UUID | None = None) -> int:
    """End an account's living sessions, all or all but one, for whoever has decided that; their devices are strangers from then on,
    and no app waits for its first code any more. Returns how many."""
    otp_service.drop_waiting(work, account_id)
    ended = queries.end_sessions(work, account_id, reason, but=but)
    devices.forget_devices_of(work, account_id, but=but)
    return ended


def end_every_session(work: Work) -> int:
    """End all sessions of all accounts, such as those of a restored database, among which are some that had ended since. Returns
    how many."""
    ended = queries.end_every_session(work, SessionEnd.ended_by_another)
    if ended:
        work.record_batch("end_account_sessions", "account", sessions_ended=ended)
    return ended


def _may_sign_in(account: Account, origin: Origin) -> bool:
    return rules.may_sign_in(disabled_at=account.disabled_at, one_time_until=account.one_time_until, at=origin.at)


def _is_of_slip(account: Account | None, password: str, cipher: Cipher) -> bool:
    """Whether this is the one-time password of an account, as far as its digest tells; it takes as long where there is none."""
    digest = account.one_time_digest if account is not None else None
    return hmac.compare_digest(one_time_digest(password, cipher), digest or "-" * 64)


def _roles(work: Work, account: Account) -> frozenset[Role]:
    return frozenset(grant.role for grant in living_grants(work, account.id))


def _is_over(work: Work, session: SignInSession, roles: frozenset[Role], lifetimes: Lifetimes) -> bool:
    """Whether a session is over by its time: what was over by an office that its holder has had stays so when the office ends."""
    if not lifetimes.is_over(session, roles | otp_rules.OFFICE, work.at):
        return False
    return lifetimes.is_over(session, roles | queries.roles_ended_since(work, session.account_id, session.last_used_at), work.at)


def _wrong(attempt: limits.Attempt, otp: str | None) -> rules.WrongCredentials:
    attempt.has_failed = True
    return rules.WrongCredentials(instead=None if otp is None else otp_rules.WRONG_WITH_OTP)


def _issue(
    work: Work, session: SignInSession, account: Account, parent_id: UUID | None, tokens: Tokens, *, must_enrol_otp: bool
) -> Issued:
    refresh = tokens.marked(new_refresh_token(), account.id, session.expires_at)
    work.flush()
    work.add(RefreshToken(session_id=session.id, parent_id=parent_id, digest=digest_of(refresh)))
    return Issued(
        tokens.sign(Claims(account.id, session.id), work.at),
        refresh,
        int(tokens.lifetime.total_seconds()),
        account.must_change_password,
        must_enrol_otp,
    )


def _end(work: Work, session: SignInSession, reason: SessionEnd) -> None:
    session.ended_at, session.end_reason = work.at, reason
