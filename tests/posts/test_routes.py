from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from api.posts import rules
from api.posts.showing import shown_posts
from models.enums import LeavingKind, MemberStatus, PartyPost, Role, VenueKind
from models.member import Member
from models.post import Post, PostHolding
from models.post_enums import PostKind, PostSlot
from tests.conftest import Caller, District, version_of
from tests.outcomes import deeds, entries, refused, stored
from tests.pledges.kept import keep_member
from tests.posts.kept import (
    DUTIES,
    URL,
    WHY,
    announce,
    close,
    create,
    edit,
    end,
    give,
    keep_held,
    keep_post,
    on_card,
    today,
)
from tests.venues.kept import keep_venue


@pytest.fixture
def secretary(district: District) -> Caller:
    return district.sign_in(Role.secretary, "B11")


@pytest.fixture
def officer(district: District) -> Caller:
    return district.sign_in(Role.district_officer, "D")


def made(caller: Caller, district: District, code: str = "B11", **content: Any) -> str:
    answer = create(caller, district, code, **content)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def shown(caller: Caller, key: str) -> dict[str, Any]:
    told: dict[str, Any] = caller.get(f"{URL}/{key}").json()
    return told


def test_the_catalogue_tells_where_each_post_comes_from_and_has_no_duties(secretary: Caller) -> None:
    items = secretary.get(f"{URL}/catalogue").json()["items"]
    groups = {item["group"] for item in items}
    assert groups == {"生产服务", "民主监督", "治安环境", "文明新风", "党内职务"} and len(items) == 17
    assert {"A", "C", "OURS"} == {one["grade"] for item in items for one in item["basis"]}
    assert all(item["basis"] and set(item) == {"code", "group", "title", "basis"} for item in items)


def test_a_post_is_kept_as_it_was_sent_with_its_duties_in_their_order(district: District, secretary: Caller) -> None:
    venue = keep_venue(district, "V1", kind=VenueKind.service_center, name="上塘村党群服务中心")
    duties = [{"text": text, "list_kind": "power", "list_number": 3} for text in ("受理代办", "上门走访")]
    answer = create(secretary, district, catalogue_code="CV-01", venue_id=str(venue.id), seats=3, duties=duties)
    assert answer.status_code == 201, answer.text
    body = answer.json()
    told = [duty | {"list_title": None} for duty in duties]
    assert answer.headers["Location"] == f"{URL}/{body['id']}" and body["duties"] == told
    assert (body["organization_name"], body["venue_name"], body["seats"]) == ("上塘村第一党支部", "上塘村党群服务中心", 3)
    assert (body["party_post"], body["announced_until"], body["closed_on"], body["holders"]) == (None, None, None, [])
    turned = edit(secretary, body["id"], duties=duties[::-1])
    assert turned.json()["duties"] == told[::-1] and version_of(turned) == version_of(answer) + 1
    assert entries(district, body["id"])[-1] == ("edit_post", {"fields": ["duties"]})
    first = {"If-Match": answer.headers["ETag"]}
    refused(secretary.patch(f"{URL}/{body['id']}", json={"title": "另名"}, headers=first), 412, "precondition_failed")


@pytest.mark.parametrize(
    "wrong",
    [
        {"duties": DUTIES * 13},
        {"seats": 51},
        {"seats": 0},
        {"title": "岗" * 81},
        {"catalogue_code": "XX-01"},
        {"kind": "party"},
        {"party_post": "secretary"},
        {"duties": [{"text": "看", "list_kind": "power", "list_number": 501}]},
    ],
)
def test_what_cannot_be_of_a_post_is_refused(district: District, secretary: Caller, wrong: dict[str, Any]) -> None:
    refused(create(secretary, district, **wrong), 422, "invalid")


def test_a_post_stands_only_in_a_venue_of_an_organisation_at_above_or_below_its_own(district: District, officer: Caller) -> None:
    for code, status in (("B11", 201), ("T1", 201), ("D", 201), ("B12", 404), ("B21", 404)):
        assert create(officer, district, "B11", venue_id=str(keep_venue(district, code).id)).status_code == status
    assert create(officer, district, "V1", venue_id=str(keep_venue(district, "B11").id)).status_code == 201
    refused(edit(officer, keep_post(district).id, venue_id=str(uuid4())), 404, "not_found")


def test_a_post_within_the_party_is_held_by_whom_the_roster_says(district: District, secretary: Caller) -> None:
    leader = keep_member(district, "B11", party_post=PartyPost.publicity_commissioner)
    key = made(secretary, district, kind="party", party_post="publicity_commissioner", title="宣传委员")
    refused(create(secretary, district, kind="party", party_post="publicity_commissioner"), 409, "party_post_taken")
    (holder,) = shown(secretary, key)["holders"]
    assert (holder["member_id"], holder["member_name"], holder["slot"]) == (str(leader), "方秀兰", "primary")
    assert (holder["id"], holder["since"], holder["how"]) == (None, None, None)
    assert on_card(district, leader) == [{"post": "publicity_commissioner", "title": "宣传委员", "duties": ["每周三上门代办"]}]
    refused(give(secretary, key, keep_member(district, "B11")), 409, "held_by_roster")
    refused(announce(secretary, key, today(district, 7)), 409, "held_by_roster")
    assert edit(secretary, key, is_public=False).status_code == 200 and on_card(district, leader) == []
    assert close(secretary, key).status_code == 200
    assert on_card(district, leader) == [{"post": "publicity_commissioner"}]
    assert create(secretary, district, kind="party", party_post="publicity_commissioner").status_code == 201


def test_a_member_of_a_group_holds_the_party_post_of_his_branch_alone(district: District, secretary: Caller) -> None:
    district.add_group("G")
    leader = keep_member(district, "G", party_post=PartyPost.group_leader)
    keep_member(district, "B12", party_post=PartyPost.group_leader)
    key = made(secretary, district, kind="party", party_post="group_leader", title="党小组长", duties=[])
    assert [one["member_id"] for one in shown(secretary, key)["holders"]] == [str(leader)]
    with district.work() as work:
        (entry,) = shown_posts(work, [leader])[leader]
    assert entry == {"post": "group_leader", "title": "党小组长", "organization": "上塘村第一党支部"}


def test_a_holding_is_told_with_its_post_and_on_the_card(district: District, secretary: Caller) -> None:
    member_id = keep_member(district, "B11")
    key = made(secretary, district)
    answer = give(secretary, key, member_id, until="2099-01-01")
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert (body["member_name"], body["until"], body["sent_by"]) == ("方秀兰", "2099-01-01", None)
    (holder,) = shown(secretary, key)["holders"]
    assert (holder["id"], holder["since"], holder["how"]) == (body["id"], "2026-01-01", "appointed")
    (entry,) = on_card(district, member_id)
    assert entry == {
        **{"post": "duty", "title": "政策宣传岗", "duties": ["每周三上门代办"], "slot": "primary"},
        **{"since": "2026-01-01", "until": "2099-01-01"},
    }
    assert deeds(district, body["id"]) == ["add_holding"]
    assert edit(secretary, key, title="宣传岗").status_code == 200
    assert on_card(district, member_id)[0]["title"] == "宣传岗"
    assert edit(secretary, key, is_public=False).status_code == 200 and on_card(district, member_id) == []


def test_as_many_hold_a_slot_on_a_day_as_there_are_seats(district: District, secretary: Caller) -> None:
    one, two, three = (keep_member(district, "B11", name) for name in ("方秀兰", "陈晓梅", "周明"))
    key = made(secretary, district)
    assert give(secretary, key, one, since="2026-03-01", until="2026-06-01").status_code == 201
    refused(give(secretary, key, two, since="2026-01-01"), 409, "no_seat")
    refused(give(secretary, key, two, since="2026-05-31", until="2026-06-02"), 409, "no_seat")
    assert give(secretary, key, two, since="2026-01-01", until="2026-03-01").status_code == 201
    assert give(secretary, key, three, slot="backup", since="2026-01-01").status_code == 201
    assert give(secretary, key, two, since="2026-06-01", until="2026-06-01").status_code == 201
    assert give(secretary, key, two, since="2026-06-01").status_code == 201


def test_seats_are_not_taken_away_below_those_who_hold_them(district: District, secretary: Caller) -> None:
    key = made(secretary, district, seats=2)
    for name in ("方秀兰", "陈晓梅"):
        assert give(secretary, key, keep_member(district, "B11", name)).status_code == 201
    refused(edit(secretary, key, seats=1), 409, "no_seat")
    assert edit(secretary, key, seats=3).status_code == 200


def test_a_member_has_so_many_posts_at_once_those_to_come_among_them(
    district: District, secretary: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "MOST_HELD", 2)
    member_id, later = keep_member(district, "B11"), today(district, 30).isoformat()
    first, second, third = (made(secretary, district) for _ in range(3))
    held = give(secretary, first, member_id).json()["id"]
    assert give(secretary, second, member_id, since=later).status_code == 201
    refused(give(secretary, third, member_id), 409, "too_many_posts")
    for until in (today(district).isoformat(), "2026-01-01"):
        assert give(secretary, third, member_id, until=until).status_code == 201, "one that is over is a record"
    assert end(secretary, first, held).status_code == 200
    assert give(secretary, third, member_id, since=today(district).isoformat()).status_code == 201


def test_a_post_is_given_so_often_at_the_most(district: District, secretary: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MOST_HOLDINGS", 2)
    key, one = made(secretary, district, seats=9), keep_member(district, "B11")
    for until in ("2026-01-01", "2026-02-01"):
        assert give(secretary, key, one, until=until).status_code == 201
    refused(give(secretary, key, one, since="2026-03-01"), 409, "too_many_holdings")
    assert give(secretary, made(secretary, district), one).status_code == 201


def test_nobody_holds_a_post_twice_on_a_day(district: District, secretary: Caller) -> None:
    member_id = keep_member(district, "B11")
    key = made(secretary, district, seats=5)
    assert give(secretary, key, member_id, until="2026-02-01").status_code == 201
    refused(give(secretary, key, member_id, slot="backup", since="2026-01-31"), 409, "already_holds")
    assert give(secretary, key, member_id, slot="backup", since="2026-02-01").status_code == 201


def test_who_cannot_hold_a_post_is_refused(district: District, secretary: Caller, officer: Caller) -> None:
    key = made(secretary, district)
    gone = keep_member(district, "B11", status=MemberStatus.left, left_on=date(2025, 1, 2), left_kind=LeavingKind.withdrew)
    refused(give(secretary, key, gone), 409, "member_has_left")
    refused(give(secretary, key, keep_member(district, "B12")), 404, "not_found")
    problem = refused(give(officer, key, keep_member(district, "B12")), 422, "not_of_this_organization")
    assert problem["errors"][0]["field"] == "body.member_id"
    refused(give(secretary, key, keep_member(district, "B11"), until="2025-12-31"), 422, "bad_span")
    unexpected = give(secretary, key, keep_member(district, "B11"), sent_by_id=str(district.ids["D"]))
    refused(unexpected, 422, "sending_organization_unexpected")
    assert give(officer, made(officer, district, "V1"), keep_member(district, "B12")).status_code == 201
    assert close(secretary, key).status_code == 200
    refused(give(secretary, key, keep_member(district, "B11")), 409, "post_closed")
    refused(edit(secretary, key, title="另名"), 409, "post_closed")
    refused(announce(secretary, key, today(district, 7)), 409, "post_closed")


def test_a_first_secretary_may_be_of_any_branch_and_tells_who_has_sent_him(district: District, officer: Caller) -> None:
    key = made(officer, district, "V1", kind="first_secretary", title="第一书记", duties=[])
    member_id = keep_member(district, "B21")
    refused(give(officer, key, member_id), 422, "sending_organization_missing")
    refused(give(officer, key, member_id, sent_by_id=str(uuid4())), 404, "not_found")
    answer = give(officer, key, member_id, sent_by_id=str(district.ids["D"]))
    assert answer.json()["sent_by"] == "明湖区" and shown(officer, key)["holders"][0]["sent_by"] == "明湖区"
    (entry,) = on_card(district, member_id)
    assert (entry["organization"], entry["sent_by"]) == ("上塘村", "明湖区")
    for code, name, field in (("V1", "上塘新村", "organization"), ("D", "明湖新区", "sent_by")):
        renamed = officer.patch(f"/v1/organizations/{district.ids[code]}", json={"name": name}, headers={"If-Match": "*"})
        assert renamed.status_code == 200, renamed.text
        assert on_card(district, member_id)[0][field] == name


def test_a_post_changes_hands_in_one_call(district: District, secretary: Caller) -> None:
    one, two = keep_member(district, "B11"), keep_member(district, "B11", "陈晓梅")
    key = made(secretary, district)
    former = give(secretary, key, one).json()["id"]
    since = today(district).isoformat()
    refused(give(secretary, key, two, since=since), 409, "no_seat")
    refused(give(secretary, key, two, since=since, replaces=str(uuid4())), 404, "not_found")
    refused(give(secretary, key, two, since="2025-12-31", replaces=former), 422, "bad_span")
    assert give(secretary, key, two, since=since, replaces=former).status_code == 201
    assert [one["member_name"] for one in shown(secretary, key)["holders"]] == ["陈晓梅"]
    assert stored(district, PostHolding, former).until == today(district)
    assert on_card(district, one) == [] and len(on_card(district, two)) == 1
    assert deeds(district, former) == ["add_holding", "end_holding"]


def test_a_holding_ends_today_unless_another_day_is_told_and_never_later_than_it_would_have(
    district: District, secretary: Caller
) -> None:
    key = made(secretary, district, seats=9)
    holding = give(secretary, key, keep_member(district, "B11"), until="2099-01-01").json()
    for wrong in ("2025-12-31", "2099-01-02"):
        refused(end(secretary, key, holding["id"], until=wrong), 422, "bad_span")
    later = end(secretary, key, holding["id"], until="2098-01-01").json()
    assert (later["until"], later["end_reason"]) == ("2098-01-01", "岗位调整")
    ended = end(secretary, key, holding["id"]).json()
    assert ended["until"] == today(district).isoformat()
    assert end(secretary, key, holding["id"]).json()["version"] == ended["version"]
    coming = give(secretary, key, keep_member(district, "B11"), since="2090-01-01").json()
    assert end(secretary, key, coming["id"]).json()["until"] == "2090-01-01"
    refused(end(secretary, key, uuid4()), 404, "not_found")


def test_whoever_leaves_holds_nothing_from_that_day_on(district: District, secretary: Caller) -> None:
    member_id = keep_member(district, "B11")
    key = made(secretary, district)
    held = give(secretary, key, member_id).json()["id"]
    coming = give(secretary, made(secretary, district), member_id, since="2090-01-01").json()["id"]
    body = {"kind": "deceased", "left_on": "2026-01-02", "reason": "病故"}
    assert secretary.post(f"/v1/members/{member_id}/leave", json=body).status_code == 200
    assert stored(district, PostHolding, held).until == today(district)
    assert stored(district, PostHolding, coming).until == stored(district, PostHolding, coming).since
    assert stored(district, PostHolding, held).end_reason == "member_left"
    assert on_card(district, member_id) == [] and shown(secretary, key)["holders"] == []
    assert deeds(district, held) == ["add_holding", "end_holding"]


def test_whoever_moves_keeps_only_what_he_was_sent_to(district: District, officer: Caller) -> None:
    member_id = keep_member(district, "B11")
    assert give(officer, made(officer, district), member_id).status_code == 201
    sent = made(officer, district, "V2", kind="secondment", title="挂职副书记", duties=[])
    assert give(officer, sent, member_id, sent_by_id=str(district.ids["T1"])).status_code == 201
    asked = {"member_id": str(member_id), "to_organization_id": str(district.ids["B21"]), "reason": "工作调动"}
    transfer = officer.post("/v1/transfers", json=asked).json()["id"]
    assert officer.post(f"/v1/transfers/{transfer}/accept").status_code == 200
    assert [entry["title"] for entry in on_card(district, member_id)] == ["挂职副书记"]


def test_a_change_of_the_roster_is_told_at_once(district: District, secretary: Caller) -> None:
    member_id = keep_member(district, "B11")
    assert made(secretary, district, kind="party", party_post="group_leader", title="组长", duties=[])
    path = f"/v1/members/{member_id}"
    assert secretary.patch(path, json={"party_post": "group_leader"}, headers={"If-Match": "*"}).status_code == 200
    assert on_card(district, member_id) == [{"post": "group_leader", "title": "组长"}]


def test_a_closed_post_is_held_by_nobody_and_takes_no_applications(district: District, secretary: Caller) -> None:
    member_id = keep_member(district, "B11")
    member = district.sign_in(Role.member, "B11", member_id=keep_member(district, "B11", "陈晓梅"))
    key = made(secretary, district)
    held = give(secretary, key, member_id).json()["id"]
    assert announce(secretary, key, today(district, 60)).status_code == 200
    asked = member.post(f"{URL}/{key}/applications", json={"statement": "愿意。"}).json()["id"]
    body = close(secretary, key).json()
    assert (body["closed_on"], body["closed_reason"], body["announced_until"]) == (today(district).isoformat(), "岗位调整", None)
    assert close(secretary, key).json()["version"] == body["version"]
    assert stored(district, PostHolding, held).until == today(district) and on_card(district, member_id) == []
    (application,) = secretary.get(f"{URL}/applications", params={"post_id": key}).json()["items"]
    assert (application["id"], application["state"], application["decision_reason"]) == (asked, "lapsed", "post_closed")
    refused(secretary.post(f"{URL}/applications/{asked}/refuse", json=WHY), 409, "already_decided")
    listed = [secretary.get(URL, params=query).json()["items"] for query in ({}, {"closed": True})]
    assert [len(items) for items in listed] == [0, 1]


def test_nobody_closes_what_he_holds_himself(district: District) -> None:
    member_id = keep_member(district, "B11")
    secretary = district.sign_in(Role.secretary, "B11", member_id=member_id)
    post = keep_post(district)
    keep_held(district, post, member_id)
    refused(close(secretary, post.id), 403, "about_oneself")
    assert stored(district, Post, post.id).closed_on is None


def test_an_organisation_that_closes_closes_its_posts_with_it(district: District, officer: Caller) -> None:
    key = made(officer, district, "B12", kind="first_secretary", title="第一书记")
    sent = keep_member(district, "B21")
    assert give(officer, key, sent, sent_by_id=str(district.ids["D"])).status_code == 201
    assert officer.post(f"/v1/organizations/{district.ids['B12']}/close").status_code == 200
    assert stored(district, Post, key).closed_reason == "organization_closed"
    assert on_card(district, sent) == []
    refused(create(officer, district, "B12"), 409, "branch_closed")


def test_posts_are_listed_by_organisation_kind_venue_and_vacancy(district: District, officer: Caller) -> None:
    venue = keep_venue(district, "V1")
    keep_post(district, "B11", title="甲", venue_id=venue.id)
    full = keep_post(district, "B12", title="乙", kind=PostKind.window, seats=1)
    keep_held(district, full, keep_member(district, "B12"))
    backup = keep_post(district, "B21", title="丙", seats=1)
    keep_held(district, backup, keep_member(district, "B21"), slot=PostSlot.backup)
    keep_post(district, "B21", title="丁", kind=PostKind.party, party_post=PartyPost.secretary)
    held = keep_post(district, "B22", title="戊", kind=PostKind.party, party_post=PartyPost.secretary)

    def listed(**query: Any) -> str:
        return "".join(sorted((one["title"] for one in officer.get(URL, params=query).json()["items"]), key="甲乙丙丁戊".index))

    keep_member(district, "B22", party_post=PartyPost.secretary)
    assert listed() == "甲乙丙丁戊" and held
    assert listed(organization_id=str(district.ids["V1"])) == "甲乙"
    assert (listed(kind="window"), listed(venue_id=str(venue.id))) == ("乙", "甲")
    assert (listed(vacant=True), listed(vacant=False)) == ("甲丙丁", "乙戊")


def test_an_ended_span_of_a_member_who_comes_back_stays_ended(district: District, secretary: Caller) -> None:
    member_id = keep_member(district, "B11")
    assert give(secretary, made(secretary, district), member_id).status_code == 201
    leaving = {"kind": "transferred_out", "left_on": "2026-01-02", "reason": "调出"}
    assert secretary.post(f"/v1/members/{member_id}/leave", json=leaving).status_code == 200
    back = {"status": "full", "reason": "误标记为离开"}
    assert secretary.post(f"/v1/members/{member_id}/restore", json=back).status_code == 200
    assert on_card(district, member_id) == [] and stored(district, Member, member_id).left_on is None


@pytest.mark.parametrize(("given", "missing"), [({"list_kind": "power"}, "list_number"), ({"list_number": 3}, "list_kind")])
def test_a_duty_names_an_item_by_its_list_and_its_number(
    district: District, secretary: Caller, given: dict[str, Any], missing: str
) -> None:
    duties = [DUTIES[0], {"text": "公开事项", **given}]
    for answer in (create(secretary, district, duties=duties), edit(secretary, keep_post(district).id, duties=duties)):
        problem = refused(answer, 422, "invalid")
        assert [one["field"] for one in problem["errors"]] == [f"body.duties.1.{missing}"]


def test_a_code_that_is_not_in_the_catalogue_is_told_so(district: District, secretary: Caller) -> None:
    (fault,) = refused(create(secretary, district, catalogue_code="XX-99"), 422, "invalid")["errors"]
    assert (fault["field"], fault["detail"]) == ("body.catalogue_code", "岗位目录里没有这个编号。")
