"""Scores and appeals as people come to them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlmodel import col, update

from models.account import Account, RoleGrant
from models.enums import MemberStatus, OrganizationKind, PledgeState, Role
from models.member import Member
from models.organization import Organization
from models.score import ScoreEntry
from tests.clock import Clock, district_day
from tests.conftest import Caller, District
from tests.files.drawings import drawn
from tests.outcomes import deeds, refused, stored
from tests.performance.scores.asking import (
    APPEALS,
    ENTRIES,
    URL,
    appeal,
    appealed,
    chosen,
    decide,
    decided,
    enter,
    entered,
    reverse,
    score,
)
from tests.performance.scores.kept import YEAR, entered_at, keep_entry
from tests.pledges.asking import People, people
from tests.pledges.kept import keep_member, keep_pledge
from tests.transfers.moves import decide as decide_transfer
from tests.transfers.moves import requested

ON_ONE_ENGINE = pytest.mark.engine("sqlite")
"""What is refused, and what is told to whom, does not depend on the engine."""


@pytest.fixture
def folk(district: District) -> People:
    return people(district)


def picture(by: Caller) -> str:
    answer = by.post("/v1/files", files={"file": ("照片.png", drawn("PNG"))})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def waiting(by: Caller) -> list[str]:
    """The appeals that wait for somebody, by their keys."""
    return [item["target_id"] for item in by.todo()["items"] if item["kind"] == "appeal"]


def test_a_score_is_told_with_all_that_it_is_made_of(folk: People) -> None:
    member_id, district = folk.member_id, folk.district
    untouched = score(folk.member)
    assert untouched["parts"] == {"base": 50, "pledge": 0, "bonus": 0, "deduction": 0} and untouched["total"] == 50
    assert untouched["pledges"] == {"counted": 0, "fulfilled": 0, "exempted": 0, "owed": 2} and untouched["entries"] == []
    for state in (PledgeState.fulfilled, PledgeState.evaluated, PledgeState.published, PledgeState.exempted, PledgeState.withdrawn):
        keep_pledge(district, "B11", member_id, state=state)
    keep_pledge(district, "B11", member_id, state=PledgeState.draft)
    keep_pledge(district, "B11", member_id, state=PledgeState.fulfilled, kind="instant")
    shown = picture(folk.secretary)
    first = entered(folk.secretary, member_id, "base", 1.5, attachment_ids=[shown])
    second = entered(folk.officer, member_id, "bonus", 100)
    told = score(folk.member)
    assert (told["member_id"], told["member_name"], told["year"]) == (str(member_id), "方秀兰", YEAR)
    assert told["scheme"] == "pledge_50_30_20" and told["pledges"] == {"counted": 3, "fulfilled": 2, "exempted": 1, "owed": 1}
    assert told["parts"] == {"base": 48.5, "pledge": 20, "bonus": 20, "deduction": 0}
    assert told["total"] == 88.5 and told["is_vetoed"] is False
    newest, oldest = told["entries"]
    assert (newest["id"], newest["section"], newest["points"]) == (second, "bonus", 100)
    assert oldest == {
        "id": first,
        "year": YEAR,
        "section": "base",
        "points": 1.5,
        "reason": "见支部记录",
        "happened_on": f"{YEAR}-01-01",
        "entered_at": oldest["entered_at"],
        "reverses_id": None,
        "is_reversed": False,
        "attachment_ids": [shown],
        "appeal": None,
    }
    assert folk.member.get(f"/v1/files/{shown}").status_code == 200
    assert folk.deputy.get(f"/v1/files/{shown}").status_code == 200
    refused(folk.other.get(f"/v1/files/{shown}"), 404, "not_found")
    refused(folk.officer.get(f"/v1/files/{shown}"), 404, "not_found")
    with district.work() as work:
        work.get_one(Member, member_id).pledges_voluntary = True
    assert score(folk.member)["pledges"]["owed"] == 0


def test_a_mistake_is_put_right_by_a_counter_entry(folk: People) -> None:
    key = entered(folk.secretary, folk.member_id, "base", 10)
    assert score(folk.member)["total"] == 40
    refused(reverse(folk.secretary, str(uuid4())), 404, "not_found")
    answer = reverse(folk.secretary, key)
    assert answer.status_code == 201, answer.text
    counter = answer.json()
    assert (counter["reverses_id"], counter["section"], counter["points"]) == (key, "base", 10)
    told = folk.secretary.get(answer.headers["Location"]).json()
    assert told["total"] == 50 and [one["is_reversed"] for one in told["entries"]] == [False, True]
    assert deeds(folk.district, counter["id"]) == ["reverse_score_entry"] and deeds(folk.district, key) == ["create_score_entry"]
    refused(reverse(folk.secretary, key), 409, "already_reversed")
    standing = refused(reverse(folk.secretary, counter["id"]), 409, "already_reversed")
    assert "冲销记录" in standing["detail"] and standing["title"] == "这条记录不能冲销，也不能申诉。"
    refused(appeal(folk.member, key), 409, "already_reversed")
    refused(appeal(folk.member, counter["id"]), 409, "already_reversed")


def test_what_was_entered_from_above_the_branch_is_taken_back_from_there(folk: People) -> None:
    key = entered(folk.village, folk.member_id)
    assert "上级录入" in refused(reverse(folk.secretary, key), 403, "for_the_level_above")["detail"]
    assert reverse(folk.village, key).status_code == 201


def test_a_general_branch_is_above_the_branches_in_it_and_is_not_above_itself(folk: People) -> None:
    district = folk.district
    with district.work() as work:
        work.get_one(Organization, district.ids["V1"]).kind = OrganizationKind.general_branch
    assert reverse(folk.village, entered(folk.village, folk.member_id)).status_code == 201
    key = entered(folk.village, folk.member_id)
    refused(reverse(folk.secretary, key), 403, "for_the_level_above")
    own = entered(folk.village, keep_member(district, "V1"))
    assert reverse(district.sign_in(Role.secretary, "V1"), own).status_code == 201


def test_what_was_entered_from_above_stays_so_when_the_role_has_ended_and_where_the_member_has_gone(folk: People) -> None:
    district, key = folk.district, entered(folk.village, folk.member_id)
    with district.work() as work:
        work.exec(update(RoleGrant).where(col(RoleGrant.account_id) == UUID(folk.village.account_id)).values(ended_at=work.at))
    refused(reverse(folk.secretary, key), 403, "for_the_level_above")
    moved = requested(district.sign_in(Role.town_officer, "T1"), district, folk.member_id, "B21")
    assert decide_transfer(district.sign_in(Role.district_officer, "D"), moved, "accept").status_code == 200
    refused(reverse(district.sign_in(Role.secretary, "B21"), key), 403, "for_the_level_above")
    assert reverse(district.sign_in(Role.secretary, "V2"), key).status_code == 201


@ON_ONE_ENGINE
def test_what_cannot_be_entered_is_refused_with_its_reason(folk: People) -> None:
    member_id, by = folk.member_id, folk.secretary
    refused(enter(by, uuid4()), 404, "not_found")
    refused(enter(by, keep_member(folk.district, "B12")), 404, "not_found")
    refused(enter(folk.deputy, member_id), 403, "forbidden")
    refused(enter(by, UUID(stored_member(folk.secretary, folk.district))), 403, "about_oneself")
    refused(enter(by, member_id, year=YEAR - 2), 409, "year_over")
    refused(enter(by, member_id, "veto", None), 409, "section_not_in_scheme")
    refused(enter(by, member_id, "deduction"), 409, "section_not_in_scheme")
    for more, fields, rule in (
        ({"points": 0}, ["body.points"], "no_points"),
        ({"points": -1}, ["body.points"], "no_points"),
        ({"points": None}, ["body.points"], "no_points"),
        ({"happened_on": f"{YEAR - 1}-12-31"}, ["body.happened_on", "body.year"], "in_another_year"),
        ({"happened_on": (district_day() + timedelta(days=1)).isoformat()}, ["body.happened_on"], "in_the_future"),
    ):
        body = refused(enter(by, member_id, **more), 422, "invalid")
        assert [(fault["field"], fault["rule"]) for fault in body["errors"]] == [(field, rule) for field in fields]
    for points in (0.25, -0.5, 100.5, "2", True):
        assert enter(by, member_id, points=points).status_code == 422, points
    refused(enter(by, member_id, attachment_ids=[str(uuid4())]), 404, "not_your_file")
    refused(enter(by, member_id, attachment_ids=[picture(folk.member)]), 404, "not_your_file")
    assert score(folk.member)["entries"] == [], "nothing of all this is there"
    with folk.district.work() as work:
        member = work.get_one(Member, member_id)
        member.status, member.left_on, member.left_kind = MemberStatus.left, work.today, "withdrew"
    refused(enter(by, member_id), 409, "member_has_left")


def stored_member(caller: Caller, district: District) -> str:
    """Which member somebody is."""
    return str(stored(district, Account, caller.account_id).member_id)


@ON_ONE_ENGINE
def test_a_phone_that_sends_again_enters_reverses_and_appeals_once(folk: People) -> None:
    def twice(by: Caller, url: str, body: dict[str, Any]) -> str:
        sent = {"json": body, "headers": {"Idempotency-Key": uuid4().hex}}
        first, again = by.post(url, **sent), by.post(url, **sent)
        assert (first.status_code, again.status_code) == (201, 201) and first.json() == again.json()
        return str(first.json()["id"])

    body = {"member_id": str(folk.member_id), "year": YEAR, "section": "base", "points": 1, "happened_on": f"{YEAR}-01-01"}
    key = twice(folk.secretary, ENTRIES, body | {"reason": "迟到"})
    twice(folk.member, f"{ENTRIES}/{key}/appeal", {"reason": "当天请过假。"})
    twice(folk.secretary, f"{ENTRIES}/{key}/reverse", {"reason": "记错"})
    assert len(score(folk.member)["entries"]) == 2


def test_the_district_chooses_a_scheme_before_the_first_entry_of_a_year(folk: People) -> None:
    officer = folk.district.sign_in(Role.district_officer, "D")
    told = folk.member.get(f"{URL}/schemes").json()
    assert [scheme["code"] for scheme in told["items"]] == ["vanguard_ningbo", "vanguard_80_20", "pledge_50_30_20"]
    assert all(scheme["source"] for scheme in told["items"]) and told["years"] == {}
    refused(chosen(folk.officer, "vanguard_ningbo"), 403, "forbidden")
    refused(chosen(officer, "vanguard_ningbo", YEAR - 2), 409, "year_over")
    far = refused(chosen(officer, "vanguard_ningbo", YEAR + 2), 422, "invalid")["errors"]
    assert [(fault["field"], fault["rule"]) for fault in far] == [("body.year", "far_off")]
    for scheme in ("vanguard_80_20", "vanguard_ningbo"):
        assert chosen(officer, scheme).status_code == 201
    key = entered(folk.secretary, folk.member_id, "veto", None)
    entered(folk.secretary, folk.member_id, "deduction", 30)
    told = score(folk.member)
    assert (told["scheme"], told["total"], told["is_vetoed"]) == ("vanguard_ningbo", 0, True)
    assert told["parts"] == {"base": 80, "pledge": 0, "bonus": 0, "deduction": 20}
    reverse(folk.secretary, key)
    assert (score(folk.member)["total"], score(folk.member)["is_vetoed"]) == (60, False)
    refused(chosen(officer, "vanguard_80_20"), 409, "scheme_in_use")
    assert chosen(officer, "vanguard_ningbo").status_code == 201, "what changes nothing is no change"
    assert chosen(officer, "vanguard_80_20", YEAR + 1).status_code == 201, "each year has its own"
    years = folk.member.get(f"{URL}/schemes").json()["years"]
    assert years == {str(YEAR): "vanguard_ningbo", str(YEAR + 1): "vanguard_80_20"}


@ON_ONE_ENGINE
def test_an_appeal_is_made_once_in_time_and_not_against_a_bonus(folk: People) -> None:
    bonus, base = entered(folk.secretary, folk.member_id, "bonus"), entered(folk.secretary, folk.member_id)
    praised = refused(appeal(folk.member, bonus), 409, "appeal_over")
    assert "加分" in praised["detail"] and praised["title"] == "这条记录不能申诉。"
    for other in (folk.other, folk.secretary, folk.village):
        refused(appeal(other, base), 404, "not_found")
    entered_at(folk.district, base, datetime.now(UTC) - timedelta(days=31))
    refused(appeal(folk.member, base), 409, "appeal_over")
    entered_at(folk.district, base, datetime.now(UTC) - timedelta(days=30))
    shown = picture(folk.member)
    answer = appeal(folk.member, base, attachment_ids=[shown])
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert (told["state"], told["member_name"], told["entry"]["id"]) == ("open", "方秀兰", base)
    assert told["attachment_ids"] == [shown]
    refused(appeal(folk.member, base), 409, "already_appealed")
    entry = next(one for one in score(folk.member)["entries"] if one["id"] == base)
    assert (entry["appeal"]["id"], entry["appeal"]["state"]) == (told["id"], "open")
    assert folk.member.get(f"/v1/files/mine/{shown}").status_code == 200


def test_an_appeal_is_heard_above_the_branch_by_who_has_not_made_the_entry(folk: People) -> None:
    key, shown = entered(folk.village, folk.member_id, "base", 5), picture(folk.member)
    at_issue = appealed(folk.member, key, attachment_ids=[shown])
    assert [waiting(by) for by in (folk.secretary, folk.village, folk.officer)] == [[], [], [at_issue]]
    assert [[one["id"] for one in by.get(APPEALS).json()["items"]] for by in (folk.village, folk.officer)] == [[], [at_issue]]
    refused(decide(folk.district.sign_in(Role.secretary, "V2"), at_issue, "refused"), 404, "not_found")
    assert "上一级" in refused(decide(folk.secretary, at_issue, "refused"), 403, "for_the_level_above")["detail"]
    assert "您记入" in refused(decide(folk.village, at_issue, "refused"), 403, "about_oneself")["detail"]
    refused(decide(folk.officer, at_issue, "refused", headers={"If-Match": '"7"'}), 412, "precondition_failed")
    assert folk.officer.get(f"{APPEALS}/{at_issue}").json()["attachment_ids"] == [shown]
    assert folk.officer.get(f"/v1/files/{shown}").status_code == 200
    told = decided(folk.officer, at_issue, "refused")
    assert (told["state"], told["decision_reason"], told["attachment_ids"]) == ("refused", "见支部记录", [shown])
    assert not told["entry"]["is_reversed"] and score(folk.member)["total"] == 45
    assert deeds(folk.district, at_issue) == ["appeal_score_entry", "decide_appeal"]
    refused(decide(folk.officer, at_issue, "upheld"), 409, "already_decided")
    assert waiting(folk.officer) == []
    assert [one["id"] for one in folk.officer.get(APPEALS, params={"state": "refused"}).json()["items"]] == [at_issue]
    assert folk.officer.get(APPEALS, params={"state": "open"}).json()["items"] == []
    for decision in ("upheld", "exempted"):
        wrong = entered(folk.secretary, folk.member_id, "base", 3)
        told = decided(folk.village, appealed(folk.member, wrong), decision)
        assert told["state"] == decision and told["entry"]["is_reversed"] and score(folk.member)["total"] == 45
        refused(reverse(folk.secretary, wrong), 409, "already_reversed")
    assert reverse(folk.village, key).status_code == 201, "what stands may still be taken back from where it was made"


@ON_ONE_ENGINE
def test_an_entry_that_is_reversed_while_it_is_appealed_is_not_taken_back_twice(folk: People) -> None:
    key = entered(folk.secretary, folk.member_id, "base", 5)
    at_issue = appealed(folk.member, key)
    assert reverse(folk.secretary, key).status_code == 201
    assert decided(folk.village, at_issue, "upheld")["state"] == "upheld"
    told = score(folk.member)
    assert told["total"] == 50 and len(told["entries"]) == 2


@ON_ONE_ENGINE
def test_who_sees_what_of_a_score(folk: People) -> None:
    """Section 6: himself and who leads the branch all, the branch what it has come to, officers what is theirs to decide."""
    district, member_id = folk.district, folk.member_id
    secretary_id = UUID(stored_member(folk.secretary, district))
    one, two = entered(folk.secretary, member_id, "base", 1), entered(folk.secretary, member_id, "base", 2)
    for caller in (folk.deputy, folk.secretary, folk.village):
        assert score(caller, member_id) == score(folk.member)
    refused(folk.other.get(f"{URL}/{member_id}"), 403, "forbidden")
    for caller in (folk.officer, district.sign_in(Role.secretary, "B12"), district.sign_in(Role.district_officer, "D")):
        refused(caller.get(f"{URL}/{member_id}"), 404, "not_found")
    for role in (Role.administrator, Role.auditor):
        refused(district.sign_in(role, "D").get(f"{URL}/{member_id}"), 403, "forbidden")
        refused(district.sign_in(role, "D").get(URL), 403, "forbidden")
    both = district.sign_in(Role.deputy, "B11")
    with district.work() as work:
        work.add(RoleGrant(account_id=UUID(both.account_id), role=Role.secretary, organization_id=district.ids["B12"]))
    assert score(both, member_id) == score(folk.member)
    refused(reverse(both, one), 404, "not_found")
    # What a member appeals against is for the officers above, and nothing else of his score.
    at_issue = appealed(folk.member, one)
    told = score(folk.officer, member_id)
    assert [entry["id"] for entry in told["entries"]] == [one] and told["entries"][0]["appeal"]["id"] == at_issue
    assert (told["total"], told["parts"], told["is_vetoed"], told["pledges"]) == (None,) * 4
    refused(reverse(folk.officer, two), 404, "not_found")
    decided(folk.officer, at_issue, "upheld")
    assert len(score(folk.officer, member_id)["entries"]) == 2, "the counter-entry belongs to it"
    # Of a secretary, who is judged from above alone, officers see all; his evidence is for whoever hears him.
    refused(enter(folk.secretary, secretary_id), 403, "about_oneself")
    refused(enter(district.sign_in(Role.secretary, "B11"), secretary_id), 403, "for_the_level_above")
    about = entered(folk.officer, secretary_id, "base", 3)
    shown = picture(folk.secretary)
    entered(folk.village, secretary_id, "bonus", 1)
    appealed(folk.secretary, about, attachment_ids=[shown])
    assert score(folk.officer, secretary_id)["total"] == 48
    others = district.sign_in(Role.secretary, "B11")
    for caller, sees in ((folk.secretary, True), (folk.village, True), (folk.deputy, False), (others, False)):
        told = next(entry["appeal"] for entry in score(caller, secretary_id)["entries"] if entry["id"] == about)
        assert told["attachment_ids"] == ([shown] if sees else []), caller.username
        assert (caller.get(f"/v1/files/{shown}").status_code == 200) is sees
        if caller is not folk.deputy and caller is not folk.secretary:
            assert caller.get(f"{APPEALS}/{told['id']}").json()["attachment_ids"] == told["attachment_ids"]
    refused(folk.officer.get(f"{APPEALS}/{told['id']}"), 404, "not_found")
    assert next(entry for entry in score(folk.officer, secretary_id)["entries"] if entry["id"] == about)["appeal"] is None


def test_a_branch_is_listed_by_name_to_its_own_people_and_to_nobody_above(folk: People) -> None:
    district = folk.district
    group = district.add_group("G")
    in_group = keep_member(district, "G", "安宁")
    entered(folk.secretary, in_group, "bonus", 0.5)
    branch = {"organization_id": str(district.ids["B11"])}
    names = ["周明", "吴海", "安宁", "方秀兰", "陈晓梅"]
    told = folk.member.get(URL).json()["items"]
    assert [one["member_name"] for one in told] == sorted(names), "by code points, and nobody is ranked"
    assert told == folk.other.get(URL, params=branch).json()["items"] == folk.deputy.get(URL, params=branch).json()["items"]
    assert next(one for one in told if one["member_id"] == str(in_group)) == {
        "member_id": str(in_group),
        "member_name": "安宁",
        "total": 50.5,
        "parts": {"base": 50, "pledge": 0, "bonus": 0.5, "deduction": 0},
        "is_vetoed": False,
    }
    pages: list[int] = []
    cursor = None
    while cursor or not pages:
        page = folk.village.get(URL, params=branch | {"limit": 2} | ({"cursor": cursor} if cursor else {})).json()
        pages.append(len(page["items"]))
        cursor = page["next_cursor"]
    assert pages == [2, 2, 1]
    assert [one["member_name"] for one in folk.member.get(URL, params={"organization_id": str(group)}).json()["items"]] == ["安宁"]
    keep_member(district, "B12", "丁一")
    whole = folk.village.get(URL, params={"organization_id": str(district.ids["V1"])}).json()["items"]
    assert len(whole) == 6, "a secretary above branches reads all of them"
    for caller in (folk.officer, district.sign_in(Role.secretary, "B12"), district.sign_in(Role.district_officer, "D")):
        refused(caller.get(URL, params=branch), 404, "not_found")
    for asked in (district.ids["V1"], district.ids["B12"], uuid4()):
        refused(folk.member.get(URL, params={"organization_id": str(asked)}), 404, "not_found")
    refused(folk.officer.get(URL), 404, "not_found")
    refused(folk.officer.get(f"{URL}/mine"), 404, "not_found")
    assert "total" not in folk.member.get("/v1/members/mine").text


def test_entries_and_open_appeals_go_with_a_member_who_moves(folk: People) -> None:
    district, member_id = folk.district, folk.member_id
    key = entered(folk.secretary, member_id)
    at_issue = appealed(folk.member, key)
    moved = decide_transfer(folk.officer, requested(folk.officer, district, str(member_id), "B12"), "accept")
    assert moved.status_code == 200, moved.text
    assert stored(district, ScoreEntry, key).organization_id == district.ids["B12"]
    refused(folk.secretary.get(f"{URL}/{member_id}"), 404, "not_found")
    refused(reverse(folk.secretary, key), 404, "not_found")
    there = district.sign_in(Role.secretary, "B12")
    assert [one["id"] for one in score(there, member_id)["entries"]] == [key]
    assert waiting(folk.village) == [at_issue], "both branches are below one village"
    across = decide_transfer(
        district.sign_in(Role.district_officer, "D"),
        requested(district.sign_in(Role.district_officer, "D"), district, str(member_id), "B21"),
        "accept",
    )
    assert across.status_code == 200, across.text
    assert waiting(folk.village) == [] and waiting(district.sign_in(Role.secretary, "V2")) == [at_issue]
    assert "move_scores" in deeds(district, member_id)


@ON_ONE_ENGINE
def test_an_appeal_of_one_who_has_left_is_decided_all_the_same(folk: People) -> None:
    at_issue = appealed(folk.member, entered(folk.secretary, folk.member_id))
    left = folk.officer.post(f"/v1/members/{folk.member_id}/leave", json={"kind": "transferred_out", "reason": "调出"})
    assert left.status_code == 200, left.text
    assert waiting(folk.village) == [at_issue]
    assert decided(folk.village, at_issue, "exempted")["entry"]["is_reversed"]
    assert str(folk.member_id) not in [one["member_id"] for one in folk.deputy.get(URL).json()["items"]]


@ON_ONE_ENGINE
def test_a_year_is_open_until_the_end_of_march_of_the_next(folk: People, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, year = Clock(monkeypatch), YEAR - 2
    officer = folk.district.sign_in(Role.district_officer, "D")
    dated: dict[str, Any] = {"year": year, "happened_on": f"{year}-12-30"}
    clock.to(f"{year}-12-31")
    lapsed, kept = (entered(folk.secretary, folk.member_id, **dated) for _ in range(2))
    clock.to(f"{year + 1}-01-30", "23:59")
    at_issue = appealed(folk.member, kept)
    clock.to(f"{year + 1}-01-31", "00:00")
    refused(appeal(folk.member, lapsed), 409, "appeal_over")
    clock.to(f"{year + 1}-03-31", "23:59")
    entered(folk.secretary, folk.member_id, **dated)
    clock.to(f"{year + 1}-04-01", "00:00")
    refused(enter(folk.secretary, folk.member_id, **dated), 409, "year_over")
    refused(reverse(folk.secretary, lapsed), 409, "year_over")
    refused(chosen(officer, "vanguard_80_20", year), 409, "year_over")
    assert decided(folk.village, at_issue, "upheld")["entry"]["is_reversed"], "what was asked in time is answered"
    assert score(folk.member, year=year)["total"] == 46


@ON_ONE_ENGINE
def test_of_many_entries_the_newest_are_told_and_all_count(district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.performance.scores.telling.MOST_OF_ONE", 2)
    key = keep_member(district, "B11")
    secretary = district.sign_in(Role.secretary, "B11")
    keys = [str(keep_entry(district, "B11", key, secretary.account_id, half_points=2)) for _ in range(3)]
    told = secretary.get(f"{URL}/{key}").json()
    assert [one["id"] for one in told["entries"]] == keys[:0:-1] and told["parts"]["base"] == 47


@ON_ONE_ENGINE
def test_a_member_has_no_more_than_so_many_entries_of_a_year_and_each_can_be_taken_back(
    folk: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.performance.scores.rules.MOST_ENTRIES", 2)
    keep_entry(folk.district, "B11", UUID(str(folk.member_id)), folk.secretary.account_id, year=YEAR - 1)
    key = entered(folk.secretary, folk.member_id)
    assert reverse(folk.secretary, entered(folk.secretary, folk.member_id)).status_code == 201
    refused(enter(folk.secretary, folk.member_id), 409, "too_many_score_entries")
    assert reverse(folk.secretary, key).status_code == 201
    assert enter(folk.secretary, keep_member(folk.district, "B11")).status_code == 201
