import threading
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from PIL import Image
from sqlalchemy import text
from sqlmodel import col, select
from stdnum.iso7064 import mod_11_2

from api.access.permissions import Permission
from api.access.scope import Access
from api.corrections import service
from api.errors import Refusal
from api.files.sweep import sweep_files
from api.house import House
from api.settings import Settings
from api.versions import Expected
from models import metadata
from models.account import Account, RoleGrant
from models.correction import CorrectionRequest
from models.enums import FilePurpose, FileState, MemberStatus, RequestState, Role
from models.file import StoredFile
from models.member import Member
from tests.conftest import Caller, District, version_of
from tests.files.drawings import drawn
from tests.outcomes import deeds, entries, refused, stored

URL = "/v1/corrections"
REASON = {"reason": "请带户口本到支部核对"}
UNASKED = Expected(versions=None, required=False)


def number(order: int, born: str = "19680315") -> str:
    """An invented identity number of the area 990101, which does not exist."""
    digits = f"990101{born}{order:03d}"
    return digits + mod_11_2.calc_check_digit(digits)


def enrol(district: District, code: str = "B11", name: str = "方秀兰", **more: Any) -> UUID:
    with district.work() as work:
        member = Member(
            organization_id=district.ids[code], full_name=name, joined_on=date(2001, 7, 1), status=MemberStatus.full, **more
        )
        work.add(member)
        return member.id


def asker(district: District, code: str = "B11", role: Role = Role.member, **more: Any) -> Caller:
    """A member with an account and this role in his branch."""
    return district.sign_in(role, code, member_id=enrol(district, code, **more))


def ask(caller: Caller, note: str | None = None, **changes: Any) -> Any:
    return caller.post(URL, json={"changes": changes, **({"note": note} if note else {})})


def asked(caller: Caller, **changes: Any) -> str:
    answer = ask(caller, **(changes or {"job_title": "会计"}))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def faults(answer: Any) -> list[tuple[str, str]]:
    return [(fault["field"], fault["rule"]) for fault in answer.json()["errors"]]


def member_of(district: District, key: str) -> Member:
    with district.work() as work:
        row: Member = work.get_one(Member, work.get_one(CorrectionRequest, UUID(key)).member_id)
        return row


def reach(district: District, username: str) -> Access:
    with district.work() as work:
        account = work.exec(select(Account).where(col(Account.username) == username)).one()
        return Access(account.id, account.id, account.organization_id, account.member_id, Permission.correction_decide, ())


@pytest.fixture
def secretary(sign_in: Callable[[Role, str], Caller]) -> Caller:
    return sign_in(Role.secretary, "B11")


def test_only_members_ask_and_an_account_without_a_member_has_nothing_to_ask_for(district: District, secretary: Caller) -> None:
    assert district.client.post(URL, json={"changes": {"job_title": "会计"}}).status_code == 401
    refused(ask(district.sign_in(Role.auditor, "D"), job_title="会计"), 403, "forbidden")
    refused(ask(secretary, job_title="会计"), 404, "not_found")
    refused(secretary.get(f"{URL}/mine"), 404, "not_found")
    refused(secretary.post(f"{URL}/{uuid4()}/withdraw"), 404, "not_found")


def test_what_the_party_decides_about_a_member_cannot_be_asked_for(district: District) -> None:
    caller = asker(district)
    for name, value in (
        ("party_post", "secretary"),
        ("status", "full"),
        ("remark", "优秀"),
        ("is_out_of_contact", False),
        ("organization_id", str(district.ids["B12"])),
        ("left_on", None),
    ):
        answer = caller.post(URL, json={"changes": {name: value}})
        assert answer.status_code == 422 and faults(answer) == [(f"body.changes.{name}", "extra_forbidden")], name


def test_a_request_asks_for_something_that_is_not_so_already(district: District) -> None:
    caller = asker(district, job_title="会计")
    refused(ask(caller), 422, "nothing_to_correct")
    refused(ask(caller, job_title="会计", full_name="方 秀兰", joined_on="2001-07-01"), 422, "nothing_to_correct")
    for name in ("full_name", "joined_on", "is_mobile"):
        assert ask(caller, **{name: None}).status_code == 422, "cannot be taken away"
    assert caller.get(f"{URL}/mine").json()["items"] == []


def test_what_cannot_be_right_is_refused_on_the_members_phone(district: District) -> None:
    caller = asker(district, gender="female")
    wrong = number(2)[:-1] + "0"
    assert wrong != number(2)
    answer = ask(caller, national_id=wrong, mobile="1380013")
    assert set(faults(answer)) == {("body.changes.national_id", "id_checksum"), ("body.changes.mobile", "phone_short")}
    assert wrong not in answer.text
    assert faults(ask(caller, national_id=number(1))) == [("body.changes.gender", "gender_contradicts_id")]
    assert faults(ask(caller, confirmed_on="2000-01-01")) == [("body.changes.confirmed_on", "confirmed_before_joined")]
    assert faults(ask(caller, birth_precision="month")) == [("body.changes.birth_precision", "precision_alone")]
    assert caller.get(f"{URL}/mine").json()["items"] == []


def test_a_member_is_not_told_whose_identity_number_is_in_the_roster(district: District, secretary: Caller) -> None:
    body = {"organization_id": str(district.ids["B12"]), "full_name": "李建国", "joined_on": "1995-07-01"}
    officer = district.sign_in(Role.town_officer, "T1")
    assert officer.post("/v1/members", json={**body, "national_id": number(2)}).status_code == 201
    taken, free = asker(district), asker(district)
    answers = [ask(taken, national_id=number(2)), ask(free, national_id=number(4))]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json()["fields"] == answers[1].json()["fields"]
    key = answers[0].json()["id"]
    refused(secretary.post(f"{URL}/{key}/accept"), 409, "identity_number_taken")
    assert (stored(district, CorrectionRequest, key).state, stored(district, CorrectionRequest, key).version) == (
        RequestState.open,
        1,
    )


def test_one_request_waits_at_a_time(district: District) -> None:
    caller = asker(district)
    first = asked(caller)
    refused(ask(caller, job_title="出纳"), 409, "already_asked")
    assert caller.post(f"{URL}/{first}/withdraw").status_code == 200
    second = asked(caller, job_title="出纳")
    assert [item["id"] for item in caller.get(f"{URL}/mine").json()["items"]] == [second, first]


def test_others_cannot_withdraw_a_request_nor_see_it_among_their_own(district: District, secretary: Caller) -> None:
    key = asked(asker(district))
    other = asker(district)
    refused(other.post(f"{URL}/{key}/withdraw"), 404, "not_found")
    assert other.get(f"{URL}/mine").json()["items"] == []
    for action in ("accept", "refuse"):
        refused(other.post(f"{URL}/{key}/{action}", json=REASON), 403, "forbidden")
    refused(other.get(f"{URL}/{key}"), 403, "forbidden")
    refused(other.get(URL), 403, "forbidden")
    assert stored(district, CorrectionRequest, key).state is RequestState.open


def test_a_deputy_sees_that_something_waits_and_neither_values_nor_decisions(district: District) -> None:
    deputy = district.sign_in(Role.deputy, "B11")
    key = asked(asker(district), job_title="会计")
    (item,) = deputy.get(URL).json()["items"]
    assert (item["id"], item["fields"]) == (key, ["job_title"])
    refused(deputy.get(f"{URL}/{key}"), 403, "forbidden")
    refused(deputy.post(f"{URL}/{key}/accept"), 403, "forbidden")


def test_a_request_elsewhere_is_not_found_and_never_forbidden(district: District, secretary: Caller) -> None:
    key = asked(asker(district, "B12"))
    refused(secretary.get(f"{URL}/{key}"), 404, "not_found")
    refused(secretary.post(f"{URL}/{key}/accept"), 404, "not_found")
    refused(secretary.post(f"{URL}/{key}/refuse", json=REASON), 404, "not_found")
    refused(secretary.get(URL, params={"organization_id": str(district.ids["B12"])}), 404, "not_found")
    assert secretary.get(URL).json()["items"] == []
    assert secretary.todo()["counts"] == {}


def test_a_secretary_cannot_decide_her_own_request_but_the_organisation_above_can(district: District) -> None:
    secretary = asker(district, role=Role.secretary)
    key = asked(secretary)
    for action in ("accept", "refuse"):
        refused(secretary.post(f"{URL}/{key}/{action}", json=REASON), 403, "about_oneself")
    assert secretary.todo()["total"] == 0
    officer = district.sign_in(Role.town_officer, "T1")
    assert officer.todo()["counts"] == {"correction": 1}
    assert officer.post(f"{URL}/{key}/accept").status_code == 200
    assert member_of(district, key).job_title == "会计"


def test_whoever_may_not_decide_a_request_is_not_told_what_it_asks_for(district: District, secretary: Caller) -> None:
    holder = asker(district)
    brought = holder.post("/v1/files", files={"file": ("证明.jpg", drawn())}).json()["id"]
    key = holder.post(URL, json={"changes": {"mobile": "13900139000"}, "attachment_ids": [brought]}).json()["id"]
    with district.work() as work:
        office: dict[str, Any] = {"role": Role.district_officer, "organization_id": district.ids["D"]}
        work.add(RoleGrant(account_id=UUID(holder.account_id), **office))
    for caller in (secretary, district.sign_in(Role.town_officer, "T1")):
        refused(caller.post(f"{URL}/{key}/accept"), 403, "for_the_level_above")
        shown = caller.get(f"{URL}/{key}").json()
        assert (shown["fields"], shown["changes"]) == (["mobile"], [])
        refused(caller.get(f"/v1/files/{brought}"), 404, "not_found")
    assert deeds(district, key) == ["request_correction"], "and there is nothing to tell of"


def test_a_refusal_gives_its_reason(district: District, secretary: Caller) -> None:
    key = asked(asker(district))
    assert secretary.post(f"{URL}/{key}/refuse", json={}).status_code == 422
    assert stored(district, CorrectionRequest, key).state is RequestState.open


def test_a_decision_checks_the_version_that_the_client_names(district: District, secretary: Caller) -> None:
    caller = asker(district)
    key = asked(caller)
    stale = {"If-Match": '"7"'}
    refused(secretary.post(f"{URL}/{key}/accept", headers=stale), 412, "precondition_failed")
    refused(secretary.post(f"{URL}/{key}/refuse", json=REASON, headers=stale), 412, "precondition_failed")
    refused(caller.post(f"{URL}/{key}/withdraw", headers=stale), 412, "precondition_failed")
    read = secretary.get(f"{URL}/{key}").headers["ETag"]
    answer = secretary.post(f"{URL}/{key}/accept", headers={"If-Match": read})
    assert (answer.status_code, version_of(answer)) == (200, 2)


def test_what_has_become_impossible_is_refused_and_the_request_stays_open(district: District, secretary: Caller) -> None:
    key = asked(asker(district), confirmed_on="2002-07-01")
    url = f"/v1/members/{member_of(district, key).id}"
    assert secretary.patch(url, json={"joined_on": "2003-07-01"}, headers={"If-Match": "*"}).status_code == 200
    answer = secretary.post(f"{URL}/{key}/accept")
    refused(answer, 409, "no_longer_fits")
    assert faults(answer) == [("changes.confirmed_on", "confirmed_before_joined")]
    assert (stored(district, CorrectionRequest, key).state, member_of(district, key).confirmed_on) == (RequestState.open, None)
    assert secretary.patch(url, json={"joined_on": "2001-07-01"}, headers={"If-Match": "*"}).status_code == 200
    assert secretary.post(f"{URL}/{key}/accept").status_code == 200
    assert member_of(district, key).confirmed_on == date(2002, 7, 1)


def test_the_decider_reads_what_stands_beside_what_should(district: District, secretary: Caller) -> None:
    caller = asker(district, job_title="会计", employer="村委会")
    url = f"/v1/members/{caller.get('/v1/members/mine').json()['id']}"
    sealed = {"mobile": "13800138000", "national_id": number(2), "home_address": "上塘村1号"}
    assert secretary.patch(url, json=sealed, headers={"If-Match": "*"}).status_code == 200
    answer = ask(
        caller,
        note="换了手机号",
        mobile="138 0013 8001",
        national_id=number(4),
        home_address="上塘村2号",
        joined_on="2001-06-30",
        joined_precision="month",
        is_mobile=True,
        job_title=None,
        employer="村委会",
    )
    assert answer.status_code == 201, answer.text
    shown = secretary.get(f"{URL}/{answer.json()['id']}")
    assert (shown.status_code, version_of(shown)) == (200, 1)
    body = shown.json()
    assert {item["field"]: (item["present"], item["proposed"]) for item in body["changes"]} == {
        "home_address": ("******", "上塘村2号"),
        "is_mobile": (False, True),
        "job_title": ("会计", None),
        "joined_on": ("2001-07-01", "2001-06-01"),
        "joined_precision": ("day", "month"),
        "mobile": ("138****8000", "13800138001"),
        "national_id": ("*" * 14 + number(2)[-4:], number(4)),
    }
    assert (body["note"], body["member_name"], body["attachment_ids"]) == ("换了手机号", "方秀兰", [])
    assert body["fields"] == sorted(item["field"] for item in body["changes"])
    read = ("show_correction", {"fields": body["fields"]})
    assert entries(district, body["id"])[1:] == [read], "who has read the values is told, and none of them"
    assert secretary.post(f"{URL}/{body['id']}/refuse", json={"reason": "材料不全"}).status_code == 200
    assert secretary.get(f"{URL}/{body['id']}").json()["changes"] == []
    assert deeds(district, body["id"]) == ["request_correction", "show_correction", "refuse_correction"]


def test_an_accepted_request_changes_the_record_and_is_audited_without_values(district: District, secretary: Caller) -> None:
    caller = asker(district)
    key = asked(caller, mobile="13800138001", national_id=number(2), birth_date="1968-03-15", gender="female", full_name="方秀岚")
    answer = secretary.post(f"{URL}/{key}/accept")
    assert answer.status_code == 200, answer.text
    assert (answer.json()["state"], answer.json()["decision_reason"]) == ("accepted", None)
    record = caller.get("/v1/members/mine").json()
    assert [record[name] for name in ("full_name", "mobile", "birth_date", "gender")] == [
        "方秀岚",
        "138****8001",
        "1968-03-15",
        "female",
    ]
    assert record["national_id"].endswith(number(2)[-4:])
    fields = ["birth_date", "birth_precision", "full_name", "gender", "mobile", "national_id"]
    assert entries(district, key) == [("request_correction", {"fields": fields, "attachments": 0}), ("accept_correction", {})]
    assert entries(district, record["id"]) == [("edit_member", {"fields": [name for name in fields if name != "birth_precision"]})]
    row = stored(district, CorrectionRequest, key)
    assert (str(row.decided_by), row.decided_at is not None) == (secretary.account_id, True)
    assert secretary.get(f"{URL}/{key}").json()["changes"] == []


def test_a_refused_request_changes_nothing_and_the_member_reads_why(district: District, secretary: Caller) -> None:
    caller = asker(district)
    key = asked(caller, mobile="13800138001")
    assert secretary.post(f"{URL}/{key}/refuse", json=REASON).json()["state"] == "refused"
    (own,) = caller.get(f"{URL}/mine").json()["items"]
    assert (own["state"], own["decision_reason"]) == ("refused", REASON["reason"])
    assert member_of(district, key).mobile_sealed is None
    assert asked(caller, job_title="会计") != key


@pytest.mark.engine("sqlite")
@pytest.mark.parametrize("first", ["accept", "refuse", "withdraw"])
@pytest.mark.parametrize("second", ["accept", "refuse", "withdraw"])
def test_a_decision_twice_is_as_once_and_another_one_a_conflict(
    district: District, secretary: Caller, first: str, second: str
) -> None:
    caller = asker(district)
    key = asked(caller)

    def act(action: str) -> Any:
        return (caller if action == "withdraw" else secretary).post(
            f"{URL}/{key}/{action}", json=REASON if action == "refuse" else None
        )

    done = act(first)
    assert done.status_code == 200, done.text
    lines = entries(district, key)
    again = act(second)
    if first == second:
        assert (again.status_code, again.json()) == (200, done.json())
    else:
        assert refused(again, 409, "already_decided")["state"] == done.json()["state"]
    assert entries(district, key) == lines
    assert member_of(district, key).job_title == ("会计" if first == "accept" else None)


def test_a_request_sent_again_with_its_key_is_one_request(district: District) -> None:
    caller = asker(district)
    body = {"changes": {"job_title": "会计"}}
    first, second = (caller.post(URL, json=body, headers={"Idempotency-Key": "更正".encode().hex()}) for _ in range(2))
    assert (first.status_code, second.status_code, first.json()) == (201, 201, second.json())


def test_the_request_of_who_leaves_ends_and_that_of_who_moves_goes_with_him(district: District, secretary: Caller) -> None:
    leaver, mover = asked(asker(district)), asked(asker(district))
    with district.work() as work:
        member = work.get_one(Member, work.get_one(CorrectionRequest, UUID(mover)).member_id)
        member.organization_id = district.ids["B21"]
        service.move_requests_of_member(work, member, district.ids["B11"])
    leave = secretary.post(f"/v1/members/{member_of(district, leaver).id}/leave", json={"kind": "deceased", "reason": "病故"})
    assert leave.status_code == 200, leave.text
    row = stored(district, CorrectionRequest, leaver)
    assert (row.state, row.decision_reason, row.decided_at is not None) == (RequestState.withdrawn, "member_left", True)
    refused(secretary.post(f"{URL}/{leaver}/accept"), 409, "already_decided")
    refused(secretary.post(f"{URL}/{mover}/accept"), 404, "not_found")
    assert district.sign_in(Role.secretary, "B21").post(f"{URL}/{mover}/accept").status_code == 200


def test_what_was_decided_before_a_move_stays_with_the_branch_that_decided(district: District, secretary: Caller) -> None:
    key = asked(asker(district))
    assert secretary.post(f"{URL}/{key}/refuse", json=REASON).status_code == 200
    with district.work() as work:
        member = work.get_one(Member, work.get_one(CorrectionRequest, UUID(key)).member_id)
        member.organization_id = district.ids["B21"]
        service.move_requests_of_member(work, member, district.ids["B11"])
    shown = secretary.get(f"{URL}/{key}")
    assert (shown.status_code, shown.json()["changes"]) == (200, [])
    assert district.sign_in(Role.secretary, "B21").get(URL).json()["items"] == []


def test_requests_are_listed_newest_first_by_organisation_and_state_page_by_page(district: District) -> None:
    officer = district.sign_in(Role.district_officer, "D")
    keys = [asked(asker(district, code)) for code in ("B11", "B12", "B21")]
    assert officer.post(f"{URL}/{keys[1]}/refuse", json=REASON).status_code == 200

    def found(**query: Any) -> list[int]:
        return [keys.index(item["id"]) for item in officer.get(URL, params=query).json()["items"]]

    assert found() == [2, 1, 0]
    assert found(organization_id=str(district.ids["V1"])) == [1, 0]
    assert found(state="open") == [2, 0]
    first = officer.get(URL, params={"limit": 2}).json()
    second = officer.get(URL, params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert [item["id"] for item in first["items"] + second["items"]] == keys[::-1]
    own = district.sign_in(Role.member, "B11").get(URL)
    refused(own, 403, "forbidden")


def bring(district: District, caller: Caller, *, state: FileState = FileState.ready) -> str:
    """A picture that somebody has brought and attached to nothing yet."""
    with district.work() as work:
        file = StoredFile(
            organization_id=work.get_one(Account, UUID(caller.account_id)).organization_id,
            purpose=FilePurpose.attachment,
            state=state,
            storage_key=uuid4().hex,
            media_type="image/jpeg",
            digest="0" * 64 if state is FileState.ready else None,
            uploaded_by=UUID(caller.account_id),
        )
        work.add(file)
        return str(file.id)


def attach(caller: Caller, *files: str) -> Any:
    return caller.post(URL, json={"changes": {"education": "大专"}, "attachment_ids": files})


def test_only_ones_own_ready_and_unused_pictures_hang_on_a_request_and_at_most_three(district: District) -> None:
    caller, other = asker(district), asker(district)
    foreign, awaited = bring(district, other), bring(district, caller, state=FileState.awaited)
    for files in ((foreign,), (awaited,), (str(uuid4()),), (bring(district, caller), foreign)):
        refused(attach(caller, *files), 404, "not_your_file")
    assert attach(caller, *(bring(district, caller) for _ in range(4))).status_code == 422
    assert caller.get(f"{URL}/mine").json()["items"] == []


def test_the_pictures_of_a_request_are_seen_by_its_decider_and_follow_the_member(district: District, secretary: Caller) -> None:
    caller = asker(district)
    files = [bring(district, caller) for _ in range(3)]
    answer = attach(caller, *files)
    assert answer.status_code == 201, answer.text
    key = answer.json()["id"]
    told = [answer.json(), secretary.get(f"{URL}/{key}").json(), secretary.get(URL).json()["items"][0]]
    assert all(one["attachment_ids"] == files for one in told)
    assert caller.post(f"{URL}/{key}/withdraw").status_code == 200
    again = attach(caller, files[0]).json()
    with district.work() as work:
        member = work.get_one(Member, UUID(again["member_id"]))
        member.organization_id = district.ids["B21"]
        service.move_requests_of_member(work, member, district.ids["B11"])
    assert again["attachment_ids"] == files[:1]
    there = district.sign_in(Role.secretary, "B21")
    assert there.get(f"{URL}/{again['id']}").json()["attachment_ids"] == files[:1]


@pytest.mark.parametrize("end", ["accept", "refuse", "withdraw", "leave"])
def test_pictures_are_let_go_with_the_decision_and_seen_by_nobody_who_does_not_decide(
    district: District, secretary: Caller, end: str
) -> None:
    caller, deputy = asker(district), district.sign_in(Role.deputy, "B11")
    brought = caller.post("/v1/files", files={"file": ("毕业证.jpg", drawn())}).json()["id"]
    request = attach(caller, brought).json()
    assert deputy.get(f"/v1/files/{brought}").status_code == 404
    assert secretary.get(f"/v1/files/{brought}").status_code == 200
    if end == "leave":
        death = {"kind": "deceased", "reason": "去世"}
        answer = secretary.post(f"/v1/members/{request['member_id']}/leave", json=death)
    else:
        body: dict[str, Any] = {"json": {"reason": "证书不符"}} if end == "refuse" else {}
        decider = caller if end == "withdraw" else secretary
        answer = decider.post(f"{URL}/{request['id']}/{end}", **body)
    assert answer.status_code == 200, answer.text
    assert secretary.get(f"/v1/files/{brought}").status_code == 404
    assert secretary.get(f"{URL}/{request['id']}").json()["attachment_ids"] == []
    database, storage, later = district.house.database, district.house.storage, datetime.now(UTC) + timedelta(days=2)
    assert sweep_files(database, storage, later).unused == 1


def test_a_correction_with_its_picture_is_decided_where_its_member_has_been_moved_to(district: District, secretary: Caller) -> None:
    caller, other = asker(district), district.sign_in(Role.secretary, "B21")
    content = BytesIO()
    Image.effect_noise((400, 300), 60).convert("RGB").save(content, "JPEG")
    brought = caller.post("/v1/files", files={"file": ("毕业证.jpg", content.getvalue())})
    assert brought.status_code == 201, brought.text
    request = attach(caller, brought.json()["id"]).json()
    picture = f"/v1/files/{brought.json()['id']}"
    assert [who.get(picture).status_code for who in (secretary, other)] == [200, 404]
    body = {"member_id": request["member_id"], "to_organization_id": str(district.ids["B21"]), "reason": "搬家"}
    transfer = secretary.post("/v1/transfers", json=body)
    assert transfer.status_code == 201, transfer.text
    assert other.post(f"/v1/transfers/{transfer.json()['id']}/accept").status_code == 200
    assert [who.get(picture).status_code for who in (secretary, other)] == [404, 200]
    refused(secretary.post(f"{URL}/{request['id']}/accept"), 404, "not_found")
    assert other.todo()["counts"] == {"correction": 1}
    assert other.post(f"{URL}/{request['id']}/accept").status_code == 200
    assert member_of(district, request["id"]).education == "大专"


def test_what_waits_is_told_to_those_who_decide(district: District, secretary: Caller) -> None:
    key = asked(asker(district, name="周建军"))
    body = secretary.todo()
    (item,) = body["items"]
    assert (body["counts"], item["kind"], item["target_id"]) == ({"correction": 1}, "correction", key)
    assert item["text"].startswith("周建军申请更正") and item["due_on"] is None
    for other in (
        district.sign_in(Role.deputy, "B11"),
        district.sign_in(Role.secretary, "B12"),
        district.sign_in(Role.auditor, "D"),
    ):
        assert other.todo() == {"total": 0, "counts": {}, "counts_capped": [], "items": []}
    assert secretary.post(f"{URL}/{key}/accept").status_code == 200
    assert secretary.todo()["total"] == 0


def test_no_value_that_was_asked_for_stands_anywhere_in_clear(
    district: District, secretary: Caller, settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    caller, deputy = asker(district), district.sign_in(Role.deputy, "B11")
    secrets = {
        "national_id": number(2),
        "mobile": "13812345678",
        "home_address": "上塘村桂花弄七号",
        "employer": "乌有县纸鸢厂",
        "full_name": "欧阳桂兰",
    }
    key = asked(caller, **secrets)
    told = [
        caller.get(f"{URL}/mine"),
        deputy.get(URL),
        secretary.get("/v1/todo"),
        ask(caller, **secrets),
        secretary.post(f"{URL}/{key}/refuse", json=REASON),
        secretary.get(f"{URL}/{key}"),
    ]
    out, err = capfd.readouterr()
    with district.work() as work:
        rows = [row for table in metadata.sorted_tables for row in work.connection().execute(text(f'SELECT * FROM "{table.name}"'))]
    kept = b"\n".join(value if isinstance(value, bytes) else str(value).encode() for row in rows for value in row)
    files = b""
    if settings.database_url.startswith("sqlite:///"):
        folder = settings.database_url.removeprefix("sqlite:///")
        files = b"".join(Path(folder + end).read_bytes() for end in ("", "-wal"))
        assert b"correction_request" in files
    for name, value in secrets.items():
        assert all(value not in answer.text for answer in told), name
        assert value not in out + err, name
        assert value.encode() not in kept and value.encode() not in files, name


def both(district: District, key: str, first: Callable[[Any], object], second: Callable[[Any], object]) -> list[str]:
    """Let a second piece of work begin while the first one holds what it has done; returns what was refused."""
    begun, refusals = threading.Event(), []

    def run(piece: Callable[[Any], object], *, leads: bool) -> None:
        if not leads:
            begun.wait()
        try:
            with district.work() as work:
                piece(work)
                if leads:
                    begun.set()
                    time.sleep(0.3)
        except Refusal as refusal:
            refusals.append(refusal.code())

    threads = [threading.Thread(target=run, args=(first,), kwargs={"leads": True})]
    threads.append(threading.Thread(target=run, args=(second,), kwargs={"leads": False}))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return refusals


def pieces(district: District, house: House, caller: Caller, key: str) -> dict[str, Callable[[Any], object]]:
    """Everything that can happen to a request, as pieces of work."""
    decider = reach(district, district.account(Role.secretary, "B11"))
    own = reach(district, caller.username)
    cipher, today, request = house.cipher, date(2026, 11, 23), UUID(key)

    def leave(work: Any) -> None:
        member = work.get_one(Member, own.member_id, with_for_update=True)
        member.status, member.left_on = MemberStatus.left, today
        service.withdraw_requests_of_member(work, member)

    def move(work: Any) -> None:
        member = work.get_one(Member, own.member_id, with_for_update=True)
        member.organization_id = district.ids["B12"]
        service.move_requests_of_member(work, member, district.ids["B11"])

    return {
        "accept": lambda work: service.accept_correction(work, decider, request, cipher, UNASKED),
        "refuse": lambda work: service.refuse_correction(work, decider, request, "不符", cipher, UNASKED),
        "withdraw": lambda work: service.withdraw_correction(work, own, request, cipher, UNASKED),
        "leave": leave,
        "move": move,
    }


@pytest.mark.parametrize(
    ("first", "second", "refusal", "state"),
    [
        ("accept", "refuse", ["already_decided"], "accepted"),
        ("refuse", "accept", ["already_decided"], "refused"),
        ("accept", "withdraw", ["already_decided"], "accepted"),
        ("withdraw", "accept", ["already_decided"], "withdrawn"),
        ("accept", "accept", [], "accepted"),
        ("withdraw", "withdraw", [], "withdrawn"),
        ("leave", "accept", ["already_decided"], "withdrawn"),
        ("accept", "leave", [], "accepted"),
        ("move", "accept", ["not_found"], "open"),
        ("withdraw", "leave", [], "withdrawn"),
    ],
)
def test_of_two_things_at_once_the_second_sees_what_the_first_did(
    district: District, house: House, first: str, second: str, refusal: list[str], state: str
) -> None:
    caller = asker(district)
    key = asked(caller)
    possible = pieces(district, house, caller, key)
    assert both(district, key, possible[first], possible[second]) == refusal
    assert stored(district, CorrectionRequest, key).state.value == state
    assert member_of(district, key).job_title == ("会计" if state == "accepted" else None)
    assert sum(action == f"{first}_correction" for action, _ in entries(district, key)) == (
        first in ("accept", "refuse", "withdraw")
    )


def test_two_requests_of_one_member_at_once_are_one_request(district: District) -> None:
    caller = asker(district)
    answers: list[Any] = []
    start = threading.Barrier(2)

    def send(title: str) -> None:
        start.wait()
        answers.append(ask(caller, job_title=title))

    threads = [threading.Thread(target=send, args=(title,)) for title in ("会计", "出纳")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    late = next(answer for answer in answers if answer.status_code != 201)
    refused(late, 409, "already_asked")
    assert len(caller.get(f"{URL}/mine").json()["items"]) == 1
