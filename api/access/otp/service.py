"""The second factor of an account: its secret, the codes that are taken, its recovery codes. The caller holds the account's row."""

import secrets
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from api.access.otp import queries, rules
from api.access.passwords import new_one_time_password
from api.access.scope import hold_one
from api.adapters.cipher import Cipher, Place
from api.database import Work
from models.account import Account, SecondFactor

_SECRET: Final = rules.SECRET_BYTES
_SESSION: Final = _SECRET + 16
"""Where the parts of what waits end: the secret, the session that it was told in, and when."""


class Shown(StrEnum):
    """What somebody has shown beside his password."""

    code = "code"
    recovery_code = "recovery_code"


def hold(work: Work, account_id: UUID) -> Account:
    """An account and its second factor, held in the order in which a sign-in holds them: before what counts attempts."""
    account = hold_one(work, Account, account_id)
    queries.factor_of(work, account_id)
    return account


def shows(work: Work, account: Account, otp: str, cipher: Cipher, *, most: int = rules.MOST_FAILURES) -> Shown | None:
    """Take a code of the app or a recovery code, each once; None, and one failure more, where it is neither. Beyond `most` failures
    no code of the app is taken, and none is counted.

    No code is taken again that was taken, nor one before it (RFC 6238, section 5.2).
    """
    factor = queries.factor_of(work, account.id)
    if factor is None or factor.secret_sealed is None:
        return None
    shown, typed = None, rules.typed(otp)
    if rules.is_code(typed):
        step = None
        if factor.failures < most:
            secret = cipher.open(factor.secret_sealed, _place(factor, "secret_sealed"))
            step = rules.step_of(secret, typed, work.at, factor.last_step)
        if step is not None:
            factor.last_step, shown = step, Shown.code
    elif (digest := _digest(cipher, account, typed)) in (left := factor.recovery_digests.split()):
        left.remove(digest)
        factor.recovery_digests, shown = " ".join(left), Shown.recovery_code
    if shown:
        factor.failures = 0
    elif factor.failures < most:
        factor.failures += 1
    work.flush()
    return shown


def begin(work: Work, account: Account, session_id: UUID, cipher: Cipher) -> bytes:
    """A new secret, which waits for its first code in the session that asks; the present one counts until then."""
    factor = queries.factor_of(work, account.id) or SecondFactor(account_id=account.id)
    secret = secrets.token_bytes(rules.SECRET_BYTES)
    waiting = secret + session_id.bytes + work.at.isoformat().encode()
    factor.pending_sealed = cipher.seal(waiting, _place(factor, "pending_sealed"))
    work.add(factor)
    work.flush()
    return secret


def confirm(work: Work, account: Account, session_id: UUID, otp: str, cipher: Cipher) -> list[str] | None:
    """Let the secret that waits take the place of the present one, by a first code of it, and give new recovery codes; None for
    another code. Raises `OtpNotBegun`, also in another session than the secret was told in, and once it has waited too long."""
    factor = queries.factor_of(work, account.id)
    secret = _waiting(work, factor, session_id, cipher) if factor is not None else None
    if factor is None or secret is None:
        raise rules.OtpNotBegun
    typed = rules.typed(otp)
    step = rules.step_of(secret, typed, work.at, None) if rules.is_code(typed) else None
    if step is None:
        return None
    factor.secret_sealed, factor.pending_sealed = cipher.seal(secret, _place(factor, "secret_sealed")), None
    factor.last_step, factor.failures = step, 0
    account.otp_since, account.otp_reset_by = work.at, None
    work.flush()
    return renew_codes(work, account, cipher)


def drop_waiting(work: Work, account_id: UUID) -> None:
    """Let a secret that waits for its first code wait no more."""
    factor = queries.factor_of(work, account_id)
    if factor is not None and factor.pending_sealed is not None:
        factor.pending_sealed = None
        work.flush()


def codes_left(work: Work, account: Account) -> int:
    """How many recovery codes are left."""
    factor = queries.factor_of(work, account.id)
    return len(factor.recovery_digests.split()) if factor is not None else 0


def renew_codes(work: Work, account: Account, cipher: Cipher) -> list[str]:
    """New recovery codes in place of those that were left, of an account that has a second factor. Only their digests are kept."""
    factor = queries.factor_of(work, account.id)
    assert factor is not None
    codes = [new_one_time_password() for _ in range(rules.RECOVERY_CODES)]
    factor.recovery_digests = " ".join(_digest(cipher, account, code) for code in codes)
    work.flush()
    return [rules.legible(code) for code in codes]


def forget(work: Work, account: Account) -> None:
    """Take away what an account makes its codes with, also what waits."""
    factor = queries.factor_of(work, account.id)
    if factor is not None:
        work.delete(factor)
    account.otp_since = None
    work.flush()


def _waiting(work: Work, factor: SecondFactor, session_id: UUID, cipher: Cipher) -> bytes | None:
    """The secret that waits for its first code in a session; None where there is none, or no more."""
    if factor.pending_sealed is None:
        return None
    waiting = cipher.open(factor.pending_sealed, _place(factor, "pending_sealed"))
    secret, session, began = waiting[:_SECRET], waiting[_SECRET:_SESSION], waiting[_SESSION:]
    if session != session_id.bytes or work.at - datetime.fromisoformat(began.decode()) > rules.WAITS:
        return None
    return secret


def _digest(cipher: Cipher, account: Account, code: str) -> str:
    return cipher.digest("recovery code", f"{account.id} {code}")


def _place(factor: SecondFactor, column: str) -> Place:
    return Place("second_factor", column, factor.id)
