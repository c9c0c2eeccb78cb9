import threading
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

import pytest
import zxingcpp
from PIL import Image
from sqlmodel import col, select

from api.access.permissions import Permission
from api.access.scope import Access
from api.adapters.jose import PublicKey, read_compact
from api.audit.service import verify
from api.cards import rules, service
from api.cards.queries import scans as scans_of
from api.codes.reading import DynamicCode
from api.codes.signing import header
from api.database import Origin
from api.errors import Refusal
from api.house import House
from api.keys.service import create_key
from api.settings import Settings
from api.status_lists.places import place_of
from api.versions import Expected
from models.account import Account
from models.audit import AuditLine
from models.card import Card, ScanCount
from models.enums import CardState, MemberStatus, Role, ScanOutcome
from models.member import Member
from models.organization import Organization
from models.signing_key import SigningKey
from tests.conftest import Caller, District, version_of
from tests.outcomes import deeds, refused, stored
from tests.plans import plans
from tests.verification.holders import change, hold

LOST = {"reason": "党员本人报告遗失"}
JSON = {"Accept": "application/json"}
ACTIONS = ("suspend", "resume", "revoke", "expire", "reissue")


@pytest.fixture
def secretary(sign_in: Callable[[Role, str], Caller]) -> Caller:
    return sign_in(Role.secretary, "B11")


@pytest.fixture
def officer(sign_in: Callable[[Role, str], Caller]) -> Caller:
    return sign_in(Role.district_officer, "D")


def enrol(district: District, code: str, status: MemberStatus = MemberStatus.full) -> str:
    with district.work() as work:
        member = Member(
            organization_id=district.ids[code],
            full_name="方秀兰",
            joined_on=date(2001, 7, 1),
            status=status,
            left_on=date(2026, 1, 1) if status is MemberStatus.left else None,
        )
        work.add(member)
        return str(member.id)


def close(district: District, code: str) -> None:
    with district.work() as work:
        work.get_one(Organization, district.ids[code]).closed_on = date(2026, 1, 1)


def lapse(district: District, card_id: str) -> None:
    with district.work() as work:
        work.get_one(Card, UUID(card_id)).expires_on = date(2020, 1, 1)


def issued(caller: Caller, member_id: str) -> dict[str, Any]:
    answer = caller.post("/v1/cards", json={"member_id": member_id})
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


def act(caller: Caller, card_id: str, action: str, **more: Any) -> Any:
    return caller.post(f"/v1/cards/{card_id}/{action}", json=LOST, **more)


def plate(caller: Caller, card_id: str, kind: str = "desk_plate") -> dict[str, Any]:
    answer = caller.post(f"/v1/cards/{card_id}/plates", json={"kind": kind})
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


def scanned(caller: Caller, url: str) -> tuple[str, str]:
    body = caller.client.get("/C/" + url.rpartition("/C/")[2], headers=JSON).json()
    return body["outcome"], body["reason"]


def test_a_deputy_may_look_at_cards_but_issue_and_change_none(district: District, secretary: Caller) -> None:
    deputy = district.sign_in(Role.deputy, "B11")
    card = issued(secretary, enrol(district, "B11"))
    assert deputy.get(f"/v1/cards/{card['id']}").status_code == 200
    refused(deputy.post("/v1/cards", json={"member_id": enrol(district, "B11")}), 403, "forbidden")
    refused(deputy.post("/v1/cards/issue", json={"organization_id": str(district.ids["B11"])}), 403, "forbidden")
    for action in ACTIONS:
        refused(act(deputy, card["id"], action), 403, "forbidden")


def test_nothing_of_another_branchs_cards_can_be_told_or_changed(district: District, officer: Caller, secretary: Caller) -> None:
    member_id = enrol(district, "B12")
    refused(secretary.post("/v1/cards", json={"member_id": member_id}), 404, "not_found")
    refused(secretary.post("/v1/cards/issue", json={"organization_id": str(district.ids["B12"])}), 404, "not_found")
    card = issued(officer, member_id)
    its_plate = plate(officer, card["id"])
    own = issued(secretary, enrol(district, "B11"))
    for path in ("", "/plates", f"/plates/{its_plate['id']}/qr.svg", f"/plates/{its_plate['id']}/qr.png"):
        refused(secretary.get(f"/v1/cards/{card['id']}{path}"), 404, "not_found")
    refused(secretary.get(f"/v1/cards/{own['id']}/plates/{its_plate['id']}/qr.svg"), 404, "not_found")
    refused(secretary.post(f"/v1/cards/{card['id']}/plates", json={"kind": "desk_plate"}), 404, "not_found")
    refused(secretary.post(f"/v1/cards/{own['id']}/plates/{its_plate['id']}/withdraw", json=LOST), 404, "not_found")
    for action in ACTIONS:
        refused(act(secretary, card["id"], action), 404, "not_found")
    assert [item["id"] for item in secretary.get("/v1/cards").json()["items"]] == [own["id"]]
    assert stored(district, Card, card["id"]).state is CardState.valid


def test_a_member_who_has_left_and_one_of_a_closed_branch_get_no_card(district: District, officer: Caller) -> None:
    refused(officer.post("/v1/cards", json={"member_id": str(uuid4())}), 404, "not_found")
    left = enrol(district, "B11", MemberStatus.left)
    refused(officer.post("/v1/cards", json={"member_id": left}), 409, "member_has_left")
    stranded = enrol(district, "B12")
    close(district, "B12")
    refused(officer.post("/v1/cards", json={"member_id": stranded}), 409, "branch_closed")
    assert officer.get("/v1/cards").json()["items"] == []


def test_a_card_is_issued_valid_for_its_time_and_audited(district: District, secretary: Caller, house: House) -> None:
    today = datetime.now(house.settings.zone).date()
    member_id = enrol(district, "B11")
    answer = secretary.post("/v1/cards", json={"member_id": member_id})
    card = answer.json()
    assert (answer.status_code, version_of(answer)) == (201, 1)
    assert (card["member_id"], card["organization_id"]) == (member_id, str(district.ids["B11"]))
    assert (card["state"], card["expires_on"][:4]) == ("valid", str(today.year + house.settings.card_years))
    assert deeds(district, card["id"]) == ["issue_card"]
    probationary = issued(secretary, enrol(district, "B11", MemberStatus.probationary))
    assert probationary["expires_on"][:4] == str(today.year + 1)


def test_a_member_has_one_living_card_at_the_most(district: District, secretary: Caller) -> None:
    member_id = enrol(district, "B11")
    card = issued(secretary, member_id)
    refused(secretary.post("/v1/cards", json={"member_id": member_id}), 409, "already_has_card")
    act(secretary, card["id"], "suspend")
    refused(secretary.post("/v1/cards", json={"member_id": member_id}), 409, "already_has_card")
    act(secretary, card["id"], "revoke")
    assert issued(secretary, member_id)["id"] != card["id"]


def test_issuing_twice_with_one_idempotency_key_gives_one_card(district: District, secretary: Caller) -> None:
    body = {"member_id": enrol(district, "B11")}
    first, again = (secretary.post("/v1/cards", json=body, headers={"Idempotency-Key": "k1"}) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()


def test_every_card_has_a_number_and_a_place_in_the_status_lists_of_its_own(
    district: District, secretary: Caller, house: House
) -> None:
    cards = [stored(district, Card, issued(secretary, enrol(district, "B11"))["id"]) for _ in range(3)]
    assert [(card.status_list, card.status_index) for card in cards] == [place_of(n, house.status_key) for n in range(3)]
    assert len({card.credential_number for card in cards}) == 3


def test_cards_are_issued_to_all_below_and_who_gets_none_is_told_why(district: District, officer: Caller, house: House) -> None:
    holder, left, stranded = enrol(district, "B11"), enrol(district, "B11", MemberStatus.left), enrol(district, "B12")
    issued(officer, holder)
    close(district, "B12")
    new = [enrol(district, "B11"), enrol(district, "B11", MemberStatus.probationary)]
    beside = enrol(district, "B21")
    answer = officer.post("/v1/cards/issue", json={"organization_id": str(district.ids["T1"])})
    assert answer.status_code == 200
    assert set(answer.json()["done"]) == set(new)
    assert {(item["member_id"], item["reason"]) for item in answer.json()["skipped"]} == {
        (holder, "already_has_card"),
        (left, "member_has_left"),
        (stranded, "branch_closed"),
    }
    for member_id in new:
        (card,) = officer.get("/v1/cards", params={"member_id": member_id}).json()["items"]
        assert (card["state"], deeds(district, card["id"])) == ("valid", ["issue_card"])
    assert officer.get("/v1/cards", params={"member_id": beside}).json()["items"] == []
    with district.work() as work:
        (line,) = work.exec(select(AuditLine).where(col(AuditLine.action) == "issue_cards")).all()
        assert (line.organization_id, line.details) == (district.ids["T1"], {"issued": 2, "skipped": 3})
        assert verify(work, house.audit_key)[1] is None


def test_cards_of_a_large_organisation_are_issued_in_pieces_until_none_remain(
    district: District, officer: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "AT_ONCE", 2)
    lapsed, former = enrol(district, "B11"), enrol(district, "B11")
    with district.work() as work:
        card = work.get_one(Card, UUID(issued(officer, lapsed)["id"]))
        card.expires_on = work.today - timedelta(days=1)
    revoked = issued(officer, former)["id"]
    assert officer.post(f"/v1/cards/{revoked}/revoke", json=LOST).status_code == 200
    members = {lapsed, former, *(enrol(district, code) for code in ("B11", "B11", "B12"))}
    for code in ("B11", "B11", "B12"):
        enrol(district, code, MemberStatus.left)
    body, done = {"organization_id": str(district.ids["T1"])}, list[str]()
    for remaining in (3, 1, 0, 0):
        answer = officer.post("/v1/cards/issue", json=body).json()
        assert answer["remaining"] == remaining
        assert len(answer["skipped"]) == 2
        done += answer["done"]
    assert sorted(done) == sorted(members)


def test_issuing_to_a_branch_again_gives_nobody_a_second_card(district: District, officer: Caller) -> None:
    member_id = enrol(district, "B11")
    body = {"organization_id": str(district.ids["B11"])}
    assert officer.post("/v1/cards/issue", json=body).json()["done"] == [member_id]
    assert officer.post("/v1/cards/issue", json=body).json()["done"] == []
    assert len(officer.get("/v1/cards").json()["items"]) == 1


def test_a_batch_passes_over_a_member_whose_living_card_another_branch_issued(district: District, officer: Caller) -> None:
    moved, other = enrol(district, "B11"), enrol(district, "B12")
    issued(officer, moved)
    with district.work() as work:
        work.get_one(Member, UUID(moved)).organization_id = district.ids["B12"]
    answer = officer.post("/v1/cards/issue", json={"organization_id": str(district.ids["B12"])})
    assert answer.status_code == 200, answer.text
    assert answer.json() == {"done": [other], "skipped": [{"member_id": moved, "reason": "already_has_card"}], "remaining": 0}
    assert len(officer.get("/v1/cards", params={"member_id": other}).json()["items"]) == 1


def test_two_batches_at_once_give_each_member_one_card(district: District) -> None:
    members = [enrol(district, "B11") for _ in range(40)]
    callers = [district.sign_in(Role.secretary, "B11") for _ in range(2)]
    answers: list[Any] = []
    body = {"organization_id": str(district.ids["B11"])}
    start = threading.Barrier(len(callers))

    def issue(caller: Caller) -> None:
        start.wait()
        answers.append(caller.post("/v1/cards/issue", json=body))

    threads = [threading.Thread(target=issue, args=(caller,)) for caller in callers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [200, 200], [answer.text for answer in answers]
    assert sorted(len(answer.json()["done"]) for answer in answers) == [0, len(members)]


def test_batches_of_a_town_and_of_its_branch_at_once_give_each_member_one_card(district: District, house: House) -> None:
    members = [enrol(district, "B11") for _ in range(5)]
    officer = district.account(Role.district_officer, "D")
    access = reach(district, officer)
    issuing = service.Issuing(house.status_key, 5)
    begun, results = threading.Event(), []
    with house.database.reading(Origin("test")) as reading:
        own, all_below = (service.find_passed_over(reading, access, district.ids[code]) for code in ("B11", "T1"))

    def branch() -> None:
        with district.work() as work:
            results.append(service.issue_cards(work, access, own, issuing))
            begun.set()
            time.sleep(0.3)

    def town() -> None:
        begun.wait()
        with district.work() as work:
            results.append(service.issue_cards(work, access, all_below, issuing))

    at_once(branch, town)
    assert [len(bulk.done) for bulk in results] == [len(members), 0]


def test_a_card_is_reissued_while_its_member_leaves_and_neither_waits_for_ever(district: District, house: House) -> None:
    member_id = UUID(enrol(district, "B11"))
    access = reach(district, district.account(Role.district_officer, "D"))
    issuing = service.Issuing(house.status_key, 5)
    with district.work() as work:
        card_id = service.issue_card(work, access, member_id, issuing).id
    begun, refusals = threading.Event(), []

    def leave() -> None:
        with district.work() as work:
            member = access.get(work, Member, member_id)
            begun.set()
            time.sleep(0.3)
            member.status, member.left_on = MemberStatus.left, date(2026, 11, 23)
            service.revoke_card_of_member(work, member)

    def reissue() -> None:
        begun.wait()
        try:
            with district.work() as work:
                service.reissue_card(work, access, card_id, LOST["reason"], Expected(None, False), issuing)
        except Refusal as refusal:
            refusals.append(refusal.code())

    at_once(leave, reissue)
    assert refusals == ["member_has_left"]
    assert stored(district, Card, str(card_id)).state_reason == "member_left"


def reach(district: District, username: str) -> Access:
    with district.work() as work:
        account = work.exec(select(Account).where(col(Account.username) == username)).one()
        return Access(account.id, account.id, account.organization_id, None, Permission.card_write, ())


def at_once(*pieces: Callable[[], None]) -> None:
    threads = [threading.Thread(target=piece) for piece in pieces]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_the_newest_cards_come_first_page_by_page(district: District, officer: Caller) -> None:
    ids = [issued(officer, enrol(district, code))["id"] for code in ("B11", "B12", "B21")]
    first = officer.get("/v1/cards", params={"limit": 2}).json()
    second = officer.get("/v1/cards", params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert [card["id"] for card in first["items"] + second["items"]] == ids[::-1]
    assert second["next_cursor"] is None


def test_cards_are_found_by_member_organisation_and_state(district: District, officer: Caller) -> None:
    member_id = enrol(district, "B11")
    cards = [issued(officer, member_id), issued(officer, enrol(district, "B12")), issued(officer, enrol(district, "B21"))]
    act(officer, cards[1]["id"], "suspend")

    def found(**params: str) -> list[int]:
        items = officer.get("/v1/cards", params=params).json()["items"]
        return sorted([card["id"] for card in cards].index(item["id"]) for item in items)

    assert found(member_id=member_id) == [0]
    assert found(organization_id=str(district.ids["V1"])) == [0, 1]
    assert found(state="suspended") == [1]
    assert found(state="valid", organization_id=str(district.ids["T1"])) == [0]


def test_what_the_state_table_forbids_is_refused_and_names_the_state(district: District, secretary: Caller) -> None:
    card = issued(secretary, enrol(district, "B11"))
    act(secretary, card["id"], "revoke")
    for action in ("suspend", "resume", "expire"):
        assert refused(act(secretary, card["id"], action), 409, "not_in_this_state")["state"] == "revoked"
    assert deeds(district, card["id"]) == ["issue_card", "revoke_card"]


def test_an_action_needs_a_reason(district: District, secretary: Caller) -> None:
    card = issued(secretary, enrol(district, "B11"))
    for body in ({}, {"reason": ""}, {"reason": "字" * 201}, {"reason": "a\nb"}):
        refused(secretary.post(f"/v1/cards/{card['id']}/suspend", json=body), 422, "invalid")


def test_a_change_of_an_older_version_is_refused(district: District, secretary: Caller) -> None:
    card = issued(secretary, enrol(district, "B11"))
    assert version_of(act(secretary, card["id"], "suspend", headers={"If-Match": '"1"'})) == 2
    for action in ACTIONS:
        refused(act(secretary, card["id"], action, headers={"If-Match": '"1"'}), 412, "precondition_failed")


def test_a_card_is_suspended_and_resumed_and_the_next_scan_tells_it(district: District, secretary: Caller) -> None:
    card = issued(secretary, enrol(district, "B11"))
    url = plate(secretary, card["id"])["url"]
    assert scanned(secretary, url) == ("valid", "card_valid")
    suspended = act(secretary, card["id"], "suspend").json()
    assert (suspended["state"], suspended["state_reason"]) == ("suspended", LOST["reason"])
    assert scanned(secretary, url) == ("suspended", "card_suspended")
    assert act(secretary, card["id"], "resume").json()["state"] == "valid"
    assert scanned(secretary, url) == ("valid", "card_valid")
    assert deeds(district, card["id"]) == ["issue_card", "suspend_card", "resume_card"]


@pytest.mark.parametrize("action", ["suspend", "revoke", "expire"])
def test_doing_again_what_is_done_changes_nothing_and_leaves_no_line(district: District, secretary: Caller, action: str) -> None:
    card = issued(secretary, enrol(district, "B11"))
    first, again = (act(secretary, card["id"], action) for _ in range(2))
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    assert first.headers["etag"] == again.headers["etag"]
    assert deeds(district, card["id"]) == ["issue_card", f"{action}_card"]


def test_a_reissued_card_is_another_one_and_every_code_of_the_old_one_is_dead(district: District, secretary: Caller) -> None:
    member_id = enrol(district, "B11")
    phone = district.sign_in(Role.member, "B11", member_id=UUID(member_id))
    old = issued(secretary, member_id)
    urls = [plate(secretary, old["id"])["url"], phone.get("/v1/cards/mine/code").json()["url"]]
    answer = act(secretary, old["id"], "reissue", headers={"If-Match": '"1"'})
    new = answer.json()
    assert (answer.status_code, new["state"], new["member_id"]) == (200, "valid", member_id)
    before, after = stored(district, Card, old["id"]), stored(district, Card, new["id"])
    assert (before.state, before.state_reason) == (CardState.revoked, LOST["reason"])
    assert before.credential_number != after.credential_number
    assert (before.status_list, before.status_index) != (after.status_list, after.status_index)
    assert [scanned(secretary, url) for url in urls] == [("revoked", "card_revoked")] * 2
    assert secretary.get(f"/v1/cards/{new['id']}/plates").json()["items"] == []
    assert deeds(district, old["id"]) == ["issue_card", "revoke_card"]
    assert "issue_card" in deeds(district, new["id"])


def test_a_dead_card_is_not_replaced_while_another_lives(district: District, secretary: Caller) -> None:
    member_id = enrol(district, "B11")
    old = issued(secretary, member_id)
    act(secretary, old["id"], "expire")
    new = act(secretary, old["id"], "reissue").json()
    assert new["state"] == "valid"
    refused(act(secretary, old["id"], "reissue"), 409, "already_has_card")
    assert stored(district, Card, old["id"]).state is CardState.expired


def test_a_card_that_cannot_be_replaced_stays_as_it_was(district: District, officer: Caller) -> None:
    card = issued(officer, enrol(district, "B12"))
    close(district, "B12")
    refused(act(officer, card["id"], "reissue"), 409, "branch_closed")
    assert stored(district, Card, card["id"]).state is CardState.valid
    assert deeds(district, card["id"]) == ["issue_card"]


def test_the_card_of_a_member_who_leaves_is_revoked(district: District, secretary: Caller) -> None:
    member_id = enrol(district, "B11")
    card = issued(secretary, member_id)
    act(secretary, card["id"], "suspend")
    with district.work() as work:
        service.revoke_card_of_member(work, work.get_one(Member, UUID(member_id)))
    after = stored(district, Card, card["id"])
    assert (after.state, after.state_reason) == (CardState.revoked, "member_left_suspended")
    assert deeds(district, card["id"])[-1] == "revoke_card"
    with district.work() as work:
        service.revoke_card_of_member(work, work.get_one(Member, UUID(member_id)))
    assert len(deeds(district, card["id"])) == 3


def test_a_dead_card_gets_no_plate(district: District, secretary: Caller) -> None:
    card = issued(secretary, enrol(district, "B11"))
    refused(secretary.post(f"/v1/cards/{card['id']}/plates", json={"kind": "venue_sign"}), 422, "invalid")
    act(secretary, card["id"], "suspend")
    plate(secretary, card["id"])
    act(secretary, card["id"], "revoke")
    answer = secretary.post(f"/v1/cards/{card['id']}/plates", json={"kind": "desk_plate"})
    assert refused(answer, 409, "card_not_living")["state"] == "revoked"


@pytest.mark.parametrize(
    ("kind", "letter"),
    [("name_badge", "B"), ("desk_plate", "D"), ("post_plate", "P"), ("window_plate", "W"), ("household_plate", "H")],
)
def test_each_kind_of_plate_has_a_code_that_begins_with_its_letter(
    district: District, secretary: Caller, kind: str, letter: str
) -> None:
    card = issued(secretary, enrol(district, "B11"))
    made = plate(secretary, card["id"], kind)
    assert (made["kind"], made["code"][0], len(made["code"])) == (kind, letter, 15)
    assert made["url"] == f"HTTPS://LX.EXAMPLE.GOV.CN/C/{made['code']}"
    assert made["grouped_code"].replace("-", "") == made["code"]
    assert scanned(secretary, made["url"]) == ("valid", "card_valid")
    assert deeds(district, made["id"]) == ["make_plate"]


def test_a_withdrawn_plate_is_dead_and_its_siblings_live(district: District, secretary: Caller) -> None:
    card = issued(secretary, enrol(district, "B11"))
    lost, kept = plate(secretary, card["id"]), plate(secretary, card["id"])
    url = f"/v1/cards/{card['id']}/plates/{lost['id']}/withdraw"
    first, again = (secretary.post(url, json=LOST) for _ in range(2))
    assert first.json()["withdrawn_reason"] == LOST["reason"]
    assert first.json() == again.json()
    assert scanned(secretary, lost["url"]) == ("revoked", "plate_withdrawn")
    assert scanned(secretary, kept["url"]) == ("valid", "card_valid")
    assert deeds(district, lost["id"]) == ["make_plate", "withdraw_plate"]
    listed = secretary.get(f"/v1/cards/{card['id']}/plates").json()["items"]
    assert {item["id"]: item["withdrawn_at"] is None for item in listed} == {lost["id"]: False, kept["id"]: True}


def test_the_pictures_of_a_plate_are_the_same_bytes_each_time_and_read_as_its_address(
    district: District, secretary: Caller
) -> None:
    card = issued(secretary, enrol(district, "B11"))
    made = plate(secretary, card["id"])
    for name, media_type in (("qr.svg", "image/svg+xml"), ("qr.png", "image/png")):
        url = f"/v1/cards/{card['id']}/plates/{made['id']}/{name}"
        first, again = secretary.get(url), secretary.get(url)
        assert first.status_code == 200
        assert first.headers["content-type"].split(";")[0] == media_type
        assert first.headers["content-disposition"] == "inline"
        assert (first.content, first.headers["etag"]) == (again.content, again.headers["etag"])
        held = secretary.get(url, headers={"If-None-Match": first.headers["etag"]})
        assert (held.status_code, held.content) == (304, b"")
        assert secretary.get(url, headers={"If-None-Match": '"another"'}).status_code == 200
    assert read(first.content) == made["url"]


def test_a_picture_too_small_for_its_code_is_refused(
    district: District, secretary: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = issued(secretary, enrol(district, "B11"))
    made = plate(secretary, card["id"])
    url = f"/v1/cards/{card['id']}/plates/{made['id']}/qr.svg"
    assert secretary.get(url, params={"side_mm": "18.5"}).status_code == 200
    refused(secretary.get(url, params={"side_mm": "18.4"}), 422, "invalid")
    # A longer host makes a finer code, for which the smallest side is larger.
    monkeypatch.setattr(Settings, "base_url", "https://liangxian.example.gov.cn")
    refused(secretary.get(url, params={"side_mm": "18.5"}), 422, "code_too_small")
    assert secretary.get(url, params={"side_mm": "20.5"}).status_code == 200


def read(png: bytes) -> str:
    (found,) = zxingcpp.read_barcodes(Image.open(BytesIO(png)).convert("L"))
    return str(found.text)


def test_who_has_no_card_has_no_code(district: District) -> None:
    stranger = district.sign_in(Role.member, "B11")
    member = district.sign_in(Role.member, "B11", member_id=UUID(enrol(district, "B11")))
    for caller in (stranger, member):
        for path in ("", "/code", "/code.svg", "/code.png"):
            refused(caller.get(f"/v1/cards/mine{path}"), 404, "not_found")


def test_a_member_sees_his_own_card_and_no_other(district: District, secretary: Caller) -> None:
    member_id = enrol(district, "B11")
    card, other = issued(secretary, member_id), issued(secretary, enrol(district, "B11"))
    phone = district.sign_in(Role.member, "B11", member_id=UUID(member_id))
    assert phone.get("/v1/cards/mine").json()["id"] == card["id"]
    refused(phone.get(f"/v1/cards/{other['id']}"), 403, "forbidden")
    refused(phone.get("/v1/cards"), 403, "forbidden")


def test_a_card_that_is_not_valid_shows_no_code(district: District, secretary: Caller) -> None:
    member_id = enrol(district, "B11")
    card = issued(secretary, member_id)
    phone = district.sign_in(Role.member, "B11", member_id=UUID(member_id))
    act(secretary, card["id"], "suspend")
    for name in ("code", "code.svg", "code.png"):
        assert refused(phone.get(f"/v1/cards/mine/{name}"), 409, "card_not_valid")["state"] == "suspended"
    act(secretary, card["id"], "resume")
    lapse(district, card["id"])
    assert refused(phone.get("/v1/cards/mine/code"), 409, "card_not_valid")["state"] == "expired"


def test_a_code_is_good_for_a_minute_and_checked_by_its_jws_and_by_a_scan(
    district: District, secretary: Caller, house: House
) -> None:
    member_id = enrol(district, "B11")
    card = stored(district, Card, issued(secretary, member_id)["id"])
    phone = district.sign_in(Role.member, "B11", member_id=UUID(member_id))
    shown = phone.get("/v1/cards/mine/code").json()
    moments = {name: datetime.fromisoformat(shown[name]) for name in ("issued_at", "expires_at", "refresh_after")}
    assert abs(moments["issued_at"] - datetime.now(UTC)) < timedelta(seconds=20)
    assert moments["expires_at"] - moments["issued_at"] == timedelta(seconds=60)
    assert moments["refresh_after"] - moments["issued_at"] == timedelta(seconds=40)
    code = DynamicCode.unpack(shown["code"])
    assert code is not None
    assert (code.credential_number, code.status_list, code.status_index) == (
        card.credential_number,
        card.status_list,
        card.status_index,
    )
    (jwk,) = phone.client.get("/.well-known/jwks.json").json()["keys"]
    assert jwk["slot"] == code.key_slot
    key = PublicKey.from_text(jwk["x"], jwk["y"])
    assert read_compact(shown["jws"], header=header(key), key=key) == code.signed_bytes
    assert shown["url"] == f"HTTPS://LX.EXAMPLE.GOV.CN/C/{shown['code']}"
    assert scanned(phone, shown["url"]) == ("valid", "card_valid")


def test_the_pictures_of_a_code_hold_a_code_of_the_card(district: District, secretary: Caller) -> None:
    member_id = enrol(district, "B11")
    issued(secretary, member_id)
    phone = district.sign_in(Role.member, "B11", member_id=UUID(member_id))
    png, svg = phone.get("/v1/cards/mine/code.png"), phone.get("/v1/cards/mine/code.svg")
    assert (png.headers["content-type"], svg.headers["content-type"].split(";")[0]) == ("image/png", "image/svg+xml")
    assert (png.headers["cache-control"], svg.headers["cache-control"]) == ("no-store", "no-store")
    assert scanned(phone, read(png.content)) == ("valid", "card_valid")


def test_a_member_sees_how_often_his_cards_were_checked_and_nobody_elses(district: District, secretary: Caller) -> None:
    hour = datetime(2026, 11, 23, 2, tzinfo=UTC)
    member_id = enrol(district, "B11")
    old = issued(secretary, member_id)
    new = act(secretary, old["id"], "reissue").json()
    other = issued(secretary, enrol(district, "B11"))
    with district.work() as work:
        for card, when, outcome, count in (
            (old, hour, ScanOutcome.revoked, 2),
            (new, hour, ScanOutcome.valid, 3),
            (old, hour, ScanOutcome.valid, 4),
            (new, hour + timedelta(hours=2), ScanOutcome.valid, 1),
            (new, hour - timedelta(days=40), ScanOutcome.valid, 5),
            (other, hour, ScanOutcome.valid, 9),
        ):
            work.add(ScanCount(card_id=UUID(card["id"]), hour=when, outcome=outcome, count=count))
    phone = district.sign_in(Role.member, "B11", member_id=UUID(member_id))
    answer = scans(phone, hour - timedelta(days=1), hour + timedelta(hours=2))
    assert answer.status_code == 200
    found = [(datetime.fromisoformat(item["hour"]), item["outcome"], item["count"]) for item in answer.json()["items"]]
    assert found == [(hour, "revoked", 2), (hour, "valid", 7)]


def test_ones_own_counts_are_found_by_hour_and_card_among_those_of_everybody(district: District, house: House) -> None:
    hour = datetime(2026, 11, 23, 2, tzinfo=UTC)
    holder = hold(house, district.ids["B11"])
    [plan] = plans(house, "FROM scan_count", lambda work: scans_of(work, holder.member_id, hour, hour + timedelta(hours=3)))
    wanted = ("hour=? AND card_id=?",) if house.database.is_sqlite else ("ix_scan_count_card_id_hour", "hour >=", "card_id = ")
    assert all(words in plan for words in wanted), plan


def scans(caller: Caller, since: datetime, until: datetime) -> Any:
    return caller.get("/v1/cards/mine/scans", params={"since": since.isoformat(), "until": until.isoformat()})


@pytest.mark.parametrize(
    ("since", "until"),
    [("0001-01-01T00:00:00+14:00", "2026-01-01T00:00:00Z"), ("2026-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00")],
)
def test_a_span_at_the_edge_of_the_calendar_is_no_error_of_ours(
    district: District, secretary: Caller, since: str, until: str
) -> None:
    member_id = enrol(district, "B11")
    issued(secretary, member_id)
    phone = district.sign_in(Role.member, "B11", member_id=UUID(member_id))
    answer = phone.get("/v1/cards/mine/scans", params={"since": since, "until": until})
    assert answer.status_code in (200, 422), answer.text


def test_the_newest_key_signs_and_older_ones_still_check(district: District, secretary: Caller, house: House) -> None:
    member_id = enrol(district, "B11")
    issued(secretary, member_id)
    phone = district.sign_in(Role.member, "B11", member_id=UUID(member_id))
    before = phone.get("/v1/cards/mine/code").json()
    with district.work() as work:
        second = create_key(work, house.cipher)
        assert second.slot == 1
    after = phone.get("/v1/cards/mine/code").json()
    slots = [code.key_slot for shown in (before, after) if (code := DynamicCode.unpack(shown["code"]))]
    assert slots == [0, 1]
    assert [scanned(phone, shown["url"])[0] for shown in (before, after)] == ["valid", "valid"]
    with district.work() as work:
        work.get_one(SigningKey, second.id).withdrawn_at = work.at
    back = DynamicCode.unpack(phone.get("/v1/cards/mine/code").json()["code"])
    assert back is not None
    assert back.key_slot == 0
    assert scanned(phone, after["url"])[0] == "not_found"
    assert [key["slot"] for key in phone.client.get("/.well-known/jwks.json").json()["keys"]] == [0]


def test_a_private_key_lies_sealed(district: District, house: House) -> None:
    with district.work() as work:
        row = create_key(work, house.cipher)
        private, _ = house.keys.signing(work)[1], house.keys.signing(work)
        assert private.public.thumbprint == row.thumbprint
        assert private.to_bytes() not in row.private_sealed


def test_a_lapsed_card_makes_way_for_a_new_one(district: District) -> None:
    secretary = district.sign_in(Role.secretary, "B11")
    holder = hold(district.house, district.ids["B11"])
    change(district.house, Card, holder.card_id, expires_on=date(2020, 1, 1))
    answer = secretary.post("/v1/cards", json={"member_id": str(holder.member_id)})
    assert answer.status_code == 201
    assert secretary.get(f"/v1/cards/{holder.card_id}").json()["state"] == "expired"


def test_who_leaves_loses_his_card_and_his_account_at_once(district: District) -> None:
    officer = district.sign_in(Role.district_officer, "D")
    holder = hold(district.house, district.ids["B11"])
    leaver = district.sign_in(Role.secretary, "B11", member_id=holder.member_id)
    leaving = {"kind": "transferred_out", "reason": "组织关系转出"}
    assert officer.post(f"/v1/members/{holder.member_id}/leave", json=leaving).status_code == 200
    assert officer.get(f"/v1/cards/{holder.card_id}").json()["state"] == "transferred"
    assert leaver.get("/v1/members").status_code == 401


def test_a_list_of_cards_tells_whose_they_are_and_who_issued_them(district: District, secretary: Caller) -> None:
    issued(secretary, enrol(district, "B11"))
    (card,) = secretary.get("/v1/cards").json()["items"]
    assert (card["member_name"], card["organization_name"]) == ("方秀兰", "上塘村第一党支部")
