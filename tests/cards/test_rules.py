from contextlib import suppress
from datetime import date
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.access.rules import AboutOneself
from api.cards.rules import (
    DECISION_TIME,
    LIVING,
    MOVES,
    Action,
    AlreadyHasCard,
    BadLastDay,
    Expiry,
    after_leaving,
    by_decision,
    expiry,
    on_confirmation,
    on_new_term,
    state_on,
    why_not,
    years_later,
)
from api.errors import NotInThisState
from api.members.rules import BranchClosed, Dated, MemberHasLeft
from models.enums import CardState, DatePrecision, ExpiryBasis, LeavingKind, MemberStatus

DAY = date(2026, 11, 23)
JOINED = Dated(date(2026, 5, 20), DatePrecision.day)
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
    (Action.renew, CardState.valid): CardState.valid,
    (Action.renew, CardState.suspended): CardState.suspended,
    (Action.renew, CardState.expired): CardState.valid,
}


@pytest.mark.parametrize(("action", "state"), list(product(Action, CardState)))
def test_an_action_does_in_each_state_what_the_table_says_and_nothing_else(action: Action, state: CardState) -> None:
    if (action, state) in ALLOWED:
        assert MOVES.after(action, state) is ALLOWED[action, state]
    else:
        with pytest.raises(NotInThisState) as refused:
            MOVES.after(action, state)
        assert refused.value.members == {"state": state.value}


@pytest.mark.parametrize(("action", "state"), list(product(sorted(set(Action) - {Action.renew}), sorted(set(CardState) - LIVING))))
def test_nothing_but_renewing_brings_a_card_back_that_has_ended(action: Action, state: CardState) -> None:
    with suppress(NotInThisState):
        assert MOVES.after(action, state) is state


@pytest.mark.parametrize("status", [MemberStatus.full, MemberStatus.probationary])
def test_full_and_probationary_members_of_an_open_branch_may_hold_a_card(status: MemberStatus) -> None:
    assert why_not(status, branch_is_closed=False, has_living_card=False) is None


@pytest.mark.parametrize("branch_is_closed", [False, True])
def test_who_has_left_may_hold_none(branch_is_closed: bool) -> None:
    assert why_not(MemberStatus.left, branch_is_closed=branch_is_closed, has_living_card=False) is MemberHasLeft


def test_a_closed_branch_gives_out_none() -> None:
    assert why_not(MemberStatus.full, branch_is_closed=True, has_living_card=False) is BranchClosed


def test_nobody_holds_two_living_cards() -> None:
    assert why_not(MemberStatus.full, branch_is_closed=False, has_living_card=True) is AlreadyHasCard


def made(
    today: date = DAY,
    status: MemberStatus = MemberStatus.full,
    *,
    joined: Dated = JOINED,
    years: int = 5,
    holds_post: bool = False,
    term_ends_on: date | None = None,
) -> Expiry:
    return expiry(today, years, status=status, joined=joined, holds_post=holds_post, term_ends_on=term_ends_on)


def test_a_full_members_card_is_good_for_the_years_of_the_settings() -> None:
    assert made() == (date(2031, 11, 23), ExpiryBasis.validity)


def test_a_probationary_members_card_outlasts_the_probation_by_the_time_to_decide() -> None:
    assert made(status=MemberStatus.probationary) == (date(2027, 5, 20) + DECISION_TIME, ExpiryBasis.probation)


def test_a_probationary_member_whose_year_is_over_has_a_card_for_the_time_to_decide() -> None:
    long_ago = Dated(date(2024, 5, 20), DatePrecision.day)
    assert made(status=MemberStatus.probationary, joined=long_ago) == (DAY + DECISION_TIME, ExpiryBasis.probation)


def test_the_card_of_who_holds_a_post_ends_with_the_term_of_his_committee() -> None:
    assert made(holds_post=True, term_ends_on=date(2028, 12, 31)) == (date(2028, 12, 31), ExpiryBasis.term)


@pytest.mark.parametrize("term_ends_on", [None, date(2026, 11, 22), date(2031, 11, 23), date(2033, 1, 1)])
def test_a_term_that_is_over_or_outlasts_the_card_decides_nothing(term_ends_on: date | None) -> None:
    assert made(holds_post=True, term_ends_on=term_ends_on).basis is ExpiryBasis.validity


def test_the_term_is_nothing_to_who_holds_no_post_or_is_on_probation() -> None:
    term = date(2027, 1, 1)
    assert made(term_ends_on=term).basis is ExpiryBasis.validity
    assert made(status=MemberStatus.probationary, holds_post=True, term_ends_on=term).basis is ExpiryBasis.probation


@pytest.mark.parametrize("last_day", [DAY, date(2036, 11, 23)])
def test_somebody_may_decide_on_any_day_from_today_to_ten_years_ahead(last_day: date) -> None:
    assert by_decision(last_day, DAY) == (last_day, ExpiryBasis.manual)


@pytest.mark.parametrize("last_day", [date(2026, 11, 22), date(2036, 11, 24), date(9999, 12, 31)])
def test_nobody_decides_on_a_past_day_or_one_too_far_ahead(last_day: date) -> None:
    with pytest.raises(BadLastDay) as refused:
        by_decision(last_day, DAY)
    assert [fault.field for fault in refused.value.faults] == ["body.expires_on"]


def test_the_card_of_who_is_confirmed_ends_when_a_full_members_would_unless_a_later_day_was_decided_on() -> None:
    fresh = made()
    assert on_confirmation(Expiry(date(2027, 3, 1), ExpiryBasis.probation), fresh) == fresh
    assert on_confirmation(Expiry(date(2027, 3, 1), ExpiryBasis.manual), fresh) == fresh
    decided = Expiry(date(2035, 3, 1), ExpiryBasis.manual)
    assert on_confirmation(decided, fresh) == decided


TERM = date(2029, 6, 30)


@pytest.mark.parametrize(
    ("standing", "becomes"),
    [
        (Expiry(date(2031, 1, 1), ExpiryBasis.validity), Expiry(TERM, ExpiryBasis.term)),
        (Expiry(date(2029, 1, 1), ExpiryBasis.validity), Expiry(date(2029, 1, 1), ExpiryBasis.validity)),
        (Expiry(date(2027, 1, 1), ExpiryBasis.term), Expiry(TERM, ExpiryBasis.term)),
        (Expiry(date(2031, 1, 1), ExpiryBasis.manual), Expiry(date(2031, 1, 1), ExpiryBasis.manual)),
        (Expiry(date(2027, 8, 1), ExpiryBasis.probation), Expiry(date(2027, 8, 1), ExpiryBasis.probation)),
    ],
)
def test_an_other_end_of_the_term_moves_the_cards_that_it_decides_on(standing: Expiry, becomes: Expiry) -> None:
    assert on_new_term(standing, TERM, DAY, 5) == becomes


def test_a_term_without_end_is_cut_to_the_years_of_a_card_and_a_past_one_moves_nothing() -> None:
    standing = Expiry(date(2027, 1, 1), ExpiryBasis.term)
    assert on_new_term(standing, date(2099, 1, 1), DAY, 5) == (date(2031, 11, 23), ExpiryBasis.term)
    assert on_new_term(standing, date(2026, 11, 22), DAY, 5) == standing


def test_a_card_that_was_taken_from_somebody_is_not_given_back_by_himself() -> None:
    own = why_not(MemberStatus.full, branch_is_closed=False, has_living_card=False, had_card=True, barred_by=AboutOneself)
    assert own is AboutOneself


@pytest.mark.parametrize("kind", LeavingKind)
def test_only_who_moves_out_of_the_district_leaves_with_a_transferred_card(kind: LeavingKind) -> None:
    assert after_leaving(kind) is (CardState.transferred if kind is LeavingKind.transferred_out else CardState.revoked)
    assert after_leaving(None) is CardState.revoked


@given(st.dates(date(2000, 1, 1), date(2200, 12, 31)), st.integers(1, 10))
def test_every_day_has_the_same_day_of_a_later_year_or_the_28th_of_february(day: date, years: int) -> None:
    later = years_later(day, years)
    assert (later.year, later.month) == (day.year + years, day.month)
    assert later.day == day.day or (day.day, later.day) == (29, 28)


@pytest.mark.parametrize("state", sorted(LIVING))
def test_a_living_card_is_good_through_its_last_day_and_has_expired_the_day_after(state: CardState) -> None:
    assert state_on(state, DAY, DAY) is state
    assert state_on(state, DAY, date(2026, 11, 24)) is CardState.expired


@pytest.mark.parametrize("state", sorted(set(CardState) - LIVING))
def test_time_changes_nothing_about_a_card_that_has_ended(state: CardState) -> None:
    assert state_on(state, DAY, date(2040, 1, 1)) is state
