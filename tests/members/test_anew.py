"""Who has left a branch is taken back, not entered anew; who is out by a decision from above enters by no door of the branch."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from models.enums import MemberStatus, Role
from models.member import Member
from tests.conftest import Caller, District
from tests.members.rosters import number, send, sheet
from tests.outcomes import deeds, refused

NAME = "陈国华"
PLACES = {"B11": "上塘村第一党支部", "G": "G党小组"}


def enrol(district: District, code: str = "B11", **more: Any) -> str:
    values = {
        "full_name": NAME,
        "joined_on": date(1995, 7, 1),
        "confirmed_on": date(1996, 7, 1),
        "status": MemberStatus.full,
        **more,
    }
    with district.work() as work:
        member = Member(organization_id=district.ids[code], **values)
        work.add(member)
        return str(member.id)


def leave(caller: Caller, key: str, kind: str = "expelled") -> None:
    answer = caller.post(f"/v1/members/{key}/leave", json={"kind": kind, "reason": "按决定办理"})
    assert answer.status_code == 200, answer.text


def enter(caller: Caller, district: District, code: str = "B11", **more: str) -> Any:
    body = {"full_name": NAME, "joined_on": "1995-07-01", "confirmed_on": "1996-07-01", **more}
    return caller.post("/v1/members", json={"organization_id": str(district.ids[code]), **body})


def bring(caller: Caller, code: str = "B11", joined_on: str = "1995-07-01", national_id: str = "", name: str = NAME) -> Any:
    headings = ("姓名", "身份证号", "入党时间", "转正时间", "所在支部")
    return send(caller, sheet((name, national_id, joined_on, "1996-09-01", PLACES[code]), headings=headings))


def rules(answer: Any) -> list[str]:
    assert answer.status_code == 422, answer.text
    return [row["rule"] for row in answer.json()["rejected"]]


@pytest.mark.parametrize(
    ("by", "left_from", "into"),
    [
        (Role.deputy, "B11", "B11"),
        (Role.deputy, "B11", "G"),
        (Role.district_officer, "G", "B11"),
        (Role.district_officer, "G", "G"),
    ],
)
def test_who_has_left_a_branch_is_not_entered_anew_in_it(district: District, by: Role, left_from: str, into: str) -> None:
    district.add_group()
    key, secretary = enrol(district, left_from), district.sign_in(Role.secretary, "B11")
    leave(district.sign_in(by, "D" if by is Role.district_officer else "B11"), key, "transferred_out")
    for entering in (secretary, district.sign_in(Role.district_officer, "D")):
        for more in ({}, {"joined_precision": "month"}, {"national_id": number(2), "birth_date": "1968-03-15"}):
            told = refused(enter(entering, district, into, **more), 409, "has_left")
            assert told["member_id"] == key and told["errors"][0]["field"] == "body.full_name"
        assert rules(bring(entering, into)) == ["has_left"]
    assert deeds(district, key) == ["leave_member"]
    # Another person of the name: of another day, or of another branch.
    assert enter(secretary, district, into, joined_on="1994-02-01").status_code == 201
    assert enter(district.sign_in(Role.secretary, "B12"), district, "B12").status_code == 201


def test_by_number_or_birth_it_is_known_who_has_left(district: District) -> None:
    secretary = district.sign_in(Role.secretary, "B11")
    key = enter(secretary, district, national_id=number(2)).json()["id"]
    leave(secretary, key)
    same = {"national_id": number(2), "joined_on": "1994-02-01"}
    assert refused(enter(secretary, district, **same), 409, "has_left")["member_id"] == key
    refused(enter(secretary, district, birth_date="1968-03-15", joined_on="1994-02-01"), 409, "has_left")
    refused(enter(secretary, district, full_name="李建国", national_id=number(2)), 409, "identity_number_taken")
    assert enter(secretary, district, national_id=number(3), gender="male").status_code == 201, "another number is another person"


@pytest.mark.parametrize("kind", ["expelled", "removed", "withdrew"])
@pytest.mark.parametrize("into", ["B11", "G"])
def test_who_is_out_by_a_decision_from_above_comes_in_by_no_door_of_the_branch(district: District, into: str, kind: str) -> None:
    district.add_group()
    secretary, officer = district.sign_in(Role.secretary, "B11"), district.sign_in(Role.district_officer, "D")
    town = district.sign_in(Role.town_officer, "T1")
    key = enrol(district)
    leave(officer, key, kind)
    other = {"joined_on": "1995-08-01", "confirmed_on": "1996-09-01"}
    for entering in (secretary, district.sign_in(Role.deputy, "B11")):
        told = refused(enter(entering, district, into, **other), 403, "for_the_level_above")
        assert told["detail"] == "有同名人员经上级登记已不是党员，请由上级登记或改名。"
        refused(enter(entering, district, into, **other, national_id=number(4)), 403, "for_the_level_above")
    assert rules(bring(secretary, into, "1995-08-01")) == ["for_the_level_above"]
    assert rules(bring(secretary, into, "1995-08-01", number(4))) == ["for_the_level_above"]
    # Nor by another's record that is called so afterwards.
    like = enter(secretary, district, into, **other, full_name="陈国花", national_id=number(6)).json()["id"]
    renaming = secretary.patch(f"/v1/members/{like}", json={"full_name": NAME}, headers={"If-Match": "*"})
    refused(renaming, 403, "for_the_level_above")
    assert rules(bring(secretary, into, "1995-08-01", number(6))) == ["for_the_level_above"]
    assert deeds(district, like) == ["create_member"]
    # The level above enters and renames.
    assert town.patch(f"/v1/members/{like}", json={"full_name": NAME}, headers={"If-Match": "*"}).status_code == 200
    assert enter(town, district, into, **other).status_code == 201
    again = bring(officer, into, "1995-09-01")
    assert (again.status_code, again.json()["created"]) == (200, 1), again.text
    # One who has this name already is changed as before.
    assert secretary.patch(f"/v1/members/{like}", json={"job_title": "会计"}, headers={"If-Match": "*"}).status_code == 200


@pytest.mark.parametrize("kind", ["transferred_out", "deceased"])
def test_a_name_is_free_again_where_the_leaving_decides_nothing_or_the_branch_has_recorded_it(
    district: District, kind: str
) -> None:
    secretary, officer = district.sign_in(Role.secretary, "B11"), district.sign_in(Role.district_officer, "D")
    leave(officer, enrol(district), kind)
    leave(secretary, enrol(district), "expelled")
    leave(officer, enrol(district, "B12"), "expelled")
    assert enter(secretary, district, joined_on="1994-02-01").status_code == 201


def test_what_the_branch_recorded_first_and_the_level_above_after_it_is_out_for_the_branch(district: District) -> None:
    secretary, officer = district.sign_in(Role.secretary, "B11"), district.sign_in(Role.district_officer, "D")
    key = enrol(district)
    leave(secretary, key, "transferred_out")
    leave(officer, key)
    refused(enter(secretary, district), 409, "has_left")
    refused(enter(secretary, district, joined_on="1995-08-01"), 403, "for_the_level_above")


def test_a_correction_gives_nobody_the_name_of_one_who_is_out(district: District) -> None:
    key = enrol(district)
    like = enrol(district, full_name="陈国花")
    leave(district.sign_in(Role.district_officer, "D"), key)
    member = district.sign_in(Role.member, "B11", member_id=UUID(like))
    asked = member.post("/v1/corrections", json={"changes": {"full_name": NAME}})
    assert asked.status_code == 201, asked.text
    accept = f"/v1/corrections/{asked.json()['id']}/accept"
    refused(district.sign_in(Role.secretary, "B11").post(accept), 403, "for_the_level_above")
    assert district.sign_in(Role.town_officer, "T1").post(accept).status_code == 200
