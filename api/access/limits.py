"""Attempts that may be guesses: each is counted before anything costly looks at it, and the audit trail tells of those that fail
without a line for every one.

What is counted under is a keyed digest, so that no name and no network is read from the table. Nothing here depends on whether a
user name exists, but whose account the audit trail names.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from api.access import queries, rules
from api.access.rules import Failures, Limit
from api.access.scope import hold
from api.adapters.cipher import Cipher
from api.database import Database, Origin, Work
from models.account import Account, RefusalCount, SignInLimit
from models.enums import Guess

KEEP_LIMITS = timedelta(days=1)
T = TypeVar("T", SignInLimit, RefusalCount)

Counted = Mapping[str, Limit]
"""The keys that an attempt is counted under, always in the same order of their kinds, each with its limit."""


def of_stranger(cipher: Cipher, username: str, address: str) -> Counted:
    """What a sign-in with this name from this address is counted under, whether there is such a name or not: the name, wherever it
    is tried from, and the networks that the address belongs to, whatever names are tried from there."""
    networks = {cipher.digest("sign-in network", name): limit for name, limit in rules.counted_networks(address)}
    return {cipher.digest("sign-in account", username): rules.ACCOUNT_LIMIT} | networks


def of_device(cipher: Cipher, device_id: UUID) -> Counted:
    """What a sign-in on a device that the account knows is counted under, wherever it is: nobody else's failures are."""
    return {cipher.digest("sign-in device", str(device_id)): rules.ACCOUNT_LIMIT}


def of_present_password(cipher: Cipher, account_id: UUID) -> Counted:
    """What guesses at an account's present password are counted under."""
    return {cipher.digest("password change", str(account_id)): rules.ACCOUNT_LIMIT}


def of_codes(cipher: Cipher, account_id: UUID) -> Counted:
    """What guesses at the codes of an account's second factor are counted under, of one who is signed in."""
    return {cipher.digest("otp", str(account_id)): rules.ACCOUNT_LIMIT}


def of_estimates(cipher: Cipher, account_id: UUID) -> Counted:
    """What the estimates of an account's new passwords are counted under."""
    return {cipher.digest("password estimate", str(account_id)): rules.ESTIMATE_LIMIT}


def count_first(
    database: Database, origin: Origin, counted: Counted, account_id: UUID | None, guess: Guess, *, passes_uncounted: bool = False
) -> bool:
    """`count_attempt` in a transaction of its own, before anything costly is done. Whoever goes on while he is held up waits for no
    other who writes, and lets nobody wait. Raises `TooManySignIns`."""
    with database.reading(origin) as work:
        told = [row for row in queries.limits_among(work, counted) if row.is_told]
    try:
        for row in told:
            rules.admit(_failures(row), counted[row.key], origin.at)
    except rules.TooManySignIns:
        if passes_uncounted:
            return False
        raise
    with database.writing(origin) as work:
        return count_attempt(work, counted, account_id, guess, passes_uncounted=passes_uncounted)


def count_attempt(work: Work, counted: Counted, account_id: UUID | None, guess: Guess, *, passes_uncounted: bool = False) -> bool:
    """Count an attempt as failed before it is looked at; a success takes it back.

    Where it is beyond a limit nothing is counted: false for one that `passes_uncounted`. Otherwise raises `TooManySignIns`, and the
    audit trail tells of the first in a window.
    """
    key = ""
    try:
        with work.begin_nested():
            for key, limit in counted.items():
                _count(work, key, limit)
            work.flush()
        return True
    except rules.TooManySignIns:
        if passes_uncounted:
            return False
        # Let go with what was counted in vain, it may be gone, and with it what held him up.
        row = hold(work, SignInLimit, key)
        if row is not None and not row.is_told:
            row.is_told = True
            count_refusal(work, account_id, guess, counted, held_up=True)
        raise


def take_back(work: Work, keys: Collection[str]) -> None:
    """Count one failure less after a success: what else was counted stays, so that nobody learns from it that there was one."""
    for key in keys:
        if (row := hold(work, SignInLimit, key)) is None:
            continue
        # A block that others have to wait for is only ever set by the last attempt that was let through: this one.
        row.failures, row.blocked_until = row.failures - 1, None
        if row.failures < 1:
            work.delete(row)
    work.flush()
    queries.forget_old_limits(work, work.at - KEEP_LIMITS)


def forget(work: Work, keys: Collection[str]) -> None:
    """Forget what is counted under these keys, and whatever is old."""
    queries.forget_limits(work, keys)
    queries.forget_old_limits(work, work.at - KEEP_LIMITS)


def count_refusal(
    work: Work, account_id: UUID | None, guess: Guess, counted: Counted | None = None, *, held_up: bool = False
) -> None:
    """Count what was refused: a guess that was wrong, or one that was `held_up`. The audit trail tells of it where `rules.is_told`
    says so; of sign-ins at the next one that succeeds, or by the housekeeping. What is tried at names that do not exist is told
    together (`account_id` is None), and counted by the first digit of what the name is `counted` under, so that they wait for each
    other no more than names that exist."""
    key = f"{guess} {'held up' if held_up else 'wrong'} {account_id or next(iter(counted or {}), '')[:1]}"
    row = _held(
        work, key, lambda: RefusalCount(key=key, account_id=account_id, guess=guess, held_up=held_up, window_started_at=work.at)
    )
    # A line beside the answer would take longer, or wait for whoever writes much, only where there is somebody to name.
    tells_at_once = guess is not Guess.sign_in
    if tells_at_once and work.at - row.window_started_at > rules.REFUSALS_WINDOW:
        _tell(work, [row])
        row.count, row.told, row.window_started_at = 0, 0, work.at
    row.count += 1
    if tells_at_once and rules.is_told(row.count):
        _tell(work, [row])
    work.flush()


def tell_refusals_of(work: Work, account: Account) -> None:
    """Tell what was refused at an account's sign-in and is not told yet, when somebody has signed in there."""
    for row in queries.refusals_of(work, account.id, Guess.sign_in):
        _tell(work, [row])


def tell_refusals(work: Work) -> int:
    """Tell how many refusals there were that are not told yet, and forget those of windows that are over. Returns of how many
    counts."""
    rows = queries.refusals(work)
    alike: dict[tuple[UUID | None, Guess, bool], list[RefusalCount]] = {}
    for row in rows:
        alike.setdefault((row.account_id, row.guess, row.held_up), []).append(row)
    for some in alike.values():
        _tell(work, some)
    for row in rows:
        if work.at - row.window_started_at > rules.REFUSALS_WINDOW:
            work.delete(row)
    return len(rows)


def _tell(work: Work, rows: Sequence[RefusalCount]) -> None:
    """Tell how many refusals of one kind there were at one account, or at names that are nobody's."""
    if all(row.count == row.told for row in rows):
        return
    row = rows[0]
    details: dict[str, Any] = {
        "why": "too_many" if row.held_up else "wrong",
        "count": sum(one.count for one in rows),
        "since": min(one.window_started_at for one in rows).isoformat(),
    }
    account = work.get(Account, row.account_id) if row.account_id else None
    if account is None:
        work.record_batch("refuse_sign_in", "account", **details)
    elif row.guess is Guess.step_up:
        work.record("refuse_step_up", account, **details)
    else:
        work.record("refuse_sign_in" if row.guess is Guess.sign_in else "refuse_password_change", account, **details)
    for one in rows:
        one.told = one.count


def _count(work: Work, key: str, limit: Limit) -> None:
    row = _held(work, key, lambda: SignInLimit(key=key, window_started_at=work.at))
    failures = rules.admit(_failures(row), limit, work.at)
    row.is_told = row.is_told and failures.count > 1
    row.failures, row.window_started_at, row.blocked_until = failures.count, failures.window_started_at, failures.blocked_until


def _failures(row: SignInLimit) -> Failures:
    return Failures(row.failures, row.window_started_at, row.blocked_until)


def _held(work: Work, key: str, fresh: Callable[[], T]) -> T:
    """The row of a key, held; a fresh one where there is none."""
    model = type(fresh())
    while (row := hold(work, model, key)) is None:
        # Of several first attempts at once only one can add the row; the others then find it, unless it is removed again.
        with suppress(IntegrityError), work.begin_nested():
            work.add(fresh())
    return row
