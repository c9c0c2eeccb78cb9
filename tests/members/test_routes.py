import io
import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import col, select

from api.database import Followers, Origin, Work
from api.errors import Invalid
from api.house import House
from api.members import service
from api.members.roster.outcomes import ImportedMembers
from api.members.roster.reading import read_roster
from api.organizations.service import import_organizations
from api.organizations.tree_file import read_tree
from models.audit import AuditLine
from models.card import Card
from models.enums import CardState, MemberStatus, NameDisplay, Role
from models.member import Member
from models.organization import Organization
from tests.clock import district_day
from tests.conftest import Caller, District, version_of
from tests.members.rosters import counts, number, person, send, sheet
from tests.sheets import open_sheet

TODAY = date(2026, 6, 1)
ZONE = ZoneInfo("Asia/Shanghai")
ROSTERS = Path(__file__).parent.parent / "data" / "rosters"
EXPECTED = json.loads((ROSTERS / "expected.json").read_text(encoding="utf-8"))


def names(caller: Caller, **query: Any) -> list[str]:
    answer = caller.get("/v1/members", params=query)
    assert answer.status_code == 200, answer.text
    return [item["full_name"] for item in answer.json()["items"]]


def add(caller: Caller, district: District, code: str = "B11", **more: Any) -> Any:
    body = {
        "organization_id": str(district.ids[code]),
        "full_name": "王秀兰",
        "joined_on": "1995-07-01",
        "confirmed_on": "1996-07-01",
        **more,
    }
    return caller.post("/v1/members", json={name: value for name, value in body.items() if value is not None})


def faults(answer: Any) -> list[tuple[str, str]]:
    assert answer.status_code == 422, answer.text
    return [(fault["field"], fault["rule"]) for fault in answer.json()["errors"]]


def audit(work: Work) -> list[tuple[str, dict[str, object]]]:
    return [(line.action, line.details) for line in work.exec(select(AuditLine).order_by(col(AuditLine.seq))).all()]


@pytest.fixture
def secretary(district: District) -> Caller:
    return district.sign_in(Role.secretary, "B11")


@pytest.fixture
def officer(district: District) -> Caller:
    return district.sign_in(Role.town_officer, "T1")


def test_without_signing_in_no_member_is_told(district: District) -> None:
    assert district.client.get("/v1/members").status_code == 401


def test_a_plain_member_may_not_list_members(district: District) -> None:
    assert district.sign_in(Role.member, "B11").get("/v1/members").status_code == 403


def test_a_deputy_may_not_import(district: District) -> None:
    assert send(district.sign_in(Role.deputy, "B11"), sheet(person("王秀兰", 2))).status_code == 403


def test_a_member_elsewhere_is_not_found_and_never_forbidden(district: District, secretary: Caller, officer: Caller) -> None:
    key = add(officer, district, "B12").json()["id"]
    assert secretary.get(f"/v1/members/{key}").status_code == 404
    assert secretary.patch(f"/v1/members/{key}", json={"job_title": "会计"}, headers={"If-Match": '"1"'}).status_code == 404
    assert secretary.post(f"/v1/members/{key}/leave", json={"kind": "transferred_out", "reason": "调出"}).status_code == 404
    assert add(secretary, district, "B12").status_code == 404
    assert secretary.get("/v1/members", params={"organization_id": str(district.ids["B12"])}).status_code == 404


def test_a_member_is_added_and_read_with_sensitive_values_masked(district: District, secretary: Caller) -> None:
    national_id = number(2)
    answer = add(secretary, district, national_id=national_id, mobile="138 0013 8000", home_address="上塘村1号")
    assert answer.status_code == 201, answer.text
    shown = secretary.get(f"/v1/members/{answer.json()['id']}")
    assert version_of(shown) == 1
    body = shown.json()
    assert body == answer.json()
    assert (body["national_id"], body["mobile"], body["has_home_address"]) == ("*" * 14 + national_id[-4:], "138****8000", True)
    assert (body["gender"], body["birth_date"], body["status"]) == ("female", "1968-03-15", "full")
    assert "上塘村1号" not in shown.text


def test_what_is_sensitive_lies_sealed(district: District, secretary: Caller, work: Work) -> None:
    add(secretary, district, national_id=number(2), mobile="13800138000", home_address="上塘村1号")
    (member,) = work.exec(select(Member)).all()
    stored = repr(member.model_dump()).encode()
    assert number(2).encode() not in stored and b"13800138000" not in stored
    assert member.home_address_sealed and "上塘村".encode() not in member.home_address_sealed


def test_each_fault_of_a_new_member_is_named_by_its_field(district: District, secretary: Caller) -> None:
    wrong = {"full_name": "王1", "national_id": number(2)[:-1], "mobile": "1380013"}
    assert set(faults(add(secretary, district, **wrong))) == {
        ("body.full_name", "name_unreadable"),
        ("body.national_id", "id_length"),
        ("body.mobile", "phone_short"),
    }
    assert faults(add(secretary, district, national_id=number(2), gender="male")) == [("body.gender", "gender_contradicts_id")]
    assert faults(add(secretary, district, confirmed_on="1990-01-01")) == [("body.confirmed_on", "confirmed_before_joined")]
    assert faults(add(secretary, district, rank=1)) == [("body.rank", "extra_forbidden")]
    assert names(secretary) == []


def test_members_belong_only_to_open_organisations_that_hold_members(district: District, officer: Caller) -> None:
    assert faults(add(officer, district, "V1")) == [("body.organization_id", "holds_no_members")]
    with district.work() as work:
        work.get_one(Organization, district.ids["B12"]).closed_on = TODAY
    assert faults(add(officer, district, "B12")) == [("body.organization_id", "closed_branch")]


def test_an_identity_number_belongs_to_one_member(district: District, secretary: Caller) -> None:
    elsewhere = district.sign_in(Role.secretary, "B21")
    assert add(elsewhere, district, "B21", national_id=number(2), full_name="李建国").status_code == 201
    answer = add(secretary, district, national_id=number(2))
    assert (answer.status_code, answer.json()["code"]) == (409, "identity_number_taken")
    assert "李建国" not in answer.text and str(district.ids["B21"]) not in answer.text
    other = add(secretary, district).json()
    answer = secretary.patch(f"/v1/members/{other['id']}", json={"national_id": number(2)}, headers={"If-Match": '"1"'})
    assert (answer.status_code, answer.json()["code"]) == (409, "identity_number_taken")


def test_an_edit_says_which_version_it_changes(district: District, secretary: Caller) -> None:
    url = f"/v1/members/{add(secretary, district).json()['id']}"
    assert secretary.patch(url, json={"job_title": "会计"}).status_code == 428
    assert secretary.patch(url, json={"job_title": "会计"}, headers={"If-Match": '"7"'}).status_code == 412
    answer = secretary.patch(url, json={"job_title": "会计"}, headers={"If-Match": '"1"'})
    assert (answer.status_code, version_of(answer), answer.json()["job_title"]) == (200, 2, "会计")
    again = secretary.patch(url, json={"job_title": "会计"}, headers={"If-Match": '"2"'})
    assert version_of(again) == 2


def test_an_edit_is_judged_together_with_what_is_stored(district: District, secretary: Caller) -> None:
    member = add(secretary, district, national_id=number(2), confirmed_on="1996-07-01").json()
    url, version = f"/v1/members/{member['id']}", {"If-Match": "*"}
    assert faults(secretary.patch(url, json={"joined_on": "1997-07-01"}, headers=version)) == [
        ("body.confirmed_on", "confirmed_before_joined")
    ]
    assert faults(secretary.patch(url, json={"gender": "male"}, headers=version)) == [("body.gender", "gender_contradicts_id")]
    assert faults(secretary.patch(url, json={"organization_id": str(district.ids["B12"])}, headers=version)) == [
        ("body.organization_id", "extra_forbidden")
    ]
    assert secretary.patch(url, json={"full_name": None}, headers=version).status_code == 422
    cleared = secretary.patch(url, json={"national_id": None, "confirmed_on": None}, headers=version).json()
    assert (cleared["national_id"], cleared["confirmed_on"]) == (None, None)


def test_the_audit_trail_names_changed_fields_and_no_values(district: District, secretary: Caller, work: Work) -> None:
    url = f"/v1/members/{add(secretary, district).json()['id']}"
    secretary.patch(url, json={"mobile": "13800138000", "job_title": "会计"}, headers={"If-Match": "*"})
    action, details = audit(work)[-1]
    assert (action, details) == ("edit_member", {"fields": ["job_title", "mobile"]})


def test_who_leaves_is_marked_and_stays_so(district: District, secretary: Caller) -> None:
    url = f"/v1/members/{add(secretary, district).json()['id']}"
    answer = secretary.post(f"{url}/leave", json={"kind": "transferred_out", "left_on": "2020-03-31", "reason": "组织关系转往外地"})
    assert answer.status_code == 200, answer.text
    assert [answer.json()[name] for name in ("status", "left_on", "left_reason")] == ["left", "2020-03-31", "组织关系转往外地"]
    again = secretary.post(f"{url}/leave", json={"kind": "transferred_out", "reason": "组织关系转往外地"})
    assert (again.status_code, again.json()) == (200, answer.json())
    other = secretary.post(f"{url}/leave", json={"kind": "transferred_out", "reason": "另一个原因"}).json()
    assert [other[name] for name in ("status", "left_on", "left_reason")] == ["left", "2020-03-31", "另一个原因"]
    refused = secretary.patch(url, json={"job_title": "会计"}, headers={"If-Match": "*"})
    assert (refused.status_code, refused.json()["code"]) == (409, "member_has_left")
    assert names(secretary) == []
    assert names(secretary, status="left") == ["王秀兰"]


def test_nobody_leaves_in_the_future_or_before_joining(district: District, secretary: Caller) -> None:
    url = f"/v1/members/{add(secretary, district).json()['id']}/leave"
    later = (district_day() + timedelta(days=3)).isoformat()
    moved = {"kind": "transferred_out", "reason": "调出"}
    assert faults(secretary.post(url, json={**moved, "left_on": later})) == [("body.left_on", "left_in_future")]
    assert faults(secretary.post(url, json={**moved, "left_on": "1990-01-01"})) == [("body.left_on", "left_before_joined")]
    assert faults(secretary.post(url, json={})) == [("body.kind", "missing"), ("body.reason", "missing")]
    assert secretary.post(url, json=moved, headers={"If-Match": '"9"'}).status_code == 412


def test_the_card_of_who_leaves_ends_in_the_same_transaction(district: District, secretary: Caller, work: Work) -> None:
    key = add(secretary, district).json()["id"]
    issued = secretary.post("/v1/cards", json={"member_id": key})
    assert issued.status_code == 201, issued.text
    assert secretary.post(f"/v1/members/{key}/leave", json={"kind": "transferred_out", "reason": "调出"}).status_code == 200
    assert [card.state for card in work.exec(select(Card)).all()] == [CardState.transferred]


def test_a_member_who_cannot_lose_his_card_does_not_leave(
    district: District, secretary: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(work: Work, member: Member) -> None:
        raise Invalid

    key = add(secretary, district).json()["id"]
    monkeypatch.setattr(district.house.database, "followers", Followers(member_leaves=(refuse,)))
    assert secretary.post(f"/v1/members/{key}/leave", json={"kind": "transferred_out", "reason": "调出"}).status_code == 422
    assert secretary.get(f"/v1/members/{key}").json()["status"] == "full"


def test_members_see_their_own_record(district: District, secretary: Caller) -> None:
    member = add(secretary, district, mobile="13800138000").json()
    own = district.sign_in(Role.member, "B11", member_id=UUID(member["id"])).get("/v1/members/mine")
    assert (own.status_code, own.json()) == (200, member)
    assert district.sign_in(Role.member, "B11").get("/v1/members/mine").status_code == 404


def test_a_list_is_found_by_the_beginning_of_the_name_branch_and_status(district: District, officer: Caller) -> None:
    add(officer, district, full_name="王秀兰", national_id=number(2), mobile="13800138000")
    add(officer, district, full_name="王建国", status="probationary", confirmed_on=None)
    add(officer, district, "B12", full_name="兰王秀")
    assert names(officer) == ["兰王秀", "王建国", "王秀兰"]
    assert names(officer, q="王") == ["王建国", "王秀兰"]
    assert names(officer, q="王 秀") == ["王秀兰"]
    assert names(officer, q="%") == []
    assert names(officer, organization_id=str(district.ids["B12"])) == ["兰王秀"]
    assert names(officer, organization_id=str(district.ids["V1"])) == ["兰王秀", "王建国", "王秀兰"]
    assert names(officer, status="probationary") == ["王建国"]
    assert names(district.sign_in(Role.secretary, "B12")) == ["兰王秀"]


def test_a_list_tells_the_branch_and_nothing_sensitive(district: District, secretary: Caller) -> None:
    add(secretary, district, national_id=number(2), mobile="13800138000", home_address="上塘村1号")
    answer = secretary.get("/v1/members")
    (item,) = answer.json()["items"]
    assert item["organization_name"] == "上塘村第一党支部"
    assert not item.keys() & {"national_id", "mobile", "home_address", "birth_date"}


def test_pages_follow_each_other_without_loss_or_repetition(district: District, secretary: Caller) -> None:
    send(secretary, sheet(*(person(name, order) for order, name in enumerate(["王甲", "王乙", "王甲", "王丙", "王丁"], start=1))))
    seen, query = [], {"limit": 2}
    while True:
        page = secretary.get("/v1/members", params=query).json()
        seen += [item["full_name"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        query = {"limit": 2, "cursor": page["next_cursor"]}
    assert seen == sorted(["王甲", "王乙", "王甲", "王丙", "王丁"])


def test_a_roster_is_imported_and_a_second_time_changes_nothing(district: District, secretary: Caller, work: Work) -> None:
    roster = sheet(person("王秀兰", 2), person("李建国", 1), ("张三", None, "2001.07", None, "上塘村第一党支部", None, None))
    first = send(secretary, roster)
    assert first.status_code == 200, first.text
    assert (first.json()["rows"], counts(first)) == (3, (3, 0, 0, 0))
    told = audit(work)
    assert [action for action, _ in told if "member" in action] == ["create_member"] * 3 + ["import_members"]
    assert told[-1][1] == {"created": 3, "updated": 0, "rejected": 0}
    work.rollback()
    assert counts(send(secretary, roster)) == (0, 0, 3, 0)
    assert audit(work) == told
    assert {member.version for member in work.exec(select(Member)).all()} == {1}


def test_every_fault_of_a_rejected_row_is_told_under_its_heading(district: District, secretary: Caller) -> None:
    wrong = ("李建国", "99010119680315", "2001.13", None, "上塘村第一党支部", "138", None)
    answer = send(secretary, sheet(person("王秀兰", 2), wrong), on_error="skip")
    assert counts(answer) == (1, 0, 0, 1)
    (rejected,) = answer.json()["rejected"]
    assert (rejected["row"], rejected["column"], rejected["rule"]) == (3, "身份证号", "id_length")
    assert [(fault["column"], fault["rule"]) for fault in rejected["also"]] == [
        ("入党时间", "joined_unreadable"),
        ("联系电话", "phone_short"),
    ]
    assert all(fault["detail"] for fault in (rejected, *rejected["also"]))


@pytest.mark.parametrize("expected", [roster for roster in EXPECTED if "people" in roster], ids=lambda roster: str(roster["file"]))
def test_rosters_as_offices_keep_them_are_taken(house: House, expected: dict[str, Any]) -> None:
    with (ROSTERS / "organizations.csv").open("rb") as tree, house.database.writing(Origin("test")) as work:
        import_organizations(work, None, read_tree(open_sheet(tree)), dry_run=False, on_error=service.OnError.abort)
    with (ROSTERS / expected["file"]).open("rb") as file, house.database.writing(Origin("test")) as work:
        roster = service.read_ahead(read_roster(open_sheet(file), today=TODAY, zone=ZONE))
        done = service.import_members(work, None, roster, house.cipher, dry_run=False, on_error=service.OnError.skip)
        rejected = [{"row": row.row, "column": row.column, "because": row.rule} for row in done.rejected]
        assert (done.rows, done.created, rejected) == (expected["people"], expected["accepted"], expected["rejected"])
    with house.database.writing(Origin("test")) as work:
        again = service.import_members(work, None, roster, house.cipher, dry_run=False, on_error=service.OnError.skip)
        assert (again.created, again.updated, again.unchanged, work.entries) == (0, 0, expected["accepted"], [])


def test_an_aborted_import_stores_nothing_and_tells_every_row(district: District, secretary: Caller, work: Work) -> None:
    answer = send(secretary, sheet(person("王秀兰", 2), person("李建国", 1, "无名党支部")))
    assert (answer.status_code, answer.json()["code"]) == (422, "roster_rejected")
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.json()["rows"], counts(answer)) == (2, (0, 0, 0, 1))
    assert [(row["row"], row["rule"]) for row in answer.json()["rejected"]] == [(3, "unknown_branch")]
    assert answer.json()["warnings"] == []
    assert names(secretary) == []
    assert not [action for action, _ in audit(work) if "member" in action]


@pytest.mark.parametrize("on_error", ["abort", "skip"])
def test_a_dry_run_tells_all_and_writes_nothing(district: District, secretary: Caller, work: Work, on_error: str) -> None:
    send(secretary, sheet(person("王秀兰", 2)))
    roster = sheet(person("王秀兰", 2, mobile="13900139000"), person("李建国", 1), person("赵六", 4, "无名党支部"))
    before = audit(work)
    work.rollback()
    answer = send(secretary, roster, dry_run=True, on_error=on_error)
    assert (answer.status_code, counts(answer)) == (200, (1, 1, 0, 1))
    assert names(secretary) == ["王秀兰"]
    assert audit(work) == before


def test_a_dry_run_keeps_nobody_waiting_and_waits_for_nobody(district: District, secretary: Caller) -> None:
    with district.work() as other:
        branch = other.exec(select(Organization).where(col(Organization.name) == "上塘村第一党支部").with_for_update()).one()
        branch.name_display = NameDisplay.masked
        other.flush()
        answer = send(secretary, sheet(person("王秀兰", 2)), dry_run=True)
        assert (answer.status_code, counts(answer)) == (200, (1, 0, 0, 0))


def test_only_what_the_row_states_is_changed(district: District, secretary: Caller) -> None:
    send(secretary, sheet(person("王秀兰", 2)))
    key = secretary.get("/v1/members").json()["items"][0]["id"]
    before = secretary.get(f"/v1/members/{key}").json()
    answer = send(secretary, sheet(person("王秀兰", 2, confirmed=None, mobile="13900139001", address=None, joined="1995.07")))
    assert counts(answer) == (0, 1, 0, 0)
    after = secretary.get(f"/v1/members/{key}").json()
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"mobile", "version", "updated_at"}
    assert after["mobile"] == "139****9001"


def test_a_row_that_would_contradict_what_is_stored_is_rejected(district: District, secretary: Caller) -> None:
    send(secretary, sheet(person("王秀兰", 2)))
    answer = send(secretary, sheet(person("王秀兰", 2, joined="1999-07-01", confirmed=None)))
    assert [(row["column"], row["rule"]) for row in answer.json()["rejected"]] == [("转正时间", "confirmed_before_joined")]


def test_a_number_is_added_to_the_member_who_had_none(district: District, secretary: Caller) -> None:
    send(
        secretary,
        sheet(("王秀兰", "1968-03-15", "1995-07-01", "上塘村第一党支部"), headings=("姓名", "出生日期", "入党时间", "支部")),
    )
    assert counts(send(secretary, sheet(person("王秀兰", 2)))) == (0, 1, 0, 0)
    assert names(secretary) == ["王秀兰"]


def test_namesakes_without_numbers_are_not_confused(district: District, secretary: Caller) -> None:
    add(secretary, district, joined_on="1995-07-01", national_id=number(2))
    add(secretary, district, joined_on="1995-07-01", national_id=number(4))
    row = ("王秀兰", None, "1995-07-01", None, "上塘村第一党支部", None, None)
    assert send(secretary, sheet(row)).json()["rejected"][0]["rule"] == "several_namesakes"
    later = ("王秀兰", None, "2005-07-01", None, "上塘村第一党支部", None, None)
    twice = send(secretary, sheet(later, later), on_error="skip")
    assert (counts(twice), twice.json()["rejected"][0]["row"]) == ((1, 0, 0, 1), 3)
    assert twice.json()["rejected"][0]["rule"] == "duplicate_person"
    assert counts(send(secretary, sheet(later, later), on_error="skip")) == (0, 0, 1, 1)


def test_a_branch_name_that_is_not_unique_is_a_rejected_row_and_its_code_is_not(district: District, officer: Caller) -> None:
    with district.work() as work:
        work.get_one(Organization, district.ids["B12"]).name = "上塘村第一党支部"
    answer = send(officer, sheet(person("王秀兰", 2), person("李建国", 1, "B12")), on_error="skip")
    assert [(row["row"], row["column"], row["rule"]) for row in answer.json()["rejected"]] == [(2, "所在支部", "ambiguous_branch")]
    assert counts(answer) == (1, 0, 0, 1)
    only_one_within_reach = send(district.sign_in(Role.secretary, "B11"), sheet(person("王秀兰", 2)))
    assert counts(only_one_within_reach) == (1, 0, 0, 0)


def test_branches_that_are_outside_closed_or_hold_no_members_are_rejected(district: District, officer: Caller) -> None:
    with district.work() as work:
        work.get_one(Organization, district.ids["B12"]).closed_on = TODAY
    rows = [person("王秀兰", 2, "南塘村第一党支部"), person("李建国", 1, "上塘村第二党支部"), person("赵六", 4, "上塘村")]
    answer = send(officer, sheet(*rows), dry_run=True)
    assert [row["rule"] for row in answer.json()["rejected"]] == ["unknown_branch", "closed_branch", "unknown_branch"]


def test_a_roster_moves_nobody_and_does_not_tell_where_a_member_is(district: District, officer: Caller) -> None:
    send(officer, sheet(person("王秀兰", 2, "上塘村第二党支部")))
    within = send(officer, sheet(person("王秀兰", 2)))
    assert [(row["column"], row["rule"]) for row in within.json()["rejected"]] == [("所在支部", "branch_differs")]
    beyond = send(district.sign_in(Role.secretary, "B11"), sheet(person("王秀兰", 2)))
    assert [row["rule"] for row in beyond.json()["rejected"]] == ["id_elsewhere"]
    assert "上塘村第二党支部" not in beyond.text


def test_who_has_left_does_not_come_back_by_a_roster(district: District, secretary: Caller) -> None:
    unnumbered = ("张三", None, "2001-07-01", None, "上塘村第一党支部", None, None)
    roster = sheet(person("王秀兰", 2), unnumbered)
    send(secretary, roster)
    for item in secretary.get("/v1/members").json()["items"]:
        secretary.post(f"/v1/members/{item['id']}/leave", json={"kind": "transferred_out", "reason": "调出"})
    answer = send(secretary, roster, on_error="skip")
    assert (counts(answer), {row["rule"] for row in answer.json()["rejected"]}) == ((0, 0, 0, 2), {"has_left"})


def test_a_doubtful_value_is_taken_with_a_warning(district: District, secretary: Caller) -> None:
    rows = ("王秀兰", "1995-07-01", "上塘村第一党支部", "火星族")
    body = send(secretary, sheet(rows, headings=("姓名", "入党时间", "支部", "民族"))).json()
    assert (body["created"], [(row["row"], row["column"], row["rule"]) for row in body["warnings"]]) == (
        1,
        [(2, "民族", "unknown_ethnicity")],
    )


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"%PDF-1.7 no sheet at all", "not_a_spreadsheet"), (sheet(("a", "b"), headings=("村", "数量")), "no_roster")],
)
def test_a_file_that_is_no_roster_is_refused(secretary: Caller, content: bytes, code: str) -> None:
    answer = send(secretary, content)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_an_import_in_english_is_answered_in_english(secretary: Caller) -> None:
    content = sheet(person("王秀兰", 2, "无名党支部"))
    answer = secretary.post(
        "/v1/members/import", files={"file": ("roster.xlsx", content)}, headers={"Accept-Language": "en"}
    ).json()
    assert answer["rejected"][0]["detail"].isascii() and answer["detail"].isascii()


def test_a_roster_longer_than_one_chunk_is_one_import(district: District) -> None:
    count = service.CHUNK + 3
    roster = read_roster(
        open_sheet(io.BytesIO(sheet(*(person("王秀兰", order) for order in range(count))))), today=TODAY, zone=ZONE
    )
    cipher = district.house.cipher

    def run(work: Work) -> ImportedMembers:
        return service.import_members(work, None, roster, cipher, dry_run=False, on_error=service.OnError.abort)

    with district.work() as work:
        assert run(work).created == count
        assert work.entries[-1].organization_id == district.ids["D"]
    with district.work() as work:
        assert (run(work).unchanged, work.entries) == (count, [])
        assert {member.status for member in work.exec(select(Member)).all()} == {MemberStatus.full}
