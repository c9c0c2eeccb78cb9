"""A whole round through the doors: opened, evaluated, voted, decided and closed."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlmodel import update

from models.account import Account, SignInSession
from models.enums import LeavingKind, MemberStatus, Role
from models.member import Member
from models.score_enums import ScoreSection
from tests.clock import Clock, district_day
from tests.conftest import Caller, District
from tests.outcomes import refused
from tests.performance.appraisals.kept import NO_VOTES, URL, YEAR, begin, begun, close, decide, meet, votes
from tests.performance.scores.kept import keep_entry
from tests.pledges.kept import keep_member
from tests.transfers.moves import decide as decide_transfer
from tests.transfers.moves import requested

SHORT = "参加组织生活不够经常。"
LEAVING = {"kind": LeavingKind.deceased.value, "left_on": district_day().isoformat(), "reason": "病故"}
BY_NAME = ("丁一", "王二", "石三", "赵四", "陈五")


class Branch:
    """B11 with its secretary, who is a member, her deputy, four more full members, one of a group, and a probationary one."""

    def __init__(self, district: District) -> None:
        self.district = district
        district.add_group("G")
        self.full = [keep_member(district, "G" if name == "石三" else "B11", name) for name in BY_NAME]
        self.probationary = keep_member(district, "B11", "周六", status=MemberStatus.probationary)
        roles = (Role.secretary, Role.deputy, Role.member, Role.member, Role.member)
        self.callers = [district.sign_in(role, "B11", member_id=key) for role, key in zip(roles, self.full, strict=True)]
        self.secretary, self.deputy, *_ = self.callers
        self.officer = district.sign_in(Role.town_officer, "T1")


@pytest.fixture
def branch(district: District) -> Branch:
    return Branch(district)


def items(answer: Any) -> dict[str, dict[str, Any]]:
    assert answer.status_code in (200, 201), answer.text
    return {item["member_id"]: item for item in answer.json()["items"]}


def qualified(keys: list[UUID]) -> list[tuple[UUID, str]]:
    return [(key, "qualified") for key in keys]


def test_a_round_from_opening_to_what_each_member_reads_of_himself(branch: Branch) -> None:
    full = branch.full
    answer = begin(branch.deputy, branch.district)
    body = answer.json()
    assert answer.status_code == 201 and body["state"] == "open" and body["year"] == YEAR, answer.text
    assert body["organization_name"] == "上塘村第一党支部" and body["most_excellent"] == 1 and body["version"] == 1
    url = f"{URL}/{body['id']}"
    assert answer.headers["Location"] == url and branch.secretary.get(url).json() == body
    assert [(one["member_name"], one["is_graded"]) for one in body["items"]] == [
        *((name, name != "周六") for name in ("丁一", "周六", "王二", "石三", "赵四", "陈五"))
    ]
    assert refused(begin(branch.secretary, branch.district), 409, "appraisal_exists")
    assert refused(branch.secretary.get(f"{url}/minutes"), 409, "appraisal_open")

    own, words = branch.callers[3], "代办了十二件事。"
    for _ in range(2):
        sent = own.post(f"{url}/self", json={"grade": "qualified", "words": words}, headers={"Idempotency-Key": "phone-self-1"})
        assert sent.status_code == 204 and not sent.content, "a phone that lost the answer sends it again"
    refused(own.post(f"{url}/self", json={"grade": "excellent", "words": words}), 409, "already_evaluated")
    refused(own.post(f"{url}/peers", json={"member_id": str(full[3]), "grade": "excellent"}), 403, "about_oneself")
    nobody = refused(own.post(f"{url}/peers", json={"member_id": str(uuid4()), "grade": "excellent"}), 404, "not_found")
    assert [one["field"] for one in nobody["errors"]] == ["body.member_id"]
    for number, grade in enumerate(("excellent", "qualified", "excellent")):
        assert items(branch.officer.get(url))[str(full[3])]["peers"] is None, "of two one could tell who gave which grade"
        peer = branch.callers[number]
        graded = {"member_id": str(full[3]), "grade": grade}
        assert peer.post(f"{url}/peers", json=graded).status_code == 204
        refused(peer.post(f"{url}/peers", json=graded), 409, "already_evaluated")
    shown = items(branch.secretary.get(url))[str(full[3])]
    assert shown["peers"] == {"excellent": 2, "qualified": 1, "basically_qualified": 0, "unqualified": 0}
    assert (shown["self_grade"], shown["self_words"], shown["votes"], shown["grade"]) == ("qualified", words, None, None)

    met = meet(branch.deputy, url, 6, *(votes(key, excellent=4, qualified=1, abstained=1) for key in full))
    assert met.status_code == 200 and met.json()["present"] == 6 and met.json()["held_on"] == district_day().isoformat(), met.text
    assert items(met)[str(full[0])]["votes"] == NO_VOTES | {"excellent": 4, "qualified": 1, "abstained": 1}
    assert items(met)[str(branch.probationary)]["votes"] is None

    assert decide(branch.secretary, url, *qualified(full[1:4]), (full[4], "basically_qualified", SHORT)).status_code == 200
    missing = refused(close(branch.secretary, url), 409, "appraisal_incomplete")
    assert missing["member_ids"] == [str(full[0])]
    refused(decide(branch.secretary, url, (full[0], "excellent")), 403, "about_oneself")
    assert decide(branch.deputy, url, (full[0], "excellent"), (full[2], "excellent")).status_code == 200
    many = refused(close(branch.secretary, url), 409, "too_many_excellent")
    assert (many["excellent"], many["most_excellent"]) == (2, 1)
    hidden = own.get(f"{URL}/mine").json()["items"]
    assert hidden == [{"id": body["id"], "year": YEAR, "state": "open", "self_grade": "qualified", "grade": None, "comment": None}]
    assert decide(branch.officer, url, (full[2], "qualified")).status_code == 200

    closed = close(branch.secretary, url, "程序符合要求。")
    assert closed.status_code == 200 and closed.json()["state"] == "closed" and closed.json()["remarks"] == "程序符合要求。", (
        closed.text
    )
    assert {key: one["grade"] for key, one in items(closed).items()} == {
        str(full[0]): "excellent",
        **{str(key): "qualified" for key in full[1:4]},
        str(full[4]): "basically_qualified",
        str(branch.probationary): None,
    }
    read = branch.callers[4].get(f"{URL}/mine").json()["items"]
    assert [(one["state"], one["grade"], one["comment"]) for one in read] == [("closed", "basically_qualified", SHORT)]
    for late in (
        close(branch.secretary, url),
        meet(branch.secretary, url, 6),
        decide(branch.secretary, url, (full[1], "excellent")),
        branch.callers[2].post(f"{url}/self", json={"grade": "qualified", "words": words}),
        branch.callers[2].post(f"{url}/peers", json={"member_id": str(full[3]), "grade": "qualified"}),
    ):
        refused(late, 409, "appraisal_closed")
    assert branch.secretary.get(url).json() == closed.json()
    assert branch.officer.get(f"{url}/minutes").content.startswith(b"%PDF")
    listed = branch.secretary.get(URL, params={"organization_id": str(branch.district.ids["B11"]), "year": YEAR}).json()
    assert listed["items"] == [closed.json()]
    listed = branch.officer.get(URL, params={"organization_id": str(branch.district.ids["T1"]), "year": YEAR}).json()
    assert [one["id"] for one in listed["items"]] == [body["id"]]
    assert branch.officer.get(URL, params={"year": YEAR - 1}).json()["items"] == []


@pytest.mark.engine("sqlite")
def test_the_score_of_the_year_stands_beside_for_who_leads_the_branch_and_not_for_officers_above(branch: Branch) -> None:
    district, full = branch.district, branch.full
    keep_entry(district, "B11", full[1], branch.secretary.account_id, section=ScoreSection.base, half_points=11)
    keep_entry(district, "B11", full[1], branch.secretary.account_id, section=ScoreSection.bonus, half_points=4, year=YEAR - 1)
    village = district.sign_in(Role.secretary, "V1")
    for year in (YEAR, YEAR - 1):
        url = begun(branch.secretary, district, year=year)
        for caller in (branch.secretary, branch.deputy, village):
            for key in (full[1], branch.probationary):
                told = caller.get(f"/v1/scores/{key}", params={"year": year}).json()["total"]
                assert told is not None and items(caller.get(url))[str(key)]["score"] == told
        assert {one["score"] for one in branch.officer.get(url).json()["items"]} == {None}
    both = branch.secretary.get(URL).json()["items"]
    assert [items(branch.secretary.get(f"{URL}/{one['id']}")) for one in both] == [
        {item["member_id"]: item for item in one["items"]} for one in both
    ]


@pytest.mark.engine("sqlite")
def test_what_is_wrong_with_votes_and_decisions_is_named(branch: Branch) -> None:
    url, full = begun(branch.secretary, branch.district), branch.full
    some = [votes(full[0], excellent=2, qualified=1), votes(full[1], excellent=2), votes(full[2], qualified=3, abstained=1)]
    wrong = refused(meet(branch.secretary, url, 3, *some), 422, "votes_do_not_add_up")
    assert wrong["member_ids"] == [str(full[1]), str(full[2])]
    assert [one["field"] for one in wrong["errors"]] == ["body.items.1", "body.items.2"]
    assert items(branch.secretary.get(url))[str(full[0])]["votes"] is None, "nothing of it was written down"
    assert meet(branch.secretary, url, 3, some[0]).status_code == 200
    assert meet(branch.secretary, url, 3, votes(full[1], unqualified=3)).status_code == 200
    assert refused(meet(branch.secretary, url, 4, votes(full[2], qualified=4)), 422, "votes_do_not_add_up")["member_ids"] == [
        str(key) for key in sorted(full[:2], key=full.index)
    ]
    twice = refused(meet(branch.secretary, url, 3, some[0], some[0]), 422, "invalid")
    assert [(one["field"], one["rule"]) for one in twice["errors"]] == [("body.items.1.member_id", "member_twice")]
    for who in (branch.probationary, keep_member(branch.district, "B12"), uuid4()):
        told = refused(meet(branch.secretary, url, 3, votes(who, excellent=3)), 422, "not_graded")
        assert told["member_ids"] == [str(who)]
        refused(decide(branch.secretary, url, (who, "qualified")), 422, "not_graded")
    for day in (district_day() + timedelta(days=1), district_day().replace(year=YEAR - 1)):
        refused(meet(branch.secretary, url, 3, some[0], held_on=day.isoformat()), 422, "held_on_out_of_range")
    refused(meet(branch.secretary, url, 3, votes(full[0], excellent=-1, qualified=4)), 422, "invalid")
    for grade in ("basically_qualified", "unqualified"):
        short = refused(decide(branch.secretary, url, (full[1], "qualified"), (full[2], grade)), 422, "comment_required")
        assert short["member_ids"] == [str(full[2])]
    refused(decide(branch.secretary, url, (full[1], "qualified"), (full[1], "excellent")), 422, "invalid")
    assert all(one["grade"] is None for one in branch.secretary.get(url).json()["items"])


@pytest.mark.engine("sqlite")
def test_a_version_that_was_read_before_is_not_overwritten(branch: Branch) -> None:
    url = begun(branch.secretary, branch.district)
    read = branch.secretary.get(url).headers["ETag"]
    assert decide(branch.deputy, url, (branch.full[2], "excellent")).status_code == 200
    stale = {"headers": {"If-Match": read}}
    refused(decide(branch.secretary, url, (branch.full[2], "qualified"), **stale), 412, "precondition_failed")
    refused(decide(branch.secretary, url, (branch.full[0], "qualified"), **stale), 403, "about_oneself")
    fresh = {"headers": {"If-Match": branch.secretary.get(url).headers["ETag"]}}
    assert decide(branch.secretary, url, (branch.full[2], "qualified"), **fresh).json()["version"] == 3


@pytest.mark.engine("sqlite")
def test_only_a_branch_of_ones_own_and_this_year_or_the_last_begin_a_round(branch: Branch) -> None:
    district = branch.district
    refused(begin(branch.secretary, district, "B12"), 404, "not_found")
    refused(begin(branch.officer, district, "B21"), 404, "not_found")
    for code in ("T1", "V1", "G"):
        refused(begin(branch.officer, district, code), 422, "not_a_branch")
    for year in (YEAR - 2, YEAR + 1):
        refused(begin(branch.secretary, district, year=year), 422, "year_out_of_range")
    assert begin(branch.secretary, district, year=YEAR - 1).status_code == 201
    assert begin(branch.secretary, district).status_code == 201
    officer = district.sign_in(Role.district_officer, "D")
    assert officer.post(f"/v1/organizations/{district.ids['B22']}/close").status_code == 200
    refused(begin(officer, district, "B22"), 409, "branch_closed")
    url = begun(officer, district, "B21")
    assert close(officer, url).status_code == 200
    for answer in (
        branch.officer.get(url),
        meet(branch.officer, url, 1),
        decide(branch.officer, url, (branch.full[0], "qualified")),
        close(branch.officer, url),
        branch.officer.get(f"{url}/minutes"),
        branch.callers[2].post(f"{url}/self", json={"grade": "qualified", "words": "好"}),
        branch.callers[2].post(f"{url}/peers", json={"member_id": str(branch.full[3]), "grade": "qualified"}),
    ):
        refused(answer, 404, "not_found")
    mine = begun(officer, district, "B12")
    refused(
        branch.callers[2].post(f"{mine}/peers", json={"member_id": str(branch.full[3]), "grade": "qualified"}), 404, "not_found"
    )
    refused(officer.get(f"{URL}/mine"), 404, "not_found")


@pytest.mark.engine("sqlite")
def test_nobody_decides_about_himself_by_another_hand_of_his(branch: Branch) -> None:
    url = begun(branch.secretary, branch.district)
    helper = branch.district.sign_in(Role.deputy, "B11")
    with branch.district.work() as work:
        work.get_one(Account, UUID(helper.account_id)).created_by = UUID(branch.secretary.account_id)
    refused(decide(helper, url, (branch.full[1], "qualified"), (branch.full[0], "excellent")), 403, "about_oneself")
    assert decide(helper, url, (branch.full[1], "qualified")).status_code == 200


@pytest.mark.engine("postgresql")
def test_who_leaves_or_moves_before_it_is_closed_counts_no_more_and_who_comes_counts(branch: Branch) -> None:
    district, full = branch.district, branch.full
    officer = district.sign_in(Role.district_officer, "D")
    url = begun(branch.secretary, district)
    assert decide(branch.officer, url, *qualified(full[:4]), (full[4], "excellent")).status_code == 200
    assert meet(branch.officer, url, 5, *(votes(key, qualified=5) for key in full)).status_code == 200
    assert officer.post(f"/v1/members/{full[2]}/leave", json=LEAVING).status_code == 200
    left = branch.officer.get(url)
    assert str(full[2]) not in items(left) and left.json()["most_excellent"] == 1
    assert decide_transfer(officer, requested(officer, district, str(full[3]), "B12"), "accept").status_code == 200
    assert decide_transfer(officer, requested(officer, district, str(full[1]), "B12"), "accept").status_code == 200
    assert refused(close(branch.officer, url), 409, "too_many_excellent")["most_excellent"] == 0
    newcomer = keep_member(district, "B11", "孙七")
    with district.work() as work:
        work.get_one(Member, branch.probationary).status = MemberStatus.full
    come = branch.officer.get(url).json()
    assert come["most_excellent"] == 1 and {str(newcomer), str(branch.probationary)} <= {
        one["member_id"] for one in come["items"] if one["is_graded"]
    }
    lacking = refused(close(branch.officer, url), 409, "appraisal_incomplete")["member_ids"]
    assert set(lacking) == {str(newcomer), str(branch.probationary)}
    assert meet(branch.officer, url, 6, votes(full[0], qualified=6), votes(full[4], qualified=6)).status_code == 200
    assert decide(branch.officer, url, (newcomer, "qualified"), (branch.probationary, "qualified")).status_code == 200
    closed = close(branch.officer, url)
    assert set(items(closed)) == {str(key) for key in (full[0], full[4], newcomer, branch.probationary)}
    assert all(one["is_graded"] for one in items(closed).values())

    elsewhere = begun(officer, district, "B12")
    assert {str(full[1]), str(full[3])} <= items(officer.get(elsewhere)).keys(), "where they had moved from, they were not counted"
    assert decide_transfer(officer, requested(officer, district, str(newcomer), "B12"), "accept").status_code == 200
    assert str(newcomer) not in items(officer.get(elsewhere)), "nobody has two grades of one year"
    moved = district.sign_in(Role.member, "B12", member_id=newcomer)
    assert [(one["state"], one["grade"]) for one in moved.get(f"{URL}/mine").json()["items"]] == [("closed", "qualified")]
    refused(moved.post(f"{elsewhere}/self", json={"grade": "qualified", "words": "好"}), 404, "not_found")
    assert officer.post(f"/v1/members/{full[4]}/leave", json=LEAVING).status_code == 200
    assert branch.officer.get(url).json() == closed.json(), "what is closed stays as it is"


@pytest.mark.engine("postgresql")
def test_what_waits_is_told_in_its_season(branch: Branch, monkeypatch: pytest.MonkeyPatch) -> None:
    with branch.district.work() as work:
        later = work.at + timedelta(days=1500)
        work.execute(update(SignInSession).values(created_at=later, expires_at=later, last_used_at=later))
    clock = Clock(monkeypatch)

    def waits(caller: Caller) -> list[tuple[str, str, str | None]]:
        answer = caller.get("/v1/todo")
        assert answer.status_code == 200, answer.text
        found = answer.json()["items"]
        return [(one["kind"], one["text"], one["due_on"]) for one in found if one["kind"].startswith("appraisal")]

    clock.to("2027-11-30")
    assert waits(branch.secretary) == []
    clock.to("2027-12-01")
    said = "上塘村第一党支部还没有开展2027年度民主评议。"
    assert waits(branch.secretary) == waits(branch.deputy) == [("appraisal", said, "2028-03-31")]
    assert waits(branch.officer) == waits(branch.callers[2]) == []
    url = begun(branch.secretary, branch.district, year=2027)
    own = ("appraisal_self", "2027年度民主评议已开始，请作自评。", None)
    assert waits(branch.callers[2]) == [own]
    assert branch.secretary.post(f"{url}/self", json={"grade": "qualified", "words": "好"}).status_code == 204
    clock.to("2028-03-31")
    said = "上塘村第一党支部2027年度民主评议还没有办结。"
    assert waits(branch.secretary) == [("appraisal", said, "2028-03-31")]
    assert decide(branch.officer, url, *qualified(branch.full)).status_code == close(branch.secretary, url).status_code == 200
    assert waits(branch.secretary) == waits(branch.callers[2]) == []
