"""One member who moves to another branch, followed through card, page, account, correction and audit trail."""

from typing import Any
from uuid import UUID

import pytest

from models.account import RoleGrant
from models.enums import CardState, Role
from tests.conftest import Caller, District
from tests.transfers.moves import cards_of, decide, lines, requested, trail_holds
from tests.verification.holders import Holder, hold

FORMER, PRESENT = "上塘村第一党支部", "南塘村第一党支部"
JSON = {"Accept": "application/json"}
BROWSER = {"Accept": "text/html"}


def scanned(district: District, code: str) -> dict[str, Any]:
    answer = district.client.get(f"/C/{code}", headers=JSON)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def page(district: District, code: str) -> str:
    answer = district.client.get(f"/C/{code}", headers=BROWSER)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return answer.text


def secretary_and_member(district: District, holder: Holder) -> Caller:
    """The holder, signed in, who is a member and the secretary of his branch."""
    caller = district.sign_in(Role.member, "B11", member_id=holder.member_id)
    with district.work() as work:
        work.add(RoleGrant(account_id=UUID(caller.account_id), role=Role.secretary, organization_id=district.ids["B11"]))
    return caller


def corrections(caller: Caller) -> list[str]:
    answer = caller.get("/v1/corrections", params={"state": "open"})
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


def audited(district: District, code: str, target_id: str) -> set[str]:
    """What an officer of that town would have to answer for: the deeds on a thing at the organisation of that code."""
    verbs = ("request_transfer", "accept_transfer", "move_member", "transfer_card", "issue_card", "end_grant", "grant_role")
    return {verb for verb in verbs if district.ids[code] in lines(district, verb, target_id)}


def test_a_member_who_moves_is_followed_by_card_page_account_correction_and_trail(district: District) -> None:
    holder = hold(district.house, district.ids["B11"])
    member = secretary_and_member(district, holder)
    former, present = district.sign_in(Role.town_officer, "T1"), district.sign_in(Role.secretary, "B21")
    correction = member.post("/v1/corrections", json={"changes": {"job_title": "会计"}}).json()["id"]
    assert member.get("/v1/members").status_code == 200, "as secretary he reads the roster of his branch"
    code_before = member.get("/v1/cards/mine/code").json()["code"]
    assert scanned(district, code_before)["outcome"] == scanned(district, holder.code)["outcome"] == "valid"

    key = requested(former, district, holder.member_id, "B21")
    assert present.todo()["counts"]["transfer"] == 1
    assert decide(present, key, "accept").status_code == 200

    here, there = district.ids["B11"], district.ids["B21"]
    assert cards_of(district, holder.member_id) == [(CardState.transferred, here), (CardState.valid, there)]
    card = present.get("/v1/cards", params={"member_id": str(holder.member_id)}).json()["items"][0]
    assert former.get("/v1/cards", params={"member_id": str(holder.member_id)}).json()["items"][0]["state"] == "transferred"
    plate = present.post(f"/v1/cards/{card['id']}/plates", json={"kind": "name_badge"}).json()["code"]

    old, new = scanned(district, holder.code), scanned(district, plate)
    assert (old["outcome"], old["reason"], old["issuer"], old["card"]) == ("transferred", "card_transferred", FORMER, None)
    assert scanned(district, code_before)["outcome"] == "transferred"
    assert (new["outcome"], new["issuer"], new["card"]["display_name"]) == ("valid", PRESENT, "王秀兰")
    assert (new["card"]["organization"], new["card"]["posts"]) == (PRESENT, [])
    assert "王秀兰" not in page(district, holder.code)
    assert "有效" in page(district, plate) and PRESENT in page(district, plate)

    own = member.get("/v1/members/mine")
    assert (own.status_code, own.json()["organization_id"], own.json()["party_post"]) == (200, str(there), None)
    assert member.get("/v1/cards/mine").json()["id"] == card["id"]
    assert scanned(district, member.get("/v1/cards/mine/code").json()["code"])["outcome"] == "valid"
    assert member.get("/v1/members").status_code == 403, "he is no secretary any more"
    assert [item["id"] for item in member.get("/v1/transfers/mine").json()["items"]] == [key]
    account = member.get("/v1/accounts/mine").json()
    assert account["organization_id"] == str(there)

    assert (corrections(former), corrections(present)) == ([], [correction])
    assert present.post(f"/v1/corrections/{correction}/accept").status_code == 200
    assert present.get(f"/v1/members/{holder.member_id}").json()["job_title"] == "会计"

    assert audited(district, "B11", key) == audited(district, "B21", key) == {"request_transfer", "accept_transfer"}
    assert audited(district, "B11", str(holder.member_id)) == audited(district, "B21", str(holder.member_id)) == {"move_member"}
    assert audited(district, "B11", str(holder.card_id)) == {"issue_card", "transfer_card"}
    assert audited(district, "B21", card["id"]) == {"issue_card"}
    assert audited(district, "B11", member.account_id) == {"end_grant"}
    assert audited(district, "B21", member.account_id) == {"grant_role"}
    assert trail_holds(district)


def test_an_auditor_of_each_town_reads_of_the_move(district: District) -> None:
    holder = hold(district.house, district.ids["B11"])
    key = requested(district.sign_in(Role.secretary, "B11"), district, holder.member_id, "B21")
    decide(district.sign_in(Role.secretary, "B21"), key, "accept")
    for town, branch in (("T1", "B11"), ("T2", "B21")):
        auditor = district.sign_in(Role.auditor, town)
        items = auditor.get("/v1/audit", params={"target_id": key}).json()["items"]
        assert [(line["action"], line["organization_id"]) for line in items] == [
            ("accept_transfer", str(district.ids[branch])),
            ("request_transfer", str(district.ids[branch])),
        ]


@pytest.mark.parametrize("kind", ["expelled", "transferred_out"])
def test_the_card_of_a_former_branch_leads_nowhere_once_the_member_has_left_the_present_one(district: District, kind: str) -> None:
    holder = hold(district.house, district.ids["B11"])
    former, present = district.sign_in(Role.secretary, "B11"), district.sign_in(Role.secretary, "B21")
    assert decide(present, requested(former, district, holder.member_id, "B21"), "accept").status_code == 200
    assert scanned(district, holder.code)["moved_to"] == PRESENT
    left = present.post(f"/v1/members/{holder.member_id}/leave", json={"kind": kind, "reason": "按决定办理"})
    assert left.status_code == 200, left.text
    told = scanned(district, holder.code)
    assert (told["outcome"], told["moved_to"]) == ("transferred", None)
    assert PRESENT not in page(district, holder.code)
