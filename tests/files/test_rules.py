from datetime import UTC, datetime, timedelta

from api.files.rules import AWAITED, FORM_LIFETIME, LEFT_OVER, is_overdue, may_be_swept

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)


def test_a_file_is_awaited_until_its_time_and_not_after() -> None:
    assert not is_overdue(NOW, NOW)
    assert is_overdue(NOW - MOMENT, NOW)
    assert is_overdue(None, NOW)


def test_what_came_at_the_end_of_its_forms_time_can_still_be_looked_at() -> None:
    assert FORM_LIFETIME < AWAITED


def test_an_object_is_swept_after_a_day_and_never_before() -> None:
    assert timedelta(days=1) == LEFT_OVER > AWAITED
    assert may_be_swept(NOW - LEFT_OVER - MOMENT, NOW)
    assert not may_be_swept(NOW - LEFT_OVER, NOW)
    assert not may_be_swept(NOW + LEFT_OVER, NOW)
