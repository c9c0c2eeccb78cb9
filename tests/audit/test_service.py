import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import DatabaseError
from sqlmodel import select
from stdnum.iso7064 import mod_11_2

from api.audit import queries
from api.audit.rules import Break
from api.audit.service import FIRST, code, may_alter_lines, verify
from api.database import Origin, Work
from api.house import House
from api.settings import fresh_secrets
from models.account import Account
from models.audit import AuditHead, AuditLine
from models.enums import Role
from models.organization import Organization
from models.signing_key import SigningKey
from tests.audit.trail import alter, break_of, cut, fill, go_on, lines_of, swap, tampering
from tests.conftest import Caller, District

NATIONAL_ID = "99010119680315002" + mod_11_2.calc_check_digit("99010119680315002")
PERSONAL = {
    "full_name": "欧阳秀兰",
    "national_id": NATIONAL_ID,
    "mobile": "13800138000",
    "home_address": "上塘村17号",
    "employer": "明湖纸鸢厂",
    "job_title": "质检员",
    "native_place": "云溪上塘",
    "remark": "喜爱书法",
    "birth_date": "1968-03-15",
}


@pytest.fixture
def trail(house: House) -> int:
    """A chain of lines; returns how many."""
    fill(house, 30)
    return 30


def test_the_database_refuses_to_change_or_remove_a_line(house: House, trail: int) -> None:
    for statement in ("UPDATE audit_line SET action = 'x'", "DELETE FROM audit_line"):
        with pytest.raises(DatabaseError), house.database.writing(Origin("test")) as work:
            work.connection().execute(text(statement))
    assert len(lines_of(house)) == trail


def test_whoever_owns_the_database_is_told_that_he_may_change_lines(work: Work, engine: str) -> None:
    assert may_alter_lines(work) == (engine == "postgresql")


def test_an_edit_of_any_column_is_found(house: House, trail: int) -> None:
    edits: list[dict[str, Any]] = [
        {"action": "revoke_card"},
        {"details": {"number": 99}},
        {"actor_id": UUID(int=1)},
        {"target_kind": "member"},
        {"target_id": UUID(int=1)},
        {"organization_id": UUID(int=1)},
        {"request_id": "other"},
        {"at": datetime(2001, 1, 1, tzinfo=UTC)},
        {"mac": "0" * 64},
    ]
    assert {name for edit in edits for name in edit} == set(AuditLine.model_fields) - {"seq"}
    for edit in edits:
        with tampering(house) as work:
            alter(work, 12, **edit)
            assert verify(work, house.audit_key) == (11, Break(12, "altered")), edit


def test_a_removed_line_is_found(house: House, trail: int) -> None:
    with tampering(house) as work:
        cut(work, 12)
        assert verify(work, house.audit_key) == (11, Break(12, "missing"))


def test_a_removed_line_is_found_even_when_the_rest_is_numbered_anew(house: House, trail: int) -> None:
    with tampering(house) as work:
        cut(work, 12)
        for seq in range(13, trail + 1):
            alter(work, seq, seq=seq - 1)
        assert verify(work, house.audit_key) == (11, Break(12, "altered"))


def test_lines_in_another_order_are_found(house: House, trail: int) -> None:
    with tampering(house) as work:
        swap(work, 12, 13)
        assert verify(work, house.audit_key) == (11, Break(12, "altered"))


def test_a_line_put_in_is_found(house: House, trail: int) -> None:
    with tampering(house) as work:
        for seq in range(trail, 11, -1):
            alter(work, seq, seq=seq + 1)
        forged = AuditLine(seq=12, at=work.at, action="count_cards", target_kind="card", request_id="x", mac="")
        forged.mac = code(b"k" * 32, FIRST, forged)
        work.add(forged)
        work.writes = True
        work.flush()
        assert verify(work, house.audit_key) == (11, Break(12, "altered"))


def test_a_line_of_a_number_that_another_has_is_found_wherever_a_batch_of_them_ends(house: House, trail: int) -> None:
    with house.database.reading(Origin("tamper")) as work:
        if work.is_sqlite:
            work.connection().exec_driver_sql("ALTER TABLE audit_line RENAME TO former")
            work.connection().exec_driver_sql("CREATE TABLE audit_line AS SELECT * FROM former")
        else:
            work.connection().exec_driver_sql("ALTER TABLE audit_line DROP CONSTRAINT pk_audit_line")
        work.connection().exec_driver_sql("INSERT INTO audit_line SELECT * FROM audit_line WHERE seq = 10")
        for size in (10, 11, 5000):
            assert [seq for seq, _ in queries.every_line(work, size)].count(10) == 2
        assert verify(work, house.audit_key) == (10, Break(10, "altered"))


def test_no_trail_is_too_long_to_be_walked(house: House, trail: int) -> None:
    with house.database.reading(Origin("test")) as work:
        lines = queries.every_line(work, 3)
        next(lines)
        if not work.is_sqlite:
            assert work.connection().exec_driver_sql("SHOW statement_timeout").scalar() == "0"
        assert len(list(lines)) == trail - 1
    with house.database.reading(Origin("test")) as work:
        if not work.is_sqlite:
            assert work.connection().exec_driver_sql("SHOW statement_timeout").scalar() == "30s"


def test_a_line_added_at_the_end_is_found(house: House, trail: int) -> None:
    with tampering(house) as work:
        work.writes = True
        work.add(AuditLine(seq=trail + 1, at=work.at, action="x", target_kind="card", request_id="x", mac="f" * 64))
        work.flush()
        assert verify(work, house.audit_key) == (trail, Break(trail + 1, "altered"))


def test_a_tail_cut_off_is_found(house: House, trail: int) -> None:
    for count in (1, 5, 30):
        with tampering(house) as work:
            cut(work, *range(trail - count + 1, trail + 1))
            assert verify(work, house.audit_key) == (trail - count, Break(trail - count + 1, "cut_off"))


def test_a_head_set_back_to_an_earlier_line_is_found(house: House, trail: int) -> None:
    with tampering(house) as work:
        earlier = work.get_one(AuditLine, trail - 5)
        seq, mac = earlier.seq, earlier.mac
        cut(work, *range(seq + 1, trail + 1))
        work.connection().execute(update(AuditHead).values(seq=seq, mac=mac))
        work.expunge_all()
        assert verify(work, house.audit_key) == (seq, Break(seq + 1, "cut_off"))


def test_an_empty_trail_of_a_house_in_which_there_is_something_is_found(district: District) -> None:
    with tampering(district.house) as work:
        count = len(work.exec(select(AuditLine.seq)).all())
        cut(work, *range(1, count + 1))
        work.connection().execute(update(AuditHead).values(seq=0, mac=FIRST, seal=""))
        work.expunge_all()
        assert verify(work, district.house.audit_key) == (0, Break(1, "cut_off"))


def test_what_is_written_behind_a_head_that_somebody_without_the_key_has_set_stays_found(house: House, trail: int) -> None:
    """Otherwise the seal that the next line brings would hide what was cut off."""
    with tampering(house) as work:
        earlier = work.get_one(AuditLine, trail - 5)
        seq, mac = earlier.seq, earlier.mac
        cut(work, *range(seq + 1, trail + 1))
        work.connection().execute(update(AuditHead).values(seq=seq, mac=mac))
        work.expunge_all()
        go_on(house, work, 7)
        assert verify(work, house.audit_key) == (seq, Break(seq + 1, "altered"))


def test_a_trail_that_is_begun_anew_where_there_was_something_already_is_found(district: District) -> None:
    with tampering(district.house) as work:
        cut(work, *work.exec(select(AuditLine.seq)).all())
        work.connection().execute(update(AuditHead).values(seq=0, mac=FIRST, seal=""))
        work.expunge_all()
        go_on(district.house, work, 2)
        assert verify(work, district.house.audit_key) == (0, Break(1, "altered"))


def test_a_trail_begun_anew_is_found_whenever_what_was_there_is_said_to_be_made(district: District) -> None:
    for seconds in (-1, 1, 50):
        with tampering(district.house) as work:
            cut(work, *work.exec(select(AuditLine.seq)).all())
            work.connection().execute(update(AuditHead).values(seq=0, mac=FIRST, seal=""))
            for kind in (Organization, Account, SigningKey):
                work.connection().execute(update(kind).values(created_at=work.at + timedelta(seconds=seconds)))
            go_on(district.house, work, 2)
            assert verify(work, district.house.audit_key) == (0, Break(1, "altered")), seconds


def test_an_altered_head_is_found(house: House, trail: int) -> None:
    with tampering(house) as work:
        work.connection().execute(update(AuditHead).values(mac="0" * 64))
        assert verify(work, house.audit_key) == (trail, Break(trail + 1, "cut_off"))


def test_another_key_does_not_verify(house: House, trail: int, work: Work) -> None:
    assert verify(work, fresh_secrets()["AUDIT_KEY"].encode()) == (0, Break(1, "altered"))


def test_a_chain_holds_from_its_first_line_to_its_last(house: House, work: Work) -> None:
    assert verify(work, house.audit_key) == (0, None)
    fill(house, 7)
    with house.database.reading(Origin("test")) as later:
        assert verify(later, house.audit_key) == (7, None)
    assert [line.seq for line in lines_of(house)] == list(range(1, 8))


def test_a_change_that_fails_leaves_no_line(house: House) -> None:
    with pytest.raises(RuntimeError), house.database.writing(Origin("test")) as work:
        work.record_batch("count_cards", "card")
        work.flush()
        raise RuntimeError
    assert lines_of(house) == []
    assert break_of(house) is None


def test_a_refused_change_leaves_no_line(district: District) -> None:
    officer = district.sign_in(Role.district_officer, "D")
    before = len(lines_of(district.house))
    body = {"code": "B11", "name": "重码村", "kind": "village", "parent_id": str(district.ids["T1"])}
    assert officer.post("/v1/organizations", json=body).status_code == 409
    assert officer.post(f"/v1/organizations/{district.ids['V1']}/close").status_code == 409
    assert len(lines_of(district.house)) == before


def test_each_change_writes_one_line_with_who_did_it_and_the_request(district: District) -> None:
    officer = district.sign_in(Role.district_officer, "D")
    house = district.house
    seen = len(lines_of(house))

    def line_of(answer: Any) -> AuditLine:
        nonlocal seen
        assert answer.status_code in (200, 201, 204), answer.text
        lines = lines_of(house)
        assert len(lines) == seen + 1
        seen = len(lines)
        assert lines[-1].actor_id == UUID(officer.account_id)
        assert lines[-1].request_id == answer.headers["X-Request-Id"]
        return lines[-1]

    made = officer.post(
        "/v1/organizations",
        json={"code": "B13", "name": "上塘村第三党支部", "kind": "branch", "parent_id": str(district.ids["V1"])},
    )
    line = line_of(made)
    assert (line.action, line.target_kind) == ("create_organization", "organization")
    assert line.target_id == line.organization_id == UUID(made.json()["id"])
    branch = f"/v1/organizations/{made.json()['id']}"
    line = line_of(officer.patch(branch, json={"name": "上塘村三支部"}, headers={"If-Match": "*"}))
    assert (line.action, line.details) == ("edit_organization", {"fields": ["name"]})
    line = line_of(officer.post(f"{branch}/move", json={"parent_id": str(district.ids["V2"])}))
    assert line.action == "move_organization"
    assert line.details == {"former_parent": str(district.ids["V1"]), "parent": str(district.ids["V2"])}
    assert line_of(officer.post(f"{branch}/close")).action == "close_organization"
    member = officer.post(
        "/v1/members", json={"organization_id": str(district.ids["B11"]), "full_name": "王秀兰", "joined_on": "1995-07-01"}
    )
    assert line_of(member).action == "create_member"
    card = officer.post("/v1/cards", json={"member_id": member.json()["id"]})
    line = line_of(card)
    assert (line.action, line.target_id, line.organization_id) == ("issue_card", UUID(card.json()["id"]), district.ids["B11"])
    url = f"/v1/cards/{card.json()['id']}"
    for action in ("suspend", "resume", "revoke"):
        assert line_of(officer.post(f"{url}/{action}", json={"reason": "遗失"})).action == f"{action}_card"
    with house.database.reading(Origin("test")) as work:
        assert verify(work, house.audit_key) == (seen, None)


def test_what_changes_nothing_writes_no_line(district: District) -> None:
    officer = district.sign_in(Role.district_officer, "D")
    before = len(lines_of(district.house))
    url = f"/v1/organizations/{district.ids['V1']}"
    assert officer.get(url).status_code == 200
    assert officer.patch(url, json={"name": "上塘村"}, headers={"If-Match": "*"}).status_code == 200
    assert officer.post(f"{url}/move", json={"parent_id": str(district.ids["T1"])}).status_code == 200
    assert len(lines_of(district.house)) == before


def test_no_personal_value_stands_in_a_line(district: District) -> None:
    officer = district.sign_in(Role.district_officer, "D")
    member = officer.post("/v1/members", json={"organization_id": str(district.ids["B11"]), "joined_on": "1995-07-01", **PERSONAL})
    assert member.status_code == 201, member.text
    url = f"/v1/members/{member.json()['id']}"
    for changes in ({"full_name": "欧阳秀丽", "mobile": "13900139000"}, {"home_address": None, "remark": None}):
        assert officer.patch(url, json=changes, headers={"If-Match": "*"}).status_code == 200
    card = officer.post("/v1/cards", json={"member_id": member.json()["id"]}).json()
    plate = officer.post(f"/v1/cards/{card['id']}/plates", json={"kind": "desk_plate"}).json()
    assert officer.post(f"/v1/cards/{card['id']}/suspend", json={"reason": "欧阳秀兰报告遗失"}).status_code == 200
    assert officer.post(f"{url}/leave", json={"kind": "transferred_out", "reason": "欧阳秀兰转往外地"}).status_code == 200
    written = json.dumps([line.model_dump(mode="json") for line in lines_of(district.house)], ensure_ascii=False)
    said = [*PERSONAL.values(), "欧阳", "13900139000", plate["code"], plate["code"].replace("-", ""), officer.username, "转往外地"]
    assert [value for value in said if value in written] == []
    assert "full_name" in written, "which fields were changed is told"


def test_only_an_auditor_reads_the_trail(district: District) -> None:
    assert district.client.get("/v1/audit").status_code == 401
    for role, place in ((Role.secretary, "B11"), (Role.district_officer, "D"), (Role.administrator, "D")):
        assert district.sign_in(role, place).get("/v1/audit").status_code == 403


def shown(auditor: Caller, **query: Any) -> list[dict[str, Any]]:
    answer = auditor.get("/v1/audit", params=query)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def close(officer: Caller, key: UUID) -> None:
    assert officer.post(f"/v1/organizations/{key}/close").status_code == 200


def test_the_trail_is_read_newest_first_page_by_page(district: District) -> None:
    auditor, officer = district.sign_in(Role.auditor, "D"), district.sign_in(Role.district_officer, "D")
    for branch in ("B11", "B12", "B21", "B22"):
        close(officer, district.ids[branch])
    seen: list[int] = []
    query: dict[str, Any] = {"limit": 2}
    while True:
        body = auditor.get("/v1/audit", params=query).json()
        assert len(body["items"]) <= 2
        seen += [item["seq"] for item in body["items"]]
        if body["next_cursor"] is None:
            break
        query["cursor"] = body["next_cursor"]
    assert seen == [line.seq for line in reversed(lines_of(district.house))]
    newest = shown(auditor, limit=1)[0]
    assert (newest["action"], newest["actor_id"], newest["target_id"]) == (
        "close_organization",
        officer.account_id,
        str(district.ids["B22"]),
    )
    assert [item["action"] for item in shown(auditor, target_id=str(district.ids["B12"]))] == ["close_organization"]
    assert {item["actor_id"] for item in shown(auditor, actor_id=officer.account_id)} == {officer.account_id}
    assert "mac" not in newest


def test_a_towns_auditor_reads_only_of_what_lies_below_his_town(district: District) -> None:
    officer = district.sign_in(Role.district_officer, "D")
    close(officer, district.ids["B11"])
    close(officer, district.ids["B21"])
    auditor = district.sign_in(Role.auditor, "T1")
    with district.house.database.reading(Origin("test")) as work:
        top = work.get_one(Organization, district.ids["T1"]).path
        within = {str(row.id) for row in work.exec(select(Organization)).all() if row.path.startswith(top)}
    items = shown(auditor)
    assert str(district.ids["B11"]) in {item["target_id"] for item in items}
    assert {item["organization_id"] for item in items} <= within
    assert shown(auditor, target_id=str(district.ids["B21"])) == []
