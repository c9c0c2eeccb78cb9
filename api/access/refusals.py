"""What was refused of guesses at passwords and codes: counted beside the audit trail, which tells of it without a line for every
one, and told to whoever holds the account.

Nothing here depends on whether a user name exists, but whose account the audit trail names.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from api.access import queries, rules
from api.database import Work
from models.account import Account, KnownDevice, RefusalCount
from models.sign_in_enums import Guess


@dataclass(frozen=True)
class RefusedSince:
    """What was refused at an account since a moment, as its holder is told: what was held up unseen is not counted."""

    count: int
    since: datetime
    last_at: datetime
    had_right_password: bool


def count_refusal(work: Work, account_id: UUID | None, guess: Guess, counted_as: str = "", *, held_up: bool = False) -> None:
    """Count what was refused: a guess that was wrong, or one that was `held_up`. The audit trail tells of it where `rules.is_told`
    says so; of sign-ins at the next one that succeeds, or by the housekeeping. What is tried at names that do not exist is told
    together (`account_id` is None), and counted by the first digit of what the name is counted as, so that they wait for each
    other no more than names that exist."""
    key = f"{guess} {'held up' if held_up else 'wrong'} {account_id or counted_as[:1]}"
    row = _row(work, key, account_id, guess, held_up=held_up)
    # A line beside the answer would take longer, or wait for whoever writes much, only where there is somebody to name.
    tells_at_once = guess is not Guess.sign_in
    if tells_at_once and work.at - row.window_started_at > rules.REFUSALS_WINDOW:
        _tell(work, [row])
        row.count = row.told = 0
    _add(work, row)
    if tells_at_once and rules.is_told(row.count):
        _tell(work, [row])
    work.flush()


def count_right_password(work: Work, account_id: UUID, place: str) -> None:
    """Count a sign-in to an account, which is held, with the right password and without a right code, from a place that is known by
    a digest. For some minutes, and after a few wrong codes at the most, it may be finished from there, as it is whenever somebody
    is asked for his code; otherwise somebody else may know the password."""
    row = _row(work, f"{Guess.sign_in} right password {account_id}", account_id, Guess.sign_in, had_password=True)
    if row.place != place or _is_given_up(work, row) or row.unfinished >= rules.ACCOUNT_LIMIT.free:
        _give_up(row)
    if row.count == row.unfinished == 0:
        row.window_started_at = work.at
    row.place, row.unfinished, row.unfinished_at = place, row.unfinished + 1, work.at
    work.flush()


def tell_refusals_of(work: Work, account: Account, place: str, device: KnownDevice | None) -> RefusedSince | None:
    """Tell what was refused at an account's sign-in when somebody has signed in there from a place: to the audit trail what it was
    not told yet, and to him, by what is returned, where any of it came after the last sign-in on this device, as that was known
    before; None where none did. On a new device he is told what was refused within a month.

    Nobody else's sign-in keeps it from him: only a device that was known before the first of it was refused lets it be forgotten.
    """
    rows = queries.refusals_of(work, account.id, Guess.sign_in)
    for row in rows:
        if row.place == place and not _is_given_up(work, row):
            row.unfinished, row.unfinished_at, row.place = 0, None, None
        _give_up(row)
        _tell(work, [row])
    after = device.last_used_at if device is not None else work.at - rules.RECENTLY
    news = [row for row in rows if not row.held_up and row.count > 0 and row.last_at > after]
    found = None
    if news:
        since, last_at = min(row.window_started_at for row in news), max(row.last_at for row in news)
        found = RefusedSince(sum(row.count for row in news), since, last_at, any(row.had_password for row in news))
    for row in rows:
        if not row.had_password and device is not None and device.created_at < row.window_started_at:
            row.count = row.told = 0
    work.flush()
    return found


def forget_refusals_of(work: Work, account: Account) -> None:
    """Forget what was tried with the password of an account, which is held, once it is another one; what the audit trail was not
    told yet it is told before."""
    for row in queries.refusals_of(work, account.id, Guess.sign_in):
        _give_up(row)
        _tell(work, [row])
        row.count = row.told = 0
    work.flush()


def tell_refusals(work: Work) -> int:
    """Tell how many refusals there were that are not told yet, and forget those of windows that are over, but what the holder of an
    account is yet to be told. Returns how many counts it told of or forgot."""
    over_before = work.at - rules.REFUSALS_WINDOW
    rows = queries.refusals_due(work, begun_before=work.at - rules.WINDOW, over_before=over_before)
    alike: dict[tuple[UUID | None, Guess, bool, bool], list[RefusalCount]] = {}
    for row in rows:
        if _is_given_up(work, row):
            _give_up(row)
        alike.setdefault((row.account_id, row.guess, row.held_up, row.had_password), []).append(row)
    done = {row.key for row in rows if row.count != row.told}
    for some in alike.values():
        _tell(work, some)
    for row in rows:
        waits = row.account_id is not None and row.guess is Guess.sign_in and not row.held_up and row.count + row.unfinished > 0
        if not waits and row.window_started_at < over_before:
            work.delete(row)
            done.add(row.key)
    return len(done)


def _row(work: Work, key: str, account_id: UUID | None, guess: Guess, **kind: bool) -> RefusalCount:
    whose: dict[str, Any] = {"account_id": account_id, "guess": guess, **kind}
    return queries.held_or_added(work, RefusalCount(key=key, window_started_at=work.at, last_at=work.at, **whose))


def _add(work: Work, row: RefusalCount) -> None:
    if row.count == 0:
        row.window_started_at = work.at
    # One that began before others may be counted after them.
    row.count, row.last_at = row.count + 1, max(row.last_at or work.at, work.at)


def _is_given_up(work: Work, row: RefusalCount) -> bool:
    """Whether what was begun with the right password is not finished any more."""
    return row.unfinished_at is not None and work.at - row.unfinished_at > rules.WINDOW


def _give_up(row: RefusalCount) -> None:
    """Count what was begun with the right password, and not finished, as refused."""
    if row.unfinished_at is not None:
        row.count, row.last_at = row.count + row.unfinished, row.unfinished_at
    row.unfinished, row.unfinished_at, row.place = 0, None, None


def _tell(work: Work, rows: Sequence[RefusalCount]) -> None:
    """Tell how many refusals of one kind there were at one account, or at names that are nobody's."""
    if all(row.count == row.told for row in rows):
        return
    row = rows[0]
    details: dict[str, Any] = {
        "why": "too_many" if row.held_up else "right_password" if row.had_password else "wrong",
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
