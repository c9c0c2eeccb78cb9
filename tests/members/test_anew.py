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
        assert told["detail"] == "有同名或名字相近的人员经上级登记已不是党员，请由上级办理。"
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
    like = enrol(district, full_name="陈国花", joined_on=date(1995, 8, 1))
    leave(district.sign_in(Role.district_officer, "D"), key)
    member = district.sign_in(Role.member, "B11", member_id=UUID(like))
    asked = member.post("/v1/corrections", json={"changes": {"full_name": NAME}})
    assert asked.status_code == 201, asked.text
    accept = f"/v1/corrections/{asked.json()['id']}/accept"
    refused(district.sign_in(Role.secretary, "B11").post(accept), 403, "for_the_level_above")
    assert district.sign_in(Role.town_officer, "T1").post(accept).status_code == 200


def edit(caller: Caller, key: str, **changes: Any) -> Any:
    return caller.patch(f"/v1/members/{key}", json=changes, headers={"If-Match": "*"})


BIRTH = date(1968, 3, 15)
OTHERWISE: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ({}, {"full_name": "陈国花"}, {"full_name": NAME}),
    ({}, {"joined_on": date(1995, 7, 2)}, {"joined_on": "1995-07-01"}),
    ({}, {"joined_on": date(1995, 7, 2)}, {"joined_on": "1995-07-01", "joined_precision": "month"}),
    ({"birth_date": BIRTH}, {"birth_date": date(1968, 3, 16)}, {"birth_date": "1968-03-15"}),
    ({"birth_date": BIRTH}, {"birth_date": date(1968, 3, 16)}, {"birth_date": None}),
]
"""Who has left, somebody else, and what would make the two one."""


@pytest.mark.parametrize("kind", ["transferred_out", "deceased", "expelled"])
@pytest.mark.parametrize(("gone", "other", "changes"), OTHERWISE)
def test_nobody_becomes_by_an_edit_who_has_left_the_branch(
    district: District, kind: str, gone: dict[str, Any], other: dict[str, Any], changes: dict[str, Any]
) -> None:
    officer = district.sign_in(Role.town_officer, "T1")
    key = enrol(district, **gone)
    leave(officer, key, kind)
    like = enrol(district, **other)
    for editing in (district.sign_in(Role.deputy, "B11"), officer):
        assert refused(edit(editing, like, **changes), 409, "has_left")["member_id"] == key
    member = district.sign_in(Role.member, "B11", member_id=UUID(like))
    asked = member.post("/v1/corrections", json={"changes": changes})
    assert asked.status_code == 201, asked.text
    accepted = district.sign_in(Role.secretary, "B11").post(f"/v1/corrections/{asked.json()['id']}/accept")
    assert refused(accepted, 409, "has_left")["errors"][0]["field"] == "changes.full_name"
    assert deeds(district, like) == []
    # What leaves him another is his branch's to write, and so is all of it in another branch.
    assert edit(district.sign_in(Role.deputy, "B11"), like, joined_on="1994-02-01", job_title="会计").status_code == 200
    there = enrol(district, "B12", **other)
    if kind != "expelled" or "full_name" not in changes:
        assert edit(district.sign_in(Role.secretary, "B12"), there, **changes).status_code == 200


def test_nor_by_giving_up_another_number_or_by_a_roster(district: District) -> None:
    secretary = district.sign_in(Role.secretary, "B11")
    key = enter(secretary, district, national_id=number(2), birth_date="1968-03-15").json()["id"]
    leave(district.sign_in(Role.town_officer, "T1"), key, "transferred_out")
    other = enter(secretary, district, national_id=number(4))
    assert other.status_code == 201, "another number is another person"
    assert refused(edit(secretary, other.json()["id"], national_id=None), 409, "has_left")["member_id"] == key
    # A roster states another day, or another name, of one whose number it has.
    gone = enrol(district, full_name="陈国梁")
    leave(district.sign_in(Role.town_officer, "T1"), gone, "deceased")
    for values in ({"full_name": "陈国梁", "joined_on": "1995-08-01"}, {"full_name": "陈国栋"}):
        held = number(6) if "joined_on" in values else number(8)
        assert enter(secretary, district, national_id=held, **values).status_code == 201
        assert rules(bring(secretary, "B11", "1995-07-01", held, "陈国梁")) == ["has_left"]


def test_whoever_may_be_one_who_left_by_a_decision_from_above_is_changed_and_taken_back_from_there(district: District) -> None:
    """Two records of one person: what the level above has recorded in one of them is not undone by the other."""
    secretary, officer = district.sign_in(Role.secretary, "B11"), district.sign_in(Role.town_officer, "T1")
    key, twin = enrol(district), enrol(district)
    leave(secretary, twin, "transferred_out")
    leave(officer, key, "transferred_out")
    back = {"status": "full", "reason": "误标记为离开"}
    told = refused(secretary.post(f"/v1/members/{twin}/restore", json=back), 403, "for_the_level_above")
    assert told["detail"] == "有同名或名字相近的人员经上级登记已不是党员，请由上级办理。"
    assert deeds(district, twin) == ["leave_member"]
    assert officer.post(f"/v1/members/{twin}/restore", json=back).status_code == 200
    refused(edit(secretary, twin, birth_date="1968-03-15"), 403, "for_the_level_above")
    assert edit(secretary, twin, job_title="会计").status_code == 200
    assert edit(officer, twin, birth_date="1968-03-15").status_code == 200


@pytest.mark.parametrize("kind", ["transferred_out", "expelled"])
def test_nobody_is_taken_back_by_the_branch_who_is_called_like_one_who_is_out(district: District, kind: str) -> None:
    secretary, officer = district.sign_in(Role.secretary, "B11"), district.sign_in(Role.town_officer, "T1")
    key, like = enrol(district), enrol(district, joined_on=date(1994, 2, 1))
    leave(secretary, like, "transferred_out")
    leave(officer, key, kind)
    restore, back = f"/v1/members/{like}/restore", {"status": "full", "reason": "误标记为离开"}
    if kind == "expelled":
        refused(secretary.post(restore, json=back), 403, "for_the_level_above")
        assert deeds(district, like) == ["leave_member"]
        assert officer.post(restore, json=back).status_code == 200
    else:
        assert secretary.post(restore, json=back).status_code == 200


ALIKE = ("李强", "李强 男", "李强·女", "李強", "李强X")
"""Names that are taken for one another; the first is that of one who is out."""


@pytest.mark.parametrize("name", ALIKE)
def test_nor_does_who_is_called_nearly_like_one_who_is_out(district: District, name: str) -> None:
    secretary, officer = district.sign_in(Role.secretary, "B11"), district.sign_in(Role.town_officer, "T1")
    leave(officer, enrol(district, full_name="李强"))
    other = {"joined_on": "1995-08-01", "confirmed_on": "1996-09-01"}
    refused(enter(secretary, district, **other, full_name=name), 403, "for_the_level_above")
    assert rules(bring(secretary, "B11", "1995-08-01", name=name)) == ["for_the_level_above"]
    like = enrol(district, full_name="李刚", joined_on=date(1995, 8, 1))
    refused(edit(secretary, like, full_name=name), 403, "for_the_level_above")
    assert enter(secretary, district, **other, full_name="李刚强").status_code == 201
    assert enter(officer, district, **other, full_name=name).status_code == 201


def test_who_is_called_nearly_like_one_who_left_otherwise_is_entered_but_not_as_him_if_that_was_from_above(
    district: District,
) -> None:
    secretary, officer = district.sign_in(Role.secretary, "B11"), district.sign_in(Role.town_officer, "T1")
    leave(secretary, enrol(district, full_name="李强"), "transferred_out")
    leave(officer, enrol(district, full_name="吕温"), "transferred_out")
    assert enter(secretary, district, full_name="李強").status_code == 201
    refused(enter(secretary, district, full_name="呂溫"), 403, "for_the_level_above")
    assert enter(secretary, district, full_name="呂溫", joined_on="1994-02-01").status_code == 201
    assert enter(officer, district, full_name="呂溫").status_code == 201


def test_a_leaving_tells_who_else_of_the_branch_is_called_so(district: District) -> None:
    district.add_group()
    secretary, officer = district.sign_in(Role.secretary, "B11"), district.sign_in(Role.town_officer, "T1")
    key = enter(secretary, district).json()["id"]
    twins = {enter(secretary, district).json()["id"], enter(secretary, district, "G", joined_on="1995-07-02").json()["id"]}
    twins.add(enter(secretary, district, full_name="陳國華").json()["id"])
    enter(secretary, district, full_name="陈国花")
    enter(district.sign_in(Role.secretary, "B12"), district, "B12")
    path, body = f"/v1/members/{key}/leave", {"kind": "expelled", "reason": "按决定办理"}
    told = officer.post(path, json=body).json()["namesakes"]
    assert {one["id"] for one in told} == twins and {one["status"] for one in told} == {"full"}
    assert officer.post(path, json=body).json()["namesakes"] == told
    for one in twins:
        leave(officer, one)
    assert officer.post(path, json=body).json()["namesakes"] == []
