from datetime import timedelta
from typing import Any

import pytest

from api.honors import rules
from models.enums import Role
from models.honor import Honor
from models.profile import Profile
from tests.clock import district_day
from tests.conftest import Caller, District
from tests.honors.about import WRITTEN
from tests.honors.kept import keep_honor
from tests.outcomes import entries, refused, stored
from tests.standards.asking import answered
from tests.transfers.moves import decide, requested
from tests.verification.holders import Holder, hold

URL = "/v1/honors"
ANY = {"headers": {"If-Match": "*"}}
TODAY = district_day()
WHY = {"reason": "查实后撤销"}


@pytest.fixture
def secretary(district: District) -> Caller:
    return district.sign_in(Role.secretary, "B11")


@pytest.fixture
def officer(district: District) -> Caller:
    return district.sign_in(Role.district_officer, "D")


@pytest.fixture
def holder(district: District) -> Holder:
    return hold(district.house, district.ids["B11"])


def given(caller: Caller, holder: Holder, **told: Any) -> dict[str, Any]:
    answer = caller.post(URL, json=WRITTEN | {"member_id": str(holder.member_id)} | told)
    assert answered(answer, 201)["id"] in {item["id"] for item in answered(caller.get(answer.headers["Location"]))["items"]}
    return answered(answer, 201)


def titles(caller: Caller, **asked: Any) -> list[str]:
    return [item["title"] for item in answered(caller.get(URL, params=asked))["items"]]


def shown(caller: Caller, holder: Holder) -> list[str]:
    """What whoever scans his card is told of."""
    card = answered(caller.get(f"/C/{holder.code}", headers={"Accept": "application/json"}))["card"]
    return [honor["title"] for honor in card["honors"]] if card else []


def test_an_honour_is_told_at_the_next_scan_and_not_once_it_is_withdrawn(
    district: District, secretary: Caller, holder: Holder
) -> None:
    honor = given(secretary, holder)
    assert honor["organization_id"] == str(district.ids["B11"]) and honor["member_name"]
    card = answered(secretary.get(f"/C/{holder.code}", headers={"Accept": "application/json"}))["card"]
    told = {"title": "2026年度实干之星", "level": "town", "awarded_by": "中共云岭镇委员会", "awarded_on": "2026-06-28"}
    assert card["honors"] == [told]
    for _ in range(2):
        gone = answered(secretary.post(f"{URL}/{honor['id']}/withdraw", json=WHY))
        assert gone["withdrawn_reason"] == WHY["reason"] and shown(secretary, holder) == []
    refused(secretary.patch(f"{URL}/{honor['id']}", json={"title": "另一项"}, **ANY), 409, "not_in_this_state")
    assert titles(secretary) == [honor["title"]], "it stays in the records"
    assert [deed for deed, _ in entries(district, honor["id"])] == ["create_honor", "withdraw_honor"]


def test_an_honour_is_edited_and_one_that_is_not_public_or_over_is_not_told(
    district: District, secretary: Caller, holder: Holder
) -> None:
    honor = given(secretary, holder)
    url = f"{URL}/{honor['id']}"
    for change, told in (
        ({"is_public": False}, []),
        ({"is_public": True, "title": "优秀共产党员"}, ["优秀共产党员"]),
        ({"valid_until": (TODAY - timedelta(days=1)).isoformat()}, []),
        ({"valid_until": TODAY.isoformat()}, ["优秀共产党员"]),
        ({"valid_until": None, "document_no": None}, ["优秀共产党员"]),
    ):
        answered(secretary.patch(url, json=change, **ANY))
        assert shown(secretary, holder) == told, change
    assert entries(district, honor["id"])[1] == ("edit_honor", {"fields": ["is_public"]})
    before = answered(secretary.patch(url, json={"title": "优秀共产党员"}, **ANY))["version"]
    assert stored(district, Honor, honor["id"]).version == before == 6, "what changes nothing is no change"


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"awarded_on": (TODAY + timedelta(days=2)).isoformat()}, "body.awarded_on"),
        ({"valid_until": "2026-06-27"}, "body.valid_until"),
    ],
)
def test_an_honour_has_been_awarded_and_ends_after_that(secretary: Caller, holder: Holder, told: Any, field: str) -> None:
    answer = secretary.post(URL, json=WRITTEN | {"member_id": str(holder.member_id)} | told)
    assert [fault["field"] for fault in refused(answer, 422, "bad_span")["errors"]] == [field]
    honor = given(secretary, holder)
    answer = secretary.patch(f"{URL}/{honor['id']}", json=told, **ANY)
    assert [fault["field"] for fault in refused(answer, 422, "bad_span")["errors"]] == [field]


def test_an_honour_is_a_members_or_an_organisations(district: District, officer: Caller, holder: Holder) -> None:
    own = answered(officer.post(URL, json=WRITTEN | {"organization_id": str(district.ids["B12"])}), 201)
    assert own["member_id"] is own["member_name"] is None and own["organization_id"] == str(district.ids["B12"])
    in_town = given(officer, holder, organization_id=str(district.ids["T1"]), title="最美党员")
    assert in_town["organization_id"] == str(district.ids["B11"]), "it stands where he belongs"
    both = {"member_id": str(holder.member_id), "organization_id": str(district.ids["B12"])}
    refused(officer.post(URL, json=WRITTEN | both), 404, "not_found")
    told = refused(officer.post(URL, json=WRITTEN), 422, "invalid")
    assert [(fault["field"], fault["rule"]) for fault in told["errors"]] == [("body.member_id", "whose")]
    assert titles(officer, organization_id=str(district.ids["T1"])) == ["最美党员", own["title"]]
    assert titles(officer, member_id=str(holder.member_id)) == ["最美党员"]


def test_a_member_has_so_many_honours_at_the_most_those_withdrawn_among_them(
    district: District, secretary: Caller, holder: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "MOST_OF_A_MEMBER", 2)
    keep_honor(district, "B11")
    first = given(secretary, holder)
    answered(secretary.post(f"{URL}/{first['id']}/withdraw", json=WHY))
    last = given(secretary, holder)
    refused(secretary.post(URL, json=WRITTEN | {"member_id": str(holder.member_id)}), 409, "too_many_honors")
    answered(secretary.patch(f"{URL}/{last['id']}", json={"title": "最美党员"}, **ANY))
    answered(secretary.post(URL, json=WRITTEN | {"organization_id": str(district.ids["B11"])}), 201)


def test_a_member_reads_his_own_and_gives_himself_none(district: District, holder: Holder) -> None:
    own = district.sign_in(Role.secretary, "B11", member_id=holder.member_id)
    keep_honor(district, "B11", holder.member_id)
    keep_honor(district, "B11")
    assert [item["title"] for item in answered(own.get(f"{URL}/mine"))["items"]] == ["2026年度实干之星"]
    refused(own.post(URL, json=WRITTEN | {"member_id": str(holder.member_id)}), 403, "about_oneself")


def test_honours_go_with_a_member_and_are_silent_while_he_is_out(district: District, officer: Caller, holder: Holder) -> None:
    honor = given(officer, holder)
    member = f"/v1/members/{holder.member_id}"
    assert decide(officer, requested(officer, district, str(holder.member_id), "B12"), "accept").status_code == 200
    assert stored(district, Honor, honor["id"]).organization_id == district.ids["B12"]
    assert answered(officer.post(f"{member}/leave", json={"kind": "transferred_out", "reason": "调出"}))
    refused(officer.post(URL, json=WRITTEN | {"member_id": str(holder.member_id)}), 409, "member_has_left")
    with district.work() as work:
        assert work.get_one(Profile, holder.member_id).honors is None
    assert answered(officer.post(f"{member}/restore", json={"status": "full", "reason": "误标记为离开"}))
    with district.work() as work:
        kept = work.get_one(Profile, holder.member_id).honors
    assert kept is not None and [one["title"] for one in kept] == [honor["title"]]
