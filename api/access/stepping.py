"""Showing once more who one is, for what gives away much, as `requires(..., step_up=True)` marks it."""

from dataclasses import dataclass, field
from datetime import datetime

from api.access import limits
from api.access.otp import service as otp_service
from api.access.otp.rules import FRESH, WrongProof
from api.access.passwords import Passwords
from api.access.scope import Access, hold_one
from api.adapters.cipher import Cipher
from api.database import Database, Origin, Work
from models.account import Account, SignInSession
from models.enums import Guess


@dataclass(frozen=True)
class PasswordShown:
    """A password that was right: the hash that it was compared with."""

    compared_with: str = field(repr=False)


def compare_password(
    database: Database, access: Access, origin: Origin, password: str, *, passwords: Passwords, cipher: Cipher
) -> PasswordShown:
    """Compare with one's own password before the writing transaction begins. Raises `WrongProof` or `TooManySignIns`."""
    counted = limits.of_present_password(cipher, access.account_id)
    limits.count_first(database, origin, counted, access.account_id, Guess.step_up)
    with database.reading(origin) as work:
        account = work.get_one(Account, access.account_id)
    if not passwords.matches(password, account.password_hash):
        with database.writing(origin) as work:
            limits.count_refusal(work, account.id, Guess.step_up)
        raise WrongProof.at("body.password")
    return PasswordShown(account.password_hash)


def step_up(work: Work, access: Access, shown: PasswordShown | str, cipher: Cipher) -> datetime:
    """Note that the session's holder has shown who he is; until when it counts. `shown` is a password that was right before, or a
    code. Raises `WrongProof` or `TooManySignIns`."""
    if isinstance(shown, PasswordShown):
        account, how = hold_one(work, Account, access.account_id), "password"
        if account.password_hash != shown.compared_with:
            raise WrongProof.at("body.password")
        limits.forget(work, limits.of_present_password(cipher, account.id))
    else:
        account, how = show_otp(work, access, shown, cipher)
    session = hold_one(work, SignInSession, access.session_id)
    session.proved_at = work.at
    work.record("step_up", account, session=str(session.id), how=how)
    return work.at + FRESH


def show_otp(work: Work, access: Access, otp: str, cipher: Cipher) -> tuple[Account, str]:
    """Take a code from whoever is signed in already, counted like an attempt to sign in: his account, held, and what it was. Raises
    `WrongProof` or `TooManySignIns`."""
    account = otp_service.hold(work, access.account_id)
    counted = limits.of_codes(cipher, account.id)
    limits.count_attempt(work, counted, account.id, Guess.step_up)
    shown = otp_service.shows(work, account, otp, cipher)
    if shown is None:
        limits.count_refusal(work, account.id, Guess.step_up)
        raise WrongProof.at("body.otp")
    limits.forget(work, counted)
    return account, shown
