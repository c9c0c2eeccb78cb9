"""Attempts that may be guesses: each is counted before anything costly looks at it.

What is counted under is a keyed digest, so that no name and no network is read from the table. Nothing here depends on whether a
user name exists, but whose account the audit trail names.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from api.access import queries, rules
from api.access.meanwhile import check_stands, writing_for
from api.access.refusals import count_refusal
from api.access.rules import Failures, Limit
from api.access.scope import Access, hold
from api.adapters.cipher import Cipher
from api.allowance import current
from api.database import Database, Origin, Work
from api.errors import Refusal, Unavailable
from models.account import SignInLimit
from models.sign_in_enums import Guess

KEEP_LIMITS = timedelta(days=1)
GIVING_BACK_SECONDS = 0.5

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


def place_of(counted: Counted) -> str:
    """Where a sign-in comes from: the device, if the account knows it, or else the widest network."""
    return [*counted][-1]


def of_present_password(cipher: Cipher, session_id: UUID) -> Counted:
    """What guesses at the present password are counted under, of one who is signed in: by session, so that nobody who has stolen
    one holds up its owner in another."""
    return {cipher.digest("password change", str(session_id)): rules.ACCOUNT_LIMIT}


def of_shown_codes(cipher: Cipher, session_id: UUID) -> Counted:
    """The same of guesses at the codes of a second factor."""
    return {cipher.digest("otp shown", str(session_id)): rules.ACCOUNT_LIMIT}


def of_wrong_proofs(cipher: Cipher, session_id: UUID) -> Counted:
    """What the wrong passwords and codes of a session are counted under, all of a day together."""
    return {cipher.digest("wrong proof", str(session_id)): rules.WRONG_PROOF_LIMIT}


def of_codes(cipher: Cipher, account_id: UUID) -> Counted:
    """What guesses at the codes of an account's second factor are counted under, of one who signs in by a slip."""
    return {cipher.digest("otp", str(account_id)): rules.ACCOUNT_LIMIT}


def of_estimates(cipher: Cipher, account_id: UUID) -> Counted:
    """What the estimates of an account's new passwords are counted under."""
    return {cipher.digest("password estimate", str(account_id)): rules.ESTIMATE_LIMIT}


def of_sign_ins(cipher: Cipher, account_id: UUID, device_id: UUID | None) -> Counted:
    """What the right sign-ins of an account are counted under: on each device that it has known for a day, and of all others
    together, so that one of these who knows the password keeps no such device out, nor gains by each new one."""
    return {cipher.digest("signed in", _of_device(account_id, device_id)): rules.SIGN_IN_LIMIT}


def of_slip(cipher: Cipher, one_time_digest: str) -> Counted:
    """What sign-ins by one slip are counted under: only who knows it can use them up."""
    return {cipher.digest("signed in", f"slip {one_time_digest}"): rules.SIGN_IN_LIMIT}


def of_asked_codes(cipher: Cipher, account_id: UUID, device_id: UUID | None) -> Counted:
    """What sign-ins with the right password that are asked for a code are counted under: apart from those that succeed, so that
    nobody who knows the password alone holds these up."""
    return {cipher.digest("asked for a code", _of_device(account_id, device_id)): rules.SIGN_IN_LIMIT}


def of_proofs(cipher: Cipher, session_id: UUID) -> Counted:
    """What right proofs in a session are counted under."""
    return {cipher.digest("stepped up", str(session_id)): rules.PROOF_LIMIT}


def of_changes(cipher: Cipher, session_id: UUID) -> Counted:
    """What a session changes of how its holder signs in is counted under."""
    return {cipher.digest("changed", str(session_id)): rules.CHANGE_LIMIT}


def of_refreshes(cipher: Cipher, session_id: UUID) -> Counted:
    """What the exchanges of a session's refresh tokens are counted under."""
    return {cipher.digest("refreshed", str(session_id)): rules.REFRESH_LIMIT}


def check_successes(work: Work, counted: Counted, account_id: UUID, guess: Guess) -> None:
    """Refuse what would be a success too many, before a code is used up for it. Raises `TooManySignIns`, of which the audit trail
    tells once in a window."""
    for key, limit in counted.items():
        if (row := hold(work, SignInLimit, key)) is None:
            continue
        try:
            rules.admit(_failures(row), limit, work.at)
        except rules.TooManySignIns:
            _tell_once(work, row, account_id, guess, key)
            raise


def count_success(work: Work, counted: Counted) -> None:
    """Count what nobody does so often who means well, once it is known to be right. Raises `TooManySignIns` beyond the limit."""
    for key, limit in counted.items():
        _count(work, key, limit)
    work.flush()


def is_within(work: Work, counted: Counted) -> bool:
    """Count what is no failure while it stays within its limit; whether it does."""
    try:
        count_success(work, counted)
    except rules.TooManySignIns:
        return False
    return True


def count_first(
    database: Database,
    origin: Origin,
    counted: Counted,
    account_id: UUID | None,
    guess: Guess,
    access: Access | None = None,
    *,
    passes_uncounted: bool = False,
) -> bool:
    """`count_attempt` in a transaction of its own, before anything costly is done. Whoever goes on while he is held up waits for no
    other who writes, and lets nobody wait. What is owed to those who came before is taken back first. Raises `TooManySignIns`; or,
    before anything is told to one who has `access`, `Unauthenticated` where he has none any more."""
    _take_back_owed(database, origin, counted)
    try:
        with database.reading(origin) as work:
            if access is not None:
                check_stands(work, access)
            check_told(work, counted)
    except rules.TooManySignIns:
        if passes_uncounted:
            return False
        raise
    with database.writing(origin) if access is None else writing_for(database, origin, access) as work:
        return count_attempt(work, counted, account_id, guess, passes_uncounted=passes_uncounted)


def check_not_held_up(work: Work, counted: Counted) -> None:
    """Raise `TooManySignIns` where an attempt would be refused before it is looked at. Nothing is counted."""
    for row in queries.limits_among(work, counted):
        rules.admit(_failures(row), counted[row.key], work.at)


def check_told(work: Work, counted: Counted) -> None:
    """`check_not_held_up` where the trail has told of it already, and nothing is left to be written."""
    for row in queries.limits_among(work, counted):
        if row.is_told:
            rules.admit(_failures(row), counted[row.key], work.at)


def uses_up(work: Work, counted: Counted) -> bool:
    """Count what was wrong; whether that was the last that its limit lets go."""
    if not is_within(work, counted):
        return True
    return any((row := hold(work, SignInLimit, key)) is not None and row.blocked_until is not None for key in counted)


@dataclass
class Attempt:
    """One that was counted before it was looked at. Whoever looks at it says what came of it."""

    counted: Collection[str] = ()
    was_right: bool = False
    has_failed: bool = False


@contextmanager
def given_back(database: Database, origin: Origin) -> Iterator[Attempt]:
    """Take back in the end what was counted before, where the attempt was right, or something else than an answer about it came of
    it, such as that the house is busy, or that it was sent twice: whoever has typed nothing wrong has not failed.

    It is done in a transaction of its own: others of the same network would else wait as long as this one for the audit trail.
    """
    attempt = Attempt()
    try:
        yield attempt
    except Exception as error:
        is_answer = isinstance(error, Refusal) and not isinstance(error, Unavailable)
        _give_back(database, origin, attempt, is_answered=is_answer)
        raise
    _give_back(database, origin, attempt, is_answered=True)


def _give_back(database: Database, origin: Origin, attempt: Attempt, *, is_answered: bool) -> None:
    counts = is_answered and not (attempt.was_right or origin.was_sent_before)
    if not attempt.counted or attempt.has_failed or counts:
        return
    if (allowance := current()) is not None:
        allowance.extend(max(0.0, GIVING_BACK_SECONDS - allowance.left))
    try:
        with database.writing(origin) as work:
            take_back(work, attempt.counted)
    except Unavailable:
        # Whoever comes next under one of the keys takes it back before he is counted.
        database.owed.add({key: [origin.at] for key in attempt.counted})


def _take_back_owed(database: Database, origin: Origin, counted: Counted) -> None:
    """Take back what could not be when it was to be, unless it is counted no more since a window began anew."""
    if not (owing := database.owed.take(counted)):
        return
    try:
        with database.writing(origin) as work:
            for key, moments in owing.items():
                if (row := hold(work, SignInLimit, key)) is None:
                    continue
                row.failures -= sum(at >= row.window_started_at for at in moments)
                # A block may be by another's failure since, of which there are enough then.
                if row.failures < counted[key].free:
                    row.blocked_until = None
                if row.failures < 1:
                    work.delete(row)
    except Unavailable:
        database.owed.add(owing)
        raise


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
        _tell_once(work, hold(work, SignInLimit, key), account_id, guess, next(iter(counted)))
        raise


def _of_device(account_id: UUID, device_id: UUID | None) -> str:
    return f"device {device_id}" if device_id else f"account {account_id}"


def _tell_once(work: Work, row: SignInLimit | None, account_id: UUID | None, guess: Guess, counted_as: str) -> None:
    """Count that somebody was held up, the first time in a window."""
    if row is not None and not row.is_told:
        row.is_told = True
        count_refusal(work, account_id, guess, counted_as, held_up=True)


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
    """Forget what is counted under these keys, and a piece of whatever is old."""
    queries.forget_limits(work, keys)
    queries.forget_old_limits(work, work.at - KEEP_LIMITS)


def _count(work: Work, key: str, limit: Limit) -> None:
    row = queries.held_or_added(work, SignInLimit(key=key, window_started_at=work.at))
    failures = rules.admit(_failures(row), limit, work.at)
    row.is_told = row.is_told and failures.count > 1
    row.failures, row.window_started_at, row.blocked_until = failures.count, failures.window_started_at, failures.blocked_until


def _failures(row: SignInLimit) -> Failures:
    return Failures(row.failures, row.window_started_at, row.blocked_until)
