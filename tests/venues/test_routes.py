from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest

from api.codes.reading import new_venue_code
from api.venues.rules import MOST_VENUES
from models.account import Account
from models.enums import LeavingKind, MemberStatus, Role, VenueKind
from models.organization import Organization
from models.venue import Venue
from tests.conftest import Caller, District, version_of
from tests.outcomes import deeds, entries, refused, stored
from tests.pledges.kept import keep_member
from tests.venues.kept import close, create, edit, keep_venue, reopen
from tests.venues.loading import load, sheet

POINT = {"type": "Point", "coordinates": [121.55, 29.8167]}
WHOLE: dict[str, Any] = {
    "address": "上塘村12号",
    "position": POINT,
    "opening_hours": "Mo-Fr 08:30-11:30; Sa,Su off",
    "services": ["代办", "饮水"],
    "phone": "0574-12345678",
}


@pytest.fixture
def secretary(district: District) -> Caller:
    return district.sign_in(Role.secretary, "B11")


@pytest.fixture
def officer(district: District) -> Caller:
    return district.sign_in(Role.district_officer, "D")


def test_a_venue_is_kept_as_it_was_sent_with_a_code_of_its_own(district: District, secretary: Caller) -> None:
    member_id = keep_member(district, "B11")
    answer = create(secretary, district, **WHOLE, contact_member_id=str(member_id))
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert body | WHOLE == body and answer.headers["Location"] == f"/v1/venues/{body['id']}"
    assert (body["organization_name"], body["contact_member_name"], body["parent_name"]) == ("上塘村第一党支部", "方秀兰", None)
    assert body["opening_hours_text"] == "周一至周五 08:30–11:30；周六、周日 不开放"
    assert body["is_public"] and body["closed_on"] is None
    assert body["code"][0] == "V" and body["url"] == f"HTTPS://LX.EXAMPLE.GOV.CN/C/{body['code']}"
    shown = secretary.get(answer.headers["Location"], headers={"Accept-Language": "en"})
    assert shown.json()["opening_hours_text"] == "Mon–Fri 08:30–11:30; Sat, Sun closed"
    assert deeds(district, body["id"]) == ["create_venue"]


def test_a_shifted_position_is_stored_and_answered_as_telephones_measure_it(district: District, secretary: Caller) -> None:
    shifted = {"type": "Point", "coordinates": [121.554154, 29.814113], "datum": "gcj02"}
    body = create(secretary, district, position=shifted).json()
    assert body["position"] == POINT
    venue = stored(district, Venue, body["id"])
    assert (venue.lat, venue.lon) == (29_816_700, 121_550_000)
    anew = {"type": "Point", "coordinates": [121.56, 29.82]}
    edits = ((anew, anew), (shifted, POINT))
    assert all(edit(secretary, venue.id, position=sent).json()["position"] == told for sent, told in edits)


@pytest.mark.parametrize(
    ("wrong", "code", "field"),
    [
        ({"position": {"type": "Point", "coordinates": [29.8167, 121.55]}}, "outside_china", "body.position"),
        ({"opening_hours": "9-5"}, "bad_opening_hours", "body.opening_hours"),
        ({"kind": "hall_room"}, "bad_parent", "body.parent_id"),
        ({"parent_id": str(uuid4())}, "bad_parent", "body.parent_id"),
        ({"phone": "12345678"}, "invalid", "body.phone"),
        ({"services": ["代办"] * 21}, "invalid", "body.services"),
        ({"position": {"type": "Point", "coordinates": [121.55, 29.8167, 3]}}, "invalid", None),
        ({"name": "\u200b"}, "invalid", "body.name"),
    ],
)
def test_what_cannot_be_of_a_venue_is_refused_at_its_field(
    district: District, secretary: Caller, wrong: dict[str, Any], code: str, field: str | None
) -> None:
    problem = refused(create(secretary, district, **wrong), 422, code)
    if field:
        assert problem["errors"][0]["field"] == field
        if code == "bad_parent":
            assert {"hall_room": "政治生活馆", "service_center": "没有上级阵地"}[wrong.get("kind", "service_center")] in problem[
                "errors"
            ][0]["detail"]
        assert code == "invalid" or problem["errors"][0]["rule"] == code


@pytest.mark.engine("sqlite")
def test_opening_hours_that_are_too_long_are_told_so_and_seven_different_days_fit(district: District, secretary: Caller) -> None:
    days = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
    week = "; ".join(f"{day} 08:3{number}-11:30" for number, day in enumerate(days))
    assert create(secretary, district, opening_hours=week).json()["opening_hours"] == week
    assert create(secretary, district, name="别处", opening_hours=f"\u200b{week} ").json()["opening_hours"] == week
    for length in (121, 150, 260):
        problem = refused(create(secretary, district, opening_hours=f"{week:;<{length}}"), 422, "bad_opening_hours")
        assert "120" in problem["errors"][0]["detail"]
    assert "120" not in refused(create(secretary, district, opening_hours=""), 422, "bad_opening_hours")["errors"][0]["detail"]


def test_a_venue_stands_in_one_of_another_organisation_but_in_no_closed_one(district: District, secretary: Caller) -> None:
    center = keep_venue(district, "B21", kind=VenueKind.service_center, name="南塘村党群服务中心")
    window = create(secretary, district, kind="window", parent_id=str(center.id))
    assert window.json()["parent_name"] == "南塘村党群服务中心"
    refused(create(secretary, district, kind="station", parent_id=str(center.id)), 422, "bad_parent")
    assert close(district.sign_in(Role.secretary, "B21"), center.id).status_code == 200
    refused(create(secretary, district, kind="window", parent_id=str(center.id)), 422, "bad_parent")
    assert edit(secretary, window.json()["id"], parent_id=None).json()["parent_id"] is None
    refused(edit(secretary, window.json()["id"], parent_id=str(center.id)), 422, "bad_parent")


def test_a_venue_of_others_that_is_not_public_is_as_if_it_were_not_there(district: District, secretary: Caller) -> None:
    hidden = keep_venue(district, "B21", kind=VenueKind.service_center, name="内部中心", is_public=False)
    inside = keep_venue(district, "B11", kind=VenueKind.service_center, name="自用中心", is_public=False)
    for key in (hidden.id, uuid4()):
        refused(create(secretary, district, kind="window", parent_id=str(key)), 422, "bad_parent")
    assert create(secretary, district, kind="window", parent_id=str(inside.id)).status_code == 201
    rows = [("B11", "服务窗口", f"{name}的窗口", name) for name in ("内部中心", "没有的中心", "自用中心")]
    rejected = load(secretary, sheet(*rows), on_error="skip").json()["rejected"]
    assert [(one["row"], one["rule"]) for one in rejected] == [(2, "unknown_parent"), (3, "unknown_parent")]


def test_only_who_belongs_to_it_and_is_within_reach_is_a_venue_s_contact(district: District, secretary: Caller) -> None:
    refused(create(secretary, district, contact_member_id=str(keep_member(district, "B12"))), 404, "not_found")
    gone = keep_member(district, "B11", status=MemberStatus.left, left_on=date(2025, 1, 2), left_kind=LeavingKind.withdrew)
    refused(create(secretary, district, contact_member_id=str(gone)), 409, "member_has_left")


def test_a_contact_who_leaves_is_one_no_longer(district: District, secretary: Caller) -> None:
    member_id = keep_member(district, "B11")
    venue = keep_venue(district, contact_member_id=member_id)
    body = {"kind": "deceased", "left_on": date(2026, 1, 2).isoformat(), "reason": "病故"}
    assert secretary.post(f"/v1/members/{member_id}/leave", json=body).status_code == 200
    assert stored(district, Venue, venue.id).contact_member_id is None
    assert entries(district, venue.id) == [("edit_venue", {"fields": ["contact_member_id"]})]


def test_what_is_edited_is_what_was_sent_and_nothing_else(district: District, secretary: Caller) -> None:
    made = create(secretary, district, **WHOLE)
    key, tag = made.json()["id"], {"If-Match": made.headers["ETag"]}
    answer = secretary.patch(f"/v1/venues/{key}", json={"position": None, "services": []}, headers=tag)
    body = answer.json()
    assert (body["position"], body["services"], body["address"], body["code"]) == (None, [], "上塘村12号", made.json()["code"])
    assert version_of(answer) == version_of(made) + 1
    assert entries(district, key)[-1] == ("edit_venue", {"fields": ["lat", "lon", "services"]})
    refused(secretary.patch(f"/v1/venues/{key}", json={"name": "新名"}, headers=tag), 412, "precondition_failed")
    refused(secretary.patch(f"/v1/venues/{key}", json={"kind": "window"}, headers=tag), 422, "invalid")


def test_a_venue_is_given_only_to_an_open_organisation_within_reach(district: District, secretary: Caller, officer: Caller) -> None:
    venue = keep_venue(district)
    with district.work() as work:
        work.get_one(Organization, district.ids["B22"]).closed_on = work.today
    other = {code: str(district.ids[code]) for code in ("B12", "B22")}
    refused(edit(secretary, venue.id, organization_id=other["B12"]), 404, "not_found")
    refused(edit(officer, venue.id, organization_id=other["B22"]), 409, "branch_closed")
    assert edit(officer, venue.id, organization_id=other["B12"]).json()["organization_name"] == "上塘村第二党支部"
    refused(secretary.get(f"/v1/venues/{venue.id}"), 404, "not_found")


@pytest.mark.parametrize(("role", "code"), [(Role.deputy, "V1"), (Role.secretary, "V1"), (Role.town_officer, "T1")])
def test_nobody_gives_or_takes_a_venue_of_the_organisation_that_he_is_of(district: District, role: Role, code: str) -> None:
    caller, above = district.sign_in(role, code), district.sign_in(Role.district_officer, "D")
    own, below = keep_venue(district, code), keep_venue(district, "B11")
    refused(edit(caller, own.id, organization_id=str(district.ids["B11"])), 403, "for_the_level_above")
    refused(edit(caller, below.id, organization_id=str(district.ids[code]), name="新名"), 403, "for_the_level_above")
    assert stored(district, Venue, below.id).name != "新名"
    refused(edit(caller, own.id, organization_id=str(district.ids["B22"])), 404, "not_found")
    assert edit(caller, below.id, organization_id=str(district.ids["B12"]), name="新名").status_code == 200
    assert edit(caller, own.id, organization_id=str(district.ids[code]), name="新名").status_code == 200
    for venue, to in ((own, "B11"), (below, code)):
        assert edit(above, venue.id, organization_id=str(district.ids[to])).status_code == 200


def test_an_account_of_a_branch_gives_no_venue_of_those_above_it(district: District) -> None:
    above = district.sign_in(Role.town_officer, "T1")
    venue = keep_venue(district, "V1")
    with district.work() as work:
        work.get_one(Account, UUID(above.account_id)).organization_id = district.ids["B11"]
    refused(edit(above, venue.id, organization_id=str(district.ids["B12"])), 403, "for_the_level_above")


def test_whoever_looks_after_a_venue_of_the_district_neither_gives_it_nor_lets_it_go_himself(district: District) -> None:
    member_id = keep_member(district, "B11")
    he = district.sign_in(Role.district_officer, "D", member_id=member_id)
    another = district.sign_in(Role.district_officer, "D")
    venue, free, below = (
        keep_venue(district, "D", contact_member_id=member_id),
        keep_venue(district, "D"),
        keep_venue(district, "T1"),
    )
    refused(edit(he, venue.id, contact_member_id=None), 403, "about_oneself")
    refused(edit(he, venue.id, organization_id=str(district.ids["T1"])), 403, "about_oneself")
    refused(edit(he, free.id, contact_member_id=str(member_id)), 403, "about_oneself")
    assert edit(he, venue.id, contact_member_id=str(member_id), name="新名").status_code == 200
    assert edit(he, below.id, contact_member_id=str(member_id)).status_code == 200
    assert edit(another, venue.id, contact_member_id=None).status_code == 200


def test_a_closed_venue_is_opened_again_with_the_code_that_it_had(district: District, secretary: Caller) -> None:
    venue = keep_venue(district)
    closed = close(secretary, venue.id).json()
    assert closed["closed_on"] and closed["state_reason"] == "整体搬迁"
    assert close(secretary, venue.id).json()["version"] == closed["version"]
    assert [one["id"] for one in secretary.get("/v1/venues").json()["items"]] == []
    assert [one["id"] for one in secretary.get("/v1/venues?closed=true").json()["items"]] == [str(venue.id)]
    refused(reopen(secretary, venue.id, headers={"If-Match": '"1"'}), 412, "precondition_failed")
    opened = reopen(secretary, venue.id).json()
    assert (opened["closed_on"], opened["state_reason"], opened["code"]) == (None, "装修完工", venue.code)
    assert reopen(secretary, venue.id).json()["version"] == opened["version"]
    assert deeds(district, venue.id) == ["close_venue", "reopen_venue"]


def test_an_organisation_that_closes_closes_its_venues_with_it(district: District, officer: Caller) -> None:
    venue, other = keep_venue(district, "B11"), keep_venue(district, "B12")
    assert officer.post(f"/v1/organizations/{district.ids['B11']}/close").status_code == 200
    assert stored(district, Venue, venue.id).closed_on and not stored(district, Venue, other.id).closed_on
    refused(reopen(officer, venue.id), 409, "branch_closed")
    refused(create(officer, district, "B11"), 409, "branch_closed")
    assert edit(officer, venue.id, organization_id=str(district.ids["B12"])).status_code == 200
    assert reopen(officer, venue.id).json()["closed_on"] is None


def test_venues_are_listed_by_name_of_an_organisation_and_of_a_kind(district: District, officer: Caller) -> None:
    for code, kind, name in (("B11", VenueKind.station, "乙"), ("B12", VenueKind.red_base, "甲"), ("B21", VenueKind.station, "丙")):
        keep_venue(district, code, kind=kind, name=name)

    def listed(**query: Any) -> list[str]:
        return [one["name"] for one in officer.get("/v1/venues", params=query).json()["items"]]

    assert listed() == sorted("甲乙丙")
    assert listed(kind="station") == sorted("乙丙")
    assert listed(organization_id=str(district.ids["V1"])) == sorted("甲乙")


def test_a_venue_s_code_is_drawn_for_its_sign(district: District, secretary: Caller) -> None:
    venue = keep_venue(district)
    drawn = secretary.get(f"/v1/venues/{venue.id}/qr.svg?side_mm=60")
    assert 'width="60mm"' in drawn.text and drawn.headers["ETag"]
    assert secretary.get(f"/v1/venues/{venue.id}/qr.png").content.startswith(b"\x89PNG")


def test_an_organisation_has_a_thousand_venues_at_the_most_closed_ones_among_them(district: District, officer: Caller) -> None:
    other = keep_venue(district, "B12", name="另一处")
    keep_venue(district, name="第一处", closed_on=date(2026, 1, 1))
    with district.work() as work:
        for number in range(MOST_VENUES - 2):
            venue = Venue(kind=VenueKind.station, name=str(number), services=[], code=new_venue_code())
            venue.organization_id = district.ids["B11"]
            work.add(venue)
    rows = [("B11", "红色基地", name) for name in ("第一处", "最后一处", "多一处")]
    planned = load(officer, sheet(*rows), on_error="skip", dry_run=True).json()
    done = load(officer, sheet(*rows), on_error="skip").json()
    assert done == planned and (done["created"], done["unchanged"]) == (1, 1)
    (told,) = done["rejected"]
    assert (told["row"], told["column"], told["rule"]) == (4, "所属组织", "too_many_venues")
    refused(create(officer, district), 409, "too_many_venues")
    refused(edit(officer, other.id, organization_id=str(district.ids["B11"])), 409, "too_many_venues")
    assert edit(officer, other.id, name="改名").status_code == 200
    assert create(officer, district, "B12").status_code == 201
