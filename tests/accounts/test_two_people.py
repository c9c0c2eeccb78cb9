"""Who decides for the whole district is made by two people, so that nobody can become two of them."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import col, select

from api.access.rules import RECENTLY
from models.account import Account, RoleGrant
from models.enums import Role
from tests.access import factors
from tests.access.asking import change, code
from tests.access.factors import enrol as enrol_app
from tests.access.person import made_by
from tests.accounts.people import NEW_PASSWORD, deeds, settled, sign_in
from tests.conftest import Caller, District

REQUESTS = "/v1/accounts/slip-requests"


def give(caller: Caller, account_id: str, role: Role, district: District) -> Any:
    body = {"account_id": account_id, "role": role.value, "organization_id": str(district.ids["D"])}
    return caller.post("/v1/grants", json=body)


def new_account(caller: Caller, district: District, username: str = "puppet") -> str:
    answer = caller.post("/v1/accounts", json={"username": username, "organization_id": str(district.ids["D"])})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def settle(district: District, account_id: str) -> None:
    """Let the owner of an account have changed its one-time password."""
    change(district, Account, col(Account.id) == UUID(account_id), must_change_password=False, one_time_until=None)


def roles(district: District, account_id: str) -> list[Role]:
    with district.work() as work:
        alive = select(RoleGrant).where(col(RoleGrant.account_id) == UUID(account_id), col(RoleGrant.ended_at).is_(None))
        return [grant.role for grant in work.exec(alive).all()]


def grant_of(district: District, account_id: str) -> str:
    with district.work() as work:
        return str(work.exec(select(RoleGrant.id).where(col(RoleGrant.account_id) == UUID(account_id))).one())


@pytest.fixture
def one(district: District) -> Caller:
    return district.sign_in(Role.administrator, "D")


@pytest.mark.parametrize("role", [Role.administrator, Role.district_officer, Role.auditor])
@pytest.mark.parametrize("other", [Role.administrator, Role.district_officer])
def test_a_role_over_the_district_is_given_by_two(district: District, one: Caller, role: Role, other: Role) -> None:
    second = district.sign_in(other, "D")
    wanted = new_account(one, district)
    asked = give(one, wanted, role, district)
    assert (asked.status_code, asked.json()["role"], asked.json()["state"]) == (202, role.value, "open"), asked.text
    assert roles(district, wanted) == []
    assert code(give(one, wanted, role, district), 409) == "slip_request_open"
    path = f"{REQUESTS}/{asked.json()['id']}"
    settle(district, wanted)
    assert code(one.post(f"{path}/approve"), 403) == "three_people_needed"
    assert one.todo()["counts"].get("slip_request", 0) == 0
    (item,) = second.todo()["items"]
    assert item["target_id"] == asked.json()["id"] and "角色" in item["text"]
    given = second.post(f"{path}/approve", headers={"Accept": "application/pdf"})
    assert (given.status_code, given.json()["role"]) == (201, role.value), given.text
    assert given.json()["id"] in second.get(given.headers["Location"]).text
    assert roles(district, wanted) == [role]
    assert code(second.post(f"{path}/approve"), 409) == "slip_request_over"
    assert give(one, wanted, role, district).status_code == 201, "what stands is given again without asking"
    (line,) = deeds(district, "request_role")
    assert line.details == {"account": wanted, "role": role.value}


def test_nobody_asks_for_a_role_over_the_district_for_himself(district: District, one: Caller) -> None:
    district.sign_in(Role.administrator, "D")
    assert code(give(one, one.account_id, Role.district_officer, district), 403) == "about_oneself"
    assert roles(district, one.account_id) == [Role.administrator]


def test_a_refused_role_is_not_given(district: District, one: Caller) -> None:
    second, wanted = district.sign_in(Role.administrator, "D"), new_account(one, district)
    asked = give(one, wanted, Role.administrator, district).json()
    assert second.post(f"{REQUESTS}/{asked['id']}/refuse").json()["state"] == "refused"
    assert roles(district, wanted) == []


def test_who_has_lost_the_role_meanwhile_gives_it_to_nobody(district: District, one: Caller) -> None:
    second, third = district.sign_in(Role.administrator, "D"), district.sign_in(Role.district_officer, "D")
    wanted = new_account(one, district)
    asked = give(one, wanted, Role.administrator, district).json()
    assert second.delete(f"/v1/grants/{grant_of(district, one.account_id)}").status_code == 204
    assert code(third.post(f"{REQUESTS}/{asked['id']}/approve"), 403) == "district_role_needed"
    assert roles(district, wanted) == []


def test_a_lone_administrator_makes_the_first_officer_and_no_puppet_afterwards(district: District, one: Caller) -> None:
    officer = new_account(one, district, "officer")
    assert give(one, officer, Role.district_officer, district).status_code == 201
    assert give(one, new_account(one, district), Role.administrator, district).status_code == 202


@pytest.mark.parametrize("how", ["end", "disable"])
def test_ending_the_others_makes_nobody_alone_before_a_month_is_over(district: District, one: Caller, how: str) -> None:
    second = district.sign_in(Role.administrator, "D")
    key, wanted = grant_of(district, second.account_id), new_account(one, district)
    gone = one.delete(f"/v1/grants/{key}") if how == "end" else one.post(f"/v1/accounts/{second.account_id}/disable")
    assert gone.status_code in (200, 204)
    assert code(give(one, wanted, Role.administrator, district), 403) == "nobody_to_agree"
    with district.work() as work:
        before = work.at - RECENTLY - timedelta(minutes=1)
        if how == "end":
            work.get_one(RoleGrant, UUID(key)).ended_at = before
        else:
            work.get_one(Account, UUID(second.account_id)).disabled_at = before
    assert give(one, wanted, Role.administrator, district).status_code == 201


@pytest.mark.parametrize("role", [Role.administrator, Role.district_officer, Role.auditor])
def test_nobody_alone_renews_an_account_that_was_shut_for_long_since_it_comes_back_with_its_roles(
    district: District, one: Caller, role: Role
) -> None:
    district.sign_in(Role.district_officer, "D")
    second = district.sign_in(role, "D")
    factors.enrol(second)
    assert one.post(f"/v1/accounts/{second.account_id}/disable").status_code == 200
    with district.work() as work:
        work.get_one(Account, UUID(second.account_id)).disabled_at = work.at - RECENTLY * 3
    assert code(one.post(f"/v1/accounts/{second.account_id}/otp/reset"), 409) == "account_disabled"
    assert one.post(f"/v1/accounts/{second.account_id}/enable").status_code == 200
    assert one.post(f"/v1/accounts/{second.account_id}/otp/reset").status_code == 202


@pytest.mark.parametrize("role", [Role.administrator, Role.district_officer, Role.auditor])
def test_the_password_of_who_decided_until_recently_is_renewed_by_two(district: District, one: Caller, role: Role) -> None:
    third, second = district.sign_in(Role.district_officer, "D"), district.sign_in(role, "D")
    assert one.delete(f"/v1/grants/{grant_of(district, second.account_id)}").status_code == 204
    asked = one.post(f"/v1/accounts/{second.account_id}/slip")
    assert (asked.status_code, asked.json()["role"]) == (202, None), asked.text
    slip = third.post(f"{REQUESTS}/{asked.json()['id']}/approve")
    assert slip.status_code == 200 and joined(district, asked.json(), slip.json()).status_code == 201


def joined(district: District, asked: dict[str, Any], approved: dict[str, Any]) -> Any:
    """Sign in with the two halves of a one-time password."""
    password = asked["one_time_half"] + approved["one_time_half"]
    return sign_in(district, {"username": approved["username"], "one_time_password": password})


def test_each_of_the_two_gets_a_half_of_the_password(district: District, one: Caller) -> None:
    owner, second = district.sign_in(Role.district_officer, "D"), district.sign_in(Role.administrator, "D")
    asked = one.post(f"/v1/accounts/{owner.account_id}/slip").json()
    approved = second.post(f"{REQUESTS}/{asked['id']}/approve").json()
    assert approved["one_time_password"] is None
    assert len(asked["one_time_half"]) == len(approved["one_time_half"]) == 12
    for half in (asked["one_time_half"], approved["one_time_half"]):
        alone = {"username": owner.username, "one_time_password": half}
        assert code(sign_in(district, alone), 401) == "wrong_credentials"
    assert joined(district, asked, approved).status_code == 201
    (shown,) = (item for item in second.get(REQUESTS).json()["items"] if item["id"] == asked["id"])
    assert "one_time_half" not in shown


@pytest.mark.engine("sqlite")
def test_nobody_refuses_what_is_asked_for_his_own_account_or_for_one_whose_hand_his_may_be(district: District, one: Caller) -> None:
    owner, hand = district.sign_in(Role.district_officer, "D"), district.sign_in(Role.administrator, "D")
    made_by(owner, hand, district, column="created_by")
    asked = one.post(f"/v1/accounts/{owner.account_id}/slip").json()
    for who in (owner, hand):
        assert code(who.post(f"{REQUESTS}/{asked['id']}/refuse"), 403) == "about_oneself"
    assert one.post(f"{REQUESTS}/{asked['id']}/refuse").json()["state"] == "withdrawn"


@pytest.mark.engine("sqlite")
def test_nobody_alone_opens_an_auditors_account(district: District, one: Caller) -> None:
    """Neither by a slip or its second factor, nor by making somebody an auditor whose password he may know."""
    second, auditor = district.sign_in(Role.administrator, "D"), district.sign_in(Role.auditor, "D")
    enrol_app(auditor)
    for what in ("slip", "otp/reset"):
        asked = one.post(f"/v1/accounts/{auditor.account_id}/{what}")
        assert asked.status_code == 202, asked.text
        assert second.post(f"{REQUESTS}/{asked.json()['id']}/refuse").status_code == 200
    wanted = new_account(one, district)
    settle(district, wanted)
    asked = second.post("/v1/grants", json={"account_id": wanted, "role": "auditor", "organization_id": str(district.ids["D"])})
    given = one.post(f"{REQUESTS}/{asked.json()['id']}/approve").json()
    assert joined(district, asked.json(), {"username": given["slip"]["username"], **given["slip"]}).status_code == 201


def test_a_slip_made_meanwhile_ends_the_request_for_a_role(district: District, one: Caller) -> None:
    second, wanted = district.sign_in(Role.administrator, "D"), new_account(one, district)
    settle(district, wanted)
    asked = give(one, wanted, Role.district_officer, district).json()
    assert second.post(f"/v1/accounts/{wanted}/slip").status_code == 200
    settle(district, wanted)
    assert code(second.post(f"{REQUESTS}/{asked['id']}/approve"), 409) == "slip_request_over"
    assert roles(district, wanted) == []


def test_a_role_is_not_given_to_an_account_whose_one_time_password_is_not_changed_yet(district: District, one: Caller) -> None:
    second, wanted = district.sign_in(Role.administrator, "D"), new_account(one, district)
    asked = give(one, wanted, Role.district_officer, district).json()
    assert code(second.post(f"{REQUESTS}/{asked['id']}/approve"), 409) == "slip_request_over"
    settle(district, wanted)
    assert code(second.post(f"{REQUESTS}/{asked['id']}/approve"), 409) == "slip_request_over"
    assert roles(district, wanted) == []


def test_a_role_over_the_district_comes_with_a_password_that_neither_of_the_two_has_known(district: District, one: Caller) -> None:
    """Also where its one-time password was changed: by whoever knew it."""
    second = district.sign_in(Role.administrator, "D")
    made = one.post("/v1/accounts", json={"username": "puppet", "organization_id": str(district.ids["D"])}).json()
    puppet = settled(district, {**made, "account_id": made["id"]})
    asked = give(one, made["id"], Role.district_officer, district).json()
    assert len(asked["one_time_half"]) == 12
    given = second.post(f"{REQUESTS}/{asked['id']}/approve")
    assert given.status_code == 201, given.text
    slip = given.json()["slip"]
    assert slip["one_time_password"] is None and len(slip["one_time_half"]) == 12
    assert puppet.get("/v1/accounts/mine").status_code == 401
    assert code(sign_in(district, {"username": "puppet", "one_time_password": NEW_PASSWORD}), 401) == "wrong_credentials"
    assert joined(district, asked, slip).status_code == 201
    with district.work() as work:
        account = work.get_one(Account, UUID(made["id"]))
        assert (account.slip_made_by, account.created_by) == (None, None), "it is nobody's other hand"


def test_a_password_that_one_person_alone_never_knew_stays_when_the_role_is_given(district: District, one: Caller) -> None:
    second, owner = district.sign_in(Role.administrator, "D"), district.sign_in(None, "D")
    asked = give(one, owner.account_id, Role.district_officer, district).json()
    assert asked["one_time_half"] is None
    given = second.post(f"{REQUESTS}/{asked['id']}/approve")
    assert (given.status_code, given.json()["slip"]) == (201, None), given.text
    assert owner.get("/v1/organizations").status_code == 200


def test_two_hands_of_one_person_agree_to_nothing_once_there_is_somebody_else(district: District, one: Caller) -> None:
    made = one.post("/v1/accounts", json={"username": "puppet", "organization_id": str(district.ids["D"])}).json()
    assert give(one, made["id"], Role.district_officer, district).status_code == 201, "there is nobody to agree yet"
    puppet, first = settled(district, {**made, "account_id": made["id"]}), district.sign_in(None, "D")
    asked = give(one, first.account_id, Role.district_officer, district).json()
    assert puppet.post(f"{REQUESTS}/{asked['id']}/approve").status_code == 201, "there is nobody else to agree yet"
    wanted = district.sign_in(None, "D").account_id
    asked = give(one, wanted, Role.administrator, district).json()
    assert code(puppet.post(f"{REQUESTS}/{asked['id']}/approve"), 403) == "three_people_needed"
    assert roles(district, wanted) == []
    assert first.post(f"{REQUESTS}/{asked['id']}/approve").status_code == 201
    renewed = one.post(f"/v1/accounts/{made['id']}/slip").json()
    assert first.post(f"{REQUESTS}/{renewed['id']}/approve").status_code == 200
    with district.work() as work:
        assert work.get_one(Account, UUID(made["id"])).created_by is None, "two have handed it to a person"


def test_nobody_alone_comes_by_a_town_auditors_password(district: District, one: Caller) -> None:
    second, officer = district.sign_in(Role.administrator, "D"), district.sign_in(Role.district_officer, "D")
    made = officer.post("/v1/accounts", json={"username": "some.one", "organization_id": str(district.ids["T1"])}).json()

    def audit() -> Any:
        wanted = {"account_id": made["id"], "role": "auditor", "organization_id": str(district.ids["T1"])}
        return one.post("/v1/grants", json=wanted)

    assert code(audit(), 403) == "fresh_slip_needed"
    assert second.post(f"/v1/accounts/{made['id']}/slip").status_code == 200
    assert (audit().status_code, audit().json().get("slip")) == (201, None)


@pytest.mark.parametrize("how", ["by shutting his account", "by ending his role"])
def test_who_has_just_shut_the_third_out_gains_nothing_by_it(district: District, how: str) -> None:
    one, puppet, third = (district.sign_in(Role.administrator, "D") for _ in range(3))
    auditor = district.account(Role.auditor, "D")
    change(district, Account, col(Account.id) == UUID(puppet.account_id), created_by=UUID(one.account_id))
    if how == "by shutting his account":
        assert one.post(f"/v1/accounts/{third.account_id}/disable").status_code == 200
    else:
        (role,) = third.get("/v1/accounts/mine").json()["roles"]
        assert one.delete(f"/v1/grants/{role['id']}").status_code == 204
    with district.work() as work:
        (account_id,) = work.exec(select(Account.id).where(col(Account.username) == auditor)).all()
    asked = one.post(f"/v1/accounts/{account_id}/slip").json()
    assert code(puppet.post(f"{REQUESTS}/{asked['id']}/approve"), 403) == "three_people_needed"
    with district.work() as work:
        long_ago, gone = work.at - RECENTLY - timedelta(minutes=1), work.get_one(Account, UUID(third.account_id))
        gone.disabled_at = gone.disabled_at and long_ago
        (grant,) = work.exec(select(RoleGrant).where(col(RoleGrant.account_id) == gone.id)).all()
        grant.ended_at = grant.ended_at and long_ago
    assert puppet.post(f"{REQUESTS}/{asked['id']}/approve").status_code == 200, "there is nobody else, and has not been for long"


def test_nor_do_two_hands_of_one_person_come_by_the_third_s_own_account(district: District) -> None:
    one, puppet, third = (district.sign_in(Role.administrator, "D") for _ in range(3))
    change(district, Account, col(Account.id) == UUID(puppet.account_id), created_by=UUID(one.account_id))
    asked = one.post(f"/v1/accounts/{third.account_id}/slip").json()
    assert code(puppet.post(f"{REQUESTS}/{asked['id']}/approve"), 403) == "three_people_needed"
