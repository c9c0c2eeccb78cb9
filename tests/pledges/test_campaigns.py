from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from models.campaign import Campaign
from models.enums import MemberStatus, PledgeState, Role
from tests.conftest import Caller, District
from tests.pledges.kept import YEAR, keep_member, keep_pledge

URL = "/v1/campaigns"
SOON = f"{datetime.now(UTC) + timedelta(days=9):%Y-%m-%d}"
TEMPLATE = {
    "category": "service",
    "content": "每月为独居老人上门服务两次。",
    "measure": "全年不少于二十四次。",
    "due_on": f"{YEAR}-12-31",
}


def call(caller: Caller, district: District, code: str, status: int = 201, **more: Any) -> dict[str, Any]:
    body = {"organization_id": str(district.ids[code]), "title": "“学雷锋·我承诺”", "due_on": SOON, "templates": [TEMPLATE]} | more
    answer = caller.post(URL, json=body)
    assert answer.status_code == status, answer.text
    told: dict[str, Any] = answer.json()
    return told


def seen(caller: Caller) -> set[str]:
    return {one["id"] for one in caller.get(URL).json()["items"]}


def test_a_campaign_is_seen_by_the_members_of_its_organisation_and_of_everything_below_it(district: District) -> None:
    campaign = call(district.sign_in(Role.town_officer, "T1"), district, "T1")
    assert campaign["templates"] == [TEMPLATE] and not campaign["is_over"]
    member = district.sign_in(Role.member, "B11", member_id=keep_member(district, "B11"))
    assert seen(member) == {campaign["id"]}
    assert seen(district.sign_in(Role.deputy, "V1")) == {campaign["id"]}
    assert seen(district.sign_in(Role.member, "B21")) == set()
    assert seen(district.sign_in(Role.district_officer, "D")) == {campaign["id"]}


def test_a_campaign_tells_how_many_of_those_who_owe_pledges_have_joined(district: District) -> None:
    deputy = district.sign_in(Role.deputy, "V1")
    campaign = call(deputy, district, "V1")
    one, other = keep_member(district, "B11"), keep_member(district, "B12")
    keep_member(district, "B11", pledges_voluntary=True)
    keep_member(district, "B11", status=MemberStatus.left, left_on=date(YEAR, 1, 5))
    keep_member(district, "B21")
    for state in (PledgeState.submitted, PledgeState.published):
        keep_pledge(district, "B11", one, state=state, campaign_id=UUID(campaign["id"]))
    for state in (PledgeState.draft, PledgeState.withdrawn):
        keep_pledge(district, "B12", other, state=state, campaign_id=UUID(campaign["id"]))
    (told,) = deputy.get(URL).json()["items"]
    assert (told["joined"], told["eligible"]) == (1, 2)


def test_who_enters_pledges_may_call_on_those_within_his_reach_until_a_day_to_come(district: District) -> None:
    deputy = district.sign_in(Role.deputy, "B11")
    assert call(deputy, district, "B12", 404)["code"] == "not_found"
    assert call(deputy, district, "B11", 422, due_on=f"{YEAR - 1}-12-31")["code"] == "invalid"
    assert call(deputy, district, "B11", 422, templates=[TEMPLATE] * 11)["code"] == "invalid"
    assert call(district.sign_in(Role.member, "B11"), district, "B11", 403)["code"] == "forbidden"


def test_a_campaign_is_over_past_its_last_day(district: District) -> None:
    deputy = district.sign_in(Role.deputy, "B11")
    campaign = call(deputy, district, "B11")
    with district.work() as work:
        work.get_one(Campaign, UUID(campaign["id"])).due_on = date(YEAR, 1, 1)
    assert deputy.get(URL).json()["items"][0]["is_over"]
