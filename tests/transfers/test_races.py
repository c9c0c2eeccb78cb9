"""Several people decide at the same moment: one of them wins, and what is left is consistent."""

from typing import Any

import pytest

from models.enums import CardState, MemberStatus, RequestState, Role
from models.transfer import Transfer
from tests.conftest import Caller, District
from tests.outcomes import stored
from tests.races import at_once
from tests.transfers.moves import asked, cards_of, decide, lines, member_of, requested, trail_holds
from tests.verification.holders import Holder, hold

ROUNDS = 4
LEAVING = {"kind": "withdrew", "reason": "本人申请退党"}


def statuses(answers: list[Any]) -> list[int]:
    return [answer.status_code for answer in answers]


@pytest.fixture
def former(district: District) -> Caller:
    return district.sign_in(Role.secretary, "B11")


@pytest.fixture
def destination(district: District) -> Caller:
    return district.sign_in(Role.secretary, "B21")


def assert_consistent(district: District, holder: Holder, transfer_id: str) -> None:
    """A member and his cards are where his transfer says, and the audit trail tells of one decision at both places."""
    here, there = district.ids["B11"], district.ids["B21"]
    state = stored(district, Transfer, transfer_id).state
    moved = state is RequestState.accepted
    member = member_of(district, holder.member_id)
    assert member.organization_id == (there if moved else here)
    cards = cards_of(district, holder.member_id)
    assert [place for _, place in cards] == ([here, there] if moved else [here])
    living = [card for card, _ in cards if card in (CardState.valid, CardState.suspended)]
    assert len(living) == (member.status is not MemberStatus.left)
    if moved:
        assert cards[0][0] is CardState.transferred
    decided = [len(lines(district, f"{verb}_transfer", transfer_id)) for verb in ("accept", "refuse", "withdraw")]
    assert sorted(decided) == [0, 0, 2]
    assert trail_holds(district)


@pytest.mark.parametrize("other", ["refuse", "withdraw"])
def test_of_two_contrary_decisions_at_once_one_stands(district: District, former: Caller, destination: Caller, other: str) -> None:
    contrary = former if other == "withdraw" else district.sign_in(Role.town_officer, "T2")
    for _ in range(ROUNDS):
        holder = hold(district.house, district.ids["B11"])
        key = requested(former, district, holder.member_id, "B21")
        answers = at_once(lambda key=key: decide(destination, key, "accept"), lambda key=key: decide(contrary, key, other))  # type: ignore[misc]
        assert sorted(statuses(answers)) == [200, 409]
        winner = next(answer for answer in answers if answer.status_code == 200)
        assert stored(district, Transfer, key).state.value == winner.json()["state"]
        assert_consistent(district, holder, key)


def test_a_transfer_accepted_twice_at_once_is_accepted_once(district: District, former: Caller, destination: Caller) -> None:
    officer = district.sign_in(Role.town_officer, "T2")
    for _ in range(ROUNDS):
        holder = hold(district.house, district.ids["B11"])
        key = requested(former, district, holder.member_id, "B21")
        answers = at_once(lambda key=key: decide(destination, key, "accept"), lambda key=key: decide(officer, key, "accept"))  # type: ignore[misc]
        assert statuses(answers) == [200, 200]
        told = [answer.json() | {"requested_by_name": ..., "decided_by_name": ...} for answer in answers]
        assert told[0] == told[1]
        assert_consistent(district, holder, key)


def test_a_card_suspended_while_its_member_moves_is_not_whitewashed(
    district: District, former: Caller, destination: Caller
) -> None:
    for _ in range(ROUNDS):
        holder = hold(district.house, district.ids["B11"])
        key = requested(former, district, holder.member_id, "B21")
        suspend = f"/v1/cards/{holder.card_id}/suspend"
        accepted, suspended = at_once(
            lambda key=key: decide(destination, key, "accept"),  # type: ignore[misc]
            lambda suspend=suspend: former.post(suspend, json={"reason": "失联待查"}),  # type: ignore[misc]
        )
        assert accepted.status_code == 200 and suspended.status_code in (200, 409)
        expected = CardState.suspended if suspended.status_code == 200 else CardState.valid
        assert cards_of(district, holder.member_id)[-1][0] is expected
        assert_consistent(district, holder, key)


def test_a_member_either_leaves_or_is_taken_in(district: District, former: Caller, destination: Caller) -> None:
    for _ in range(ROUNDS):
        holder = hold(district.house, district.ids["B11"])
        key = requested(former, district, holder.member_id, "B21")
        leave = f"/v1/members/{holder.member_id}/leave"
        answers = at_once(
            lambda key=key: decide(destination, key, "accept"),  # type: ignore[misc]
            lambda leave=leave: former.post(leave, json=LEAVING),  # type: ignore[misc]
        )
        assert statuses(answers) in ([200, 404], [409, 200])
        has_left = member_of(district, holder.member_id).status is MemberStatus.left
        assert has_left == (answers[1].status_code == 200)
        assert_consistent(district, holder, key)


def test_a_branch_is_not_closed_over_a_member_who_is_taken_in(district: District, former: Caller) -> None:
    officer = district.sign_in(Role.district_officer, "D")
    close = f"/v1/organizations/{district.ids['B21']}/close"
    holder = hold(district.house, district.ids["B11"])
    key = requested(former, district, holder.member_id, "B21")
    answers = at_once(lambda: decide(officer, key, "accept"), lambda: officer.post(close))
    assert statuses(answers) in ([200, 409], [409, 200]), [answer.text for answer in answers]
    moved = member_of(district, holder.member_id).organization_id == district.ids["B21"]
    assert moved == (answers[0].status_code == 200)


def test_of_two_requests_at_once_one_is_open(district: District, former: Caller) -> None:
    officer = district.sign_in(Role.town_officer, "T1")
    for _ in range(ROUNDS):
        holder = hold(district.house, district.ids["B11"])
        answers = at_once(
            lambda key=holder.member_id: asked(former, district, key, "B21"),  # type: ignore[misc]
            lambda key=holder.member_id: asked(officer, district, key, "B22"),  # type: ignore[misc]
        )
        assert sorted(statuses(answers)) == [201, 409]
        assert {answer.json().get("code") for answer in answers} == {None, "transfer_open"}
