from datetime import date, timedelta
from uuid import uuid4

import pytest

from api.errors import Invalid, Refusal
from api.members.rules import MemberHasLeft
from api.moves import Decision
from api.transfers import rules
from models.enums import MemberStatus, RequestState

ON_ENGINES = ("sqlite",)
TODAY = date(2026, 11, 24)
TOMORROW, YESTERDAY = TODAY + timedelta(days=1), TODAY - timedelta(days=1)
RESULTS = {
    Decision.accept: RequestState.accepted,
    Decision.refuse: RequestState.refused,
    Decision.withdraw: RequestState.withdrawn,
}
ENDED = (RequestState.accepted, RequestState.refused, RequestState.withdrawn, RequestState.lapsed)


def refusal(decision: Decision, state: RequestState, due_on: date) -> str:
    with pytest.raises(Refusal) as caught:
        rules.after(decision, state, due_on, TODAY)
    return caught.value.code()


@pytest.mark.parametrize("due_on", [TODAY, TOMORROW])
def test_an_open_transfer_is_open_up_to_its_last_day(due_on: date) -> None:
    assert rules.state_on(RequestState.open, due_on, TODAY) is RequestState.open


def test_an_open_transfer_past_its_last_day_has_lapsed() -> None:
    assert rules.state_on(RequestState.open, YESTERDAY, TODAY) is RequestState.lapsed


@pytest.mark.parametrize("state", ENDED)
def test_what_has_been_decided_stays_so_whatever_the_day(state: RequestState) -> None:
    assert rules.state_on(state, YESTERDAY, TODAY) is state


@pytest.mark.parametrize("decision", Decision)
def test_an_open_transfer_is_decided_up_to_its_last_day(decision: Decision) -> None:
    assert rules.after(decision, RequestState.open, TODAY, TODAY) is RESULTS[decision]


@pytest.mark.parametrize("decision", Decision)
def test_nothing_is_decided_past_the_last_day(decision: Decision) -> None:
    assert refusal(decision, RequestState.open, YESTERDAY) == "transfer_lapsed"
    assert refusal(decision, RequestState.lapsed, YESTERDAY) == "transfer_lapsed"


@pytest.mark.parametrize("decision", Decision)
def test_the_same_decision_again_changes_nothing_and_another_is_refused(decision: Decision) -> None:
    for other in Decision:
        state = RESULTS[other]
        if other is decision:
            assert rules.after(decision, state, YESTERDAY, TODAY) is state
        else:
            assert refusal(decision, state, TOMORROW) == "already_decided"


@pytest.mark.parametrize(
    ("due_on", "expected"),
    [(None, TODAY + timedelta(days=30)), (TODAY, TODAY), (TODAY + timedelta(days=90), TODAY + timedelta(days=90))],
)
def test_a_transfer_is_due_in_thirty_days_or_on_a_day_within_ninety(due_on: date | None, expected: date) -> None:
    assert rules.due(due_on, TODAY) == expected


@pytest.mark.parametrize("due_on", [YESTERDAY, TODAY + timedelta(days=91)])
def test_a_transfer_is_due_neither_in_the_past_nor_later_than_in_ninety_days(due_on: date) -> None:
    with pytest.raises(Invalid) as caught:
        rules.due(due_on, TODAY)
    assert [(fault.field, fault.rule) for fault in caught.value.faults] == [("body.due_on", "deadline_out_of_range")]


@pytest.mark.parametrize(
    ("is_known", "is_closed", "holds_members", "rule"),
    [
        (False, False, False, "unknown_organization"),
        (True, True, True, "closed_branch"),
        (True, False, False, "holds_no_members"),
    ],
)
def test_a_member_is_sent_only_to_an_open_organisation_that_holds_members(
    is_known: bool, is_closed: bool, holds_members: bool, rule: str
) -> None:
    with pytest.raises(Invalid) as caught:
        rules.check_destination(uuid4(), uuid4(), is_known=is_known, is_closed=is_closed, holds_members=holds_members)
    assert [(fault.field, fault.rule) for fault in caught.value.faults] == [("body.to_organization_id", rule)]


def test_a_member_is_not_sent_to_where_he_is() -> None:
    key = uuid4()
    with pytest.raises(Invalid) as caught:
        rules.check_destination(key, key, is_known=True, is_closed=False, holds_members=True)
    assert [fault.rule for fault in caught.value.faults] == ["same_organization"]
    rules.check_destination(key, uuid4(), is_known=True, is_closed=False, holds_members=True)


def test_who_has_left_is_not_transferred_and_nobody_twice_at_a_time() -> None:
    with pytest.raises(MemberHasLeft):
        rules.check_may_go(MemberStatus.left, has_open_transfer=False)
    with pytest.raises(rules.TransferOpen):
        rules.check_may_go(MemberStatus.full, has_open_transfer=True)
    rules.check_may_go(MemberStatus.probationary, has_open_transfer=False)
