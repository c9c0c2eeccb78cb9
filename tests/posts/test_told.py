"""What strangers are told of posts: by a card, and by the code of a venue."""

from datetime import timedelta
from typing import Any

import pytest

from models.enums import NameDisplay, PartyPost, Role
from models.member import Member
from models.organization import Organization
from models.post_enums import PostKind, PostSlot
from tests.conftest import Caller, District
from tests.pledges.kept import keep_member
from tests.posts.kept import URL, WHY, create, give, keep_held, keep_post, today
from tests.venues.kept import keep_venue
from tests.verification.holders import Holder, hold

JSON = {"Accept": "application/json"}


@pytest.fixture
def holder(district: District) -> Holder:
    return hold(district.house, district.ids["B11"])


@pytest.fixture
def officer(district: District) -> Caller:
    return district.sign_in(Role.district_officer, "D")


def scanned(district: District, code: str, **headers: str) -> dict[str, Any]:
    told: dict[str, Any] = district.client.get(f"/C/{code}", headers=JSON | headers).json()
    return told


def posts_of(district: District, holder: Holder, **headers: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = scanned(district, holder.code, **headers)["card"]["posts"]
    return found


def test_a_card_tells_its_posts_at_the_next_scan_those_within_the_party_first(
    district: District, officer: Caller, holder: Holder
) -> None:
    nothing: dict[str, Any] = {"slot": None, "organization": None, "sent_by": None, "duties": []}
    assert posts_of(district, holder) == [{"post": "secretary", "title": "书记", **nothing}]
    key = create(officer, district).json()["id"]
    given = give(officer, key, holder.member_id, slot="backup").json()["id"]
    village = create(officer, district, "V1", kind="window", title="代办窗口", duties=[]).json()["id"]
    assert give(officer, village, holder.member_id, since="2025-01-01").status_code == 201
    first, second, third = posts_of(district, holder, **{"Accept-Language": "en"})
    assert (first["title"], second["title"], second["organization"]) == ("Secretary", "代办窗口", "上塘村")
    assert third == {"post": "duty", "title": "政策宣传岗", **nothing, "slot": "backup", "duties": ["每周三上门代办"]}
    page = district.client.get(f"/C/{holder.code}", headers={"Accept": "text/html"}).text
    assert all(words in page for words in ("岗位和职责", "政策宣传岗", "每周三上门代办", "代办窗口", "上塘村"))
    assert officer.post(f"{URL}/{key}/holdings/{given}/end", json=WHY).status_code == 200
    assert [post["title"] for post in posts_of(district, holder)] == ["书记", "代办窗口"]


def test_days_are_judged_when_a_card_is_scanned(district: District, officer: Caller, holder: Holder) -> None:
    key, day = create(officer, district, seats=9).json()["id"], today(district)
    spans = ((day, day + timedelta(days=1)), (day - timedelta(days=9), day), (day + timedelta(days=1), None))
    told = []
    for since, until in spans:
        body = {"since": since.isoformat(), "until": until and until.isoformat()}
        answer = give(officer, key, holder.member_id, **body)
        assert answer.status_code == 201, answer.text
        told.append(len(posts_of(district, holder)))
    assert told == [2, 2, 2]


def test_a_venue_tells_who_is_on_duty_by_the_names_that_strangers_may_read(district: District, officer: Caller) -> None:
    venue = keep_venue(district, "V1")
    with district.work() as work:
        work.get_one(Organization, district.ids["B11"]).name_display = NameDisplay.masked
    one, two = keep_member(district, "B11"), keep_member(district, "B12", "陈晓梅")
    window = keep_post(district, "V1", kind=PostKind.window, title="代办窗口", venue_id=venue.id)
    keep_held(district, window, two, slot=PostSlot.backup)
    held = keep_held(district, window, one)
    hidden = keep_post(district, "V1", title="值班岗", venue_id=venue.id, is_public=False)
    keep_held(district, hidden, one)
    keep_post(district, "B11", kind=PostKind.party, party_post=PartyPost.secretary, title="书记", venue_id=venue.id, duties=[])
    with district.work() as work:
        work.get_one(Member, two).party_post = PartyPost.secretary

    def told() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = scanned(district, venue.code)["venue"]["posts"]
        return found

    alone, shared = told()
    assert alone == {"title": "书记", "duties": [], "holders": [], "holders_more": 0}
    assert (shared["title"], shared["duties"]) == ("代办窗口", ["每周三上门代办"])
    assert shared["holders"] == [{"display_name": "方**", "slot": "A"}, {"display_name": "陈晓梅", "slot": "B"}]
    page = district.client.get(f"/C/{venue.code}", headers={"Accept": "text/html"}).text
    assert "代办窗口" in page and "陈晓梅" in page and "方秀兰" not in page
    assert officer.post(f"{URL}/{window.id}/holdings/{held.id}/end", json=WHY).status_code == 200
    assert told()[1]["holders"] == [{"display_name": "陈晓梅", "slot": None}]
    assert officer.post(f"/v1/venues/{venue.id}/close", json=WHY).status_code == 200
    assert told() == []
