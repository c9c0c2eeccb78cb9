"""Whoever hands out no reach over members gets none by handing out something else."""

from typing import Any
from uuid import UUID

import pytest

from api.access.permissions import MAY_GRANT
from models.account import RoleGrant
from models.enums import Role
from tests.access.asking import code
from tests.access.person import Person, made_by, told
from tests.accounts.people import enrol
from tests.authorization import ABOUT_A_PERSON, asked_about
from tests.conftest import Caller, District

PLACES: dict[Role, str] = {
    Role.member: "B11",
    Role.deputy: "B11",
    Role.secretary: "B11",
    Role.town_officer: "T1",
    Role.district_officer: "D",
    Role.administrator: "D",
    Role.auditor: "D",
}
GIVERS = [role for role in Role if MAY_GRANT[role]]
HELD: list[tuple[Role, ...]] = [
    (),
    (Role.member,),
    (Role.secretary,),
    (Role.town_officer,),
    (Role.district_officer,),
    (Role.administrator,),
    (Role.auditor,),
    (Role.auditor, Role.secretary),
]


def somebody(district: District, name: str, *roles: Role) -> Caller:
    (member_id,) = enrol(district, "B11", name)
    account = district.sign_in(Role.member, "B11", member_id=member_id)
    with district.work() as work:
        for role in set(roles) - {Role.member}:
            work.add(RoleGrant(account_id=UUID(account.account_id), role=role, organization_id=district.ids[PLACES[role]]))
    return account


def grant(giver: Caller, account: Caller, role: Role, district: District) -> Any:
    body = {"account_id": account.account_id, "role": role.value, "organization_id": str(district.ids[PLACES[role]])}
    return giver.post("/v1/grants", json=body)


@pytest.mark.engine("sqlite")
def test_an_administrator_acts_about_no_member_who_decides_nothing(district: District) -> None:
    one, administrator = Person(district), district.sign_in(Role.administrator, "D")
    for operation in asked_about(Role.administrator):
        assert told(ABOUT_A_PERSON[operation](administrator, one)) == "for_the_level_above", operation


def test_an_administrator_makes_no_account_for_a_member_nor_learns_which_there_are(district: District) -> None:
    (member_id,) = enrol(district, "B11", "钱多多")
    administrator = district.sign_in(Role.administrator, "D")
    for key in (member_id, district.ids["B11"]):
        body = {"username": "qian.duoduo", "organization_id": str(district.ids["B11"]), "member_id": str(key)}
        assert code(administrator.post("/v1/accounts", json=body), 403) == "for_the_level_above"


@pytest.mark.engine("sqlite")
@pytest.mark.parametrize("giver", GIVERS)
@pytest.mark.parametrize("held", HELD)
def test_no_role_brings_a_slip_that_its_giver_could_not_hand_out(district: District, giver: Role, held: tuple[Role, ...]) -> None:
    """The slip opens everything that the account may do, so it is handed out as if by `renew_slip`; one of those who decide for
    the district gets it from two people alone."""
    caller, stranger = district.sign_in(giver, PLACES[giver]), somebody(district, "冯春生")
    twin = somebody(district, "周小川", *held)
    hands_out = caller.post(f"/v1/accounts/{twin.account_id}/slip").status_code == 200
    for role in sorted(MAY_GRANT[giver]):
        one = somebody(district, "钱多多", *held)
        made_by(stranger, one, district, column="slip_made_by")
        answer = grant(caller, one, role, district)
        assert hands_out or answer.status_code != 201 or answer.json()["slip"] is None, role


@pytest.mark.parametrize("held", [Role.secretary, Role.town_officer])
def test_an_administrator_who_makes_an_auditor_does_not_come_by_what_the_account_may_do(district: District, held: Role) -> None:
    administrator, officer = district.sign_in(Role.administrator, "D"), district.sign_in(Role.district_officer, "D")
    one = somebody(district, "钱多多", held)
    made_by(officer, one, district, column="slip_made_by")
    assert code(grant(administrator, one, Role.auditor, district), 403) == "for_the_level_above"
    both = somebody(district, "周小川", held, Role.auditor)
    assert code(administrator.post(f"/v1/accounts/{both.account_id}/slip"), 403) == "for_the_level_above"


def test_a_lesser_role_brings_nobody_the_password_of_one_who_decides_for_the_district(district: District) -> None:
    administrator, officer = district.sign_in(Role.administrator, "D"), district.sign_in(Role.district_officer, "D")
    one = district.sign_in(Role.district_officer, "D")
    made_by(administrator, one, district, column="slip_made_by")
    assert code(grant(officer, one, Role.deputy, district), 403) == "district_role_needed"
    asked = officer.post(f"/v1/accounts/{one.account_id}/slip")
    assert asked.status_code == 202, asked.text
