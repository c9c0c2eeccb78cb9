from datetime import UTC, datetime, timedelta

from api.codes import signing
from api.keys.rules import KEPT, LEAD, LONGEST_SIGNED, is_published
from api.status_lists.rules import LIFETIME

AT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
MOMENT = timedelta(seconds=1)


def test_a_key_is_published_until_all_has_lapsed_that_it_has_signed() -> None:
    assert is_published(withdrawn_at=None, superseded_at=None, at=AT)
    assert is_published(withdrawn_at=None, superseded_at=AT, at=AT + KEPT - MOMENT)
    assert not is_published(withdrawn_at=None, superseded_at=AT, at=AT + KEPT)


def test_a_withdrawn_key_is_published_no_longer() -> None:
    assert not is_published(withdrawn_at=AT, superseded_at=None, at=AT + MOMENT)


def test_nothing_outlives_the_publication_of_the_key_that_signed_it() -> None:
    assert KEPT > LONGEST_SIGNED >= LIFETIME
    assert LONGEST_SIGNED.total_seconds() > signing.LIFETIME + 2 * signing.TOLERANCE


def test_a_new_key_is_known_to_every_reader_before_it_signs() -> None:
    assert timedelta(minutes=5) < LEAD
