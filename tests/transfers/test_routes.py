from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from api.database import Origin
from api.transfers.service import lapse_transfers
from models.account import RoleGrant
from models.card import Card
from models.enums import CardState, MemberStatus, OrganizationKind, RequestState, Role
from models.member import Member
from models.organization import Organization
from models.transfer import Transfer
from tests.clock import district_day
from tests.conftest import Caller, District, version_of
from tests.outcomes import refused, stored
from tests.transfers.moves import BACK, WHY, asked, cards_of, decide, faults, lines, member_of, requested, trail_holds
from tests.verification.holders import Holder, change, hold

DECISIONS = ("accept", "refuse", "withdraw")
PEOPLE: dict[str, tuple[Role, str]] = {
    "former": (Role.secretary, "B11"),
    "destination": (Role.secretary, "B21"),
    "stranger": (Role.secretary, "B12"),
    "former_deputy": (Role.deputy, "B11"),
    "destination_deputy": (Role.deputy, "B21"),
    "town_of_former": (Role.town_officer, "T1"),
    "town_of_destination": (Role.town_officer, "T2"),
    "district": (Role.district_officer, "D"),
    "member": (Role.member, "B11"),
    "administrator": (Role.administrator, "D"),
}
"""Who asks, when a member of B11 is to move to B21."""

NOBODY = {"member": 403, "administrator": 403}
READ_ONLY = {"former_deputy": 403, "destination_deputy": 403}
BY_FORMER = NOBODY | READ_ONLY | {"destination": 404, "stranger": 404, "town_of_destination": 404}
BY_DESTINATION = NOBODY | READ_ONLY | {"former": 404, "stranger": 404, "town_of_former": 404}
REFUSED: dict[str, dict[str, int]] = {
    "show": NOBODY | {"stranger": 404},
    "request": BY_FORMER,
    "withdraw": BY_FORMER,
    "accept": BY_DESTINATION,
    "refuse": BY_DESTINATION,
}
"""What each person is refused; whoever is not named may."""


@pytest.fixture
def former(sign_in: Callable[[Role, str], Caller]) -> Caller:
    return sign_in(Role.secretary, "B11")


@pytest.fixture
def destination(sign_in: Callable[[Role, str], Caller]) -> Caller:
    return sign_in(Role.secretary, "B21")


@pytest.fixture
def holder(district: District) -> Holder:
    return hold(district.house, district.ids["B11"])


def lapse(district: District, transfer_id: str) -> None:
    change(district.house, Transfer, UUID(transfer_id), due_on=date(2020, 1, 1))


def own_of(district: District, holder: Holder) -> Caller:
    return district.sign_in(Role.member, "B11", member_id=holder.member_id)


@pytest.mark.engine("sqlite")
@pytest.mark.parametrize("what", REFUSED)
@pytest.mark.parametrize("person", PEOPLE)
def test_each_branch_does_its_own_part_and_whoever_stands_above_it(
    district: District, holder: Holder, person: str, what: str
) -> None:
    caller = district.sign_in(*PEOPLE[person])
    if what == "request":
        answer = asked(caller, district, holder.member_id, "B21")
    else:
        key = requested(district.sign_in(Role.secretary, "B11"), district, holder.member_id, "B21")
        answer = caller.get(f"/v1/transfers/{key}") if what == "show" else decide(caller, key, what)
    expected = REFUSED[what].get(person, 201 if what == "request" else 200)
    assert answer.status_code == expected, answer.text
    if expected >= 400 and what != "request":
        assert stored(district, Transfer, key).state is RequestState.open
        assert member_of(district, holder.member_id).organization_id == district.ids["B11"]


def test_one_town_moves_members_between_its_own_branches(district: District, holder: Holder) -> None:
    officer = district.sign_in(Role.town_officer, "T1")
    key = requested(officer, district, holder.member_id, "B12")
    assert decide(officer, key, "accept").json()["state"] == "accepted"


def test_without_signing_in_no_transfer_is_told(district: District) -> None:
    assert district.client.get("/v1/transfers").status_code == 401


def test_a_member_is_not_sent_to_where_nobody_can_be(district: District, former: Caller, holder: Holder) -> None:
    change(district.house, Organization, district.ids["B22"], closed_on=date(2026, 1, 1))
    field = "body.to_organization_id"
    assert faults(asked(former, district, holder.member_id, "B22")) == [(field, "closed_branch")]
    assert faults(asked(former, district, holder.member_id, "B11")) == [(field, "same_organization")]
    for code in ("D", "T2", "V2"):
        assert faults(asked(former, district, holder.member_id, code)) == [(field, "holds_no_members")]
    body = {"member_id": str(holder.member_id), "to_organization_id": str(uuid4()), **WHY}
    assert faults(former.post("/v1/transfers", json=body)) == [(field, "unknown_organization")]


@pytest.mark.parametrize("days", [-1, 91])
def test_a_deadline_lies_within_ninety_days(district: District, former: Caller, holder: Holder, days: int) -> None:
    due_on = (district_day() + timedelta(days=days * 2 if days < 0 else days + 1)).isoformat()
    assert faults(asked(former, district, holder.member_id, "B21", due_on=due_on)) == [("body.due_on", "deadline_out_of_range")]


def test_a_transfer_needs_its_reason(district: District, former: Caller, holder: Holder) -> None:
    assert faults(asked(former, district, holder.member_id, "B21", reason="  ")) == [("body.reason", "string_too_short")]


def test_who_has_left_is_not_transferred(district: District, former: Caller, holder: Holder) -> None:
    leaving = {"kind": "deceased", "reason": "去世"}
    assert former.post(f"/v1/members/{holder.member_id}/leave", json=leaving).status_code == 200
    refused(asked(former, district, holder.member_id, "B21"), 409, "member_has_left")


def test_one_transfer_of_a_member_is_open_at_a_time(district: District, former: Caller, holder: Holder) -> None:
    first = requested(former, district, holder.member_id, "B21")
    refused(asked(former, district, holder.member_id, "B22"), 409, "transfer_open")
    assert decide(former, first, "withdraw").status_code == 200
    requested(former, district, holder.member_id, "B22")


def test_the_same_request_sent_again_with_its_key_is_answered_alike(district: District, former: Caller, holder: Holder) -> None:
    headers = {"Idempotency-Key": "move-1"}
    body = {"member_id": str(holder.member_id), "to_organization_id": str(district.ids["B21"]), **WHY}
    first, second = (former.post("/v1/transfers", json=body, headers=headers) for _ in range(2))
    assert first.status_code == second.status_code == 201
    assert first.json() == second.json()
    assert len(former.get("/v1/transfers").json()["items"]) == 1


def test_a_request_tells_both_organisations_the_member_and_the_deadline(
    district: District, former: Caller, destination: Caller, holder: Holder
) -> None:
    answer = asked(former, district, holder.member_id, "B21")
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert (
        body
        | {
            "member_name": "王秀兰",
            "organization_name": "上塘村第一党支部",
            "to_organization_name": "南塘村第一党支部",
            "reason": "工作调动",
            "state": "open",
            "requested_by": former.account_id,
            "requested_by_name": former.username,
            "decided_by": None,
            "decided_by_name": None,
            "decided_at": None,
            "decision_reason": None,
        }
        == body
    )
    usual = date.fromisoformat(body["due_on"]) - district_day()
    assert usual in (timedelta(days=30), timedelta(days=31)), "the district's day may be one ahead of the machine's"
    for caller, told in ((former, body), (destination, body | {"requested_by_name": None})):
        shown = caller.get(f"/v1/transfers/{body['id']}")
        assert (shown.json(), version_of(shown)) == (told, 1)


def test_a_member_stays_where_he_is_until_he_is_taken_in(
    district: District, former: Caller, destination: Caller, holder: Holder
) -> None:
    requested(former, district, holder.member_id, "B21")
    assert former.get(f"/v1/members/{holder.member_id}").status_code == 200
    assert destination.get(f"/v1/members/{holder.member_id}").status_code == 404
    assert cards_of(district, holder.member_id) == [(CardState.valid, district.ids["B11"])]


def test_who_is_taken_in_belongs_to_the_new_branch_without_posts(
    district: District, former: Caller, destination: Caller, holder: Holder
) -> None:
    key = requested(former, district, holder.member_id, "B21")
    answer = decide(destination, key, "accept")
    assert answer.status_code == 200, answer.text
    assert (answer.json()["state"], answer.json()["decided_by"]) == ("accepted", destination.account_id)
    assert former.get(f"/v1/members/{holder.member_id}").status_code == 404
    member = destination.get(f"/v1/members/{holder.member_id}").json()
    assert (member["organization_id"], member["party_post"]) == (str(district.ids["B21"]), None)


def test_a_valid_card_is_followed_by_a_valid_one(district: District, former: Caller, destination: Caller, holder: Holder) -> None:
    decide(destination, requested(former, district, holder.member_id, "B21"), "accept")
    here, there = district.ids["B11"], district.ids["B21"]
    assert cards_of(district, holder.member_id) == [(CardState.transferred, here), (CardState.valid, there)]


def test_a_suspended_card_stays_suspended_for_its_reason(
    district: District, former: Caller, destination: Caller, holder: Holder
) -> None:
    former.post(f"/v1/cards/{holder.card_id}/suspend", json={"reason": "失联待查"})
    decide(destination, requested(former, district, holder.member_id, "B21"), "accept")
    card = destination.get("/v1/cards", params={"member_id": str(holder.member_id)}).json()["items"][0]
    assert (card["state"], card["state_reason"]) == ("suspended", "失联待查")
    assert former.get(f"/v1/cards/{holder.card_id}").json()["state"] == "transferred"


@pytest.mark.parametrize("how", ["revoked", "lapsed"])
def test_who_had_no_living_card_gets_none(
    district: District, former: Caller, destination: Caller, holder: Holder, how: str
) -> None:
    if how == "revoked":
        former.post(f"/v1/cards/{holder.card_id}/revoke", json={"reason": "停用"})
    else:
        change(district.house, Card, holder.card_id, expires_on=date(2020, 1, 1))
    assert decide(destination, requested(former, district, holder.member_id, "B21"), "accept").status_code == 200
    ended = CardState.revoked if how == "revoked" else CardState.expired
    assert cards_of(district, holder.member_id) == [(ended, district.ids["B11"])]


def test_the_card_of_a_probationary_member_moves_too(district: District, former: Caller, destination: Caller) -> None:
    with district.work() as work:
        member = Member(
            organization_id=district.ids["B11"],
            full_name="陈晓梅",
            joined_on=district_day() - timedelta(days=60),
            status=MemberStatus.probationary,
        )
        work.add(member)
    former.post("/v1/cards", json={"member_id": str(member.id)})
    decide(destination, requested(former, district, member.id, "B21"), "accept")
    assert [state for state, _ in cards_of(district, member.id)] == [CardState.transferred, CardState.valid]
    assert destination.get(f"/v1/members/{member.id}").json()["status"] == "probationary"


@pytest.mark.parametrize(("decision", "state"), [("refuse", "refused"), ("withdraw", "withdrawn")])
def test_what_is_refused_or_withdrawn_leaves_the_member_alone(
    district: District, former: Caller, destination: Caller, holder: Holder, decision: str, state: str
) -> None:
    key = requested(former, district, holder.member_id, "B21")
    answer = decide(destination if decision == "refuse" else former, key, decision)
    assert (answer.json()["state"], answer.json()["decision_reason"]) == (state, BACK["reason"])
    member = member_of(district, holder.member_id)
    assert member.organization_id == district.ids["B11"] and member.party_post is not None
    assert cards_of(district, holder.member_id) == [(CardState.valid, district.ids["B11"])]


@pytest.mark.engine("sqlite")
@pytest.mark.parametrize("second", DECISIONS)
@pytest.mark.parametrize("first", DECISIONS)
def test_the_same_decision_again_is_answered_alike_and_another_is_refused(
    district: District, holder: Holder, first: str, second: str
) -> None:
    officer = district.sign_in(Role.district_officer, "D")
    key = requested(officer, district, holder.member_id, "B21")
    answer = decide(officer, key, first)
    assert answer.status_code == 200, answer.text
    again = decide(officer, key, second)
    if first == second:
        assert (again.status_code, again.json()) == (200, answer.json())
    else:
        assert refused(again, 409, "already_decided")["state"] == answer.json()["state"]
    assert len(lines(district, f"{first}_transfer", key)) == 2


@pytest.mark.parametrize("decision", DECISIONS)
def test_a_decision_is_about_the_version_that_was_read(district: District, holder: Holder, decision: str) -> None:
    officer = district.sign_in(Role.district_officer, "D")
    key = requested(officer, district, holder.member_id, "B21")
    assert decide(officer, key, decision, headers={"If-Match": '"7"'}).status_code == 412
    assert decide(officer, key, decision, headers={"If-Match": '"1"'}).status_code == 200


@pytest.mark.parametrize("decision", DECISIONS)
def test_past_its_last_day_a_transfer_has_lapsed(district: District, holder: Holder, decision: str) -> None:
    officer = district.sign_in(Role.district_officer, "D")
    key = requested(officer, district, holder.member_id, "B21")
    lapse(district, key)
    refused(decide(officer, key, decision), 409, "transfer_lapsed")
    assert officer.get(f"/v1/transfers/{key}").json()["state"] == "lapsed"
    assert [item["state"] for item in officer.get("/v1/transfers", params={"state": "lapsed"}).json()["items"]] == ["lapsed"]
    assert officer.get("/v1/transfers", params={"state": "open"}).json()["items"] == []
    assert member_of(district, holder.member_id).organization_id == district.ids["B11"]


def test_a_lapsed_transfer_makes_way_for_a_new_one(district: District, former: Caller, holder: Holder) -> None:
    first = requested(former, district, holder.member_id, "B21")
    lapse(district, first)
    requested(former, district, holder.member_id, "B22")
    assert stored(district, Transfer, first).state is RequestState.lapsed
    assert len(lines(district, "lapse_transfer", first)) == 2


def test_what_has_lapsed_is_written_down_once_and_by_no_account(district: District, former: Caller, holder: Holder) -> None:
    key = requested(former, district, holder.member_id, "B21")
    with district.work() as work:
        assert lapse_transfers(work) == 0
    lapse(district, key)
    for expected in (1, 0):
        with district.work() as work:
            assert lapse_transfers(work) == expected
    transfer = stored(district, Transfer, key)
    assert transfer.state is RequestState.lapsed and transfer.decided_at is not None and transfer.decided_by is None


def test_a_closed_organisation_takes_nobody_in(district: District, former: Caller, destination: Caller, holder: Holder) -> None:
    key = requested(former, district, holder.member_id, "B21")
    change(district.house, Organization, district.ids["B21"], closed_on=date(2026, 1, 1))
    refused(decide(destination, key, "accept"), 409, "destination_closed")
    assert stored(district, Transfer, key).state is RequestState.open
    assert decide(destination, key, "refuse").status_code == 200


@pytest.mark.parametrize("decision", ["request", *DECISIONS])
def test_nobody_decides_about_himself(district: District, holder: Holder, decision: str) -> None:
    himself = district.sign_in(Role.district_officer, "D", member_id=holder.member_id)
    if decision == "request":
        refused(asked(himself, district, holder.member_id, "B21"), 403, "about_oneself")
        return
    key = requested(district.sign_in(Role.district_officer, "D"), district, holder.member_id, "B21")
    refused(decide(himself, key, decision), 403, "about_oneself")
    assert himself.todo()["counts"].get("transfer") is None
    assert stored(district, Transfer, key).state is RequestState.open


def test_who_leaves_is_no_longer_to_be_transferred(district: District, former: Caller, destination: Caller, holder: Holder) -> None:
    key = requested(former, district, holder.member_id, "B21")
    leaving = {"kind": "withdrew", "reason": "本人申请退党"}
    assert former.post(f"/v1/members/{holder.member_id}/leave", json=leaving).status_code == 200
    shown = former.get(f"/v1/transfers/{key}").json()
    assert (shown["state"], shown["decision_reason"], shown["decided_by"]) == ("withdrawn", "member_left", former.account_id)
    refused(decide(destination, key, "accept"), 409, "already_decided")


def test_a_transfer_that_had_lapsed_when_the_member_left_stays_lapsed(district: District, former: Caller, holder: Holder) -> None:
    key = requested(former, district, holder.member_id, "B21")
    lapse(district, key)
    leaving = {"kind": "withdrew", "reason": "本人申请退党"}
    assert former.post(f"/v1/members/{holder.member_id}/leave", json=leaving).status_code == 200
    transfer = stored(district, Transfer, key)
    assert (transfer.state, transfer.decided_by, transfer.decision_reason) == (RequestState.lapsed, None, None)


def test_a_secretary_of_two_branches_does_not_do_both_halves_and_an_officer_over_both_may(
    district: District, holder: Holder
) -> None:
    both, officer = district.sign_in(Role.secretary, "B11"), district.sign_in(Role.town_officer, "T1")
    with district.work() as work:
        work.add(RoleGrant(account_id=UUID(both.account_id), role=Role.secretary, organization_id=district.ids["B12"]))
    refused(decide(both, requested(both, district, holder.member_id, "B12"), "accept"), 403, "both_halves")
    (own,) = listed(both, state="open")
    assert decide(both, own, "withdraw").status_code == 200
    assert decide(officer, requested(officer, district, holder.member_id, "B12"), "accept").status_code == 200


@pytest.mark.parametrize("is_shut", [True, False])
def test_what_one_who_was_shut_since_might_do_counts_no_more(district: District, holder: Holder, is_shut: bool) -> None:
    own, officer = own_of(district, holder), district.sign_in(Role.town_officer, "T1")
    with district.work() as work:
        work.add(RoleGrant(account_id=UUID(own.account_id), role=Role.secretary, organization_id=district.ids["B11"]))
    key = requested(officer, district, holder.member_id, "B21")
    if is_shut:
        chief = district.sign_in(Role.district_officer, "D")
        assert chief.post(f"/v1/accounts/{officer.account_id}/disable").status_code == 200
    answer = decide(district.sign_in(Role.secretary, "B21"), key, "accept")
    if is_shut:
        refused(answer, 403, "for_the_level_above")
    else:
        assert answer.status_code == 200, answer.text


def listed(caller: Caller, **query: Any) -> list[str]:
    answer = caller.get("/v1/transfers", params=query)
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


def test_each_sees_what_goes_out_of_and_comes_into_his_reach(district: District) -> None:
    officer = district.sign_in(Role.district_officer, "D")
    leaving, coming, foreign = (
        requested(officer, district, hold(district.house, district.ids[code]).member_id, to)
        for code, to in (("B11", "B21"), ("B22", "B11"), ("B21", "B22"))
    )
    secretary, town = district.sign_in(Role.secretary, "B11"), district.sign_in(Role.town_officer, "T2")
    assert listed(secretary) == [coming, leaving]
    assert listed(secretary, direction="out") == [leaving]
    assert listed(secretary, direction="in") == [coming]
    assert listed(town) == [foreign, coming, leaving]
    assert listed(town, direction="out") == [foreign, coming]
    assert listed(town, direction="in") == [foreign, leaving]
    assert listed(district.sign_in(Role.secretary, "B12")) == []
    decide(officer, coming, "refuse")
    assert listed(secretary, state="open") == [leaving]
    assert listed(secretary, state="refused") == [coming]


def test_pages_of_transfers_follow_each_other(district: District, former: Caller) -> None:
    keys = [requested(former, district, hold(district.house, district.ids["B11"]).member_id, "B21") for _ in range(3)]
    first = former.get("/v1/transfers", params={"limit": 2}).json()
    second = former.get("/v1/transfers", params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert [item["id"] for item in first["items"] + second["items"]] == keys[::-1]


def test_members_see_their_own_transfers_and_nobody_elses(district: District, former: Caller, holder: Holder) -> None:
    key = requested(former, district, holder.member_id, "B21")
    requested(former, district, hold(district.house, district.ids["B11"]).member_id, "B21")
    own = own_of(district, holder)
    assert [item["id"] for item in own.get("/v1/transfers/mine").json()["items"]] == [key]
    assert own.get(f"/v1/transfers/{key}").status_code == 403
    assert district.sign_in(Role.member, "B11").get("/v1/transfers/mine").status_code == 404


def destinations(caller: Caller, **query: str) -> list[dict[str, Any]]:
    answer = caller.get("/v1/transfers/destinations", params=query)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def test_destinations_are_found_in_the_whole_district_and_told_apart_by_what_is_above(district: District, former: Caller) -> None:
    for code in ("B11", "B21"):
        change(district.house, Organization, district.ids[code], name="第一党支部")
    assert [
        (item["code"], item["above"]) for item in sorted(destinations(former, q="第一党支部"), key=lambda one: one["code"])
    ] == [
        ("B11", ["明湖区", "云溪镇", "上塘村"]),
        ("B21", ["明湖区", "鹿泉镇", "南塘村"]),
    ]
    assert [item["id"] for item in destinations(former, q="B22")] == [str(district.ids["B22"])]
    assert set(destinations(former, q="B22")[0]) == {"id", "name", "code", "above"}


def test_only_open_organisations_that_hold_members_are_destinations(district: District, former: Caller) -> None:
    change(district.house, Organization, district.ids["B22"], closed_on=date(2026, 1, 1))
    assert {item["code"] for item in destinations(former)} == {"B11", "B12", "B21"}
    assert destinations(former, q="南塘村第二") == []
    assert destinations(former, q="%") == []


def test_at_most_fifty_destinations_are_told(district: District, former: Caller) -> None:
    with district.work() as work:
        above = work.get_one(Organization, district.ids["V1"])
        for number in range(60):
            row = Organization(
                code=f"N{number}", name=f"新支部{number:02}", kind=OrganizationKind.branch, parent_id=above.id, path=""
            )
            row.path = f"{above.path}{row.id.hex}/"
            work.add(row)
    assert [item["name"] for item in destinations(former, q="新支部")] == [f"新支部{number:02}" for number in range(50)]


def test_what_waits_stands_in_the_list_of_who_may_take_in(
    district: District, former: Caller, destination: Caller, holder: Holder
) -> None:
    key = requested(former, district, holder.member_id, "B21")
    shown = destination.get(f"/v1/transfers/{key}").json()
    body = destination.todo()
    assert body["counts"] == {"transfer": 1}
    assert body["items"] == [
        {
            "kind": "transfer",
            "target_type": "transfer",
            "target_id": key,
            "organization_id": str(district.ids["B21"]),
            "organization_name": "南塘村第一党支部",
            "text": "王秀兰要转入南塘村第一党支部，请接收或退回。",
            "since": shown["created_at"],
            "due_on": shown["due_on"],
            "is_overdue": False,
        }
    ]
    assert district.sign_in(Role.district_officer, "D").todo()["counts"] == {"transfer": 1}
    for caller in (former, district.sign_in(Role.deputy, "B21")):
        assert caller.todo() == {"total": 0, "counts": {}, "counts_capped": [], "items": []}
    decide(destination, key, "refuse")
    assert destination.todo()["total"] == 0


def test_what_has_lapsed_waits_for_nobody(district: District, former: Caller, destination: Caller, holder: Holder) -> None:
    lapse(district, requested(former, district, holder.member_id, "B21"))
    assert destination.todo()["total"] == 0


@pytest.mark.parametrize("decision", DECISIONS)
def test_both_organisations_read_in_their_trail_what_was_decided(district: District, holder: Holder, decision: str) -> None:
    officer = district.sign_in(Role.district_officer, "D")
    key = requested(officer, district, holder.member_id, "B21")
    decide(officer, key, decision)
    both = [district.ids["B11"], district.ids["B21"]]
    assert lines(district, "request_transfer", key) == both
    assert lines(district, f"{decision}_transfer", key) == both
    assert lines(district, "move_member", str(holder.member_id)) == (both if decision == "accept" else [])
    assert trail_holds(district)
    with district.house.database.reading(Origin("test")) as work:
        assert work.get_one(Transfer, UUID(key)).reason == WHY["reason"]


@pytest.mark.parametrize("kind", ["transferred_out", "expelled"])
def test_who_has_left_a_branch_as_was_recorded_from_above_comes_back_to_it_by_a_transfer_only_from_there(
    district: District, former: Caller, kind: str
) -> None:
    receiving, town = district.sign_in(Role.secretary, "B12"), district.sign_in(Role.town_officer, "T1")

    def enrol(code: str, joined_on: date = date(1995, 7, 1)) -> str:
        with district.work() as work:
            member = Member(organization_id=district.ids[code], full_name="陈国华", joined_on=joined_on, status=MemberStatus.full)
            work.add(member)
            return str(member.id)

    def leave(caller: Caller) -> None:
        body = {"kind": kind, "reason": "按决定办理"}
        assert caller.post(f"/v1/members/{enrol('B12')}/leave", json=body).status_code == 200

    # What the branch itself has recorded is its own to undo.
    leave(receiving)
    assert decide(receiving, requested(former, district, enrol("B11"), "B12"), "accept").status_code == 200
    leave(town)
    # Another of the name comes as anybody does, but where a name is of one who is a member no more.
    keys = [enrol("B11"), enrol("B11", date(1994, 2, 1))]
    for key in keys[: 2 if kind == "expelled" else 1]:
        moving = requested(former, district, key, "B12")
        refused(decide(receiving, moving, "accept"), 403, "for_the_level_above")
        assert stored(district, Member, key).organization_id == district.ids["B11"]
        assert decide(town, moving, "accept").status_code == 200
    if kind != "expelled":
        assert decide(receiving, requested(former, district, keys[1], "B12"), "accept").status_code == 200


def test_who_is_called_like_one_who_is_out_moves_within_his_branch_by_that_alone(district: District, former: Caller) -> None:
    district.add_group()
    keys = []
    for code, joined_on in (("B11", date(1995, 7, 1)), ("G", date(1994, 2, 1))):
        with district.work() as work:
            member = Member(organization_id=district.ids[code], full_name="陈国华", joined_on=joined_on, status=MemberStatus.full)
            work.add(member)
            keys.append(str(member.id))
    leaving = {"kind": "expelled", "reason": "按决定办理"}
    assert district.sign_in(Role.town_officer, "T1").post(f"/v1/members/{keys[0]}/leave", json=leaving).status_code == 200
    other = district.sign_in(Role.secretary, "B11")
    for code in ("B11", "G"):
        assert decide(other, requested(former, district, keys[1], code), "accept").status_code == 200
