"""Progress with its pictures, the percentage of parents, and what becomes of pledges when people and organisations go."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlmodel import select

from api.pledges.progress import rules
from models.enums import Role
from models.pledge_progress import PledgeProgress
from models.profile import Profile
from tests.access.asking import code
from tests.conftest import Caller, District
from tests.files.drawings import drawn
from tests.pledges.asking import (
    URL,
    WHY,
    YEAR,
    People,
    claimed,
    do,
    done,
    drafted,
    lines,
    on_card,
    past,
    people,
    published,
    shown,
    stored,
    submitted,
)
from tests.pledges.kept import keep_member
from tests.problems import fields

NOTE = {"note": "走访了两户，帮助办理医保。"}


@pytest.fixture
def folk(district: District) -> People:
    return people(district)


def brought(caller: Caller) -> str:
    answer = caller.post("/v1/files", files={"file": ("a.jpg", drawn())})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def told(caller: Caller, key: str, **content: Any) -> dict[str, Any]:
    return done(caller, key, "progress", NOTE | content)


def publish(caller: Caller, *ids: str) -> dict[str, Any]:
    answer = caller.post(f"{URL}/progress/publish", json={"ids": list(ids)})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def last_on_card(folk: People) -> dict[str, Any] | None:
    """What a scan tells of the progress of the member's one pledge."""
    on_card(folk.district, folk.member_id)
    with folk.district.work() as work:
        (entry,) = work.get_one(Profile, folk.member_id).pledges or []
        last: dict[str, Any] | None = entry["last_progress"]
        return last


def test_progress_is_read_at_once_by_whoever_sees_the_pledge_and_by_strangers_once_it_is_published(folk: People) -> None:
    key = published(folk.member, folk.secretary)
    entry = told(folk.member, key, percent=40)
    assert (entry["happened_on"], entry["percent"], entry["published_on"]) == (str(past(0)), 40, None)
    assert [one["id"] for one in shown(folk.other, key)["progress"]] == [entry["id"]]
    assert (shown(folk.other, key)["percent"], last_on_card(folk)) == (40, None)
    assert publish(folk.secretary, entry["id"])["done"] == [entry["id"]]
    assert last_on_card(folk) == {"happened_on": str(past(0)), **NOTE}


def test_progress_has_happened_already_and_is_told_of_a_published_pledge(folk: People) -> None:
    key = published(folk.member, folk.secretary)
    ahead = {"happened_on": str(past(0) + timedelta(days=2))}
    assert code(do(folk.member, key, "progress", NOTE | ahead), 422) == "invalid"
    assert told(folk.member, key, happened_on=f"{YEAR}-01-01")["happened_on"] == f"{YEAR}-01-01"
    assert code(do(folk.member, submitted(folk.member), "progress", NOTE), 409) == "not_in_this_state"


def test_a_pledge_takes_so_many_entries_a_day_and_in_all(folk: People, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those withdrawn count as well."""
    monkeypatch.setattr(rules, "MOST_ENTRIES_A_DAY", 2)
    monkeypatch.setattr(rules, "MOST_ENTRIES", 3)
    key, another = (published(folk.member, folk.secretary) for _ in range(2))
    entry, _ = told(folk.member, key), told(folk.member, key)
    done(folk.member, key, f"progress/{entry['id']}/withdraw", WHY)
    answer = do(folk.member, key, "progress", NOTE)
    assert code(answer, 429) == "too_many_entries_today"
    assert 0 < int(answer.headers["Retry-After"]) <= 86_400
    told(folk.member, another)
    with folk.district.work() as work:
        for one in work.exec(select(PledgeProgress)).all():
            one.created_at -= timedelta(days=1)
    told(folk.member, key)
    assert code(do(folk.member, key, "progress", NOTE), 409) == "too_many_entries"
    told(folk.member, another)


def test_progress_bears_up_to_nine_pictures_that_its_author_has_brought(folk: People) -> None:
    key = published(folk.member, folk.secretary)
    pictures = [brought(folk.member) for _ in range(9)]
    assert code(do(folk.member, key, "progress", NOTE | {"attachment_ids": [*pictures, str(uuid4())]}), 422) == "invalid"
    strange = do(folk.member, key, "progress", NOTE | {"attachment_ids": [pictures[0], brought(folk.other)]})
    assert code(strange, 404) == "not_your_file"
    assert fields(strange.json()) == [("body.attachment_ids.1", "not_your_file")]
    entry = told(folk.member, key, attachment_ids=pictures)
    assert sorted(entry["picture_ids"]) == sorted(pictures)
    for caller in (folk.member, folk.other, folk.secretary):
        answer = caller.get(f"{URL}/{key}/pictures/{pictures[0]}")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    assert folk.secretary.get(f"/v1/files/{pictures[0]}").status_code == 200
    another = published(folk.member, folk.secretary)
    assert folk.member.get(f"{URL}/{another}/pictures/{pictures[0]}").status_code == 404
    assert folk.member.get(f"{URL}/{key}/pictures/{brought(folk.member)}").status_code == 404


def test_pictures_are_seen_by_whoever_sees_the_pledge(folk: People) -> None:
    key = published(folk.member, folk.secretary, visibility="branch")
    (picture,) = told(folk.member, key, attachment_ids=[brought(folk.member)])["picture_ids"]
    elsewhere = folk.district.sign_in(Role.secretary, "B21")
    for address in (f"{URL}/{key}/pictures/{picture}", f"/v1/files/{picture}"):
        assert elsewhere.get(address).status_code == 404


@pytest.mark.parametrize("by", ["member", "secretary"])
def test_withdrawn_progress_is_gone_for_strangers_with_its_pictures_and_its_percentage(folk: People, by: str) -> None:
    key = published(folk.member, folk.secretary)
    told(folk.member, key, percent=30)
    entry = told(folk.member, key, percent=60, attachment_ids=[brought(folk.member)])
    publish(folk.secretary, entry["id"])
    gone = done(getattr(folk, by), key, f"progress/{entry['id']}/withdraw", WHY)
    assert (gone["withdrawn_reason"], gone["picture_ids"]) == (WHY["reason"], [])
    assert folk.member.get(f"{URL}/{key}/pictures/{entry['picture_ids'][0]}").status_code == 404
    assert (shown(folk.member, key)["percent"], last_on_card(folk)) == (30, None)
    assert [len(shown(caller, key)["progress"]) for caller in (folk.member, folk.secretary, folk.other)] == [2, 2, 1]
    assert code(do(folk.secretary, key, f"progress/{entry['id']}/withdraw", WHY), 409) == "not_in_this_state"
    assert publish(folk.secretary, entry["id"])["skipped"] == [{"progress_id": entry["id"], "reason": "not_in_this_state"}]


def test_progress_is_withdrawn_by_its_author_or_a_reviewer_alone(folk: People) -> None:
    key = published(folk.member, folk.secretary)
    entry = told(folk.member, key)["id"]
    assert code(do(folk.other, key, f"progress/{entry}/withdraw", WHY), 403) == "for_the_level_above"
    another = published(folk.member, folk.secretary)
    assert do(folk.member, another, f"progress/{entry}/withdraw", WHY).status_code == 404


def test_many_entries_are_published_at_once_and_of_each_other_it_is_told_why(folk: People) -> None:
    key, own = published(folk.member, folk.secretary), published(folk.secretary, folk.village)
    entries = [told(folk.member, key)["id"] for _ in range(2)]
    mine, unknown = told(folk.secretary, own)["id"], str(uuid4())
    answer = publish(folk.secretary, *entries, mine, unknown)
    assert answer["done"] == entries
    assert [(one["progress_id"], one["reason"]) for one in answer["skipped"]] == [(mine, "about_oneself"), (unknown, "not_found")]
    assert lines(folk.district, "publish_progress") == 2


def test_a_parents_percentage_follows_from_the_pledges_below_it(folk: People) -> None:
    district = folk.district
    town = published(folk.officer, district.sign_in(Role.district_officer, "D"), organization_id=str(district.ids["T1"]))
    branch = published(folk.secretary, folk.village, organization_id=str(district.ids["B11"]), parent_id=town)
    assert told(folk.secretary, branch, percent=25)["percent"] == 25
    assert stored(district, town).percent == 25
    one = published(folk.member, folk.secretary, parent_id=branch, weight=2)
    other = published(folk.other, folk.secretary, parent_id=branch)
    assert [stored(district, key).percent for key in (town, branch)] == [0, 0]
    told(folk.member, one, percent=50)
    assert [stored(district, key).percent for key in (town, branch)] == [33, 33]
    assert code(do(folk.secretary, branch, "progress", NOTE | {"percent": 90}), 422) == "rolled_up"
    told(folk.secretary, branch)
    done(folk.other, other, "claim", {"outcome": "fulfilled", "note": "见台账。"})
    done(folk.secretary, other, "confirm")
    assert [stored(district, key).percent for key in (town, branch)] == [66, 66]
    done(folk.secretary, one, "exempt", WHY)
    assert [stored(district, key).percent for key in (town, branch)] == [100, 100]
    done(folk.officer, one, "reopen", WHY)
    assert [stored(district, key).percent for key in (town, branch)] == [66, 66]
    done(folk.secretary, one, "withdraw", WHY)
    assert [stored(district, key).percent for key in (town, branch)] == [100, 100]


def test_what_is_unsettled_follows_a_member_to_another_branch_and_what_is_settled_stays(folk: People) -> None:
    district = folk.district
    parent = published(folk.secretary, folk.village, organization_id=str(district.ids["B11"]))
    draft, sent = drafted(folk.member), submitted(folk.member)
    open_ = published(folk.member, folk.secretary, parent_id=parent)
    told(folk.member, open_, percent=70)
    settled = claimed(folk.member, folk.secretary)
    done(folk.secretary, settled, "confirm")
    ask = {"member_id": str(folk.member_id), "to_organization_id": str(district.ids["B21"]), "reason": "工作调动"}
    transfer = folk.secretary.post("/v1/transfers", json=ask).json()["id"]
    taking = district.sign_in(Role.secretary, "B21")
    assert taking.post(f"/v1/transfers/{transfer}/accept").status_code == 200
    here, there = district.ids["B11"], district.ids["B21"]
    assert [stored(district, key).organization_id for key in (draft, sent, open_, settled)] == [there, there, there, here]
    assert [stored(district, key).review_organization_id for key in (draft, sent, open_, settled)] == [None, there, there, here]
    assert (stored(district, open_).parent_id, stored(district, parent).percent) == (None, 0)
    assert sorted(on_card(district, folk.member_id)) == sorted([open_, settled])
    assert do(folk.secretary, sent, "publish").status_code == 404
    done(taking, sent, "approve", {"secrecy_checked": True})


def test_who_leaves_takes_back_what_is_unsettled_at_once_and_restoring_him_brings_none_of_it_back(folk: People) -> None:
    district = folk.district
    draft, sent, open_ = drafted(folk.member), submitted(folk.member), claimed(folk.member, folk.secretary)
    settled = claimed(folk.member, folk.secretary)
    done(folk.secretary, settled, "confirm")
    path = f"/v1/members/{folk.member_id}"
    assert folk.secretary.post(f"{path}/leave", json={"kind": "deceased", "reason": "病故"}).status_code == 200
    for _ in range(2):
        found = [stored(district, key) for key in (draft, sent, open_, settled)]
        assert [one.state for one in found] == ["draft", "withdrawn", "withdrawn", "fulfilled"]
        assert [one.withdrawn_reason for one in found] == [None, "member_left", "member_left", None]
        assert on_card(district, folk.member_id) == [settled]
        folk.secretary.post(f"{path}/restore", json={"status": "full", "reason": "误标记"})


def test_a_branch_that_closes_takes_back_its_own_unsettled_pledges(folk: People) -> None:
    district = folk.district
    own: dict[str, Any] = {"organization_id": str(district.ids["B12"])}
    sent, open_ = submitted(folk.officer, **own), published(folk.officer, folk.village, **own)
    answer = folk.officer.post(f"/v1/organizations/{district.ids['B12']}/close")
    assert answer.status_code == 200, answer.text
    assert [stored(district, key).withdrawn_reason for key in (sent, open_)] == ["organization_closed"] * 2


def test_a_member_of_a_group_pledges_in_the_branch_above_it(folk: People) -> None:
    district = folk.district
    district.add_group("G")
    member = district.sign_in(Role.member, "G", member_id=keep_member(district, "G", "郑小组"))
    key = published(member, folk.secretary, visibility="branch")
    assert stored(district, key).organization_id == district.ids["B11"]
    assert shown(folk.other, key)["organization_name"] == "上塘村第一党支部"
    inside = published(folk.member, folk.secretary, visibility="branch")
    assert shown(member, inside)["id"] == inside
