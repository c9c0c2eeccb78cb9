from datetime import UTC, datetime, timedelta

import pytest

from api.status_lists.rules import AT_MOST_EVERY, LIFETIME, RENEWED_BEFORE, STATUSES, TTL, Status, is_due
from models.enums import CardState

AT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)
STANDING = {"has_changed": False, "is_lapsing": False, "signed_by_living_key": True}
CHANGED = {**STANDING, "has_changed": True}


def test_a_list_that_nobody_has_signed_is_due() -> None:
    assert is_due(AT, signed_at=None, has_changed=False, is_lapsing=False, signed_by_living_key=False)


def test_a_list_is_signed_for_a_change_but_at_most_once_a_minute() -> None:
    assert not is_due(AT + AT_MOST_EVERY - MOMENT, signed_at=AT, **CHANGED)
    assert is_due(AT + AT_MOST_EVERY, signed_at=AT, **CHANGED)


def test_a_list_is_signed_when_one_of_its_cards_lapses() -> None:
    assert is_due(AT + AT_MOST_EVERY, signed_at=AT, has_changed=False, is_lapsing=True, signed_by_living_key=True)


def test_without_a_change_a_list_stands_until_half_its_life_is_over() -> None:
    assert not is_due(AT + LIFETIME - RENEWED_BEFORE - MOMENT, signed_at=AT, **STANDING)
    assert is_due(AT + LIFETIME - RENEWED_BEFORE, signed_at=AT, **STANDING)


def test_a_list_of_a_withdrawn_key_is_signed_anew_at_once() -> None:
    assert is_due(AT + MOMENT, signed_at=AT, has_changed=False, is_lapsing=False, signed_by_living_key=False)


@pytest.mark.parametrize("state", CardState)
def test_every_state_has_its_status(state: CardState) -> None:
    assert (STATUSES[state] is Status.valid) == (state is CardState.valid)


def test_the_figures_are_the_drafts() -> None:
    assert (Status.valid, Status.revoked, Status.suspended, Status.expired) == (0, 1, 2, 3)
    assert (timedelta(hours=24), timedelta(minutes=5)) == (LIFETIME, TTL)
