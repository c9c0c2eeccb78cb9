"""Showing once more who one is, for what gives away much, as `requires(..., step_up=True)` marks it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from api.access import limits, queries, refusals
from api.access import service as access_service
from api.access.meanwhile import writing_for
from api.access.otp import service as otp_service
from api.access.otp.rules import FRESH, MOST_SHOWN, WrongProof
from api.access.passwords import Passwords, as_printed
from api.access.scope import Access, hold_one
from api.adapters.cipher import Cipher
from api.database import Database, Origin, Work
from api.errors import Unauthenticated
from models.account import Account, SignInSession
from models.sign_in_enums import Guess


@dataclass(frozen=True)
class PasswordShown:
    """A password that was right: the hash that it was compared with."""

    compared_with: str = field(repr=False)


@contextmanager
def compared_password(
    database: Database, access: Access, origin: Origin, password: str, *, passwords: Passwords, cipher: Cipher
) -> Iterator[PasswordShown]:
    """Compare with one's own password before the writing transaction begins, which is to end within this block. Raises
    `WrongProof`, `Unauthenticated` or `TooManySignIns`."""
    counted = limits.of_present_password(cipher, access.session_id)
    with limits.given_back(database, origin) as attempt:
        limits.count_first(database, origin, counted, access.account_id, Guess.step_up, access)
        attempt.counted = counted
        with database.reading(origin) as work:
            account = work.get_one(Account, access.account_id)
        if account.one_time_until is not None:
            password = as_printed(password)
        if not passwords.matches(password, account.password_hash):
            attempt.has_failed = True
            with writing_for(database, origin, access) as work:
                hold_own_account(work, access)
                count_wrong(work, access, Guess.step_up, cipher)
            raise WrongProof.at("body.password")
        yield PasswordShown(account.password_hash)


def count_wrong(work: Work, access: Access, guess: Guess, cipher: Cipher) -> None:
    """Count a wrong password or code that was shown in a session. The last of a day ends the session, so that whoever has stolen it
    does not guess on."""
    is_last = limits.uses_up(work, limits.of_wrong_proofs(cipher, access.session_id))
    refusals.count_refusal(work, access.account_id, guess)
    if is_last:
        access_service.end_guessing(work, access)


def _of_all_shown(access: Access, cipher: Cipher) -> limits.Counted:
    return {**limits.of_present_password(cipher, access.session_id), **limits.of_shown_codes(cipher, access.session_id)}


def count_sent_under_key(work: Work, access: Access, cipher: Cipher) -> None:
    """Count another password or code than was sent before under the same key as a wrong one: or else whoever knows a key would
    guess on by what he is told. Raises `Unauthenticated` or `TooManySignIns`."""
    account = hold_own_account(work, access)
    limits.count_attempt(work, _of_all_shown(access, cipher), account.id, Guess.step_up)
    count_wrong(work, access, Guess.step_up, cipher)


def check_not_held_up(work: Work, access: Access, cipher: Cipher) -> None:
    """Raise `TooManySignIns` for one who is held up, before what he sends under a key is compared with what was sent before: he is
    told alike whichever it is. Nothing is counted."""
    limits.check_not_held_up(work, _of_all_shown(access, cipher))


def hold_own_account(work: Work, access: Access) -> Account:
    """One's own account, held, with its second factor. Raises `Unauthenticated` where the session that asks was ended since it was
    asked who does: what it was ended for is not undone by what came at the same moment."""
    account = otp_service.hold(work, access.account_id)
    if queries.living_session(work, access.session_id) is None:
        raise Unauthenticated
    return account


def step_up(work: Work, access: Access, shown: PasswordShown | str, cipher: Cipher) -> datetime:
    """Note that the session's holder has shown who he is; until when it counts. `shown` is a password that was right before, or a
    code. Raises `Unauthenticated`, `WrongProof` or `TooManySignIns`."""
    counted = limits.of_proofs(cipher, access.session_id)
    if isinstance(shown, PasswordShown):
        account, how = hold_own_account(work, access), "password"
        if account.password_hash != shown.compared_with:
            raise WrongProof.at("body.password")
        # Before the guess is forgotten: what is refused has been hashed like any other, and counts like it.
        limits.check_successes(work, counted, account.id, Guess.step_up)
        limits.forget(work, limits.of_present_password(cipher, access.session_id))
    else:
        limits.check_successes(work, counted, hold_own_account(work, access).id, Guess.step_up)
        account, how = show_otp(work, access, shown, cipher)
    limits.count_success(work, counted)
    session = hold_one(work, SignInSession, access.session_id)
    session.proved_at = work.at
    work.record("step_up", account, session=str(session.id), how=how)
    return work.at + FRESH


def show_otp(work: Work, access: Access, otp: str, cipher: Cipher) -> tuple[Account, str]:
    """Take a code from whoever is signed in already, counted like an attempt to sign in: his account, held, and what it was. Raises
    `Unauthenticated`, `WrongProof` or `TooManySignIns`."""
    account = hold_own_account(work, access)
    counted = limits.of_shown_codes(cipher, access.session_id)
    limits.count_attempt(work, counted, account.id, Guess.step_up)
    shown = otp_service.shows(work, account, otp, cipher, most=MOST_SHOWN)
    if shown is None:
        count_wrong(work, access, Guess.step_up, cipher)
        raise WrongProof.at("body.otp")
    limits.forget(work, counted)
    return account, shown
