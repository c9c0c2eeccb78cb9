"""One's own second factor, and taking away another's who has lost it."""

from base64 import b32encode
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from api.access import limits, stepping
from api.access import service as access_service
from api.access.about import check_about_account, deciding_to_the_last, hands_of
from api.access.demands import Demands
from api.access.otp import rules as otp_rules
from api.access.otp import service as otp_service
from api.access.rules import AboutOneself, PasswordChangeRequired
from api.access.scope import Access, Lock, living_grants
from api.accounts import queries, renewal, rules
from api.adapters.cipher import Cipher
from api.database import Work
from api.errors import NotFound
from models.account import Account
from models.sign_in_enums import Guess, SessionEnd

AT_ONCE: Final = 200


@dataclass(frozen=True)
class State:
    """How one's second factor stands."""

    is_demanded: bool
    enrolled_at: datetime | None
    recovery_codes_left: int


@dataclass(frozen=True)
class Enrolment:
    """What an authenticator app is told."""

    secret: str = field(repr=False)
    otpauth_uri: str = field(repr=False)


def show_otp(work: Work, access: Access, demands: Demands) -> State:
    account = work.get_one(Account, access.account_id)
    return State(_is_demanded(work, account, demands), account.otp_since, otp_service.codes_left(work, account))


def begin_otp(work: Work, access: Access, otp: str | None, base_url: str, cipher: Cipher) -> Enrolment:
    """A secret for an authenticator app, which counts from its first code on. One who has a second factor shows it before.

    The one-time password of a slip is changed first: whoever has handed it out could else enrol a telephone of his own.
    Raises `PasswordChangeRequired`, `WrongProof` or `TooManySignIns`.
    """
    account = stepping.hold_own_account(work, access)
    if account.must_change_password:
        raise PasswordChangeRequired
    succeeding = limits.of_changes(cipher, access.session_id)
    limits.check_successes(work, succeeding, account.id, Guess.step_up)
    if account.otp_since is not None:
        if otp is None:
            raise otp_rules.WrongProof.at("body.otp")
        stepping.show_otp(work, access, otp, cipher)
    limits.count_success(work, succeeding)
    secret = otp_service.begin(work, account, access.session_id, cipher)
    work.opened.add(account.id)
    work.record("begin_otp", account)
    host = urlsplit(base_url).netloc
    uri = TOTP(secret, otp_rules.DIGITS, SHA1(), otp_rules.STEP).get_provisioning_uri(account.username, host)
    return Enrolment(b32encode(secret).decode(), uri)


def confirm_otp(work: Work, access: Access, otp: str, cipher: Cipher) -> list[str]:
    """Enrol the secret that waits by a first code of it; the recovery codes. All one's other sessions end: some may have begun with
    the password alone. Raises `PasswordChangeRequired`, `OtpNotBegun`, `WrongProof` or `TooManySignIns`."""
    account = stepping.hold_own_account(work, access)
    if account.must_change_password:
        raise PasswordChangeRequired
    counted = limits.of_shown_codes(cipher, access.session_id)
    limits.count_attempt(work, counted, account.id, Guess.step_up)
    codes = otp_service.confirm(work, account, access.session_id, otp, cipher)
    if codes is None:
        stepping.count_wrong(work, access, Guess.step_up, cipher)
        raise otp_rules.WrongProof.at("body.otp")
    limits.forget(work, counted)
    ended = access_service.end_sessions(work, account.id, SessionEnd.otp_changed, but=access.session_id)
    work.opened.add(account.id)
    work.record("confirm_otp", account, sessions_ended=ended)
    return codes


def renew_recovery_codes(work: Work, access: Access, otp: str, cipher: Cipher) -> list[str]:
    """New recovery codes; the others are good no more. Raises `OtpNotEnrolled`, `WrongProof` or `TooManySignIns`."""
    account = _enrolled(work, access)
    succeeding = limits.of_changes(cipher, access.session_id)
    limits.check_successes(work, succeeding, account.id, Guess.step_up)
    stepping.show_otp(work, access, otp, cipher)
    limits.count_success(work, succeeding)
    codes = otp_service.renew_codes(work, account, cipher)
    work.opened.add(account.id)
    work.record("renew_recovery_codes", account)
    return codes


def remove_otp(work: Work, access: Access, otp: str, demands: Demands, cipher: Cipher) -> None:
    """Take away one's own second factor, where nobody demands it. Raises `OtpNotEnrolled`, `OtpDemanded`, `WrongProof` or
    `TooManySignIns`."""
    account = _enrolled(work, access)
    if _is_demanded(work, account, demands):
        raise otp_rules.OtpDemanded
    stepping.show_otp(work, access, otp, cipher)
    otp_service.forget(work, account)
    ended = access_service.end_sessions(work, account.id, SessionEnd.otp_changed, but=access.session_id)
    work.record("remove_otp", account, sessions_ended=ended)


def reset_otp(work: Work, access: Access, account_id: UUID) -> dict[str, Any] | None:
    """Take away the second factor of one who has lost it, so that he enrols another; his sessions end, his password stays.

    It is for whoever may act about him, but for one who may know his password: who has handed out his last slip. For one who
    decides for the district, or an auditor, it is only asked for here, and another agrees by `approve_slip_request`: then the
    request is answered.
    Raises `NotFound`, what `check_about_account` and `renewal.request_slip` do, `OtpNotEnrolled` or `PasswordInSameHands`.
    """
    account = access.get(work, Account, account_id)
    if account.id == access.account_id:
        raise AboutOneself
    if not renewal.is_decider(work, account):
        check_about_account(work, access, account)
    if account.otp_since is None:
        raise otp_rules.OtpNotEnrolled
    check_apart_from_slip(work, access.account_id, account)
    if renewal.takes_two(work, account):
        request = renewal.request_slip(work, access, account, resets_otp=True)
        return renewal.shown(work, access, [request])[0]
    take_away(work, account)
    return None


def reset_otp_named(work: Work, username: str) -> Account:
    """The same of any account, for whoever sits at the server itself. Raises `NotFound` or `OtpNotEnrolled`."""
    account = queries.account_named(work, username)
    if account is None:
        raise NotFound
    if account.otp_since is None:
        raise otp_rules.OtpNotEnrolled
    take_away(work, account)
    return account


def take_away(work: Work, account: Account, *, by_two: bool = False) -> None:
    """Take away an account's second factor and end its sessions, for whoever has decided it."""
    otp_service.forget(work, account)
    account.otp_reset_by = None if by_two else work.origin.actor_id
    ended = access_service.end_sessions(work, account.id, SessionEnd.otp_changed)
    work.record("reset_otp", account, sessions_ended=ended)
    work.flush()


def end_account_sessions(work: Work, access: Access, account_id: UUID) -> None:
    """End all sessions of another, whose account stays open. Raises `NotFound`, `AboutOneself` or `ForTheLevelAbove`."""
    account = access.get(work, Account, account_id, Lock.for_change)
    check_about_account(work, access, account)
    _end_all(work, account)


def end_sessions_named(work: Work, username: str) -> Account:
    """The same of any account, for whoever sits at the server itself. Raises `NotFound`."""
    if (account := queries.account_named(work, username)) is None:
        raise NotFound
    _end_all(work, account)
    return account


def end_some_sessions(work: Work) -> int:
    """The same of a few accounts of those that have any session, so that the next call goes on; for a database that was restored,
    in which sessions live again that had ended since. Returns of how many."""
    accounts = queries.accounts_with_sessions(work, AT_ONCE)
    for account in accounts:
        _end_all(work, account)
    return len(accounts)


def _end_all(work: Work, account: Account) -> None:
    ended = access_service.end_sessions(work, account.id, SessionEnd.ended_by_another)
    work.record("end_account_sessions", account, sessions_ended=ended)


def check_apart_from_slip(work: Work, actor_id: UUID, account: Account) -> None:
    """Whether one may take away a second factor: not he who has handed out the account's last slip, nor where both may be
    hands of one person. Raises `PasswordInSameHands`."""
    if account.slip_made_by is not None and _same_hands(work, actor_id, account.slip_made_by):
        raise rules.PasswordInSameHands


def check_apart_from_reset(work: Work, actor_id: UUID, account: Account) -> None:
    """The same the other way round: who has taken away the last second factor hands out no slip until there is another."""
    if account.otp_reset_by is not None and _same_hands(work, actor_id, account.otp_reset_by):
        raise rules.PasswordInSameHands


def _same_hands(work: Work, one: UUID, other: UUID) -> bool:
    """Whether one of two accounts may be the other's other hand, or both may be hands of a third person: not of one who
    decides for the district, or did so to the last, from whom all its accounts come in the end."""
    ones, others = hands_of(work, one), hands_of(work, other)
    return one in others or other in ones or not ones & others <= deciding_to_the_last(work, ones & others)


def _enrolled(work: Work, access: Access) -> Account:
    account = stepping.hold_own_account(work, access)
    if account.otp_since is None:
        raise otp_rules.OtpNotEnrolled
    return account


def _is_demanded(work: Work, account: Account, demands: Demands) -> bool:
    return demands.wants_otp({grant.role for grant in living_grants(work, account.id)})
