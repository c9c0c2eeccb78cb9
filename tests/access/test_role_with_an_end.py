"""A role that is given until a day: a deputy for the holidays (授权)."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import col, select

from models.account import RoleGrant
from models.enums import Role
from tests.access.asking import code
from tests.clock import district_day
from tests.conftest import Caller, District

TODAY = district_day()


@pytest.fixture
def secretary(district: District) -> Caller:
    return district.sign_in(Role.secretary, "B11")


def give(caller: Caller, district: District, account_id: str, until: date | None, role: Role = Role.deputy) -> Any:
    body = {"account_id": account_id, "role": role.value, "organization_id": str(district.ids["B11"])}
    return caller.post("/v1/grants", json={**body, "until": until and until.isoformat()})


def let_pass(district: District, grant_id: str) -> None:
    with district.work() as work:
        work.get_one(RoleGrant, UUID(grant_id)).until = work.today - timedelta(days=1)


def test_it_reaches_until_its_last_day_has_passed_and_no_longer(district: District, secretary: Caller) -> None:
    helper = district.sign_in(None, "B11")
    given = give(secretary, district, helper.account_id, TODAY + timedelta(days=2))
    assert (given.status_code, given.json()["until"]) == (201, (TODAY + timedelta(days=2)).isoformat())
    assert helper.get("/v1/members").status_code == 200
    let_pass(district, given.json()["id"])
    assert code(helper.get("/v1/members"), 403) == "forbidden"
    assert secretary.get("/v1/grants", params={"account_id": helper.account_id}).json()["items"] == []


def test_it_is_given_anew_after_it_has_passed_and_lengthened_before(district: District, secretary: Caller) -> None:
    helper = district.sign_in(None, "B11")
    first = give(secretary, district, helper.account_id, TODAY + timedelta(days=2)).json()
    longer = give(secretary, district, helper.account_id, TODAY + timedelta(days=9)).json()
    assert (longer["id"], longer["until"]) == (first["id"], (TODAY + timedelta(days=9)).isoformat())
    let_pass(district, first["id"])
    assert give(secretary, district, helper.account_id, None).status_code == 201
    assert helper.get("/v1/members").status_code == 200


def test_a_week_before_its_last_day_it_stands_in_the_to_do(district: District, secretary: Caller) -> None:
    for days, waits in ((8, 0), (7, 1)):
        helper = district.sign_in(None, "B11")
        give(secretary, district, helper.account_id, TODAY + timedelta(days=days))
        assert secretary.todo()["counts"].get("ending_role", 0) == waits


def test_its_end_is_told_to_those_alone_who_may_give_it_anew(district: District) -> None:
    ending = district.sign_in(Role.town_officer, "T1")
    with district.work() as work:
        for grant in work.exec(select(RoleGrant).where(col(RoleGrant.account_id) == UUID(ending.account_id))):
            grant.until = work.today + timedelta(days=3)
    told = {
        (role, place): district.sign_in(role, place).todo()["counts"].get("ending_role", 0)
        for role, place in (
            (Role.district_officer, "D"),
            (Role.administrator, "D"),
            (Role.town_officer, "T1"),
            (Role.town_officer, "T2"),
            (Role.secretary, "B11"),
        )
    }
    assert {who for who, count in told.items() if count} == {(Role.district_officer, "D")}
    assert "ending_role" not in ending.todo()["counts"]


def test_it_does_not_end_before_it_begins(district: District, secretary: Caller) -> None:
    helper = district.sign_in(None, "B11")
    answer = give(secretary, district, helper.account_id, TODAY - timedelta(days=2))
    assert [fault["rule"] for fault in answer.json()["errors"]] == ["until_passed"]


def test_a_role_that_ends_gives_none_that_lasts_longer(district: District) -> None:
    officer = district.sign_in(Role.town_officer, "T1")
    with district.work() as work:
        for grant in work.exec(select(RoleGrant).where(col(RoleGrant.account_id) == UUID(officer.account_id))):
            grant.until = district_day() + timedelta(days=3)
    account = officer.post("/v1/accounts", json={"username": "helper.one", "organization_id": str(district.ids["B11"])}).json()
    asked = {"account_id": account["id"], "role": "deputy", "organization_id": str(district.ids["B11"])}
    for until in (None, str(district_day() + timedelta(days=4))):
        answer = officer.post("/v1/grants", json={**asked, "until": until})
        assert [fault["rule"] for fault in answer.json()["errors"]] == ["until_beyond_own"]
    granted = officer.post("/v1/grants", json={**asked, "until": str(district_day() + timedelta(days=3))})
    assert granted.status_code == 201
