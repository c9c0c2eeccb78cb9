"""The names beside keys, and who is told whose an account is."""

from typing import Any

import pytest
from sqlalchemy import event

from models.enums import Role
from tests.conftest import Caller, District
from tests.verification.holders import hold


@pytest.fixture
def secretary(district: District) -> Caller:
    """The secretary of B11, who is a member of it."""
    return district.sign_in(Role.secretary, "B11", member_id=hold(district.house, district.ids["B11"], "方秀兰").member_id)


def sent(district: District, by: Caller) -> str:
    """The key of a transfer of a member from B11 to B21."""
    body = {"member_id": str(hold(district.house, district.ids["B11"]).member_id), "to_organization_id": str(district.ids["B21"])}
    return str(by.post("/v1/transfers", json=body | {"reason": "工作调动"}).json()["id"])


def test_who_has_done_something_is_told_to_himself_and_to_whoever_reads_members_there(
    district: District, secretary: Caller
) -> None:
    path = f"/v1/transfers/{sent(district, secretary)}"
    assert secretary.get(path).json()["requested_by_name"] == "方秀兰"
    for role, code, name in (
        (Role.deputy, "B11", "方秀兰"),
        (Role.district_officer, "D", "方秀兰"),
        (Role.secretary, "B21", None),
    ):
        told = district.sign_in(role, code).get(path).json()
        assert told["requested_by_name"] == name, role
        assert (told["member_name"], told["organization_name"]) == ("王秀兰", "上塘村第一党支部"), role


def test_an_account_that_is_no_members_has_its_user_name_for_a_name(district: District) -> None:
    officer = district.sign_in(Role.district_officer, "D")
    assert officer.get(f"/v1/transfers/{sent(district, officer)}").json()["requested_by_name"] == officer.username


def test_an_administrator_is_told_of_no_account_whose_it_is(district: District, secretary: Caller) -> None:
    path = f"/v1/accounts/{secretary.account_id}"
    told = {
        role: district.sign_in(role, code).get(path).json()["member_name"]
        for role, code in ((Role.administrator, "D"), (Role.secretary, "B11"), (Role.town_officer, "T1"))
    }
    assert told == {Role.administrator: None, Role.secretary: "方秀兰", Role.town_officer: "方秀兰"}
    assert secretary.get("/v1/accounts/mine").json()["member_name"] == "方秀兰"


def test_the_names_of_a_page_take_one_statement_however_many_there_are(district: District, secretary: Caller) -> None:
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    def counted() -> int:
        statements.clear()
        assert secretary.get("/v1/transfers").status_code == secretary.get("/v1/members").status_code == 200
        return len(statements)

    sent(district, secretary)
    event.listen(district.house.database.engine, "before_cursor_execute", note)
    try:
        once = counted()
        for _ in range(3):
            sent(district, secretary)
        assert counted() == once
    finally:
        event.remove(district.house.database.engine, "before_cursor_execute", note)


def test_a_list_of_members_tells_the_state_of_each_card(district: District, secretary: Caller) -> None:
    cards = {one["member_id"]: one["id"] for one in secretary.get("/v1/cards").json()["items"]}
    hold(district.house, district.ids["B11"], "王秀兰")
    made = secretary.post(
        "/v1/members",
        json={
            "organization_id": str(district.ids["B11"]),
            "full_name": "李卡",
            "joined_on": "1995-07-01",
            "confirmed_on": "1996-07-01",
        },
    )
    assert made.status_code == 201, made.text
    other = next(one for one in secretary.get("/v1/cards").json()["items"] if one["member_id"] not in cards)
    assert secretary.post(f"/v1/cards/{other['id']}/suspend", json={"reason": "遗失"}).status_code == 200
    states = {one["full_name"]: one["card_state"] for one in secretary.get("/v1/members").json()["items"]}
    assert states == {"方秀兰": "valid", "王秀兰": "suspended", "李卡": None}
    assert secretary.post(f"/v1/cards/{other['id']}/revoke", json={"reason": "遗失"}).status_code == 200
    assert secretary.post("/v1/cards", json={"member_id": other["member_id"]}).status_code == 201
    states = {one["full_name"]: one["card_state"] for one in secretary.get("/v1/members").json()["items"]}
    assert states["王秀兰"] == "valid"
