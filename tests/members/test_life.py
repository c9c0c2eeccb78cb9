"""Leaving, becoming a full member, coming back: each a rule and a date."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from api.database import Origin
from api.members import rules
from api.members.faults import LifeRule
from api.members.rules import Dated, check_confirmation, check_leaving, check_restoring, joined_by, probation_ends
from models.account import Account, RoleGrant
from models.card import Card
from models.enums import CardState, DatePrecision, LeavingKind, MemberStatus, PartyPost, Role
from models.member import Member
from models.organization import Organization
from tests.clock import district_day
from tests.conftest import PASSWORD, Caller, District
from tests.members.rosters import send, sheet
from tests.outcomes import entries, refused, stored
from tests.verification.holders import change

TODAY = date(2026, 6, 1)
JOINED = Dated(date(2025, 6, 1))
MONTH = DatePrecision.month
WRONGLY = {"status": "full", "reason": "误标记为离开"}


def left(kind: LeavingKind, left_on: date, status: MemberStatus = MemberStatus.full) -> tuple[LifeRule, ...]:
    return check_leaving(kind, left_on, JOINED, status, today=TODAY)


@pytest.mark.parametrize("kind", LeavingKind)
def test_nobody_leaves_after_today_or_before_joining(kind: LeavingKind) -> None:
    assert left(kind, TODAY + timedelta(days=1), MemberStatus.probationary) == (LifeRule.left_in_future,)
    assert left(kind, JOINED.day - timedelta(days=1), MemberStatus.probationary) == (LifeRule.left_before_joined,)
    assert left(kind, TODAY, MemberStatus.probationary) == left(kind, JOINED.day, MemberStatus.probationary) == ()


@pytest.mark.parametrize("kind", LeavingKind)
def test_only_probation_can_be_cancelled_and_everybody_can_leave_otherwise(kind: LeavingKind) -> None:
    expected = (LifeRule.not_on_probation,) if kind is LeavingKind.probation_cancelled else ()
    assert left(kind, TODAY, MemberStatus.full) == expected


@pytest.mark.parametrize(
    ("joined", "expected"),
    [
        (Dated(date(2025, 6, 1)), date(2026, 6, 1)),
        (Dated(date(2024, 2, 29)), date(2025, 2, 28)),
        (Dated(date(2025, 6, 1), MONTH), date(2026, 6, 1)),
    ],
)
def test_probation_ends_a_year_after_joining(joined: Dated, expected: date) -> None:
    assert probation_ends(joined) == expected


def test_on_any_day_those_are_over_who_joined_a_year_before() -> None:
    first = date(2023, 1, 1)
    days = [first + timedelta(days=number) for number in range(900)]
    for today in days[366:]:
        over = [day for day in days if probation_ends(Dated(day)) <= today]
        assert joined_by(today) == max(over), today


@pytest.mark.parametrize(
    ("joined", "confirmed_on", "expected"),
    [
        (JOINED, TODAY, ()),
        (JOINED, TODAY + timedelta(days=1), (LifeRule.confirmed_in_future,)),
        (JOINED, TODAY - timedelta(days=1), (LifeRule.probation_not_over,)),
        (Dated(date(2025, 5, 1), MONTH), date(2026, 5, 1), ()),
        (Dated(date(2025, 5, 1), MONTH), date(2026, 4, 30), (LifeRule.probation_not_over,)),
    ],
)
def test_full_membership_begins_after_a_whole_year_and_not_in_the_future(
    joined: Dated, confirmed_on: date, expected: tuple[LifeRule, ...]
) -> None:
    assert check_confirmation(Dated(confirmed_on), joined, today=TODAY) == expected


def test_a_month_of_full_membership_is_compared_as_a_month() -> None:
    assert check_confirmation(Dated(date(2026, 6, 1), MONTH), JOINED, today=TODAY) == ()
    assert check_confirmation(Dated(date(2026, 5, 1), MONTH), JOINED, today=TODAY) == (LifeRule.probation_not_over,)


def test_who_was_confirmed_does_not_come_back_on_probation() -> None:
    assert check_restoring(MemberStatus.probationary, Dated(TODAY)) == (LifeRule.was_confirmed,)
    assert check_restoring(MemberStatus.probationary, None) == check_restoring(MemberStatus.full, Dated(TODAY)) == ()


@pytest.fixture
def secretary(district: District) -> Caller:
    return district.sign_in(Role.secretary, "B11")


def enrol(district: District, *, years: int = 0, code: str = "B11", name: str = "陈晓梅", **more: Any) -> str:
    """A probationary member who joined that many years ago today."""
    today = district_day() - timedelta(days=1)
    joined = today.replace(year=today.year - years, day=min(today.day, 28))
    values = {"joined_on": joined, "status": MemberStatus.probationary, **more}
    with district.work() as work:
        member = Member(organization_id=district.ids[code], full_name=name, **values)
        work.add(member)
        return str(member.id)


def full(district: District) -> str:
    return enrol(district, years=30, status=MemberStatus.full)


def confirm(caller: Caller, key: str, confirmed_on: date, **more: Any) -> Any:
    return caller.post(f"/v1/members/{key}/confirm", json={"confirmed_on": confirmed_on.isoformat()}, **more)


def edit(caller: Caller, key: str, changes: dict[str, Any]) -> Any:
    return caller.patch(f"/v1/members/{key}", json=changes, headers={"If-Match": "*"})


def leave(caller: Caller, key: str, kind: str = "transferred_out", **more: Any) -> Any:
    return caller.post(f"/v1/members/{key}/leave", json={"kind": kind, "reason": "按决定办理", **more})


def restore(caller: Caller, key: str, **more: Any) -> Any:
    return caller.post(f"/v1/members/{key}/restore", json={**WRONGLY, **more})


def issued(caller: Caller, key: str) -> str:
    answer = caller.post("/v1/cards", json={"member_id": key})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def faults(answer: Any) -> list[tuple[str, str]]:
    assert answer.status_code == 422, answer.text
    return [(fault["field"], fault["rule"]) for fault in answer.json()["errors"]]


def card_state(district: District, card_id: str) -> CardState:
    with district.house.database.reading(Origin("test")) as work:
        return work.get_one(Card, UUID(card_id)).state


def test_probation_is_cancelled_only_on_probation(district: District, secretary: Caller) -> None:
    assert faults(leave(secretary, full(district), "probation_cancelled")) == [("body.kind", "not_on_probation")]
    assert leave(secretary, enrol(district), "probation_cancelled").json()["left_kind"] == "probation_cancelled"


def test_a_leaving_without_its_kind_is_refused(district: District, secretary: Caller) -> None:
    key = full(district)
    answer = secretary.post(f"/v1/members/{key}/leave", json={"reason": "调出"})
    assert faults(answer) == [("body.kind", "missing")]
    assert faults(leave(secretary, key, "retired")) == [("body.kind", "enum")]


@pytest.mark.parametrize("kind", LeavingKind)
def test_the_card_of_who_moves_out_of_the_district_is_transferred_and_of_all_others_revoked(
    district: District, secretary: Caller, kind: LeavingKind
) -> None:
    key = enrol(district) if kind is LeavingKind.probation_cancelled else full(district)
    card = issued(secretary, key)
    answer = leave(secretary, key, kind.value)
    assert (answer.status_code, answer.json()["left_kind"]) == (200, kind.value), answer.text
    moved = kind is LeavingKind.transferred_out
    assert card_state(district, card) is (CardState.transferred if moved else CardState.revoked)
    assert [action for action, _ in entries(district, card)] == ["issue_card", "transfer_card" if moved else "revoke_card"]
    assert entries(district, key)[-1] == ("leave_member", {"kind": kind.value})


@pytest.mark.parametrize("beside", [None, Role.administrator])
def test_a_deputy_who_takes_somebody_back_gives_out_no_card_and_opens_no_account(
    district: District, secretary: Caller, beside: Role | None
) -> None:
    key, deputy = full(district), district.sign_in(Role.deputy, "B11")
    if beside is not None:
        with district.work() as work:
            work.add(RoleGrant(account_id=UUID(deputy.account_id), role=beside, organization_id=district.ids["D"]))
    card = issued(secretary, key)
    account = secretary.post(
        "/v1/accounts", json={"member_id": key, "username": "comes.back", "organization_id": str(district.ids["B11"])}
    ).json()
    assert leave(deputy, key).status_code == 200
    told = restore(deputy, key)
    assert told.status_code == 200, told.text
    assert "没有发放新卡" in told.text and "账号没有启用" in told.text
    assert card_state(district, card) is CardState.transferred
    with district.work() as work:
        assert work.get_one(Account, UUID(account["id"])).disabled_at is not None


def test_with_the_membership_ends_the_post(district: District, secretary: Caller) -> None:
    key = enrol(district, years=30, status=MemberStatus.full, party_post=PartyPost.secretary)
    assert leave(secretary, key, "expelled").json()["party_post"] is None
    assert restore(secretary, key).json()["party_post"] is None


def test_a_full_member_is_not_confirmed_and_one_who_has_left_neither(district: District, secretary: Caller) -> None:
    key = full(district)
    refused(confirm(secretary, key, district_day()), 409, "not_on_probation")
    leave(secretary, key)
    refused(confirm(secretary, key, district_day()), 409, "member_has_left")


def test_nobody_is_confirmed_early_or_in_the_future(district: District, secretary: Caller) -> None:
    key = enrol(district)
    assert faults(confirm(secretary, key, district_day())) == [("body.confirmed_on", "probation_not_over")]
    later = district_day() + timedelta(days=400)
    assert faults(confirm(secretary, key, later)) == [("body.confirmed_on", "confirmed_in_future")]
    assert secretary.get(f"/v1/members/{key}").json()["status"] == "probationary"


def test_a_deputy_on_probation_does_not_confirm_herself(district: District) -> None:
    key = enrol(district, years=1)
    herself = district.sign_in(Role.deputy, "B11", member_id=UUID(key))
    refused(confirm(herself, key, district_day() - timedelta(days=1)), 403, "about_oneself")


def test_a_deputy_does_not_change_her_own_record(district: District) -> None:
    key = enrol(district)
    herself = district.sign_in(Role.deputy, "B11", member_id=UUID(key))
    for wish in ({"party_post": "secretary"}, {"joined_on": "1990-01-01"}, {"job_title": "会计"}):
        refused(edit(herself, key, wish), 403, "about_oneself")
    assert edit(herself, enrol(district, name="王建国"), {"job_title": "会计"}).status_code == 200


def test_no_edit_changes_the_status_or_confirms(district: District, secretary: Caller) -> None:
    key = enrol(district, years=2)
    assert faults(edit(secretary, key, {"status": "full"})) == [("body.status", "extra_forbidden")]
    answer = edit(secretary, key, {"confirmed_on": district_day().isoformat()})
    assert faults(answer) == [("body.confirmed_on", "not_confirmed_yet")]


def import_row(caller: Caller, joined: date, *, confirmed: date | None = None, status: str | None = "正式党员", **more: Any) -> Any:
    headings = ("姓名", "入党时间", "转正时间", "所在支部", "行政职务") + (("党员类别",) if status else ())
    row = ("陈晓梅", joined.isoformat(), confirmed and confirmed.isoformat(), "上塘村第一党支部", more.get("job"))
    return send(caller, sheet((*row, status) if status else row, headings=headings), dry_run=more.get("dry_run", False))


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_roster_confirms_nobody_early_or_without_a_day(district: District, secretary: Caller, dry_run: bool) -> None:
    key = enrol(district)
    joined = stored(district, Member, key).joined_on
    cases = [(None, "confirmed_missing"), (district_day(), "probation_not_over")]
    for confirmed, rule in cases:
        answer = import_row(secretary, joined, confirmed=confirmed, dry_run=dry_run)
        assert [row["rule"] for row in answer.json()["rejected"]] == [rule], answer.text
    answer = import_row(secretary, joined, confirmed=district_day(), status="预备党员", dry_run=dry_run)
    assert [row["rule"] for row in answer.json()["rejected"]] == ["not_confirmed_yet"]
    assert stored(district, Member, key).status is MemberStatus.probationary


@pytest.mark.parametrize("status", ["正式党员", None])
def test_who_becomes_a_full_member_by_a_roster_gets_what_a_confirmation_gives(
    district: District, secretary: Caller, status: str | None
) -> None:
    key = enrol(district, years=1)
    card = issued(secretary, key)
    before = secretary.get(f"/v1/cards/{card}").json()["expires_on"]
    day, joined = district_day() - timedelta(days=1), stored(district, Member, key).joined_on
    answer = import_row(secretary, joined, confirmed=day, status=status, job="会计")
    assert answer.json()["updated"] == 1, answer.text
    member = stored(district, Member, key)
    assert (member.status, member.confirmed_on, member.job_title) == (MemberStatus.full, day, "会计")
    assert entries(district, key) == [("edit_member", {"fields": ["job_title"], "by_import": True}), ("confirm_member", {})]
    assert entries(district, card)[-1][0] == "renew_card" and secretary.get(f"/v1/cards/{card}").json()["expires_on"] > before
    assert import_row(secretary, joined, confirmed=day, status=status, job="会计").json()["unchanged"] == 1


def test_a_roster_puts_nobody_back_on_probation_who_was_confirmed(district: District, secretary: Caller) -> None:
    key = enrol(district, years=3, status=MemberStatus.full, confirmed_on=district_day() - timedelta(days=300))
    answer = import_row(secretary, stored(district, Member, key).joined_on, status="预备党员")
    assert [row["rule"] for row in answer.json()["rejected"]] == ["was_confirmed"]


def test_a_secretary_does_not_change_her_own_record_by_a_roster(district: District) -> None:
    key = enrol(district, years=3, status=MemberStatus.full)
    herself = district.sign_in(Role.secretary, "B11", member_id=UUID(key))
    joined = stored(district, Member, key).joined_on
    answer = import_row(herself, joined, job="主任")
    assert [row["rule"] for row in answer.json()["rejected"]] == ["about_oneself"]
    assert import_row(herself, joined).json()["unchanged"] == 1


def test_members_elsewhere_are_neither_confirmed_nor_restored(district: District, secretary: Caller) -> None:
    key = enrol(district, years=1, code="B12")
    assert confirm(secretary, key, district_day()).status_code == 404
    assert restore(secretary, key).status_code == 404


def test_a_confirmation_is_about_the_version_that_was_read(district: District, secretary: Caller) -> None:
    key = enrol(district, years=1)
    assert confirm(secretary, key, district_day() - timedelta(days=1), headers={"If-Match": '"9"'}).status_code == 412


def test_after_a_year_a_probationary_member_becomes_a_full_one(district: District, secretary: Caller) -> None:
    key = enrol(district, years=1)
    day = district_day() - timedelta(days=1)
    answer = confirm(secretary, key, day)
    assert answer.status_code == 200, answer.text
    assert [answer.json()[name] for name in ("status", "confirmed_on", "confirmed_precision")] == ["full", day.isoformat(), "day"]
    again = confirm(secretary, key, day)
    assert (again.status_code, again.json()) == (200, answer.json())
    refused(confirm(secretary, key, day - timedelta(days=1)), 409, "not_on_probation")
    assert [action for action, _ in entries(district, key)] == ["confirm_member"]


@pytest.mark.parametrize("suspended", [False, True])
def test_the_card_of_who_is_confirmed_is_good_for_as_long_as_a_full_members(
    district: District, secretary: Caller, suspended: bool
) -> None:
    key = enrol(district, years=1)
    card = issued(secretary, key)
    if suspended:
        secretary.post(f"/v1/cards/{card}/suspend", json={"reason": "失联待查"})
    before = secretary.get(f"/v1/cards/{card}").json()
    assert confirm(secretary, key, district_day() - timedelta(days=1)).status_code == 200
    after = secretary.get(f"/v1/cards/{card}").json()
    years = district.house.settings.card_years
    assert (
        int(after["expires_on"][:4]) == datetime.now(district.house.settings.zone).year + years
        and after["expires_on"] > before["expires_on"]
    )
    assert (before["expiry_basis"], after["expiry_basis"]) == ("probation", "validity")
    assert after["state"] == ("suspended" if suspended else "valid")
    assert entries(district, card)[-1] == ("renew_card", {"expires_on": after["expires_on"], "basis": "validity"})
    confirm(secretary, key, district_day() - timedelta(days=1))
    assert [action for action, _ in entries(district, card)].count("renew_card") == 1


def test_a_card_that_has_lapsed_is_not_revived_by_a_confirmation(district: District, secretary: Caller) -> None:
    key = enrol(district, years=1)
    card = issued(secretary, key)
    change(district.house, Card, UUID(card), expires_on=date(2020, 1, 1))
    assert confirm(secretary, key, district_day() - timedelta(days=1)).status_code == 200
    assert card_state(district, card) is CardState.expired


def test_without_a_card_a_confirmation_stands_all_the_same(district: District, secretary: Caller) -> None:
    key = enrol(district, years=1)
    assert confirm(secretary, key, district_day() - timedelta(days=1)).json()["status"] == "full"


def test_who_has_not_left_is_not_restored_and_the_same_again_changes_nothing(district: District, secretary: Caller) -> None:
    key = enrol(district)
    refused(restore(secretary, key), 409, "not_left")
    answer = restore(secretary, key, status="probationary")
    assert (answer.status_code, answer.json()["version"]) == (200, 1)


def test_nobody_comes_back_to_a_closed_branch(district: District, secretary: Caller) -> None:
    key = full(district)
    leave(secretary, key)
    change(district.house, Organization, district.ids["B11"], closed_on=date(2026, 1, 1))
    refused(restore(secretary, key), 409, "branch_closed")
    assert secretary.get(f"/v1/members/{key}").json()["status"] == "left"


def test_who_was_a_full_member_does_not_come_back_on_probation(district: District, secretary: Caller) -> None:
    key = enrol(district, years=3, status=MemberStatus.full, confirmed_on=district_day() - timedelta(days=300))
    leave(secretary, key)
    assert faults(restore(secretary, key, status="probationary")) == [("body.status", "was_confirmed")]
    assert faults(restore(secretary, key, status="left")) == [("body.status", "literal_error")]


def events(caller: Caller, key: str) -> list[tuple[str, str | None, str | None]]:
    answer = caller.get(f"/v1/members/{key}/events")
    assert answer.status_code == 200, answer.text
    return [(item["kind"], item["left_kind"], item["reason"]) for item in answer.json()["items"]]


def signs_in(district: District, username: str) -> bool:
    answer = district.client.post("/v1/sessions", json={"username": username, "password": PASSWORD})
    return bool(answer.status_code == 201)


@pytest.mark.parametrize("suspended", [False, True])
def test_who_was_marked_as_left_by_mistake_gets_back_what_the_leaving_took_as_far_as_it_is_safe(
    district: District, secretary: Caller, suspended: bool
) -> None:
    key = full(district)
    card = issued(secretary, key)
    if suspended:
        secretary.post(f"/v1/cards/{card}/suspend", json={"reason": "失联待查"})
    username = district.account(Role.member, "B11", member_id=UUID(key))
    caller = district.sign_in_as(username)
    with district.work() as work:
        work.add(RoleGrant(account_id=UUID(caller.account_id), role=Role.deputy, organization_id=district.ids["B11"]))
    assert leave(secretary, key, "deceased").status_code == 200
    assert not signs_in(district, username)
    answer = restore(secretary, key)
    assert answer.status_code == 200, answer.text
    fields = ("status", "left_on", "left_kind", "left_reason")
    assert [answer.json()[name] for name in fields] == ["full", None, None, None]
    fresh = "已发放新卡，" if suspended else "已发放新卡；"
    assert [note[:6] for note in answer.json()["notes"]] == ["账号已启用，", fresh, "党内职务没有"]
    assert card_state(district, card) is CardState.revoked, "what has ended never comes back"
    items = secretary.get("/v1/cards", params={"member_id": key}).json()["items"]
    assert [item["state"] for item in items] == ["suspended" if suspended else "valid", "revoked"]
    assert signs_in(district, username)
    assert [role["role"] for role in district.sign_in_as(username).get("/v1/accounts/mine").json()["roles"]] == ["member"]
    again = restore(secretary, key)
    assert (again.status_code, again.json()) == (200, {**answer.json(), "notes": []})
    assert entries(district, key)[-1] == ("restore_member", {"status": "full", "reason_length": len(WRONGLY["reason"])})


def test_what_the_leaving_did_not_take_does_not_come_back(district: District, secretary: Caller) -> None:
    key = full(district)
    card = issued(secretary, key)
    secretary.post(f"/v1/cards/{card}/revoke", json={"reason": "遗失"})
    username = district.account(Role.member, "B11", member_id=UUID(key))
    caller = district.sign_in_as(username)
    assert secretary.post(f"/v1/accounts/{caller.account_id}/disable").status_code == 200
    leave(secretary, key, "withdrew")
    notes = restore(secretary, key).json()["notes"]
    assert [note[:6] for note in notes] == ["账号在离开之", "党内职务没有"]
    assert len(secretary.get("/v1/cards", params={"member_id": key}).json()["items"]) == 1
    assert not signs_in(district, username)


@pytest.mark.parametrize("suspended", [False, True])
def test_what_was_ended_on_purpose_after_the_leaving_does_not_come_back(
    district: District, secretary: Caller, suspended: bool
) -> None:
    key = full(district)
    card = issued(secretary, key)
    if suspended:
        secretary.post(f"/v1/cards/{card}/suspend", json={"reason": "失联待查"})
    caller = district.sign_in_as(district.account(Role.member, "B11", member_id=UUID(key)))
    leave(secretary, key, "withdrew")
    officer = district.sign_in(Role.town_officer, "T1")
    shutting = f"/v1/accounts/{caller.account_id}/disable"
    left_at = secretary.get(f"/v1/accounts/{caller.account_id}").json()["disabled_at"]
    shut = officer.post(shutting).json()
    assert shut["disabled_at"] != left_at and officer.post(shutting).json() == shut, "said again it changes nothing"
    ended = officer.post(f"/v1/cards/{card}/revoke", json={"reason": "伪造身份"}).json()
    assert (ended["state"], ended["state_reason"]) == ("revoked", "伪造身份")
    assert officer.post(f"/v1/cards/{card}/revoke", json={"reason": "又一个原因"}).json() == ended
    for thing, deed in ((caller.account_id, "disable_account"), (card, "revoke_card")):
        assert [action for action, _ in entries(district, str(thing))].count(deed) == 2, "the leaving's, and this one"
    assert [note[:6] for note in restore(secretary, key).json()["notes"]] == ["账号在离开之", "党内职务没有"]
    assert not signs_in(district, caller.username)
    assert [item["state"] for item in secretary.get("/v1/cards", params={"member_id": key}).json()["items"]] == ["revoked"]


def test_an_account_is_not_opened_while_its_holder_is_out(district: District, secretary: Caller) -> None:
    key = full(district)
    caller = district.sign_in_as(district.account(Role.member, "B11", member_id=UUID(key)))
    leave(secretary, key, "expelled")
    refused = secretary.post(f"/v1/accounts/{caller.account_id}/enable")
    assert (refused.status_code, refused.json()["code"]) == (409, "member_has_left")
    restore(secretary, key)
    assert secretary.post(f"/v1/accounts/{caller.account_id}/disable").status_code == 200
    assert not signs_in(district, caller.username)


def test_a_membership_keeps_its_events_with_their_reasons(district: District, secretary: Caller) -> None:
    key = enrol(district, years=1)
    confirm(secretary, key, district_day() - timedelta(days=1))
    leave(secretary, key, "expelled")
    restore(secretary, key)
    officer = district.sign_in(Role.town_officer, "T2")
    body = {"member_id": key, "to_organization_id": str(district.ids["B21"]), "reason": "工作调动"}
    transfer = secretary.post("/v1/transfers", json=body).json()["id"]
    assert officer.get(f"/v1/members/{key}/events").status_code == 404
    assert officer.post(f"/v1/transfers/{transfer}/accept").status_code == 200
    assert secretary.get(f"/v1/members/{key}/events").status_code == 404
    assert events(officer, key) == [
        ("transferred", None, "工作调动"),
        ("restored", None, WRONGLY["reason"]),
        ("left", "expelled", "按决定办理"),
        ("confirmed", None, None),
    ]
    newest = officer.get(f"/v1/members/{key}/events").json()["items"][0]
    assert (newest["organization_id"], newest["to_organization_id"], newest["recorded_by"]) == (
        str(district.ids["B11"]),
        str(district.ids["B21"]),
        officer.account_id,
    )


def probation(caller: Caller) -> list[tuple[str, str]]:
    body = caller.todo()
    assert body["counts"].get("probation_over", 0) == len(body["items"])
    return [(item["target_id"], item["due_on"]) for item in body["items"]]


def test_members_whose_year_is_over_wait_to_be_confirmed(district: District, secretary: Caller) -> None:
    over = enrol(district, years=1)
    enrol(district)
    full(district)
    elsewhere = enrol(district, years=2, code="B12")
    joined = date.fromisoformat(secretary.get(f"/v1/members/{over}").json()["joined_on"])
    assert probation(secretary) == [(over, joined.replace(year=joined.year + rules.PROBATION_YEARS).isoformat())]
    assert secretary.todo()["items"][0]["text"] == "陈晓梅的预备期已满一年，请办理转正。"
    assert [key for key, _ in probation(district.sign_in(Role.town_officer, "T1"))] == [elsewhere, over]
    assert probation(district.sign_in(Role.member, "B11")) == []
    assert probation(district.sign_in(Role.deputy, "B11", member_id=UUID(over))) == [], "nobody decides about herself"
    confirm(secretary, over, district_day() - timedelta(days=1))
    assert probation(secretary) == []
