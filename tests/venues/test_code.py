"""What the code of a venue opens to whoever scans it."""

from typing import Any
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func
from sqlmodel import select

from api.codes.reading import grouped, new_venue_code
from api.database import Origin
from models.card import ScanCount
from models.complaint import Complaint
from models.enums import PledgeVisibility, Role, VenueKind
from models.venue import Venue
from tests.conftest import District
from tests.outcomes import refused, stored
from tests.pledges.kept import keep_member, keep_pledge
from tests.posts.kept import add_held, add_post
from tests.venues.kept import HERE, close, keep_venue

LAT, LON = HERE
JSON = {"Accept": "application/json"}
HTML = {"Accept": "text/html"}


def scan(client: TestClient, code: str, **headers: str) -> Any:
    return client.get(f"/C/{code}", headers={"Accept": "application/json", **headers})


def test_a_scan_tells_what_a_venue_is_when_it_is_open_whom_to_call_and_what_is_near(district: District) -> None:
    center = keep_venue(district, kind=VenueKind.service_center, name="上塘村党群服务中心")
    venue = keep_venue(
        district,
        kind=VenueKind.window,
        name="代办窗口",
        parent_id=center.id,
        opening_hours="Mo-Fr 08:30-11:30",
        services=["代办"],
        address="上塘村12号",
    )
    keep_venue(district, name="远", at=(LAT + 10_000, LON), phone="0574-87654321")
    keep_venue(district, name="更远", at=(LAT + 46_000, LON))
    keep_venue(district, name="不公开", is_public=False)
    answer = scan(district.client, venue.code)
    assert answer.status_code == 200 and answer.headers["Cache-Control"] == "no-store"
    body = answer.json()
    assert body.pop("verified_at")
    assert body == {
        "outcome": "valid",
        "reason": "venue_open",
        "code_kind": "venue",
        "plate_kind": None,
        "issuer": "上塘村第一党支部",
        "issuer_kind": None,
        "service_phone": "0574-00001234",
        "service_phone_of": None,
        "moved_to": None,
        "card": None,
        "venue": {
            "name": "代办窗口",
            "kind": "window",
            "organization": "上塘村第一党支部",
            "address": "上塘村12号",
            "position": {"type": "Point", "coordinates": [121.55, 29.8167]},
            "opening_hours": "Mo-Fr 08:30-11:30",
            "opening_hours_text": "周一至周五 08:30–11:30；周六、周日 不开放",
            "services": ["代办"],
            "phone": "0574-00001234",
            "parent": {"name": "上塘村党群服务中心", "kind": "service_center", "url": _url(center.code)},
            "children": [],
            "children_more": 0,
            "posts": [],
            "posts_more": 0,
            "nearest": [
                {"name": "上塘村党群服务中心", "kind": "service_center", "url": _url(center.code), "distance_m": 0},
                {**_near("远"), "url": body["venue"]["nearest"][1]["url"], "distance_m": 1112},
            ],
        },
    }
    english = scan(district.client, grouped(venue.code).lower(), **{"Accept-Language": "en"}).json()
    assert english["venue"]["opening_hours_text"] == "Mon–Fri 08:30–11:30; Sat, Sun closed"
    told = scan(district.client, center.code).json()["venue"]
    assert [one["name"] for one in told["nearest"]] == ["远"], "what is in it is not also near it"
    (child,) = told["children"]
    assert child == {"name": "代办窗口", "kind": "window", "url": _url(venue.code)}


def _url(code: str) -> str:
    return f"HTTPS://LX.EXAMPLE.GOV.CN/C/{code}"


def _near(name: str) -> dict[str, Any]:
    return {"name": name, "kind": "red_base"}


def test_the_code_of_a_closed_venue_says_so_and_where_to_go_instead(district: District) -> None:
    venue = keep_venue(district, opening_hours="24/7", kind=VenueKind.station, name="旧驿站")
    keep_venue(district, kind=VenueKind.care_point, parent_id=venue.id, name="爱心点")
    assert close(district.sign_in(Role.secretary, "B11"), venue.id).status_code == 200
    body = scan(district.client, venue.code).json()
    assert (body["outcome"], body["reason"], body["code_kind"], body["issuer"]) == (
        "expired",
        "venue_closed",
        "venue",
        "上塘村第一党支部",
    )
    assert (body["venue"]["name"], body["venue"]["opening_hours"], body["venue"]["children"]) == ("旧驿站", None, [])
    assert [one["name"] for one in body["venue"]["nearest"]] == ["爱心点"]
    page = district.client.get(f"/C/{venue.code}", headers=HTML)
    assert page.status_code == 200 and "已关闭" in page.text and "爱心点" in page.text


def test_a_venue_that_is_not_public_is_answered_like_one_that_there_is_not(district: District) -> None:
    hidden, unknown = keep_venue(district, is_public=False).code, new_venue_code()
    for accept in ({"Accept": "application/json"}, HTML):
        answers = [district.client.get(f"/C/{code}", headers=accept) for code in (hidden, unknown)]
        assert {answer.status_code for answer in answers} == {404}
        assert len({len(answer.content) for answer in answers}) == 1
    refused(scan(district.client, hidden), 404, "code_unknown")


def test_a_venue_s_page_is_counted_neither_as_a_scan_nor_as_a_miss(district: District, house: Any) -> None:
    venue = keep_venue(district)
    for _ in range(40):
        assert district.client.get(f"/C/{venue.code}", headers=HTML).status_code == 200
        assert district.client.get(f"/C/{venue.code}/report", headers=HTML).status_code == 200
    district.client.app.state.counts.write()  # type: ignore[attr-defined]
    with house.database.reading(Origin("test")) as work:
        assert work.exec(select(func.count()).select_from(ScanCount)).one() == 0


def test_a_report_about_a_venue_reaches_its_organisation(district: District) -> None:
    venue = keep_venue(district)
    form = district.client.get(f"/C/{venue.code}/report", headers=HTML).text
    assert "上塘村红色基地" in form and "不是本人" not in form and "被举报的人" not in form
    assert "打电话问这里" in form and "打电话问支部" not in form
    sent = district.client.post(
        "/v1/complaints", json={"code": venue.code, "kind": "forged", "details": "牌子像是后贴的。", "key": "k" * 22}
    )
    assert sent.status_code == 201, sent.text
    assert sent.json()["service_phone"] == "0574-00001234"
    assert "对方的身份" not in district.client.get(sent.headers["Location"], headers=HTML).text
    wall = district.client.get(f"/C/{venue.code}/wall?lang=en", headers=HTML).text
    assert "Back to the venue" in wall and "Call the branch" not in wall
    secretary = district.sign_in(Role.secretary, "B11")
    (listed,) = secretary.get("/v1/complaints").json()["items"]
    assert (listed["venue_id"], listed["venue_name"], listed["card_id"]) == (str(venue.id), "上塘村红色基地", None)
    assert secretary.get(f"/v1/complaints/{listed['id']}").json()["code"] is None
    assert "上塘村红色基地" in next(item["text"] for item in secretary.todo()["items"] if item["kind"] == "complaint")
    assert stored(district, Complaint, listed["id"]).venue_id == venue.id
    closed = secretary.post(f"/v1/complaints/{listed['id']}/close", json={"state": "founded", "reason": "已换新牌。"})
    assert closed.json()["venue_name"] == "上塘村红色基地"


@pytest.mark.engine("sqlite")
def test_a_wall_names_its_organisations_telephone_whichever_venue_leads_to_it(district: District) -> None:
    own, other = keep_venue(district), keep_venue(district, phone="0574-00009876")
    assert district.client.get(f"/C/{other.code}", headers=JSON).json()["service_phone"] == "0574-00009876"
    walls = [district.client.get(f"/C/{venue.code}/wall", headers=JSON).json() for venue in (own, other)]
    assert {wall["service_phone"] for wall in walls} == {"0574-00001234"}
    for venue in (own, other):
        page = district.client.get(f"/C/{venue.code}/wall", headers=HTML).text
        assert "00009876" not in page and "0574-00001234" in page and "打电话问这里" not in page


@pytest.mark.engine("sqlite")
def test_beyond_a_measure_reports_about_one_venue_are_taken_in_short_and_silence_no_other(district: District) -> None:
    one, other = keep_venue(district), keep_venue(district, "B12")
    for number in range(22):
        report = {"code": one.code, "kind": "other", "details": "灯坏了。", "key": f"{number:022}"}
        assert district.client.post("/v1/complaints", json=report).status_code == 201
    assert district.client.post("/v1/complaints", json=report | {"code": other.code}).status_code == 201
    listed = district.sign_in(Role.district_officer, "D").get("/v1/complaints").json()["items"]
    assert len(listed) == 21 and {item["further"] for item in listed} == {0, 2}


def test_the_wall_and_the_pledges_of_its_organisation_stand_behind_a_venue_s_code(district: District) -> None:
    venue, elsewhere = keep_venue(district), keep_venue(district, "B12")
    key = keep_pledge(district, "B11", visibility=PledgeVisibility.public)
    wall = district.client.get(f"/C/{venue.code}/wall", headers={"Accept": "application/json"}).json()
    assert wall["organization"] == "上塘村第一党支部"
    assert [UUID(one["id"]) for one in wall["organization_pledges"]] == [key]
    shown = f"/C/{venue.code}/pledges/{key}"
    assert district.client.get(shown, headers=HTML).status_code == 200
    rated = district.client.post(
        f"{shown}/evaluations", data={"grade": "satisfied", "key": "k" * 22}, headers={"Accept": "application/json"}
    )
    assert rated.status_code == 201, rated.text
    assert district.client.get(f"/C/{elsewhere.code}/pledges/{key}", headers=HTML).status_code == 404


def test_there_is_no_photo_behind_a_venue_s_code(district: District) -> None:
    refused(district.client.get(f"/C/{keep_venue(district).code}/photo"), 404, "not_found")


def test_of_much_that_is_in_a_venue_its_own_organisation_s_is_named_first_and_the_rest_is_counted(district: District) -> None:
    center = keep_venue(district, kind=VenueKind.service_center)
    own = keep_venue(district, kind=VenueKind.window, name="一号窗口", parent_id=center.id)
    member = keep_member(district, "B11")
    with district.work() as work:
        post = add_post(work, district.ids["B11"], title="窗口岗", venue_id=center.id, seats=50)
        for _ in range(25):
            add_held(work, post.id, member)
        for number in range(60):
            work.add(_window(district, "B21", center, f"{number:02}"))
            add_post(work, district.ids["B21"], title=f"{number:02}", venue_id=center.id)
    told = scan(district.client, center.code).json()["venue"]
    assert [one["name"] for one in told["children"]] == [*(f"{number:02}" for number in range(49)), own.name]
    assert told["children_more"] == 11
    assert [one["title"] for one in told["posts"]] == [*(f"{number:02}" for number in range(19)), "窗口岗"]
    assert told["posts_more"] == 41
    assert (len(told["posts"][-1]["holders"]), told["posts"][-1]["holders_more"]) == (20, 5)
    assert told["nearest"] == []
    page = district.client.get(f"/C/{center.code}", headers=HTML).text
    assert "另有11处未列出。" in page and "另有41个岗位未列出。" in page and "等，另有5人" in page
    with district.work() as work:
        for number in range(1_000):
            work.add(_window(district, "B22", center, str(number)))
    assert scan(district.client, center.code).json()["venue"]["children_more"] == 1_000
    assert "1000+ more are not named here." in district.client.get(f"/C/{center.code}?lang=en", headers=HTML).text


def _window(district: District, code: str, center: Venue, name: str) -> Venue:
    owner = district.ids[code]
    return Venue(organization_id=owner, kind=VenueKind.window, name=name, parent_id=center.id, services=[], code=new_venue_code())
