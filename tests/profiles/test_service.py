"""What a stranger learns of a member beside his card is what the rooms say, at the next scan."""

from collections.abc import Collection, Mapping
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from msgspec import to_builtins
from sqlmodel import col, select

from api.building import PROFILES
from api.database import Work
from api.profiles.sections import Entries, Section
from api.profiles.service import mend_profiles, write_section
from models.card import Card
from models.enums import CardState, PartyPost, Role
from models.member import Member
from models.profile import Profile
from tests.conftest import Caller, District
from tests.profiles.lines import pledge
from tests.verification.holders import Holder, change, hold

ANY = {"If-Match": "*"}
HONORS: list[Mapping[str, object]] = [{"title": "优秀共产党员", "until": None}]


def posts(client: TestClient, holder: Holder) -> list[str]:
    answer = client.get(f"/C/{holder.code}", headers={"Accept": "application/json"}).json()
    return [entry["post"] for entry in answer["card"]["posts"]]


def differences(district: District) -> int:
    with district.work() as work:
        return mend_profiles(work, PROFILES)


@pytest.fixture
def holder(district: District) -> Holder:
    return hold(district.house, district.ids["B11"])


@pytest.fixture
def secretary(district: District) -> Caller:
    return district.sign_in(Role.town_officer, "T1")


def test_a_post_is_told_at_the_next_scan_however_it_was_changed(
    district: District, client: TestClient, holder: Holder, secretary: Caller
) -> None:
    url = f"/v1/members/{holder.member_id}"
    assert secretary.patch(url, json={"party_post": "group_leader"}, headers=ANY).status_code == 200
    assert posts(client, holder) == ["group_leader"]
    assert secretary.patch(url, json={"party_post": None}, headers=ANY).status_code == 200
    assert posts(client, holder) == []
    lines = ["姓名,入党日期,人员类别,党内职务", "王秀兰,1995-07-01,正式党员,副书记", "李建国,1996-07-01,正式党员,组织委员"]
    files = {"file": ("roster.csv", "\n".join(lines).encode())}
    taken = secretary.post("/v1/members/import", params={"organization_id": str(district.ids["B11"])}, files=files).json()
    assert (taken["updated"], taken["created"]) == (1, 1), taken
    assert posts(client, holder) == ["deputy_secretary"]
    with district.work() as work:
        told = work.exec(select(Profile.posts).join(Member).where(col(Member.full_name) == "李建国")).one()
        assert told == [{"post": "organization_commissioner"}]
    assert differences(district) == 0


def test_a_profile_that_is_wrong_is_mended_and_no_other_is_touched(district: District, client: TestClient, holder: Holder) -> None:
    other = hold(district.house, district.ids["B11"], "李建国")
    change(district.house, Member, holder.member_id, party_post=None)
    assert posts(client, holder) == posts(client, other) == ["secretary"]
    assert differences(district) == 1
    assert (posts(client, holder), posts(client, other)) == ([], ["secretary"])
    with district.work() as work:
        work.delete(work.get_one(Profile, other.member_id))
    assert posts(client, other) == []
    assert differences(district) == 1 and posts(client, other) == ["secretary"]
    change(district.house, Member, other.member_id, party_post=PartyPost.committee_member)
    assert differences(district) == 1 and posts(client, other) == ["committee_member"]
    assert differences(district) == 0


def test_pledges_of_a_year_that_is_over_may_stay_in_a_profile_and_are_not_wrong(district: District, holder: Holder) -> None:
    with district.work() as work:
        left = [to_builtins(pledge(1, year=work.today.year - 2, due_on=f"{work.today.year - 2}-12-20"))]
        write_section(work, Section.pledges, lambda *_: {holder.member_id: left}, [holder.member_id])
    assert differences(district) == 0
    with district.work() as work:
        assert work.get_one(Profile, holder.member_id).pledges == left
        now = [to_builtins(pledge(1, year=work.today.year, due_on=f"{work.today.year}-12-20"))]
        write_section(work, Section.pledges, lambda *_: {holder.member_id: now}, [holder.member_id])
    assert differences(district) == 1


def test_a_room_writes_its_own_section_and_leaves_the_others(district: District, holder: Holder) -> None:
    def honors(work: Work, member_ids: Collection[UUID]) -> Mapping[UUID, Entries]:
        return {holder.member_id: HONORS} if honored else {}

    for honored in (True, False):
        with district.work() as work:
            write_section(work, Section.honors, honors, [holder.member_id])
        with district.work() as work:
            profile = work.get_one(Profile, holder.member_id)
            assert (profile.honors, profile.posts) == (HONORS if honored else None, [{"post": "secretary"}])


def test_of_a_member_of_whom_there_is_nothing_to_show_no_row_is_kept_ready(district: District, secretary: Caller) -> None:
    person = {"organization_id": str(district.ids["B11"]), "full_name": "陈晓梅", "joined_on": "2001-07-01", "status": "full"}
    key = UUID(secretary.post("/v1/members", json=person).json()["id"])
    with district.work() as work:
        assert work.get(Profile, key) is None


def test_a_valid_card_tells_the_pledges_of_its_holders_profile_and_no_other_answer_does(
    district: District, client: TestClient, holder: Holder
) -> None:
    def pledges(work: Work, member_ids: Collection[UUID]) -> Mapping[UUID, Entries]:
        return {holder.member_id: [to_builtins(pledge(1, year=work.today.year, due_on=f"{work.today.year}-01-01"))]}

    with district.work() as work:
        write_section(work, Section.pledges, pledges, [holder.member_id])
    address, asked = f"/C/{holder.code}", {"Accept": "application/json"}
    (line,) = client.get(address, headers=asked).json()["card"]["pledges"]
    assert line["content"] == "给独居老人装好扶手" and "year" not in line and "is_claimed" not in line
    change(district.house, Card, holder.card_id, state=CardState.suspended)
    assert client.get(address, headers=asked).json()["card"] is None
