from contextlib import suppress
from datetime import date
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.cards.rules import (
    LIVING,
    REFUSALS,
    Action,
    NotInThisState,
    WhyNot,
    after,
    after_leaving,
    last_day,
    renewed,
    state_on,
    why_not,
)
from models.enums import CardState, LeavingKind, MemberStatus

DAY = date(2026, 11, 23)
ALLOWED = {
    (Action.suspend, CardState.valid): CardState.suspended,
    (Action.suspend, CardState.suspended): CardState.suspended,
    (Action.resume, CardState.suspended): CardState.valid,
    (Action.resume, CardState.valid): CardState.valid,
    (Action.revoke, CardState.valid): CardState.revoked,
    (Action.revoke, CardState.suspended): CardState.revoked,
    (Action.revoke, CardState.revoked): CardState.revoked,
    (Action.expire, CardState.valid): CardState.expired,
    (Action.expire, CardState.suspended): CardState.expired,
    (Action.expire, CardState.expired): CardState.expired,
}


@pytest.mark.parametrize(("action", "state"), list(product(Action, CardState)))
def test_an_action_does_in_each_state_what_the_table_says_and_nothing_else(action: Action, state: CardState) -> None:
    if (action, state) in ALLOWED:
        assert after(action, state) is ALLOWED[action, state]
    else:
        with pytest.raises(NotInThisState) as refused:
            after(action, state)
        assert refused.value.members == {"state": state.value}


@pytest.mark.parametrize(("action", "state"), list(product(Action, sorted(set(CardState) - LIVING))))
def test_nothing_brings_a_card_back_that_has_ended(action: Action, state: CardState) -> None:
    with suppress(NotInThisState):
        assert after(action, state) is state


@pytest.mark.parametrize("status", [MemberStatus.full, MemberStatus.probationary])
def test_full_and_probationary_members_of_an_open_branch_may_hold_a_card(status: MemberStatus) -> None:
    assert why_not(status, branch_is_closed=False, has_living_card=False) is None


@pytest.mark.parametrize("branch_is_closed", [False, True])
def test_who_has_left_may_hold_none(branch_is_closed: bool) -> None:
    assert why_not(MemberStatus.left, branch_is_closed=branch_is_closed, has_living_card=False) is WhyNot.member_left


def test_a_closed_branch_gives_out_none() -> None:
    assert why_not(MemberStatus.full, branch_is_closed=True, has_living_card=False) is WhyNot.branch_closed


def test_nobody_holds_two_living_cards() -> None:
    assert why_not(MemberStatus.full, branch_is_closed=False, has_living_card=True) is WhyNot.already_has_card


def test_every_reason_has_its_refusal() -> None:
    assert set(REFUSALS) == set(WhyNot)
    assert REFUSALS[WhyNot.already_has_card].code() == WhyNot.already_has_card
    assert REFUSALS[WhyNot.member_left].code() == "member_has_left"
    assert REFUSALS[WhyNot.branch_closed].code() == WhyNot.branch_closed


def test_a_full_members_card_is_good_for_the_years_of_the_settings() -> None:
    assert last_day(DAY, MemberStatus.full, 5) == date(2031, 11, 23)


def test_a_probationary_members_card_is_good_for_one_year() -> None:
    assert last_day(DAY, MemberStatus.probationary, 5) == date(2027, 11, 23)


def test_a_card_of_29_february_ends_on_the_28th_where_there_is_no_29th() -> None:
    assert last_day(date(2028, 2, 29), MemberStatus.full, 5) == date(2033, 2, 28)
    assert last_day(date(2028, 2, 29), MemberStatus.full, 4) == date(2032, 2, 29)


def test_the_card_of_who_is_confirmed_ends_when_a_full_members_would_and_never_sooner_than_it_did() -> None:
    assert renewed(date(2027, 3, 1), DAY, 5) == date(2031, 11, 23)
    assert renewed(date(2035, 3, 1), DAY, 5) == date(2035, 3, 1)


@pytest.mark.parametrize("kind", LeavingKind)
def test_only_who_moves_out_of_the_district_leaves_with_a_transferred_card(kind: LeavingKind) -> None:
    assert after_leaving(kind) is (CardState.transferred if kind is LeavingKind.transferred_out else CardState.revoked)
    assert after_leaving(None) is CardState.revoked


@given(st.dates(date(2000, 1, 1), date(2200, 12, 31)), st.sampled_from(MemberStatus), st.integers(1, 10))
def test_every_day_has_a_last_day_in_the_same_month(issued_on: date, status: MemberStatus, years: int) -> None:
    ends = last_day(issued_on, status, years)
    assert ends.year == issued_on.year + (1 if status is MemberStatus.probationary else years)
    assert ends.month == issued_on.month
    assert ends.day in (issued_on.day, 28)


@pytest.mark.parametrize("state", sorted(LIVING))
def test_a_living_card_is_good_through_its_last_day_and_has_expired_the_day_after(state: CardState) -> None:
    assert state_on(state, DAY, DAY) is state
    assert state_on(state, DAY, date(2026, 11, 24)) is CardState.expired


@pytest.mark.parametrize("state", sorted(set(CardState) - LIVING))
def test_time_changes_nothing_about_a_card_that_has_ended(state: CardState) -> None:
    assert state_on(state, DAY, date(2040, 1, 1)) is state
