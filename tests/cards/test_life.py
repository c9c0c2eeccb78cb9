"""What becomes of a card between its issue and its end: lost, renewed, replaced, and its branch told what to do."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event
from sqlmodel import col, select

from api.access.permissions import Permission
from api.access.scope import Access
from api.organizations.rules import MOST_POST_HOLDERS
from models.account import Account
from models.card import Card
from models.enums import CardState, MemberStatus, PartyPost, Role
from models.member import Member
from models.organization import Organization
from tests.clock import district_day
from tests.conftest import Caller, District
from tests.outcomes import deeds, refused
from tests.verification.holders import Holder, change, hold

JSON = {"Accept": "application/json"}
WHY = {"reason": "到期换发"}
LONG_AGO = date(2020, 1, 1)
FULL = MemberStatus.full


@pytest.fixture
def secretary(sign_in: Callable[[Role, str], Caller]) -> Caller:
    return sign_in(Role.secretary, "B11")


@pytest.fixture
def holder(district: District) -> Holder:
    return hold(district.house, district.ids["B11"])


@pytest.fixture
def phone(district: District, holder: Holder) -> Caller:
    return district.sign_in(Role.member, "B11", member_id=holder.member_id)


def told(caller: Caller, code: str) -> str:
    return str(caller.client.get(f"/C/{code}", headers=JSON).json()["outcome"])


def card(caller: Caller, card_id: object) -> dict[str, Any]:
    body: dict[str, Any] = caller.get(f"/v1/cards/{card_id}").json()
    return body


def renew(caller: Caller, card_id: object, **more: Any) -> Any:
    return caller.post(f"/v1/cards/{card_id}/renew", json=WHY | more)


def waiting(caller: Caller) -> dict[str, int]:
    counts: dict[str, int] = caller.todo()["counts"]
    return counts


def code_of(refused: Any, status: int) -> str:
    assert refused.status_code == status, refused.text
    return str(refused.json()["code"])


def test_a_lost_card_is_suspended_from_the_very_next_scan_and_its_branch_is_told(
    district: District, holder: Holder, phone: Caller, secretary: Caller
) -> None:
    answer = phone.post("/v1/cards/mine/report-lost")
    assert answer.status_code == 200 and answer.json()["lost_reported_at"], answer.text
    assert told(phone, holder.code) == "suspended"
    assert code_of(phone.get("/v1/cards/mine/code"), 409) == "card_not_valid"
    todo = secretary.todo()
    assert todo["counts"] == {"lost_card": 1}
    assert todo["items"][0]["target_id"] == str(holder.card_id) and "王秀兰" in todo["items"][0]["text"]
    assert phone.post("/v1/cards/mine/report-lost").json() == answer.json()
    assert deeds(district, holder.card_id)[-1] == "report_lost"


def test_a_card_that_was_found_again_is_resumed_and_waits_no_more(holder: Holder, phone: Caller, secretary: Caller) -> None:
    phone.post("/v1/cards/mine/report-lost")
    assert secretary.post(f"/v1/cards/{holder.card_id}/resume", json=WHY).json()["lost_reported_at"] is None
    assert told(phone, holder.code) == "valid" and waiting(secretary) == {}
    assert phone.post("/v1/cards/mine/report-lost").json()["state"] == "suspended"


def test_a_suspended_card_can_be_reported_lost_and_keeps_its_reason(holder: Holder, phone: Caller, secretary: Caller) -> None:
    secretary.post(f"/v1/cards/{holder.card_id}/suspend", json={"reason": "失联待查"})
    answer = phone.post("/v1/cards/mine/report-lost").json()
    assert (answer["state"], answer["state_reason"], waiting(secretary)) == ("suspended", "失联待查", {"lost_card": 1})


def test_a_lost_card_that_is_suspended_for_a_reason_tells_the_reason(
    district: District, holder: Holder, phone: Caller, secretary: Caller
) -> None:
    phone.post("/v1/cards/mine/report-lost")
    suspended = secretary.post(f"/v1/cards/{holder.card_id}/suspend", json={"reason": "失联待查"}).json()
    assert (suspended["state_reason"], waiting(secretary)) == ("失联待查", {"lost_card": 1})
    assert deeds(district, holder.card_id)[-2:] == ["report_lost", "suspend_card"]
    assert secretary.post(f"/v1/cards/{holder.card_id}/suspend", json=WHY).json() == suspended


def test_a_lost_plate_that_is_withdrawn_on_purpose_waits_for_no_other(
    district: District, holder: Holder, phone: Caller, secretary: Caller
) -> None:
    phone.post(f"/v1/cards/mine/plates/{holder.plate_id}/report-lost")
    withdrawing = f"/v1/cards/{holder.card_id}/plates/{holder.plate_id}/withdraw"
    withdrawn = secretary.post(withdrawing, json={"reason": "冒用"}).json()
    assert (withdrawn["withdrawn_reason"], waiting(secretary)) == ("冒用", {})
    assert deeds(district, holder.plate_id)[-2:] == ["report_plate_lost", "withdraw_plate"]
    assert secretary.post(withdrawing, json=WHY).json() == withdrawn


def test_a_card_that_has_ended_cannot_be_lost(holder: Holder, phone: Caller, secretary: Caller) -> None:
    secretary.post(f"/v1/cards/{holder.card_id}/revoke", json=WHY)
    assert code_of(phone.post("/v1/cards/mine/report-lost"), 409) == "not_in_this_state"


def test_replacing_a_lost_card_kills_every_code_and_makes_its_plates_anew(
    district: District, holder: Holder, phone: Caller, secretary: Caller
) -> None:
    phone.post("/v1/cards/mine/report-lost")
    again = secretary.post(f"/v1/cards/{holder.card_id}/reissue", json={**WHY, "remake_plates": True})
    assert again.status_code == 200, again.text
    plates = phone.get("/v1/cards/mine/plates").json()["items"]
    assert [plate["kind"] for plate in plates] == ["desk_plate"]
    assert told(phone, holder.code) == "revoked" and told(phone, plates[0]["code"]) == "valid"
    assert waiting(secretary) == {}


def test_without_being_asked_for_no_plate_is_made_anew(holder: Holder, secretary: Caller, phone: Caller) -> None:
    assert secretary.post(f"/v1/cards/{holder.card_id}/reissue", json=WHY).status_code == 200
    assert phone.get("/v1/cards/mine/plates").json() == {"items": []}


def test_a_lost_plate_is_withdrawn_at_once_and_the_card_stays(
    district: District, holder: Holder, phone: Caller, secretary: Caller
) -> None:
    (plate,) = phone.get("/v1/cards/mine/plates").json()["items"]
    answer = phone.post(f"/v1/cards/mine/plates/{plate['id']}/report-lost")
    assert answer.status_code == 200 and answer.json()["withdrawn_at"]
    assert told(phone, holder.code) == "revoked" and phone.get("/v1/cards/mine/code").status_code == 200
    assert waiting(secretary) == {"lost_plate": 1}
    assert phone.post(f"/v1/cards/mine/plates/{plate['id']}/report-lost").json() == answer.json()
    made = secretary.post(f"/v1/cards/{holder.card_id}/plates/{plate['id']}/replace", json=WHY)
    assert made.status_code == 201 and made.json()["kind"] == "desk_plate"
    assert secretary.get(made.headers["Location"]).json() == made.json()
    assert told(phone, made.json()["code"]) == "valid" and waiting(secretary) == {}
    assert deeds(district, holder.plate_id) == ["make_plate", "report_plate_lost", "withdraw_plate"]


def test_of_many_plates_those_that_stand_are_told_first(
    holder: Holder, secretary: Caller, phone: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.cards.plates.MOST_OF_ONE", 3)
    plates = f"/v1/cards/{holder.card_id}/plates"
    made = [str(holder.plate_id), *(secretary.post(plates, json={"kind": "name_badge"}).json()["id"] for _ in range(4))]
    for key in made[1:4]:
        assert secretary.post(f"{plates}/{key}/withdraw", json={"reason": "遗失"}).status_code == 200
    shown = [made[0], made[3], made[4]]
    assert [one["id"] for one in secretary.get(plates).json()["items"]] == shown
    assert [one["id"] for one in phone.get("/v1/cards/mine/plates").json()["items"]] == shown


def test_nobody_reports_another_ones_plate_lost(district: District, phone: Caller) -> None:
    other = hold(district.house, district.ids["B11"], "李建国")
    assert code_of(phone.post(f"/v1/cards/mine/plates/{other.plate_id}/report-lost"), 404) == "not_found"
    nobody = district.sign_in(Role.member, "B11")
    assert nobody.post(f"/v1/cards/mine/plates/{other.plate_id}/report-lost").status_code == 404
    assert nobody.post("/v1/cards/mine/report-lost").status_code == 404


def test_a_good_plate_is_replaced_by_another_of_its_kind(holder: Holder, secretary: Caller) -> None:
    made = secretary.post(f"/v1/cards/{holder.card_id}/plates/{holder.plate_id}/replace", json=WHY).json()
    assert told(secretary, holder.code) == "revoked" and told(secretary, made["code"]) == "valid"
    assert made["kind"] == "desk_plate" and made["id"] != str(holder.plate_id)


@pytest.mark.parametrize("written_down", [False, True])
def test_an_expired_card_is_renewed_and_its_plates_are_good_again(
    district: District, holder: Holder, secretary: Caller, written_down: bool
) -> None:
    state = CardState.expired if written_down else CardState.valid
    change(district.house, Card, holder.card_id, expires_on=LONG_AGO, state=state)
    assert told(secretary, holder.code) == "expired"
    answer = renew(secretary, holder.card_id)
    assert answer.status_code == 200, answer.text
    assert told(secretary, holder.code) == "valid"
    years = district.house.settings.card_years
    assert int(answer.json()["expires_on"][:4]) == datetime.now(district.house.settings.zone).year + years
    lines = deeds(district, holder.card_id)
    assert renew(secretary, holder.card_id).json() == answer.json() and deeds(district, holder.card_id) == lines


def test_renewing_lifts_no_suspension(district: District, holder: Holder, secretary: Caller) -> None:
    change(district.house, Card, holder.card_id, expires_on=LONG_AGO, state=CardState.suspended)
    assert renew(secretary, holder.card_id).json()["state"] == "suspended"
    assert told(secretary, holder.code) == "suspended"


def test_a_suspended_card_past_its_last_day_is_never_written_down_as_expired(
    district: District, holder: Holder, secretary: Caller
) -> None:
    change(district.house, Card, holder.card_id, expires_on=LONG_AGO, state=CardState.suspended)
    secretary.post("/v1/cards/issue", json={"organization_id": str(district.ids["B11"])})
    assert card(secretary, holder.card_id)["state"] == "suspended" and told(secretary, holder.code) == "expired"


@pytest.mark.parametrize("state", [CardState.revoked, CardState.transferred])
def test_a_card_that_was_ended_is_not_renewed(district: District, holder: Holder, secretary: Caller, state: CardState) -> None:
    change(district.house, Card, holder.card_id, state=state)
    assert code_of(renew(secretary, holder.card_id), 409) == "not_in_this_state"


def test_an_expired_card_is_not_renewed_beside_a_living_one(district: District, holder: Holder, secretary: Caller) -> None:
    change(district.house, Card, holder.card_id, expires_on=LONG_AGO)
    assert secretary.post("/v1/cards", json={"member_id": str(holder.member_id)}).status_code == 201
    assert code_of(renew(secretary, holder.card_id), 409) == "already_has_card"


def test_a_card_of_a_former_branch_is_not_renewed(district: District, holder: Holder) -> None:
    officer = district.sign_in(Role.district_officer, "D")
    change(district.house, Card, holder.card_id, state=CardState.expired)
    change(district.house, Member, holder.member_id, organization_id=district.ids["B21"])
    assert code_of(renew(officer, holder.card_id), 409) == "issued_by_former_branch"


def test_somebody_may_decide_on_another_last_day_and_a_bad_one_is_named(holder: Holder, secretary: Caller) -> None:
    soon = (district_day() + timedelta(days=10)).isoformat()
    answer = renew(secretary, holder.card_id, expires_on=soon).json()
    assert (answer["expires_on"], answer["expiry_basis"]) == (soon, "manual")
    refused = renew(secretary, holder.card_id, expires_on="2020-01-01")
    assert code_of(refused, 422) == "bad_last_day" and refused.json()["errors"][0]["field"] == "body.expires_on"
    assert waiting(secretary) == {"expiring_card": 1}
    renew(secretary, holder.card_id)
    assert waiting(secretary) == {}


def test_nobody_gives_his_own_card_back(district: District, holder: Holder) -> None:
    own = district.sign_in(Role.secretary, "B11", member_id=holder.member_id)
    officer = district.sign_in(Role.town_officer, "T1")
    assert renew(own, holder.card_id).status_code == 403
    officer.post(f"/v1/cards/{holder.card_id}/suspend", json=WHY)
    for action in ("resume", "renew", "reissue"):
        assert code_of(own.post(f"/v1/cards/{holder.card_id}/{action}", json=WHY), 403) == "about_oneself"
    officer.post(f"/v1/cards/{holder.card_id}/revoke", json=WHY)
    assert code_of(own.post("/v1/cards", json={"member_id": str(holder.member_id)}), 403) == "about_oneself"
    done = own.post("/v1/cards/issue", json={"organization_id": str(district.ids["B11"])}).json()
    assert done == {"done": [], "skipped": [{"member_id": str(holder.member_id), "reason": "about_oneself"}], "remaining": 0}
    assert officer.post("/v1/cards", json={"member_id": str(holder.member_id)}).status_code == 201


def test_a_secretarys_first_card_comes_with_those_of_her_branch(district: District) -> None:
    with district.work() as work:
        member = Member(
            organization_id=district.ids["B11"], full_name="方秀兰", joined_on=date(2001, 7, 1), status=MemberStatus.full
        )
        work.add(member)
    own = district.sign_in(Role.secretary, "B11", member_id=member.id)
    assert own.post("/v1/cards/issue", json={"organization_id": str(district.ids["B11"])}).json()["done"] == [str(member.id)]


def test_the_cards_of_who_holds_a_post_end_with_the_term_and_follow_when_it_is_moved(district: District, holder: Holder) -> None:
    officer = district.sign_in(Role.town_officer, "T1")
    ordinary = hold(district.house, district.ids["B11"], "李建国")
    change(district.house, Member, ordinary.member_id, party_post=None)

    def term(ends_on: date) -> None:
        url = f"/v1/organizations/{district.ids['B11']}"
        etag = officer.get(url).headers["etag"]
        answer = officer.patch(url, json={"term_ends_on": ends_on.isoformat()}, headers={"If-Match": etag})
        assert answer.status_code == 200, answer.text

    in_a_year = district_day() + timedelta(days=300)
    term(in_a_year)
    assert card(officer, holder.card_id)["expires_on"] == in_a_year.isoformat()
    assert card(officer, holder.card_id)["expiry_basis"] == "term"
    assert card(officer, ordinary.card_id)["expiry_basis"] == "validity"
    later = in_a_year + timedelta(days=365)
    term(later)
    assert card(officer, holder.card_id)["expires_on"] == later.isoformat()
    assert deeds(district, holder.card_id)[-2:] == ["renew_card", "renew_card"]
    again = officer.post(f"/v1/cards/{holder.card_id}/reissue", json=WHY).json()
    assert (again["expires_on"], again["expiry_basis"]) == (later.isoformat(), "term")
    renew(officer, again["id"], expires_on=in_a_year.isoformat())
    term(later + timedelta(days=1))
    assert card(officer, again["id"])["expires_on"] == in_a_year.isoformat()


def test_a_term_dates_no_more_cards_than_those_of_a_hundred_who_hold_posts(district: District) -> None:
    with district.work() as work:
        for _ in range(MOST_POST_HOLDERS + 1):
            values: dict[str, Any] = {"full_name": "王伟", "joined_on": date(2001, 7, 1), "status": MemberStatus.full}
            work.add(Member(organization_id=district.ids["B11"], party_post=PartyPost.committee_member, **values))
    officer = district.sign_in(Role.town_officer, "T1")
    issued = officer.post("/v1/cards/issue", json={"organization_id": str(district.ids["B11"])}).json()
    url, body = f"/v1/organizations/{district.ids['B11']}", {"term_ends_on": (district_day() + timedelta(days=300)).isoformat()}
    refused(officer.patch(url, json=body, headers={"If-Match": "*"}), 409, "too_many_hold_posts")
    assert officer.get(url).json()["term_ends_on"] is None
    officer.post(f"/v1/members/{issued['done'][0]}/leave", json={"kind": "transferred_out", "reason": "迁出"})
    assert officer.patch(url, json=body, headers={"If-Match": "*"}).status_code == 200


def test_what_waits_about_cards_is_told_within_reach_and_never_about_oneself(
    district: District, holder: Holder, phone: Caller
) -> None:
    phone.post("/v1/cards/mine/report-lost")
    own = district.sign_in(Role.secretary, "B11")
    change(district.house, Member, holder.member_id, party_post=PartyPost.secretary)
    elsewhere = district.sign_in(Role.secretary, "B12")
    deputy = district.sign_in(Role.deputy, "B11")
    assert waiting(own) == {"lost_card": 1} and waiting(elsewhere) == waiting(deputy) == waiting(phone) == {}
    with district.work() as work:
        account_id = UUID(own.account_id)
        work.exec(select(Account).where(col(Account.member_id) == holder.member_id)).one().member_id = None
        work.flush()
        work.get_one(Account, account_id).member_id = holder.member_id
    assert waiting(own) == {}


def test_a_moved_member_whose_card_is_lost_has_a_lost_card_in_the_new_branch(
    district: District, holder: Holder, phone: Caller
) -> None:
    phone.post("/v1/cards/mine/report-lost")
    out, into = district.sign_in(Role.secretary, "B11"), district.sign_in(Role.secretary, "B21")
    body = {"member_id": str(holder.member_id), "to_organization_id": str(district.ids["B21"]), "reason": "搬家"}
    transfer = out.post("/v1/transfers", json=body).json()
    assert into.post(f"/v1/transfers/{transfer['id']}/accept", json={}).status_code == 200
    assert waiting(out) == {} and waiting(into) == {"lost_card": 1}


def test_work_on_a_whole_branch_holds_up_nobody_who_works_on_one_card(district: District, holder: Holder) -> None:
    """On PostgreSQL the two would wait for each other, if a branch were locked against rows that refer to it."""
    if district.house.database.is_sqlite:
        pytest.skip("SQLite has one writer at a time")
    secretary = district.sign_in(Role.secretary, "B11")
    officer = district.sign_in(Role.town_officer, "T1")
    with district.work() as work:
        by = Access(UUID(officer.account_id), UUID(officer.account_id), district.ids["T1"], None, Permission.card_write, ())
        by.get(work, Organization, district.ids["B11"])
        made = secretary.post(f"/v1/cards/{holder.card_id}/plates", json={"kind": "name_badge"})
        assert made.status_code == 201, made.text


def test_what_makes_a_card_invalid_waits_for_the_replica_that_scans_read_from(
    district: District, holder: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = district.house.database
    if database.is_sqlite:
        pytest.skip("SQLite has no replicas")
    monkeypatch.setattr(database, "_has_replica", True)
    secretary = district.sign_in(Role.secretary, "B11")
    said: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *told: said.append(told[2]))
    secretary.post(f"/v1/cards/{holder.card_id}/plates", json={"kind": "name_badge"})
    assert not any("remote_apply" in statement for statement in said)
    secretary.post(f"/v1/cards/{holder.card_id}/suspend", json=WHY)
    assert said.count("SET LOCAL synchronous_commit = remote_apply") == 1


def make(caller: Caller, holder: Holder) -> Any:
    return caller.post(f"/v1/cards/{holder.card_id}/plates", json={"kind": "name_badge"})


def test_a_card_has_only_so_many_plates_in_use_and_those_are_made_anew_with_it(
    holder: Holder, phone: Caller, secretary: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.cards.rules.MOST_PLATES", 3)
    first, second = (make(secretary, holder) for _ in range(2))
    assert (first.status_code, second.status_code, code_of(make(secretary, holder), 409)) == (201, 201, "too_many_plates_in_use")
    # One that is lost is still to be made anew, and counts until that is done or it is decided otherwise.
    phone.post(f"/v1/cards/mine/plates/{holder.plate_id}/report-lost")
    assert code_of(make(secretary, holder), 409) == "too_many_plates_in_use"
    replaced = secretary.post(f"/v1/cards/{holder.card_id}/plates/{holder.plate_id}/replace", json=WHY)
    assert replaced.status_code == 201 and code_of(make(secretary, holder), 409) == "too_many_plates_in_use"
    assert secretary.post(f"{first.headers['Location']}/withdraw", json=WHY).status_code == 200
    assert make(secretary, holder).status_code == 201
    # Nor is one that was withdrawn made anew beside as many as there may be.
    again = secretary.post(f"{first.headers['Location']}/replace", json=WHY)
    assert code_of(again, 409) == "too_many_plates_in_use"
    assert secretary.post(f"/v1/cards/{holder.card_id}/reissue", json={**WHY, "remake_plates": True}).status_code == 200
    assert sorted(plate["kind"] for plate in phone.get("/v1/cards/mine/plates").json()["items"]) == [
        "desk_plate",
        *["name_badge"] * 2,
    ]


def test_of_a_card_with_more_plates_than_it_may_have_the_oldest_are_made_anew(
    holder: Holder, phone: Caller, secretary: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [make(secretary, holder).status_code for _ in range(3)] == [201] * 3
    monkeypatch.setattr("api.cards.rules.MOST_PLATES", 2)
    assert secretary.post(f"/v1/cards/{holder.card_id}/reissue", json={**WHY, "remake_plates": True}).status_code == 200
    assert [plate["kind"] for plate in phone.get("/v1/cards/mine/plates").json()["items"]] == ["desk_plate", "name_badge"]
