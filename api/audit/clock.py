"""The clock, by which what was kept for years is forgotten for good, held against when the house was last kept.

That moment is a mark of its own in the storage, signed, which only somebody moves who has kept house by a clock that was held for
right, or has said that it is. Neither a backup nor a restoration moves it, and a trail that does not hold stops nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Final

from api.adapters.storage import NoSuchObject, Storage
from api.audit import checkpoints, queries
from api.audit.rules import LONGEST, LONGEST_PAUSE, NEW, ClockDoubtful, LastTimeUnknown, genuine_mark, is_apart, signed_mark
from api.database import Database, Origin

MARK: Final = "housekeeping/kept"
"""Where the mark lies in the storage; nothing sweeps there."""
A_DAY: Final = timedelta(days=1)


def last_kept(storage: Storage, key: bytes) -> datetime | None:
    """When the house was last kept, as the mark tells; None where there is none that somebody with the key has signed. Raises
    `Unavailable`."""
    try:
        with storage.open(MARK) as source:
            return genuine_mark(source.read(LONGEST), key)
    except NoSuchObject:
        return None


def note_time(storage: Storage, key: bytes, now: datetime) -> int:
    """Write that the house was kept at a moment, unless a mark of less than a day tells it. Returns of how many. Raises
    `Unavailable`."""
    last = last_kept(storage, key)
    if last is not None and timedelta() <= now - last < A_DAY:
        return 0
    storage.put(MARK, BytesIO(signed_mark(now, key)), "text/plain")
    return 1


def check_clock(database: Database, storage: Storage, key: bytes, now: datetime) -> None:
    """Hold the clock against when the house was last kept. Raises `ClockDoubtful` where they lie too far apart, `LastTimeUnknown`
    where the storage does not tell, and `Unavailable`, also by a store that refuses whoever asks by a wrong clock."""
    last = last_kept(storage, key) or _by_days(database, storage, key, now)
    if last is not None and is_apart(last, now):
        raise ClockDoubtful({"days": abs(now - last).days})


@contextmanager
def held_clock(database: Database, storage: Storage, key: bytes, *, is_right: bool) -> Iterator[datetime]:
    """The moment by which a command that somebody has given is to do what is for good. Raises as `check_clock` does; where he has
    said that the clock is right, that is written down once it is done."""
    now = datetime.now(UTC)
    if not is_right:
        check_clock(database, storage, key, now)
    yield now
    if is_right:
        note_time(storage, key, now)


def _by_days(database: Database, storage: Storage, key: bytes, now: datetime) -> datetime | None:
    """Before there is a mark, as after a restoration: the last of the days that were noted one after another since the first audit
    line, without a longer pause: what was noted by a clock that was far ahead comes behind one, wherever the storage has begun. Or
    that line, of an installation that is new; None where there is neither."""
    with database.reading(Origin("housekeeping", now)) as work:
        first = queries.first_line_at(work)
    days = checkpoints.days(storage, key)
    if first is None:
        if next(days, None) is not None:
            raise LastTimeUnknown
        return None
    last, longest = first, NEW
    for day in days:
        if timedelta() < day.written_at - last <= longest:
            last, longest = day.written_at, LONGEST_PAUSE
    if last == first and now - first > NEW:
        raise LastTimeUnknown
    return last
