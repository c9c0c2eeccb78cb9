"""When the house was last kept, by which a clock that is far off is found out."""

from datetime import UTC, datetime, timedelta

import pytest

from api.audit.checkpoints import write, write_daily
from api.audit.clock import MARK, check_clock, last_kept, note_time
from api.audit.rules import (
    LONGEST,
    LONGEST_PAUSE,
    NEW,
    Checkpoint,
    ClockDoubtful,
    LastTimeUnknown,
    Occasion,
    genuine_mark,
    signed_mark,
)
from api.audit.service import FIRST
from api.house import House
from tests.audit.trail import fill, owning

ON_ENGINES = ("sqlite",)
KEY = b"k" * 32
DAY = timedelta(days=1)


def check(house: House, now: datetime) -> None:
    check_clock(house.database, house.storage, house.audit_key, now)


@pytest.fixture
def first(house: House) -> datetime:
    """When the trail has begun."""
    fill(house, 3)
    return datetime.now(UTC)


def test_a_mark_that_somebody_with_the_key_has_signed_is_genuine_and_nothing_else_is() -> None:
    moment = datetime(2026, 11, 27, 4, 30, 0, 25, tzinfo=UTC)
    text = signed_mark(moment, KEY)
    assert genuine_mark(text, KEY) == moment and len(text) < LONGEST
    assert genuine_mark(text, b"o" * 32) is None
    for place in range(len(text)):
        assert genuine_mark(text[:place] + bytes([text[place] ^ 1]) + text[place + 1 :], KEY) is None, place
        assert genuine_mark(text[:place], KEY) is None
    for junk in (b"", b" ", b"\xff \xff", text + b" ", text.replace(b"+00:00", b"+01:00")):
        assert genuine_mark(junk, KEY) is None


def test_the_newest_time_is_told_once_a_day_and_goes_by_the_clock_of_whoever_was_sure(house: House) -> None:
    now = datetime(2026, 11, 27, 4, tzinfo=UTC)
    for at, written in ((now, 1), (now + DAY / 2, 0), (now + DAY, 1), (now, 1)):
        assert note_time(house.storage, house.audit_key, at) == written
    assert last_kept(house.storage, house.audit_key) == now
    assert [item.key for item in house.storage.objects()] == [MARK]
    for days in (-60, 0, 60):
        check(house, now + days * DAY)
    for days in (-61, 61, 20_000):
        with pytest.raises(ClockDoubtful):
            check(house, now + days * DAY)


def test_before_anything_was_written_any_clock_will_do(house: House) -> None:
    check(house, datetime.now(UTC) + 10_000 * DAY)


def test_an_installation_of_before_goes_by_its_days_as_long_as_they_follow_one_another(house: House, first: datetime) -> None:
    check(house, first + NEW - DAY)
    with pytest.raises(LastTimeUnknown):
        check(house, first + NEW + DAY)
    for days in (3, 50, 100):
        assert write_daily(house.database, house.storage, house.audit_key, first + days * DAY) == 1
    last = first + 100 * DAY
    far = last + LONGEST_PAUSE + DAY
    check(house, last + LONGEST_PAUSE - DAY)
    for _ in range(2):
        with pytest.raises(ClockDoubtful):
            check(house, far)
        # What tells of a trail that does not hold goes on being written by such a clock.
        assert write_daily(house.database, house.storage, house.audit_key, far) in (0, 1)
    write(house.storage, house.audit_key, Checkpoint(Occasion.backup, far, 0, FIRST, "0" * 64))
    check(house, last)
    with pytest.raises(ClockDoubtful):
        check(house, last - LONGEST_PAUSE - DAY)


def test_a_first_line_that_cannot_be_read_tells_nothing_once_a_day_was_noted(house: House, first: datetime) -> None:
    assert write_daily(house.database, house.storage, house.audit_key, first) == 1
    with owning(house) as connection:
        connection.exec_driver_sql("UPDATE audit_line SET at = 'x' WHERE seq = 1")
    with pytest.raises(LastTimeUnknown):
        check(house, first)


def test_an_empty_storage_tells_nothing_once_a_day_was_noted_in_it(house: House, first: datetime) -> None:
    for days in (30, 31, 32):
        with pytest.raises(LastTimeUnknown):
            check(house, first + days * DAY)
        assert write_daily(house.database, house.storage, house.audit_key, first + days * DAY) == 1
