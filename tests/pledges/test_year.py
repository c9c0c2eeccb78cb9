"""A year of one branch, through HTTP alone: each person does by his own account what is his to do, and what is told of the year at
its end was worked out by hand."""

import io
from typing import Any
from uuid import uuid4

import pytest
from openpyxl import load_workbook

from tests.clock import Clock
from tests.conftest import PUBLIC_URL, Caller, District
from tests.files.drawings import drawn
from tests.outcomes import refused
from tests.pledges.asking import CHECKED, URL, WHY, WRITTEN, do, done, people
from tests.transport import Client

JSON = {"Accept": "application/json"}
YEAR = 2025
END = f"{YEAR}-12-20"
KEPT = {"outcome": "fulfilled", "note": "见台账。"}


class Branch:
    """The people of B11, and what they ask for over and over."""

    def __init__(self, district: District) -> None:
        folk = people(district)
        self.key = str(district.ids["B11"])
        self.member, self.other, self.deputy = folk.member, folk.other, folk.deputy
        self.secretary, self.village = folk.secretary, folk.village
        self.member_id = str(folk.member_id)
        self.residents = [Client(district.client.app, base_url=PUBLIC_URL) for _ in range(4)]
        for resident in self.residents:
            resident.portal = district.client.portal

    def post(self, caller: Caller, url: str, status: int = 201, **body: Any) -> Any:
        answer = caller.post(url, json=body)
        assert answer.status_code == status, answer.text
        return answer.json()

    def get(self, caller: Caller, url: str) -> Any:
        answer = caller.get(url, params={"organization_id": self.key, "year": YEAR})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def submit(self, author: Caller, **content: Any) -> str:
        key = self.post(author, URL, **WRITTEN | {"due_on": END} | content)["id"]
        done(author, key, "submit")
        return str(key)

    def together(self, reviewer: Caller, verb: str, *ids: str, **more: Any) -> None:
        assert self.post(reviewer, f"{URL}/{verb}", 200, ids=ids, **more) == {"done": list(ids), "skipped": []}

    def waits(self, caller: Caller) -> set[str]:
        counts = caller.get("/v1/todo").json()["counts"]
        return {kind for kind, number in counts.items() if number and (kind.startswith("pledge"))}

    def step(self, kind: str, period: str) -> tuple[bool, bool, bool]:
        """Whether a step of the calendar is done, can be done, and is late."""
        items = self.get(self.deputy, f"{URL}/calendar")["items"]
        (one,) = [item for item in items if (item["kind"], item["period"]) == (kind, period)]
        return one["done_at"] is not None, one["is_open"], one["is_overdue"]

    def make_public(self, quarter: str) -> set[str]:
        told = self.post(self.secretary, f"{URL}/publications", organization_id=self.key, quarter=quarter)
        return {line["id"] for line in told["lines"]}

    def comment(self, half: str, **reviewers: tuple[Caller, list[str]]) -> None:
        for caller, ids in reviewers.values():
            for key in ids:
                self.judge(caller, key, "organization", "satisfied", period=half, words="进展正常。")

    def judge(self, caller: Caller, key: str, source: str, grade: str, **more: Any) -> None:
        self.post(caller, f"{URL}/{key}/evaluations", source=source, grade=grade, **more)

    def ledger(self) -> dict[str, dict[str, Any]]:
        answer = self.deputy.get(f"{URL}/ledger", params={"organization_id": self.key, "year": YEAR})
        headings, *rows = load_workbook(io.BytesIO(answer.content)).worksheets[0].iter_rows(values_only=True)
        told: list[dict[str, Any]] = [dict(zip((str(one) for one in headings), row, strict=True)) for row in rows]
        return {str(row["衡量标准"]): row for row in told}


def test_a_year_of_one_branch(district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    branch, clock = Branch(district), Clock(monkeypatch)
    member, other, secretary, village = branch.member, branch.other, branch.secretary, branch.village

    # January: who owes pledges is told, called on, and pledges; a meeting votes; what is decided after nine days is late.
    clock.to(f"{YEAR}-01-05")
    deputy_id = branch.deputy.get("/v1/members/mine").json()["id"]
    voluntary = secretary.patch(f"/v1/members/{deputy_id}", json={"pledges_voluntary": True}, headers={"If-Match": "*"})
    assert voluntary.status_code == 200, voluntary.text
    template = {"category": "service", "content": "为独居老人上门服务两次。", "measure": "不少于两次。", "due_on": END}
    called: dict[str, Any] = {
        "organization_id": branch.key,
        "title": "我为群众办实事",
        "due_on": f"{YEAR}-01-31",
        "templates": [template],
    }
    campaign = branch.post(branch.deputy, "/v1/campaigns", **called)["id"]
    assert branch.waits(member) == {"pledge_campaign"} and branch.step("pledge_start", str(YEAR)) == (False, True, False)
    clock.to(f"{YEAR}-01-12")
    a1, a2 = (branch.submit(member, measure=name, campaign_id=campaign) for name in ("A1", "A2"))
    b1 = branch.submit(other, measure="B1", visibility="branch")
    b2 = branch.submit(other, measure="B2", due_on=f"{YEAR}-09-30")
    s1, s2 = (branch.submit(secretary, measure=name) for name in ("S1", "S2"))
    own = branch.submit(branch.deputy, measure="O1", organization_id=branch.key, kind="instant")
    assert branch.waits(member) == set() and {"pledge_review"} == branch.waits(secretary) - {"pledge_campaign", "pledge_start"}
    clock.to(f"{YEAR}-01-14")
    vote = {"held_on": f"{YEAR}-01-13", "eligible": 4, "votes_for": 3, "votes_against": 0, "votes_abstained": 1}
    refused(do(secretary, s1, "approve", CHECKED), 403, "about_oneself")
    done(secretary, b2, "return", WHY)
    branch.together(secretary, "approve", a1, a2, b1, vote=vote, **CHECKED)
    branch.together(village, "approve", s1, s2, own, **CHECKED)
    clock.to(f"{YEAR}-01-20")
    done(other, b2, "submit")
    clock.to(f"{YEAR}-01-29")
    done(secretary, b2, "approve", CHECKED)
    branch.together(secretary, "publish", a1, a2, b1, b2)
    branch.together(village, "publish", s1, s2, own)
    assert branch.step("pledge_start", str(YEAR)) == (True, False, False)

    # February to May: a resident finds the member's card, the wall and the pledge, reads what was done, and says what he thinks.
    clock.to(f"{YEAR}-03-20")
    branch.post(secretary, "/v1/cards/issue", 200, organization_id=branch.key)
    card = secretary.get("/v1/cards", params={"member_id": branch.member_id}).json()["items"][0]["id"]
    door = branch.post(secretary, f"/v1/cards/{card}/plates", kind="desk_plate")["url"]
    picture = member.post("/v1/files", files={"file": ("a.jpg", drawn())}).json()["id"]
    told = done(member, a1, "progress", {"note": "装好了两户。", "percent": 30, "attachment_ids": [picture]})
    branch.together(secretary, "progress/publish", told["id"])
    assert branch.step("pledge_quarter", f"{YEAR}-Q1") == (False, False, False)
    clock.to(f"{YEAR}-04-03")
    assert branch.step("pledge_quarter", f"{YEAR}-Q1") == (False, True, False)
    assert branch.make_public(f"{YEAR}-Q1") == {a1, a2, b2, s1, s2, own}
    assert branch.step("pledge_quarter", f"{YEAR}-Q1")[0]
    clock.to(f"{YEAR}-05-06")
    reader = branch.residents[0]
    page = reader.get(f"{door}/pledges/{a1}", headers=JSON).json()
    assert page["progress"][0]["note"] == "装好了两户。"
    assert reader.get(page["progress"][0]["pictures"][0]).headers["Content-Type"] == "image/jpeg"
    given = (("satisfied", "说到做到。", a1), ("fairly_satisfied", "", a1), ("dissatisfied", "没有来过。", a1), ("average", "", s1))
    for resident, (grade, words, key) in zip(branch.residents, given, strict=True):
        form = {"grade": grade, "words": words, "key": uuid4().hex}
        assert resident.post(f"{door}/pledges/{key}/evaluations", data=form, headers=JSON).status_code == 201
    clock.to(f"{YEAR}-05-08")
    bad, _, good = secretary.get("/v1/evaluations", params={"pledge_id": a1}).json()["items"]
    branch.post(secretary, f"/v1/evaluations/{good['id']}/show", 200)
    refused(secretary.post(f"/v1/evaluations/{bad['id']}/void", json=WHY), 403, "for_the_level_above")
    branch.post(village, f"/v1/evaluations/{bad['id']}/void", 200, **WHY)
    page = reader.get(f"{door}/pledges/{a1}", headers=JSON).json()
    counted = {"satisfied": 1, "fairly_satisfied": 1, "average": 0, "dissatisfied": 0, "waiting": 0, "voided": 1}
    assert page["tally"]["masses"] == counted and [one["words"] for one in page["words"]] == ["说到做到。"]

    # Summer: one pledge is amended, one taken off; the second quarter and the first half.
    clock.to(f"{YEAR}-06-10")
    stated = {"content": "给八户独居老人装好扶手，教会使用。", "measure": "A1", "due_on": END, "visibility": "public"}
    done(member, a1, "amend", {**stated, **WHY})
    done(secretary, a1, "approve", {**CHECKED, "vote": vote | {"held_on": f"{YEAR}-06-09"}})
    done(secretary, a1, "publish")
    done(village, s2, "withdraw", WHY)
    clock.to(f"{YEAR}-07-02")
    assert branch.make_public(f"{YEAR}-Q2") == {a1, a2, b2, s1, own}
    assert branch.step("pledge_half", f"{YEAR}-H1") == (False, True, False)
    branch.comment(f"{YEAR}-H1", branch=(secretary, [a1, a2, b1, b2]), above=(village, [s1]))
    assert branch.step("pledge_half", f"{YEAR}-H1")[0]

    # Autumn: one was prevented, one is past its day and nothing was said.
    clock.to(f"{YEAR}-10-03")
    branch.make_public(f"{YEAR}-Q3")
    assert "pledge_overdue" in branch.waits(other) and branch.get(branch.deputy, f"{URL}/figures")["overdue"] == 1
    done(secretary, b2, "fail", WHY)
    done(member, a2, "claim", {"outcome": "prevented", "note": "住院。"})
    assert "pledge_claim" in branch.waits(secretary)
    refused(do(secretary, a2, "confirm"), 409, "not_in_this_state")
    done(secretary, a2, "exempt", WHY)

    # December: kept, confirmed, thought about by all, and assessed.
    clock.to(f"{YEAR}-12-22")
    for author, reviewer, key in ((member, secretary, a1), (other, secretary, b1), (secretary, village, s1)):
        done(author, key, "claim", KEPT)
        done(reviewer, key, "confirm")
    done(branch.deputy, own, "claim", KEPT)
    done(village, own, "confirm")
    branch.judge(member, a1, "self", "satisfied")
    for peer in (other, branch.deputy, secretary):
        branch.judge(peer, a1, "peers", "fairly_satisfied")
    clock.to(f"{YEAR + 1}-01-05")
    assert branch.make_public(f"{YEAR}-Q4") == {a1, a2, b2, s1, own}
    branch.comment(f"{YEAR}-H2", branch=(secretary, [a1, a2, b1, b2]), above=(village, [s1]))
    assert branch.step("pledge_half", f"{YEAR}-H2")[0] and not branch.step("pledge_year", str(YEAR))[0]
    for reviewer, key in ((secretary, a1), (secretary, b1), (secretary, b2), (village, s1), (village, own)):
        branch.judge(reviewer, key, "organization", "satisfied")
    assert branch.step("pledge_year", str(YEAR)) == (True, False, False)

    # What is told of the year. Of three who owe two pledges the secretary has lost one; nine texts, one of them decided after nine
    # days; five due, four of them kept; of three grades that count two are good.
    figures = branch.get(branch.deputy, f"{URL}/figures")
    assert {name: figures[name] for name in ("below_two", "overdue", "exempted", "withdrawn")} == {
        "below_two": 1,
        "overdue": 0,
        "exempted": 1,
        "withdrawn": 1,
    }
    assert figures["pledge_rate"] == {"numerator": 2, "denominator": 3, "value": 0.6667}
    assert figures["review_on_time_rate"] == {"numerator": 8, "denominator": 9, "value": 0.8889}
    assert figures["fulfillment_rate"] == {"numerator": 4, "denominator": 5, "value": 0.8}
    assert figures["satisfaction_rate"] == {"numerator": 2, "denominator": 3, "value": 0.6667}
    rows = branch.ledger()
    assert {name: row["状态"] for name, row in rows.items()} == {
        **dict.fromkeys(("A1", "B1", "B2", "S1", "O1"), "已考核"),
        "A2": "免责",
        "S2": "已撤回",
    }
    amended = rows["A1"]
    assert (amended["版本"], amended["承诺内容"], amended["应到"], amended["同意"]) == (2, stated["content"], 4, 3)
    assert (amended["自评"], amended["互评较满意"], amended["群众评满意"], amended["组织评"]) == ("满意", 3, 1, "满意")
    wall = reader.get(f"{door}/wall", params={"year": YEAR}, headers=JSON).json()
    assert wall["totals"] == {"published": 5, "fulfilled": 3, "unfulfilled": 1, "exempted": 1, "overdue": 0, "withdrawn": 1}
    assert [one["quarter"] for one in wall["publications"]] == [f"{YEAR}-Q{number}" for number in (1, 2, 3, 4)]

    # From April on nothing changes any more, and the wall shows the new year alone.
    clock.to(f"{YEAR + 1}-04-01")
    refused(do(village, a2, "reopen", WHY), 409, "not_in_this_state")
    assert member.get(f"{URL}/{a1}").json()["state"] == "archived"
    assert {row["状态"] for row in branch.ledger().values()} == {"已归档", "已撤回"}
    assert reader.get(f"{door}/wall", params={"year": YEAR}, headers=JSON).status_code == 404
