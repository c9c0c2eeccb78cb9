"""Nothing is handed out for an account that is shut, nor for a member who has left."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from models.account import Account
from models.enums import LeavingKind, MemberStatus, Role
from models.member import Member
from tests.access.asking import code
from tests.accounts.people import enrol, issue
from tests.conftest import Caller, District

Do = Callable[[Caller, Caller, District], Any]


def grant(role: Role, place: str) -> Do:
    def do(by: Caller, one: Caller, district: District) -> Any:
        body = {"account_id": one.account_id, "role": role.value, "organization_id": str(district.ids[place])}
        return by.post("/v1/grants", json=body)

    return do


HANDED_OUT: dict[str, Do] = {
    "a role": grant(Role.deputy, "B11"),
    "a role that stands": grant(Role.member, "B11"),
    "a role over the district": grant(Role.district_officer, "D"),
    "a slip": lambda by, one, district: by.post(f"/v1/accounts/{one.account_id}/slip"),
}


@pytest.mark.parametrize("what", HANDED_OUT)
@pytest.mark.parametrize("why", ["member_has_left", "account_disabled"])
def test_nothing_is_handed_out_for_an_account_out_of_use(district: District, what: str, why: str) -> None:
    (member_id,) = enrol(district, "B11", "钱多多")
    officer, one = district.sign_in(Role.district_officer, "D"), district.sign_in(Role.member, "B11", member_id=member_id)
    district.sign_in(Role.administrator, "D")
    with district.work() as work:
        if why == "account_disabled":
            work.get_one(Account, UUID(one.account_id)).disabled_at = work.at
        else:
            leave(work.get_one(Member, member_id))
    assert code(HANDED_OUT[what](officer, one, district), 409) == why


def leave(member: Member) -> None:
    member.status, member.left_on, member.left_kind = MemberStatus.left, member.joined_on, LeavingKind.withdrew


def test_no_account_is_made_for_a_member_who_has_left(district: District) -> None:
    (member_id,) = enrol(district, "B11", "钱多多", status=MemberStatus.left)
    officer = district.sign_in(Role.district_officer, "D")
    body = {"username": "qian.duoduo", "organization_id": str(district.ids["B11"]), "member_id": str(member_id)}
    assert code(officer.post("/v1/accounts", json=body), 409) == "member_has_left"
    assert issue(officer, district, "B11").json()["items"] == []


def test_a_role_that_was_asked_for_is_not_given_once_the_member_has_left(district: District) -> None:
    (member_id,) = enrol(district, "B11", "钱多多")
    one, second = district.sign_in(Role.district_officer, "D"), district.sign_in(Role.administrator, "D")
    owner = district.sign_in(Role.member, "B11", member_id=member_id)
    asked = grant(Role.district_officer, "D")(one, owner, district)
    assert asked.status_code == 202, asked.text
    with district.work() as work:
        leave(work.get_one(Member, member_id))
    answer = second.post(f"/v1/accounts/slip-requests/{asked.json()['id']}/approve")
    assert code(answer, 409) == "member_has_left"
