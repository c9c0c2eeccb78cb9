"""What the level above has recorded of a leaving is taken back from there, and what the branch has recorded, by the branch."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import col, update

from models.account import RoleGrant
from models.enums import MemberStatus, Role
from models.member import Member
from tests.conftest import Caller, District
from tests.outcomes import deeds, refused, stored


def enrol(district: District, code: str = "B11") -> str:
    with district.work() as work:
        member = Member(
            organization_id=district.ids[code], full_name="陈晓梅", joined_on=date(1995, 7, 1), status=MemberStatus.full
        )
        work.add(member)
        return str(member.id)


def leave(caller: Caller, key: str, kind: str = "transferred_out") -> Any:
    return caller.post(f"/v1/members/{key}/leave", json={"kind": kind, "reason": "按决定办理"})


def restore(caller: Caller, key: str) -> Any:
    return caller.post(f"/v1/members/{key}/restore", json={"status": "full", "reason": "误标记为离开"})


def is_left(district: District, key: str) -> bool:
    return stored(district, Member, key).status is MemberStatus.left


@pytest.mark.parametrize("at", ["B11", "G"])
@pytest.mark.parametrize(
    ("role", "code"), [(Role.district_officer, "D"), (Role.town_officer, "T1"), (Role.secretary, "V1"), (Role.deputy, "V1")]
)
def test_a_leaving_recorded_from_above_the_branch_is_taken_back_from_there(
    district: District, role: Role, code: str, at: str
) -> None:
    district.add_group()
    key, above = enrol(district, at), district.sign_in(role, code)
    assert leave(above, key, "expelled").status_code == 200
    for led in (Role.secretary, Role.deputy):
        told = refused(restore(district.sign_in(led, "B11"), key), 403, "for_the_level_above")
        assert told["detail"] == "该党员的离开由上级登记，请由上级恢复。"
    assert is_left(district, key) and deeds(district, key) == ["leave_member"]
    refused(restore(district.sign_in(Role.secretary, "B21"), key), 404, "not_found")
    # Not by the one who recorded it alone: by anybody who reaches there.
    assert restore(district.sign_in(Role.secretary, "V1"), key).status_code == 200
    assert not is_left(district, key)
    # What is recorded next is another leaving.
    assert leave(district.sign_in(Role.deputy, "B11"), key).status_code == 200
    assert restore(district.sign_in(Role.secretary, "B11"), key).status_code == 200


@pytest.mark.parametrize("role", [Role.secretary, Role.deputy])
def test_a_leaving_recorded_in_the_branch_is_taken_back_by_whoever_leads_it_and_from_above(district: District, role: Role) -> None:
    for taking in (district.sign_in(Role.deputy, "B11"), district.sign_in(Role.town_officer, "T1")):
        key = enrol(district)
        assert leave(district.sign_in(role, "B11"), key, "expelled").status_code == 200
        assert restore(taking, key).status_code == 200


def _end_roles(district: District, caller: Caller) -> None:
    with district.work() as work:
        work.exec(update(RoleGrant).where(col(RoleGrant.account_id) == UUID(caller.account_id)).values(ended_at=work.at))


def test_it_stays_so_when_the_role_has_ended_and_whoever_recorded_it_may_take_it_back_with_one_of_the_branch(
    district: District,
) -> None:
    key, officer = enrol(district), district.sign_in(Role.town_officer, "T1")
    assert leave(officer, key, "expelled").status_code == 200
    _end_roles(district, officer)
    refused(restore(district.sign_in(Role.secretary, "B11"), key), 403, "for_the_level_above")
    with district.work() as work:
        work.add(RoleGrant(account_id=UUID(officer.account_id), role=Role.secretary, organization_id=district.ids["B11"]))
    assert restore(officer, key).status_code == 200


def test_who_has_an_office_above_only_since_has_recorded_it_in_the_branch(district: District) -> None:
    key, secretary = enrol(district), district.sign_in(Role.secretary, "B11")
    assert leave(secretary, key).status_code == 200
    with district.work() as work:
        work.add(
            RoleGrant(
                account_id=UUID(secretary.account_id),
                role=Role.town_officer,
                organization_id=district.ids["T1"],
                created_at=work.at + timedelta(seconds=1),
            )
        )
    assert restore(district.sign_in(Role.deputy, "B11"), key).status_code == 200
