import io
import random
import re
import uuid
from pathlib import Path
from typing import Any
from uuid import UUID

import openpyxl
import pytest
from sqlmodel import col, select

from api.access.permissions import Permission
from api.access.scope import Access
from api.adapters.sheets import open_sheets
from api.database import Origin, Work
from api.house import House
from api.organizations import rules, service
from api.organizations.tree_file import read_tree
from api.uploads import Imported, OnError
from models.account import RoleGrant
from models.audit import AuditLine
from models.enums import MemberStatus, OrganizationKind, Role
from models.member import Member
from models.organization import Organization
from tests.access.asking import code as code_of
from tests.accounts.people import enrol
from tests.conftest import Caller, District, version_of
from tests.plans import plans
from tests.posts.kept import keep_held, keep_post
from tests.transfers.moves import decide, requested

TREE_FILE = Path(__file__).parents[1] / "data" / "rosters" / "organizations.csv"
HEADING = "编码,名称,类型,上级编码"


@pytest.fixture
def officer(district: District) -> Caller:
    return district.sign_in(Role.district_officer, "D")


@pytest.fixture
def town_officer(district: District) -> Caller:
    return district.sign_in(Role.town_officer, "T1")


def create(caller: Caller, district: District, parent: str, **changes: Any) -> Any:
    body = {"code": "NEW-1", "name": "新建村", "kind": "village", "parent_id": str(district.ids[parent]), **changes}
    return caller.post("/v1/organizations", json=body)


def move(caller: Caller, district: District, code: str, parent: str, **more: Any) -> Any:
    return caller.post(f"/v1/organizations/{district.ids[code]}/move", json={"parent_id": str(district.ids[parent])}, **more)


def close(caller: Caller, district: District, code: str) -> Any:
    return caller.post(f"/v1/organizations/{district.ids[code]}/close")


def listed(caller: Caller, **query: Any) -> list[str]:
    answer = caller.get("/v1/organizations", params=query)
    assert answer.status_code == 200, answer.text
    return [item["code"] for item in answer.json()["items"]]


def told(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def ask(caller: Caller, *lines: str, heading: str = HEADING, **query: Any) -> Any:
    content = "\n".join((heading, *lines)).encode()
    return caller.post("/v1/organizations/import", params=query, files={"file": ("组织.csv", content)})


def send(caller: Caller, *lines: str, heading: str = HEADING) -> Any:
    """Send a tree of which the good rows are to be stored."""
    answer = ask(caller, *lines, heading=heading, on_error="skip")
    assert answer.status_code == 200, answer.text
    return answer.json()


def counts(body: dict[str, Any]) -> tuple[int, int, int, int]:
    return body["created"], body["updated"], body["unchanged"], len(body["rejected"])


def rejected(body: dict[str, Any]) -> list[tuple[int, str, str]]:
    return [(row["row"], row["column"], row["rule"]) for row in body["rejected"]]


def stored(district: District) -> dict[str, Organization]:
    with district.house.database.reading(Origin("test")) as work:
        return {row.code: row for row in work.exec(select(Organization)).all()}


def assert_paths_tell_the_tree(district: District) -> None:
    rows = stored(district)
    by_id = {row.id: row for row in rows.values()}
    for row in rows.values():
        above = by_id[row.parent_id].path if row.parent_id else ""
        assert row.path == f"{above}{row.id.hex}/", row.code


def load(house: House, *lines: str) -> Imported:
    """Load a tree as the command line does, into a database that may be empty."""
    content = "\n".join((HEADING, *lines)).encode()
    return load_bytes(house, content)


def load_bytes(house: House, content: bytes) -> Imported:
    with house.database.writing(Origin("test")) as work:
        tree = read_tree(*open_sheets(io.BytesIO(content)))
        return service.import_organizations(work, None, tree, dry_run=False, on_error=OnError.skip)


def test_without_signing_in_no_organisation_is_told(district: District) -> None:
    assert district.client.get("/v1/organizations").status_code == 401


def test_a_secretary_reads_organisations_and_changes_none(district: District) -> None:
    secretary = district.sign_in(Role.secretary, "B11")
    assert create(secretary, district, "V1").status_code == 403
    assert move(secretary, district, "B11", "V2").status_code == 403
    assert close(secretary, district, "B11").status_code == 403
    assert listed(secretary) == ["B11"]


def test_an_organisation_elsewhere_is_not_found_and_never_forbidden(district: District, town_officer: Caller) -> None:
    assert create(town_officer, district, "T2").status_code == 404
    assert town_officer.get(f"/v1/organizations/{district.ids['V2']}").status_code == 404
    assert town_officer.get(f"/v1/organizations/{uuid.uuid4()}").status_code == 404
    assert close(town_officer, district, "B21").status_code == 404
    assert move(town_officer, district, "B11", "V2").status_code == 404
    assert move(town_officer, district, "B21", "V1").status_code == 404


def test_a_kind_out_of_place_is_refused(district: District, officer: Caller) -> None:
    assert told(create(officer, district, "V1", kind="town")) == (422, "kind_out_of_place")
    assert told(create(officer, district, "D", kind="district")) == (422, "kind_out_of_place")
    assert told(move(officer, district, "V1", "V2")) == (422, "kind_out_of_place")
    assert told(move(officer, district, "B11", "B21")) == (422, "kind_out_of_place")


def test_a_code_in_use_is_refused_wherever_it_is_used(district: District, town_officer: Caller) -> None:
    assert told(create(town_officer, district, "T1", code="B11")) == (409, "code_taken")
    assert told(create(town_officer, district, "T1", code="V2")) == (409, "code_taken")


def test_nothing_is_moved_under_itself_or_below_itself(district: District, officer: Caller) -> None:
    assert told(move(officer, district, "T1", "T1")) == (409, "circle")
    assert told(move(officer, district, "T1", "B11")) == (409, "circle")


def test_below_a_town_stands_no_more_than_so_many_however_they_come_there(
    district: District, officer: Caller, town_officer: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "MOST_BELOW", 4)
    full = (409, "too_many_organizations")
    assert told(move(officer, district, "V2", "T1")) == full
    assert create(town_officer, district, "V1", kind="branch").status_code == 201
    assert told(create(town_officer, district, "V1", kind="branch", code="NEW-2")) == full
    assert told(move(officer, district, "B21", "V1")) == full
    assert move(officer, district, "B11", "T1").status_code == 200
    assert close(officer, district, "B12").status_code == 200
    assert told(create(town_officer, district, "V1", kind="branch", code="NEW-2")) == full
    below = [f"V{number},新{number}村,村,T3" for number in range(5, 10)]
    lines = ("B23,三支部,党支部,V2", "B24,四支部,党支部,V2", "V3,新村,村,T2", "B25,五支部,党支部,V3", "T3,白云镇,镇,D", *below)
    for dry_run in (True, False):
        body = ask(officer, *lines, "T4,黄坡镇,镇,D", on_error="skip", dry_run=dry_run).json()
        wrong = [
            (3, "too_many_organizations"),
            (4, "too_many_organizations"),
            (5, "parent_unknown"),
            (11, "too_many_organizations"),
        ]
        assert [(row, rule) for row, _, rule in rejected(body)] == wrong
        assert rejected(body)[0][1] == "上级编码"
        assert body["created"] == 7
    new = stored(district)["T4"].id
    assert officer.post(f"/v1/organizations/{district.ids['V2']}/move", json={"parent_id": str(new)}).status_code == 200
    assert told(create(officer, district, "V2", kind="branch", code="NEW-2")) == full
    assert_paths_tell_the_tree(district)


def test_the_district_is_neither_moved_nor_closed(district: District, officer: Caller) -> None:
    assert told(move(officer, district, "D", "T1")) == (409, "root_stays")
    assert told(close(officer, district, "D")) == (409, "root_stays")


def test_nothing_is_hung_under_a_closed_parent(district: District, officer: Caller) -> None:
    with district.work() as work:
        work.get_one(Organization, district.ids["V2"]).closed_on = work.at.date()
    assert told(create(officer, district, "V2", kind="branch")) == (409, "parent_closed")
    assert told(move(officer, district, "B11", "V2")) == (409, "parent_closed")
    body = send(officer, "B23,南塘村第三党支部,党支部,V2")
    assert rejected(body)[0][2] == "parent_closed"


def test_an_organisation_with_open_ones_below_it_is_not_closed(district: District, officer: Caller) -> None:
    assert told(close(officer, district, "V1")) == (409, "still_open_below")


def test_an_organisation_with_members_is_not_closed(district: District, officer: Caller) -> None:
    body = {"organization_id": str(district.ids["B11"]), "full_name": "王秀兰", "joined_on": "1995-07-01"}
    member = officer.post("/v1/members", json=body).json()
    assert told(close(officer, district, "B11")) == (409, "still_has_members")
    with district.work() as work:
        assert work.exec(select(Member.id)).all() == [uuid.UUID(member["id"])]
    assert officer.post(f"/v1/members/{member['id']}/leave", json={"kind": "transferred_out", "reason": "调出"}).status_code == 200
    assert close(officer, district, "B11").status_code == 200


def test_an_edit_says_which_version_it_changes(district: District, officer: Caller) -> None:
    url = f"/v1/organizations/{district.ids['V1']}"
    assert told(officer.patch(url, json={"name": "新上塘村"})) == (428, "precondition_required")
    assert told(officer.patch(url, json={"name": "新上塘村"}, headers={"If-Match": '"7"'})) == (412, "precondition_failed")
    assert told(officer.post(f"{url}/close", headers={"If-Match": '"7"'})) == (412, "precondition_failed")
    assert told(move(officer, district, "V1", "T2", headers={"If-Match": '"7"'})) == (412, "precondition_failed")
    assert stored(district)["V1"].name == "上塘村"


def test_each_fault_of_a_new_organisation_is_named_by_its_field(district: District, officer: Caller) -> None:
    for name, values in {
        "code": ("有空 格", "x" * 41, "", "-1"),
        "name": ("\n\n", "二\x00", "字", "长" * 81),
        "kind": ("street", None),
        "service_phone": ("call me", "1", "0571-1", "110", "87651234", "0574-00001234 13800138000"),
        "parent_id": ("x", None),
        "path": ("x",),
    }.items():
        for value in values:
            answer = create(officer, district, "T1", **{name: value})
            assert answer.status_code == 422, f"{name}: {value!r}"
            assert [item["field"] for item in answer.json()["errors"]] == [f"body.{name}"]


def test_an_organisation_is_added_below_another_and_read(district: District, town_officer: Caller) -> None:
    answer = create(town_officer, district, "T1", service_phone="0574-00009999", name_display="masked")
    assert answer.status_code == 201, answer.text
    assert version_of(answer) == 1
    shown = town_officer.get(f"/v1/organizations/{answer.json()['id']}")
    assert shown.json() == answer.json()
    assert shown.json()["parent_id"] == str(district.ids["T1"])
    assert shown.json()["closed_on"] is None
    assert_paths_tell_the_tree(district)


def test_what_is_not_sent_in_an_edit_stays(district: District, officer: Caller) -> None:
    url = f"/v1/organizations/{district.ids['V1']}"
    tag = officer.get(url).headers["ETag"]
    answer = officer.patch(url, json={"name": "新上塘村"}, headers={"If-Match": tag})
    assert answer.status_code == 200, answer.text
    assert (answer.json()["name"], answer.json()["service_phone"]) == ("新上塘村", "0574-00001234")
    assert answer.headers["ETag"] != tag
    assert officer.patch(url, json={"name": "上塘村"}, headers={"If-Match": tag}).status_code == 412


def test_a_move_takes_the_whole_subtree_and_the_scope_follows(district: District, officer: Caller, town_officer: Caller) -> None:
    other = district.sign_in(Role.town_officer, "T2")
    secretary = district.sign_in(Role.secretary, "B11")
    assert set(listed(town_officer)) == {"T1", "V1", "B11", "B12"}
    answer = move(officer, district, "V1", "T2")
    assert answer.status_code == 200, answer.text
    assert answer.json()["parent_id"] == str(district.ids["T2"])
    assert_paths_tell_the_tree(district)
    assert listed(town_officer) == ["T1"]
    assert set(listed(other)) == {"T2", "V1", "B11", "B12", "V2", "B21", "B22"}
    assert listed(secretary) == ["B11"]
    assert town_officer.get(f"/v1/organizations/{district.ids['B11']}").status_code == 404


def test_a_move_to_where_it_stands_changes_nothing(district: District, officer: Caller) -> None:
    answer = move(officer, district, "V1", "T1", headers={"If-Match": '"1"'})
    assert (answer.status_code, version_of(answer)) == (200, 1)


def test_many_moves_leave_every_path_right(district: District, officer: Caller) -> None:
    chance = random.Random(7)
    for _ in range(12):
        code, parent = chance.choice(
            [("V1", "T1"), ("V1", "T2"), ("V2", "T1"), ("V2", "T2"), ("B11", "V2"), ("B11", "V1"), ("B21", "T1")]
        )
        assert move(officer, district, code, parent).status_code == 200
    assert_paths_tell_the_tree(district)


def test_closing_is_from_the_leaves_up_and_twice_is_as_once(district: District, officer: Caller) -> None:
    for code in ("B11", "B12", "V1"):
        answer = close(officer, district, code)
        assert answer.status_code == 200, answer.text
        assert answer.json()["closed_on"] is not None
    again = close(officer, district, "V1")
    assert (again.status_code, again.json()) == (200, answer.json())
    assert "V1" not in listed(officer)
    assert "V1" in listed(officer, closed=True)


def test_organisations_are_found_by_a_part_of_the_name_by_code_kind_and_parent(district: District, officer: Caller) -> None:
    assert set(listed(officer, q="上塘")) == {"V1", "B11", "B12"}
    assert listed(officer, q="B21") == ["B21"]
    assert listed(officer, q="%") == []
    assert listed(officer, q="_") == []
    assert set(listed(officer, kind="town")) == {"T1", "T2"}
    assert set(listed(officer, parent_id=str(district.ids["V2"]))) == {"B21", "B22"}


def test_a_list_goes_on_page_by_page(district: District, officer: Caller) -> None:
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 4}
    while True:
        body = officer.get("/v1/organizations", params=query).json()
        seen += [item["code"] for item in body["items"]]
        if body["next_cursor"] is None:
            break
        query["cursor"] = body["next_cursor"]
    assert len(seen) == len(set(seen)) == len(district.ids)


def test_a_second_root_is_rejected_and_the_rows_below_it_too(district: District, officer: Caller) -> None:
    body = send(officer, "D2,另一个区,区,", "T9,某镇,镇,D2")
    assert counts(body) == (0, 0, 0, 2)
    assert [(row, rule) for row, _, rule in rejected(body)] == [(2, "second_root"), (3, "parent_unknown")]
    assert load(district.house, "D2,另一个区,区,").rejected[0].rule == "second_root"


def test_of_two_roots_in_one_file_only_the_first_is_made(house: House) -> None:
    done = load(house, "D,明湖区,区,", "E,清江区,区,")
    assert (done.created, [(row.row, row.rule) for row in done.rejected]) == (1, [(3, "second_root")])


def test_bad_rows_are_rejected_with_their_row_column_and_rule(district: District, officer: Caller) -> None:
    body = send(
        officer,
        "T3,白云镇,镇,D",
        "V3,某村,村,NOWHERE",
        "V4,某村,衙门,T3",
        ",某村,村,T3",
        "V5,,村,T3",
        "V6,某村,镇,V1",
        "V1,上塘村,社区,T1",
        "V2,南塘村,村,T1",
        "T3,白云镇,镇,D",
        "B9,某支部,党支部,V3",
        "L1,甲村,村,L2",
        "L2,乙村,村,L1",
    )
    assert rejected(body) == [
        (3, "上级编码", "parent_unknown"),
        (4, "类型", "unknown_kind"),
        (5, "编码", "missing"),
        (6, "名称", "missing"),
        (7, "类型", "kind_out_of_place"),
        (8, "类型", "kind_changed"),
        (9, "上级编码", "parent_changed"),
        (10, "编码", "duplicate_code"),
        (11, "上级编码", "parent_unknown"),
        (12, "上级编码", "parent_unknown"),
        (13, "上级编码", "parent_unknown"),
    ]
    assert counts(body) == (1, 0, 0, 11)
    assert set(stored(district)) == {*district.ids, "T3"}
    assert_paths_tell_the_tree(district)


def test_rows_outside_the_callers_reach_are_rejected(district: District, town_officer: Caller) -> None:
    body = send(town_officer, "V7,新村,村,T1", "V8,别村,村,T2", "V2,改名村,村,T2", "B13,新支部,党支部,V7", "T1,云溪镇,镇,D")
    assert rejected(body) == [(3, "编码", "outside"), (4, "编码", "outside")]
    assert counts(body) == (2, 0, 1, 2)
    rows = stored(district)
    assert rows["V2"].name == "南塘村"
    assert set(rows) == {*district.ids, "V7", "B13"}


def test_what_is_no_spreadsheet_is_refused_and_nothing_is_stored(district: District, officer: Caller) -> None:
    answer = officer.post("/v1/organizations/import", files={"file": ("组织.xlsx", b"PK\x03\x04nothing")})
    assert told(answer) == (422, "not_a_spreadsheet")
    answer = officer.post("/v1/organizations/import", files={"file": ("组织.csv", "甲,乙\n1,2\n".encode())})
    assert told(answer) == (422, "no_tree")
    assert set(stored(district)) == set(district.ids)


def test_a_tree_is_loaded_into_an_empty_house_and_again_changes_nothing(house: House) -> None:
    content = TREE_FILE.read_bytes()
    first = load_bytes(house, content)
    assert (first.rows, first.created, first.updated, first.unchanged, first.rejected) == (14, 14, 0, 0, [])
    with house.database.reading(Origin("test")) as work:
        lines = len(work.exec(select(AuditLine.seq)).all())
        rows = work.exec(select(Organization).order_by(col(Organization.code))).all()
        assert rows[0].kind is OrganizationKind.district and rows[0].parent_id is None
        assert sum(row.path.startswith(rows[0].path) for row in rows) == 14
    again = load_bytes(house, content)
    assert (again.created, again.updated, again.unchanged, again.rejected) == (0, 0, 14, [])
    with house.database.reading(Origin("test")) as work:
        assert len(work.exec(select(AuditLine.seq)).all()) == lines


def test_rows_may_stand_in_any_order(house: House) -> None:
    heading, *rows = TREE_FILE.read_text(encoding="utf-8-sig").splitlines()
    random.Random(3).shuffle(rows)
    assert rows[0].split(",")[0] != "LX"
    done = load_bytes(house, "\n".join((heading, *rows)).encode())
    assert (done.created, done.rejected) == (14, [])


def test_a_new_name_in_the_file_renames(district: District, officer: Caller) -> None:
    assert counts(send(officer, "V1,新上塘村,村,T1", "V2,南塘村,村,T2")) == (0, 1, 1, 0)
    assert stored(district)["V1"].name == "新上塘村"


PHONES = HEADING + ",服务电话"


def lines_of_audit(district: District) -> list[tuple[str, dict[str, object]]]:
    with district.house.database.reading(Origin("test")) as work:
        about = select(AuditLine).where(col(AuditLine.target_kind) == "organization").order_by(col(AuditLine.seq))
        return [(line.action, line.details) for line in work.exec(about).all()]


def test_with_one_bad_row_nothing_is_stored_unless_bad_rows_are_to_be_skipped(district: District, officer: Caller) -> None:
    lines = ("T3,白云镇,镇,D", "V1,新上塘村,村,T1", "V3,某村,村,NOWHERE", "V2,南塘村,村,T2")
    asked: tuple[dict[str, str], ...] = ({}, {"on_error": "abort"})
    for query in asked:
        answer = ask(officer, *lines, **query)
        assert told(answer) == (422, "tree_rejected")
        body = answer.json()
        assert (body["rows"], *counts(body)) == (4, 0, 0, 1, 1)
        assert [(row["row"], row["cell"], row["rule"]) for row in body["rejected"]] == [(4, "D4", "parent_unknown")]
        assert set(stored(district)) == set(district.ids) and stored(district)["V1"].name == "上塘村"
        assert lines_of_audit(district) == []
    assert counts(send(officer, *lines)) == (1, 1, 1, 1)
    assert stored(district)["V1"].name == "新上塘村" and "T3" in stored(district)
    assert lines_of_audit(district)[-1] == ("import_organizations", {"created": 1, "updated": 1, "rejected": 1})


def test_a_dry_run_tells_the_same_and_writes_nothing(district: District, officer: Caller) -> None:
    lines = ("T3,白云镇,镇,D", "V9,云村,村,T3", "V1,新上塘村,村,T1", "V3,某村,村,NOWHERE", "V2,南塘村,村,T2")
    dry = ask(officer, *lines, dry_run=True)
    assert dry.status_code == 200, dry.text
    assert counts(dry.json()) == (2, 1, 1, 1)
    assert set(stored(district)) == set(district.ids) and stored(district)["V1"].name == "上塘村"
    assert lines_of_audit(district) == []
    assert send(officer, *lines) == dry.json()


def test_a_stated_telephone_is_taken_and_an_empty_cell_states_nothing(district: District, officer: Caller) -> None:
    body = send(officer, "V1,上塘村,村,T1,0574-88880001", "V2,南塘村,村,T2,", "V9,云村,村,T1,（０５７４）8888 0002", heading=PHONES)
    assert counts(body) == (1, 1, 1, 0)
    rows = stored(district)
    assert [rows[code].service_phone for code in ("V1", "V2", "V9")] == ["0574-88880001", "0574-00001234", "(0574)8888 0002"]
    assert ("edit_organization", {"fields": ["service_phone"]}) in lines_of_audit(district)
    assert counts(send(officer, "V1,上塘村,村,T1")) == (0, 0, 1, 0)
    assert stored(district)["V1"].service_phone == "0574-88880001"
    again = send(officer, "V1,上塘村,村,T1,0574-88880001", heading=PHONES)
    assert counts(again) == (0, 0, 1, 0)


def test_what_is_no_telephone_number_is_rejected_with_its_cell(district: District, officer: Caller) -> None:
    answer = ask(officer, "V1,上塘村,村,T1,找王会计", f"V2,南塘村,村,T2,{'1' * 41}", heading=PHONES)
    rows = [(row["cell"], row["column"], row["rule"]) for row in answer.json()["rejected"]]
    assert rows == [("E2", "服务电话", "phone_unreadable"), ("E3", "服务电话", "too_long")]
    assert "找王会计" not in answer.text


def test_a_number_that_reaches_nobody_from_elsewhere_is_rejected_with_its_cell(district: District, officer: Caller) -> None:
    body = send(officer, "V1,上塘村,村,T1,0571-1", "V2,南塘村,村,T2,12345", heading=PHONES)
    assert [(row["cell"], row["rule"]) for row in body["rejected"]] == [("E2", "phone_undiallable")]
    assert stored(district)["V2"].service_phone == "12345"
    url = f"/v1/organizations/{district.ids['V1']}"
    answer = officer.patch(url, json={"service_phone": "110"}, headers={"If-Match": "*"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "body.service_phone")
    assert "区号" in answer.json()["errors"][0]["detail"]


def test_branches_that_a_tree_leaves_without_a_telephone_are_told_and_wait_for_officers(
    district: District, officer: Caller, town_officer: Caller
) -> None:
    lines = (
        "T3,白云镇,镇,D,",
        "B13,上塘村第三党支部,党支部,V1,",
        "B14,上塘村第四党支部,党支部,V1,12345",
        "B11,上塘村第一党支部,党支部,V1,",
    )
    silent = [{"sheet": None, "row": 3, "code": "B13", "name": "上塘村第三党支部"}]
    assert ask(officer, *lines, heading=PHONES, dry_run=True).json()["without_telephone"] == silent
    assert officer.todo()["counts"] == {}
    assert send(officer, *lines, heading=PHONES)["without_telephone"] == silent
    waiting = town_officer.todo()
    assert waiting["counts"] == {"telephone_missing": 1}
    assert waiting["items"][0]["text"].startswith("上塘村第三党支部没有服务电话")
    assert district.sign_in(Role.secretary, "B11").todo()["counts"] == {}
    assert district.sign_in(Role.town_officer, "T2").todo()["counts"] == {}
    url = f"/v1/organizations/{stored(district)['B13'].id}"
    assert officer.patch(url, json={"service_phone": "0574-00001236"}, headers={"If-Match": "*"}).status_code == 200
    assert officer.todo()["counts"] == {}


def test_a_code_that_stands_twice_names_the_earlier_row(district: District, officer: Caller) -> None:
    body = send(officer, "T3,白云镇,镇,D", "V1,上塘村,村,T1", "T3,白云街道,街道,D", "T3,白云,镇,D")
    assert [(row["row"], row["detail"]) for row in body["rejected"]] == [(4, "编码与第2行相同。"), (5, "编码与第2行相同。")]


def test_a_large_tree_from_the_leaves_up_is_stored_at_once(house: House) -> None:
    lines = [f"B{n},第{n}党支部,党支部,V{n}" for n in range(1200)] + [f"V{n},第{n}村,村,T" for n in range(1200)]
    done = load(house, *lines, "T,云溪镇,镇,D", "D,明湖区,区,")
    assert (done.created, done.rejected) == (2402, [])


def test_who_stands_in_a_group_has_the_branch_above_it(district: District) -> None:
    group_id = district.add_group("G")
    with district.work() as work:
        asked = {group_id, *(district.ids[code] for code in ("B11", "B21", "V1", "D"))}
        found = service.branches_of(work, asked)
    assert {key: (branch.code, branch.parent_id) for key, branch in found.items()} == {
        group_id: ("B11", district.ids["V1"]),
        district.ids["B11"]: ("B11", district.ids["V1"]),
        district.ids["B21"]: ("B21", district.ids["V2"]),
    }


def of_sheets(**sheets: list[tuple[str, ...]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        page = book.create_sheet(title)
        for row in rows:
            page.append(row)
    book["旧表"].sheet_state = "hidden"
    book["村"].row_dimensions[2].hidden = True
    book["村"].column_dimensions["B"].hidden = True
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def test_a_tree_in_several_sheets_is_read_whole_and_accounts_for_each(district: District, officer: Caller) -> None:
    headings = ("编码", "名称", "类型", "上级编码")
    content = of_sheets(
        填表说明=[("请按下列要求填写",), ("编码", "说明")],
        支部=[headings, ("B31", "白云村党支部", "党支部", "V3"), ("B32", "白云村第二党支部", "支部组", "V3")],
        村=[headings, ("V3", "白云村", "村", "T1"), ("B31", "白云村党支部", "党支部", "V3")],
        旧表=[headings, ("V9", "旧村", "村", "T1")],
    )
    answer = officer.post("/v1/organizations/import", params={"on_error": "skip"}, files={"file": ("a.xlsx", content)})
    told = answer.json()
    assert (answer.status_code, counts(told)) == (200, (2, 0, 0, 2))
    assert [(row["sheet"], row["row"], row["cell"], row["rule"]) for row in told["rejected"]] == [
        ("支部", 3, "C3", "unknown_kind"),
        ("村", 3, "A3", "duplicate_code"),
    ]
    assert told["rejected"][1]["detail"] == "编码与工作表“支部”第2行相同。"
    assert told["sheets"] == [
        {"sheet": "支部", "rows": 2, "hidden_rows": 0, "hidden_columns": []},
        {"sheet": "村", "rows": 2, "hidden_rows": 1, "hidden_columns": ["名称"]},
    ]
    assert [(left["sheet"], left["reason"]) for left in told["left_out"]] == [("填表说明", "no_tree"), ("旧表", "hidden")]
    assert told["without_telephone"] == [{"sheet": "支部", "row": 2, "code": "B31", "name": "白云村党支部"}]
    assert "V9" not in stored(district)


@pytest.mark.parametrize("status", [MemberStatus.full, MemberStatus.left])
def test_with_members_an_organisation_is_moved_by_an_officer_over_both_parents_alone(
    district: District, status: MemberStatus
) -> None:
    administrator, both = district.sign_in(Role.administrator, "D"), district.sign_in(Role.administrator, "D")
    with district.work() as work:
        work.add(RoleGrant(account_id=uuid.UUID(both.account_id), role=Role.town_officer, organization_id=district.ids["T1"]))
    assert move(administrator, district, "V2", "T1").status_code == 200, "nobody belongs to it yet"
    assert move(administrator, district, "V2", "T2").status_code == 200
    enrol(district, "B21", "钱多多", status=status)
    for caller in (administrator, both):
        assert code_of(move(caller, district, "V2", "T1"), 403) == "officer_needed"
        assert code_of(move(caller, district, "B21", "V1"), 403) == "officer_needed"
    assert move(administrator, district, "V1", "T2").status_code == 200
    assert move(district.sign_in(Role.district_officer, "D"), district, "V2", "T1").status_code == 200


def test_what_people_leave_behind_keeps_an_organisation_from_being_moved_by_an_administrator(district: District) -> None:
    administrator, officer = district.sign_in(Role.administrator, "D"), district.sign_in(Role.district_officer, "D")
    assert move(administrator, district, "B11", "V2").status_code == 200
    moved = requested(officer, district, enrol(district, "B11", "钱多多")[0], "B21")
    assert decide(officer, moved, "accept").status_code == 200
    with district.work() as work:
        assert not work.exec(select(Member.id).where(col(Member.organization_id) == district.ids["B11"])).all()
    assert code_of(move(administrator, district, "B11", "V1"), 403) == "officer_needed"
    assert move(officer, district, "B11", "V1").status_code == 200


def test_a_post_that_is_held_keeps_an_organisation_from_being_moved_by_an_administrator(district: District) -> None:
    administrator = district.sign_in(Role.administrator, "D")
    post = keep_post(district, "B12")
    assert move(administrator, district, "B12", "V2").status_code == 200
    keep_held(district, post, enrol(district, "B11", "钱多多")[0])
    assert code_of(move(administrator, district, "B12", "V1"), 403) == "officer_needed"


def test_an_import_asks_for_the_organizations_of_its_sheet_and_for_no_others(district: District) -> None:
    officer, tree = UUID(district.sign_in(Role.town_officer, "T1").account_id), f"{HEADING}\nX1,新支部,党支部,T1,\n"
    access = Access(officer, officer, district.ids["T1"], None, Permission.organization_write, ())

    def ask(work: Work) -> None:
        rows = read_tree(*open_sheets(io.BytesIO(tree.encode())))
        done = service.import_organizations(work, access, rows, dry_run=True, on_error=OnError.skip)
        assert done.created == 1

    asked = plans(district.house, "FROM organization", ask)
    # Those below its town are counted by their paths.
    assert asked and all(re.search(r"\((code|parent_id|path)\b", one) for one in asked), asked
