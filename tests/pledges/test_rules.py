from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.access.rules import AboutOneself
from api.errors import Invalid, Refusal
from api.pledges import rules
from api.pledges.rules import Action, Facts, Vote
from models.enums import ClaimOutcome, PledgeKind, PledgeState, PledgeVisibility

ON_ENGINES = ("sqlite",)
S = PledgeState
TODAY = date(2026, 6, 15)
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)
PUBLISHED = Facts(S.published, 2026, TOMORROW)
FULFILLED, PREVENTED = ClaimOutcome.fulfilled, ClaimOutcome.prevented
VOTE = Vote(TODAY, 5, 3, 2)

TABLE: dict[Action, dict[PledgeState, PledgeState]] = {
    Action.edit: {S.draft: S.draft, S.returned: S.returned},
    Action.submit: {S.draft: S.submitted, S.returned: S.submitted},
    Action.send_back: {S.submitted: S.returned},
    Action.approve: {S.submitted: S.approved},
    Action.publish: {S.approved: S.published},
    Action.take_back: dict.fromkeys((S.submitted, S.returned, S.approved), S.withdrawn),
    Action.withdraw: {S.published: S.withdrawn},
    Action.amend: {S.published: S.published},
    Action.claim: {S.published: S.published},
    Action.confirm: {S.published: S.fulfilled},
    Action.refuse_claim: {S.published: S.published},
    Action.exempt: {S.published: S.exempted},
    Action.fail: {S.published: S.unfulfilled},
    Action.reopen: dict.fromkeys((S.fulfilled, S.unfulfilled, S.exempted), S.published),
    Action.evaluate: dict.fromkeys((S.fulfilled, S.unfulfilled), S.evaluated),
    Action.report: {S.published: S.published},
    Action.judge_progress: {state: state for state in (S.published, S.fulfilled, S.unfulfilled, S.exempted, S.evaluated)},
}


def refused(does: Callable[..., object], *asked: Any, **more: Any) -> dict[str, Any]:
    with pytest.raises(Refusal) as caught:
        does(*asked, **more)
    return {"code": caught.value.code(), **caught.value.members}


@pytest.mark.parametrize(("action", "state"), list(product(Action, PledgeState)))
def test_an_action_leads_where_the_table_says_and_is_refused_in_every_other_state(action: Action, state: PledgeState) -> None:
    claim = FULFILLED if action in (Action.confirm, Action.refuse_claim) else None
    facts = Facts(state, 2026, YESTERDAY, claim)
    if state in TABLE[action]:
        assert rules.after(action, facts, TODAY) is TABLE[action][state]
    else:
        assert refused(rules.after, action, facts, TODAY) == {"code": "not_in_this_state", "state": state}


@pytest.mark.parametrize("state", PledgeState)
def test_a_pledge_is_archived_from_1_april_after_its_year_once_it_was_published(state: PledgeState) -> None:
    facts, eve, day = Facts(state, 2026, date(2026, 12, 31)), date(2027, 3, 31), date(2027, 4, 1)
    assert rules.told_state(facts, eve).value == state.value
    assert (rules.told_state(facts, day) == "archived") == (state in rules.SEEN)


@pytest.mark.parametrize(("action", "state"), list(product(Action, sorted(rules.SEEN))))
def test_nothing_is_done_to_an_archived_pledge(action: Action, state: PledgeState) -> None:
    facts = Facts(state, 2025, date(2025, 12, 31), FULFILLED)
    assert refused(rules.after, action, facts, TODAY) == {"code": "not_in_this_state", "state": "archived"}


def test_a_published_pledge_is_overdue_past_its_last_day_until_its_author_claims_something() -> None:
    assert not rules.is_overdue(replace(PUBLISHED, due_on=TODAY), TODAY)
    assert rules.is_overdue(replace(PUBLISHED, due_on=YESTERDAY), TODAY)
    assert not rules.is_overdue(replace(PUBLISHED, due_on=YESTERDAY, claim=PREVENTED), TODAY)
    assert not rules.is_overdue(Facts(S.fulfilled, 2026, YESTERDAY), TODAY)
    assert not rules.is_overdue(Facts(S.published, 2025, YESTERDAY), TODAY)


@pytest.mark.parametrize(
    ("action", "facts", "needs"),
    [
        (Action.amend, replace(PUBLISHED, amendment=S.submitted), "no_amendment"),
        (Action.claim, replace(PUBLISHED, amendment=S.approved), "no_amendment"),
        (Action.claim, replace(PUBLISHED, claim=FULFILLED), "no_claim"),
        (Action.confirm, PUBLISHED, "claim"),
        (Action.confirm, replace(PUBLISHED, claim=PREVENTED), "claim"),
        (Action.refuse_claim, PUBLISHED, "claim"),
        (Action.fail, replace(PUBLISHED, due_on=TODAY), "due"),
        (Action.fail, replace(PUBLISHED, due_on=YESTERDAY, claim=FULFILLED), "no_claim"),
    ],
)
def test_a_refusal_tells_what_is_missing_beside_the_state(action: Action, facts: Facts, needs: str) -> None:
    told = refused(rules.after, action, facts, TODAY)
    assert told == {"code": "not_in_this_state", "state": "published", "needs": needs}


def test_what_is_claimed_prevented_is_exempted_or_its_claim_refused() -> None:
    facts = replace(PUBLISHED, claim=PREVENTED)
    assert rules.after(Action.exempt, facts, TODAY) is S.exempted
    assert rules.after(Action.refuse_claim, facts, TODAY) is S.published


def test_reviewing_a_published_pledge_is_about_the_amendment_beside_it() -> None:
    submitted, approved = replace(PUBLISHED, amendment=S.submitted), replace(PUBLISHED, amendment=S.approved)
    assert rules.after(Action.approve, submitted, TODAY) is S.approved
    assert rules.after(Action.send_back, submitted, TODAY) is S.returned
    assert rules.after(Action.publish, approved, TODAY) is S.published
    for action, facts in ((Action.publish, submitted), (Action.approve, approved), (Action.approve, PUBLISHED)):
        assert refused(rules.after, action, facts, TODAY)["code"] == "not_in_this_state"


def test_a_pledge_is_due_between_1_january_of_this_year_and_31_december_of_the_next() -> None:
    for day in (date(2026, 1, 1), YESTERDAY, date(2027, 12, 31)):
        rules.check_due_on(day, TODAY)
    for day in (date(2025, 12, 31), date(2028, 1, 1)):
        assert refused(rules.check_due_on, day, TODAY) == {"code": "due_on_out_of_range"}


def test_an_amendment_stays_within_its_year() -> None:
    rules.check_amendment(date(2026, 12, 31), 2026)
    assert refused(rules.check_amendment, date(2027, 1, 1), 2026) == {"code": "other_year"}


def test_a_member_has_five_annual_pledges_a_year_and_two_hundred_in_all() -> None:
    rules.check_room(PledgeKind.annual, 4, 199)
    rules.check_room(PledgeKind.instant, 5, 199)
    assert refused(rules.check_room, PledgeKind.annual, 5, 5) == {"code": "too_many_pledges"}
    for kind in PledgeKind:
        assert refused(rules.check_room, kind, 4, 200) == {"code": "too_many_of_one_year"}


def test_what_leaves_the_branch_is_looked_at_for_secrets_first() -> None:
    rules.check_secrecy(PledgeVisibility.branch, secrecy_checked=False)
    for visibility in (PledgeVisibility.inner_party, PledgeVisibility.public):
        rules.check_secrecy(visibility, secrecy_checked=True)
        told = refused(rules.check_secrecy, visibility, secrecy_checked=False)
        assert told == {"code": "secrecy_check_missing"}


@pytest.mark.parametrize(
    ("numbers", "eligible", "carried"),
    [
        ((5, 3, 2), None, True),
        ((4, 3, 2), None, False),
        ((1, 1, 0), None, True),
        ((0, 0, 0), None, False),
        ((6, 0, 0), 10, True),
        ((5, 0, 0), 10, False),
        ((4, 0, 0), 9, False),
        ((6, 4, 0), 11, True),
        ((3, 0, 0), 5, True),
        ((3, 4, 0), 5, False),
    ],
)
def test_a_vote_is_carried_by_half_of_those_present_and_among_all_members_by_more_than_half_of_them(
    numbers: tuple[int, int, int], eligible: int | None, carried: bool
) -> None:
    assert rules.is_carried(Vote(TODAY, *numbers, eligible)) is carried


def test_more_votes_than_people_who_may_vote_are_refused() -> None:
    assert refused(rules.check_vote, replace(VOTE, eligible=9), TODAY) == {"code": "more_votes_than_eligible"}
    assert refused(rules.check_vote, replace(VOTE, eligible=10), TODAY) == {"code": "vote_not_carried"}
    assert refused(rules.check_vote, replace(VOTE, votes_for=1), TODAY) == {"code": "vote_not_carried"}
    rules.check_vote(VOTE, TODAY)
    rules.check_vote(None, TODAY)
    with pytest.raises(Invalid):
        rules.check_vote(VOTE, YESTERDAY)


def test_who_has_entered_a_paper_pledge_approves_it_only_by_a_carried_vote_of_all_members() -> None:
    rules.check_entered(Vote(TODAY, 6, 0, 0, 10))
    for vote in (None, VOTE, Vote(TODAY, 5, 0, 0, 10), Vote(TODAY, 6, 0, 0, 5)):
        with pytest.raises(AboutOneself):
            rules.check_entered(vote)


@given(st.lists(st.tuples(st.integers(1, 100), st.integers(0, 100)), max_size=6))
def test_a_parents_percentage_is_the_weighted_mean_rounded_down(children: list[tuple[int, int]]) -> None:
    found = rules.rolled_up(sum(weight for weight, _ in children), sum(weight * percent for weight, percent in children))
    if not children:
        assert found is None
    else:
        total = sum(weight for weight, _ in children)
        assert found is not None and 0 <= sum(weight * percent for weight, percent in children) - found * total < total


def test_a_percentage_that_follows_from_others_is_not_told() -> None:
    rules.check_own_percent(None, has_children=True)
    rules.check_own_percent(50, has_children=False)
    assert refused(rules.check_own_percent, 50, has_children=True) == {"code": "rolled_up"}


def test_a_parent_is_a_published_pledge_of_the_year_that_an_organisation_at_or_above_has_made_itself() -> None:
    fits: dict[str, Any] = {"is_organizations_own": True, "is_above": True, "state": S.published, "same_year": True}
    rules.check_parent(**fits)
    for name in fits:
        wrong = {**fits, name: S.approved if name == "state" else False}
        assert refused(rules.check_parent, **wrong) == {"code": "not_a_parent"}


def test_a_text_within_the_branch_is_read_by_its_members_alone() -> None:
    for visibility in PledgeVisibility:
        assert rules.may_read(visibility, is_of_the_branch=True)
        assert rules.may_read(visibility, is_of_the_branch=False) == (visibility is not PledgeVisibility.branch)


def test_progress_has_happened_already() -> None:
    rules.check_happened_on(TODAY, TODAY)
    with pytest.raises(Invalid):
        rules.check_happened_on(TOMORROW, TODAY)
