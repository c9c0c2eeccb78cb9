"""How much one account writes: what it asks for that may write something, by a bucket that fills up again.

Nearly every write is a line of the audit trail for good, of which whoever just goes on would write millions. The buckets lie in the
memory of each process, and only those that are not full. Of too many accounts, those that have written least are forgotten first.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from threading import Lock
from time import monotonic
from typing import ClassVar, Final
from uuid import UUID

from starlette.requests import Request

from api.errors import Text, TooManyRequests, Unavailable

AT_ONCE: Final = 1_000
"""So many an account writes without a pause: a secretary who decides about each pledge of a large branch needs less."""
EVERY: Final = 10
"""Seconds after which there is one more: 8,640 a day."""
OF_AN_OBJECT: Final = 5
"""As so many counts what brings an object into the storage, where it lies for a day although its row may be gone at once."""
LOCKED_AT_ONCE: Final = 20
"""So many that met a row that somebody else held are given back to an account, and one more each `EVERY` seconds: others count."""
MOST_ACCOUNTS: Final = 16_384


class TooManyWrites(TooManyRequests):
    text: ClassVar[Text] = Text(
        "您的账号提交得太多太快，请稍后再试。大批数据请用导入或批量办理。",
        "Your account has sent too much in too short a time; please wait. For much at once there are imports and bulk actions.",
    )


class Writes:
    """What each account has written of late."""

    def __init__(
        self,
        at_once: int = AT_ONCE,
        every: int = EVERY,
        most_accounts: int = MOST_ACCOUNTS,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """`every` is in seconds, as is what `clock` tells."""
        self._longest = at_once * every
        self._every = every
        self._most_accounts = most_accounts
        self._clock = clock
        self._full_at: dict[UUID, int] = {}
        """When an account's bucket is full again, in seconds of the clock."""
        self._lock = Lock()

    def __len__(self) -> int:
        """Of how many accounts something is kept."""
        return len(self._full_at)

    def count(self, account_id: UUID, times: int = 1) -> None:
        """Count so many writes of an account. Raises `TooManyWrites` where its bucket holds fewer."""
        with self._lock:
            now = int(self._clock())
            full_at = max(self._full_at.get(account_id, now), now) + times * self._every
            if (too_long := full_at - now - self._longest) > 0:
                raise TooManyWrites(retry_after=too_long)
            self._full_at[account_id] = full_at
            if len(self._full_at) > self._most_accounts:
                self._forget(now)

    def give_back(self, account_id: UUID, times: int = 1) -> None:
        """Count so many less, since nothing was written."""
        with self._lock:
            if account_id in self._full_at:
                self._full_at[account_id] -= times * self._every

    def _forget(self, now: int) -> None:
        """Forget whose buckets are full, and of the others the half that have written least."""
        emptiest = sorted(((full_at, key) for key, full_at in self._full_at.items() if full_at > now), reverse=True)
        self._full_at = {key: full_at for full_at, key in emptiest[: self._most_accounts // 2]}


def count_write(request: Request, account_id: UUID, times: int = 1) -> None:
    """Count a request as so many writes of the account that asks, beyond what it was counted as. Raises `TooManyWrites`."""
    writes: Writes = request.app.state.writes
    writes.count(account_id, times)
    request.state.times_written = getattr(request.state, "times_written", 0) + times
    request.state.give_back_write = partial(writes.give_back, account_id, request.state.times_written)


def give_back_write(request: Request) -> None:
    """Take back that a request was counted, if it was."""
    if (give_back := getattr(request.state, "give_back_write", None)) is not None:
        give_back()
        request.state.times_written, request.state.give_back_write = 0, None


@contextmanager
def given_back(request: Request) -> Iterator[None]:
    """Take back what is counted in this block of a request that is told to come back later: it has written nothing, and comes
    again."""
    try:
        yield
    except Unavailable as refusal:
        if not refusal.is_for_lock or _may_wait_again(request):
            give_back_write(request)
        raise


def _may_wait_again(request: Request) -> bool:
    """Whether few requests of whoever asks have been given back, of late, that waited for a row in vain."""
    waits: Writes = request.app.state.waits
    access = getattr(request.state, "access", None)
    try:
        if access is not None:
            waits.count(access.account_id)
    except TooManyWrites:
        return False
    return True
