"""The year of probation cannot be shortened by whoever confirms: the days that it is told by come from elsewhere."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from models.enums import Role
from models.member import Member
from tests.conftest import Caller, District

ANY = {"If-Match": "*"}
Way = Callable[[Caller, "Probationer"], Any]


class Probationer:
    """Somebody in B11 who has joined a month ago."""

    def __init__(self, district: District) -> None:
        self.district = district
        self.joined = self.today(district) - timedelta(days=30)
        self.early = f"{self.joined - timedelta(days=400)}"
        with district.work() as work:
            content = {
                "organization_id": district.ids["B11"],
                "full_name": "钱多多",
                "joined_on": self.joined,
                "status": "probationary",
            }
            member = Member.model_validate(content | {"birth_date": "1990-05-01"})
            work.add(member)
            self.path, self.id = f"/v1/members/{member.id}", member.id

    @staticmethod
    def today(district: District) -> Any:
        with district.work() as work:
            return work.today

    def rows(self, **columns: str) -> dict[str, Any]:
        content = {"姓名": "钱多多", "出生日期": "1990-05-01", "入党日期": self.early, "所在支部": "上塘村第一党支部", **columns}
        sheet = ",".join(content) + "\n" + ",".join(content.values()) + "\n"
        return {"file": ("roster.csv", sheet.encode())}


def asked(by: Caller, one: Probationer) -> Any:
    member = one.district.sign_in(Role.member, "B11", member_id=one.id)
    request = member.post("/v1/corrections", json={"changes": {"joined_on": one.early}})
    return by.post(f"/v1/corrections/{request.json()['id']}/accept")


def imported(by: Caller, one: Probationer, **columns: str) -> Any:
    return by.post("/v1/members/import", files=one.rows(**columns))


WAYS: dict[str, Way] = {
    "an edit": lambda by, one: by.patch(one.path, json={"joined_on": one.early}, headers=ANY),
    "less exactly": lambda by, one: by.patch(one.path, json={"joined_precision": "month"}, headers=ANY),
    "a correction": asked,
    "a roster": imported,
    "a roster that confirms": lambda by, one: imported(by, one, 党员类别="正式党员", 转正日期=f"{one.joined}"),
}


@pytest.mark.parametrize("way", WAYS)
def test_the_day_of_joining_of_a_probationer_is_an_officers_to_change(district: District, way: str) -> None:
    one = Probationer(district)
    answer = WAYS[way](district.sign_in(Role.secretary, "B11"), one)
    assert answer.status_code in (409, 422) and "joining_for_officer" in answer.text, answer.text
    assert WAYS[way](district.sign_in(Role.town_officer, "T1"), Probationer(district) if way == "a correction" else one).is_success


def test_a_probationer_has_no_day_of_full_membership(district: District) -> None:
    one, officer = Probationer(district), district.sign_in(Role.town_officer, "T1")
    content = {"full_name": "赵小满", "joined_on": one.early, "confirmed_on": f"{one.joined}", "status": "probationary"}
    made = officer.post("/v1/members", json={**content, "organization_id": str(district.ids["B11"])})
    assert made.status_code == 422 and "not_confirmed_yet" in made.text
    sent = imported(officer, one, 姓名="赵小满", 党员类别="预备党员", 转正日期=f"{one.joined}")
    assert sent.status_code == 422 and "not_confirmed_yet" in sent.text, sent.text
    secretary = district.sign_in(Role.secretary, "B11")
    early = secretary.post(f"{one.path}/confirm", json={"confirmed_on": f"{one.today(district)}"})
    assert early.status_code == 422 and "probation_not_over" in early.text


@pytest.mark.parametrize("role", [Role.deputy, Role.secretary])
def test_nobody_is_added_as_full_within_the_year_of_probation_but_by_an_officer(district: District, role: Role) -> None:
    one, by, officer = Probationer(district), district.sign_in(role, "B11"), district.sign_in(Role.town_officer, "T1")
    content = {"full_name": "赵小满", "joined_on": f"{one.joined}", "confirmed_on": f"{one.today(district)}"}
    for stated in ({}, {"status": "full"}):
        made = by.post("/v1/members", json={**content, **stated, "organization_id": str(district.ids["B11"])})
        assert made.status_code == 422 and "probation_not_over" in made.text, made.text
    columns = {"姓名": "赵小满", "入党日期": f"{one.joined}", "转正日期": f"{one.today(district)}"}
    if role is Role.secretary:
        sent = imported(by, one, **columns)
        assert sent.status_code == 422 and "probation_not_over" in sent.text, sent.text
    assert imported(officer, one, **columns).json()["created"] == 1
