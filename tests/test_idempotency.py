"""Sending again is safe, and nobody's change is overwritten unseen."""

import io
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import openpyxl
import pytest
from sqlalchemy import insert, update
from sqlmodel import col, func, select

from api.access.pieces import PIECE
from api.web import idempotency
from models.account import Account, RoleGrant
from models.audit import AuditLine
from models.enums import Role
from models.idempotency import IdempotentRequest
from models.member import Member
from models.organization import Organization
from tests.access.person import Person
from tests.accounts.people import enrol
from tests.conftest import Caller, District, version_of

THREADS = 8


@pytest.fixture
def officer(district: District) -> Caller:
    return district.sign_in(Role.town_officer, "T1")


def found(district: District, name: str = "V1", **more: Any) -> dict[str, Any]:
    """The body that founds a new branch."""
    return {"code": "NEW-1", "name": "新建党支部", "kind": "branch", "parent_id": str(district.ids[name]), **more}


def post(caller: Caller, key: str, body: dict[str, Any], path: str = "/v1/organizations") -> Any:
    return caller.post(path, json=body, headers={"Idempotency-Key": key})


def count(district: District, model: Any) -> int:
    with district.work() as work:
        return int(work.exec(select(func.count()).select_from(model)).one())


def is_replay(answer: Any) -> bool:
    return bool(answer.headers.get("Idempotent-Replayed") == "true")


def at_once(act: Callable[[int], Any]) -> list[Any]:
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(act, range(THREADS)))


@pytest.mark.parametrize("key", ["", " ", "k" * 65, "two words", "tab\tkey"])
def test_a_key_of_another_form_is_refused(district: District, officer: Caller, key: str) -> None:
    answer = post(officer, key, found(district))
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_idempotency_key")
    assert (count(district, Organization), count(district, IdempotentRequest)) == (9, 0)


def test_the_longest_key_is_taken(district: District, officer: Caller) -> None:
    assert [post(officer, "k" * 64, found(district)).status_code for _ in range(2)] == [201, 201]


def test_a_key_sent_with_another_request_is_refused(district: District, officer: Caller) -> None:
    assert post(officer, "a", found(district)).status_code == 201
    answer = post(officer, "a", found(district, code="NEW-2"))
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert not is_replay(answer)
    assert count(district, Organization) == 10


def test_a_request_sent_again_is_carried_out_once_and_answered_alike(district: District, officer: Caller) -> None:
    first, second, third = (post(officer, "a", found(district)) for _ in range(3))
    assert [is_replay(answer) for answer in (first, second, third)] == [False, True, True]
    for again in (second, third):
        assert (again.status_code, again.content) == (201, first.content)
        for name in ("ETag", "Content-Type", "Content-Length", "Cache-Control"):
            assert again.headers[name] == first.headers[name]
        assert again.headers["X-Request-Id"] != first.headers["X-Request-Id"]
    assert count(district, Organization) == 10
    with district.work() as work:
        deeds = work.exec(select(AuditLine.action).where(col(AuditLine.action) == "create_organization")).all()
    assert len(deeds) == 1


def test_without_a_key_a_request_sent_again_is_another(district: District, officer: Caller) -> None:
    assert officer.post("/v1/organizations", json=found(district)).status_code == 201
    assert officer.post("/v1/organizations", json=found(district)).json()["code"] == "code_taken"


def test_a_key_counts_for_one_account(district: District, officer: Caller) -> None:
    other = district.sign_in(Role.town_officer, "T1")
    mine, theirs = post(officer, "a", found(district)), post(other, "a", found(district, code="NEW-2"))
    assert (mine.status_code, theirs.status_code, is_replay(theirs)) == (201, 201, False)
    assert post(other, "a", found(district, code="NEW-2")).json()["code"] == "NEW-2"


def test_a_key_counts_for_one_operation_on_one_thing(district: District, officer: Caller) -> None:
    first = post(officer, "a", found(district)).json()
    second = post(officer, "b", found(district, code="NEW-2")).json()
    closed = [post(officer, "a", {}, f"/v1/organizations/{item['id']}/close") for item in (first, second)]
    assert [(answer.status_code, is_replay(answer)) for answer in closed] == [(200, False), (200, False)]
    assert all(answer.json()["closed_on"] for answer in closed)


def test_a_refused_request_leaves_its_key_free(district: District, officer: Caller) -> None:
    taken = found(district, code="B11")
    assert [post(officer, "a", taken).json()["code"] for _ in range(2)] == ["code_taken", "code_taken"]
    assert post(officer, "a", found(district, "T2")).status_code == 404
    assert post(officer, "a", found(district, kind="nonsense")).status_code == 422
    answer = post(officer, "a", found(district))
    assert (answer.status_code, is_replay(answer)) == (201, False)


def test_a_replay_is_refused_to_one_whose_role_has_ended(district: District, officer: Caller) -> None:
    assert post(officer, "a", found(district)).status_code == 201
    (role,) = officer.get("/v1/accounts/mine").json()["roles"]
    assert district.sign_in(Role.district_officer, "D").delete(f"/v1/grants/{role['id']}").status_code == 204
    assert post(officer, "a", found(district)).status_code == 403


WHY = {"reason": "按规定办理"}
DONE_TWICE: dict[str, Callable[[Person], tuple[str, dict[str, Any] | None]]] = {
    "suspend_card": lambda person: (f"{person.card}/suspend", WHY),
    "refuse_correction": lambda person: (f"/v1/corrections/{person.correction_id}/refuse", WHY),
    "disable_account": lambda person: (f"/v1/accounts/{person.account.account_id}/disable", None),
    "leave_member": lambda person: (f"{person.member}/leave", {"kind": "withdrew", "reason": "本人申请"}),
    "resume_card": lambda person: (f"{person.card}/resume", WHY),
}


@pytest.mark.parametrize("action", DONE_TWICE)
def test_what_has_changed_nothing_is_answered_again_only_to_one_who_stands_as_he_did(district: District, action: str) -> None:
    """He still holds the permission, but elsewhere."""
    person, secretary = Person(district), district.sign_in(Role.secretary, "B11")
    path, body = DONE_TWICE[action](person)
    assert secretary.post(path, json=body).is_success

    def send() -> Any:
        return secretary.post(path, json=body, headers={"Idempotency-Key": "a"})

    lines = count(district, AuditLine)
    first, again = send(), send()
    assert first.is_success and count(district, AuditLine) == lines, "it finds things as they are"
    assert is_replay(again) and again.content == first.content
    (of_branch,) = secretary.get("/v1/accounts/mine").json()["roles"]
    with district.work() as work:
        work.add(RoleGrant(account_id=UUID(secretary.account_id), role=Role.secretary, organization_id=district.ids["B21"]))
        work.get_one(RoleGrant, UUID(of_branch["id"])).ended_at = work.at
    refused = send()
    assert (refused.status_code, refused.json()["code"]) == (403, "answer_not_shown")


def _raise_above(district: District, officer: Caller, chief: Caller, account_id: str) -> None:
    grant = {"account_id": account_id, "role": "town_officer", "organization_id": str(district.ids["T1"])}
    assert chief.post("/v1/grants", json=grant).status_code == 201


def _renew(district: District, officer: Caller, chief: Caller, account_id: str) -> None:
    assert chief.post(f"/v1/accounts/{account_id}/slip").status_code == 200


def _end_one_of_the_roles(district: District, officer: Caller, chief: Caller, account_id: str) -> None:
    (role,) = officer.get("/v1/accounts/mine").json()["roles"]
    both = {
        "account_id": officer.get("/v1/accounts/mine").json()["id"],
        "role": "secretary",
        "organization_id": str(district.ids["V1"]),
    }
    assert chief.post("/v1/grants", json=both).status_code == 201
    assert chief.delete(f"/v1/grants/{role['id']}").status_code == 204


@pytest.mark.parametrize("change", [_raise_above, _renew, _end_one_of_the_roles])
@pytest.mark.parametrize("asks", ["account", "slip", "batch"])
def test_a_one_time_password_is_not_told_again_once_it_might_be_refused(
    district: District, officer: Caller, change: Callable[[District, Caller, Caller, str], None], asks: str
) -> None:
    (member_id,) = enrol(district, "B11", "陈国华")
    place, chief = str(district.ids["B11"]), district.sign_in(Role.district_officer, "D")
    account = {"username": "chen.guohua", "organization_id": place, "member_id": str(member_id)}
    path, body = "/v1/accounts/issue", {"organization_id": place}
    if asks != "batch":
        path, body = "/v1/accounts", account
    if asks == "slip":
        path, body = f"/v1/accounts/{officer.post(path, json=body).json()['id']}/slip", {}
    first, again = post(officer, "a", body, path), post(officer, "a", body, path)
    assert first.is_success and again.content == first.content, first.text
    told = first.json()["items"][0] if asks == "batch" else first.json()
    change(district, officer, chief, told["id"] if asks == "account" else told["account_id"])
    refused = post(officer, "a", body, path)
    assert (refused.status_code, refused.json()["code"]) == (403, "answer_not_shown")
    assert told["one_time_password"] not in refused.text


def test_the_half_of_a_password_is_not_told_again_once_the_request_was_decided(district: District) -> None:
    asker, other = (district.sign_in(Role.district_officer, "D") for _ in range(2))
    path = f"/v1/accounts/{district.sign_in(Role.administrator, 'D').get('/v1/accounts/mine').json()['id']}/slip"
    first, again = post(asker, "a", {}, path), post(asker, "a", {}, path)
    assert first.json()["one_time_half"] and again.content == first.content
    assert other.post(f"/v1/accounts/slip-requests/{first.json()['id']}/refuse").status_code == 200
    refused = post(asker, "a", {}, path)
    assert (refused.status_code, refused.json()["code"]) == (403, "answer_not_shown")


def test_a_key_is_forgotten_after_a_day(district: District, officer: Caller) -> None:
    assert post(officer, "a", found(district)).status_code == 201
    with district.work() as work:
        others = col(Organization.code) != "NEW-1"
        work.exec(update(Organization).where(others).values(created_at=work.at - timedelta(days=2)))
        work.exec(update(IdempotentRequest).values(created_at=work.at - timedelta(hours=23)))
    assert is_replay(post(officer, "a", found(district)))
    with district.work() as work:
        work.exec(update(IdempotentRequest).values(created_at=work.at - timedelta(hours=25)))
    assert post(officer, "a", found(district)).json()["code"] == "code_taken"


def test_a_request_clears_away_no_more_than_a_piece_of_what_is_old_and_its_own_key_in_any_case(
    district: District, officer: Caller
) -> None:
    with district.work() as work:
        kept = {"account_id": UUID(officer.account_id), "route": "-", "request_digest": "-", "created_at": work.at}
        work.execute(insert(IdempotentRequest), [{"key": f"{number}", **kept} for number in range(PIECE + 3)])
    assert post(officer, "a", found(district)).status_code == 201
    with district.work() as work:
        moments = {False: work.at - timedelta(hours=26), True: work.at - timedelta(hours=25)}
        for is_own, moment in moments.items():
            work.exec(update(IdempotentRequest).where((col(IdempotentRequest.key) == "a") == is_own).values(created_at=moment))
    assert post(officer, "a", found(district, code="NEW-2")).status_code == 201
    assert count(district, IdempotentRequest) == 4
    assert post(officer, "b", found(district, code="NEW-3")).status_code == 201
    assert count(district, IdempotentRequest) == 2


@pytest.mark.parametrize("bound", ["MOST_KEPT", "MOST_KEPT_BYTES"])
def test_nobody_fills_the_database_with_answers_that_are_kept(
    district: District, officer: Caller, monkeypatch: pytest.MonkeyPatch, bound: str
) -> None:
    size = len(post(officer, "a", found(district)).content)
    monkeypatch.setattr(idempotency, bound, {"MOST_KEPT": 1, "MOST_KEPT_BYTES": size + 10}[bound])
    one = found(district, code="NEW-2")
    refused = post(officer, "b", one)
    if bound == "MOST_KEPT_BYTES":
        # What is asked for next is refused, since this one's size is not known before it is answered.
        refused = post(officer, "c", found(district, code="NEW-3"))
    assert (refused.status_code, refused.json()["code"], refused.headers["Retry-After"]) == (429, "too_many_keys", "86400")
    assert is_replay(post(officer, "a", found(district))), "what is kept is answered"
    assert officer.post("/v1/organizations", json=found(district, code="NEW-4")).status_code == 201, "without a key"
    assert post(district.sign_in(Role.town_officer, "T1"), "b", found(district, code="NEW-5")).status_code == 201


def test_a_kept_answer_lies_sealed(district: District, officer: Caller) -> None:
    body = {"username": "chen.guohua", "organization_id": str(district.ids["B11"])}
    first = post(officer, "a", body, "/v1/accounts")
    assert first.status_code == 201
    assert post(officer, "a", body, "/v1/accounts").content == first.content
    assert count(district, Account) == 2
    with district.work() as work:
        (row,) = work.exec(select(IdempotentRequest)).all()
    stored = repr(row.model_dump()).encode() + (row.body_sealed or b"") + (row.headers_sealed or b"")
    assert row.body_sealed and row.headers_sealed
    assert first.json()["one_time_password"].encode() not in stored and b"chen.guohua" not in stored


def roster(name: str) -> bytes:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.append(["姓名", "入党时间", "所在支部"])
    page.append([name, "1995-07-01", "上塘村第一党支部"])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def test_a_file_sent_again_is_loaded_once(district: District, officer: Caller) -> None:
    content, other = roster("王秀兰"), roster("陈国华")

    def send(file: bytes, boundary: str, **query: str) -> Any:
        headers = {"Idempotency-Key": "a", "Content-Type": f"multipart/form-data; boundary={boundary}"}
        return officer.post("/v1/members/import", files={"file": ("花名册.xlsx", file)}, headers=headers, params=query)

    first, again = send(content, "one"), send(content, "two")
    assert (first.status_code, first.json()["created"]) == (200, 1), first.text
    assert (again.status_code, again.content, is_replay(again)) == (200, first.content, True)
    for refused in (send(other, "one"), send(content, "one", on_error="skip")):
        assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_reused")
    assert count(district, Member) == 1
    dry = [send(content, "one", dry_run="true") for _ in range(2)]
    assert [(answer.status_code, answer.json()["unchanged"], is_replay(answer)) for answer in dry] == [(200, 1, False)] * 2


def test_one_key_sent_many_times_at_once_has_one_effect(district: District, officer: Caller) -> None:
    answers = at_once(lambda _: post(officer, "a", found(district)))
    statuses = Counter(answer.status_code for answer in answers)
    assert set(statuses) <= {201, 503} and statuses[201] >= 1, statuses
    made = [answer for answer in answers if answer.status_code == 201]
    assert len({answer.content for answer in made}) == 1
    assert [is_replay(answer) for answer in made].count(False) == 1
    assert (count(district, Organization), count(district, IdempotentRequest)) == (10, 1)


def edit(caller: Caller, path: str, name: str, if_match: str | None) -> Any:
    return caller.patch(path, json={"name": name}, headers={} if if_match is None else {"If-Match": if_match})


@pytest.fixture
def village(district: District) -> str:
    return f"/v1/organizations/{district.ids['V1']}"


def test_a_change_that_names_no_version_is_refused(officer: Caller, village: str) -> None:
    answer = edit(officer, village, "上塘新村", None)
    assert (answer.status_code, answer.json()["code"]) == (428, "precondition_required")
    assert officer.get(village).json()["name"] == "上塘村"


@pytest.mark.parametrize(
    "tag", ['"0"', '"2"', '"2", "3"', '"one"', 'W/"1"', '""', '"١"', '"11"', '"1 "', '"x, "', '"2.1"', '"-1"', f'"{"1" * 30}"']
)
def test_a_change_of_another_version_is_refused(officer: Caller, village: str, tag: str) -> None:
    headers = {name.encode(): value.encode() for name, value in {**officer.headers, "If-Match": tag}.items()}
    answer = officer.client.patch(village, json={"name": "上塘新村"}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (412, "precondition_failed")
    assert officer.get(village).json()["name"] == "上塘村"


@pytest.mark.parametrize("tag", ["1", "", '"1', "W/1", '"1", 1', "1*", ",", '"1" "2'])
def test_what_is_no_list_of_tags_is_told_what_it_lacks(officer: Caller, village: str, tag: str) -> None:
    answer = officer.patch(village, json={"name": "上塘新村"}, headers={"If-Match": tag, "Accept-Language": "en"})
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_if_match")
    assert "double quotes" in answer.json()["detail"]
    assert officer.get(village).json()["name"] == "上塘村"


@pytest.mark.parametrize("tag", ['"1"', '"7","1"', '"1.anything"', '"1.anything-gzip"', 'W/"7" , "1"', '"x,y", "1"', " * "])
def test_the_version_that_stands_is_taken_however_it_is_written(officer: Caller, village: str, tag: str) -> None:
    assert edit(officer, village, "上塘新村", tag).status_code == 200


def test_a_stale_version_is_refused_and_the_one_read_is_taken(officer: Caller, village: str) -> None:
    read = officer.get(village).headers["ETag"]
    changed = edit(officer, village, "上塘新村", read)
    assert (changed.status_code, changed.json()["name"]) == (200, "上塘新村")
    assert changed.headers["ETag"] == officer.get(village).headers["ETag"] != read
    assert version_of(changed) == changed.json()["version"] == 2
    assert edit(officer, village, "上塘旧村", read).status_code == 412
    assert edit(officer, village, "上塘老村", f"{read}, {changed.headers['ETag']}").status_code == 200
    assert edit(officer, village, "上塘村", "*").status_code == 200


def test_a_change_that_changes_nothing_keeps_the_version(officer: Caller, village: str) -> None:
    read = officer.get(village).headers["ETag"]
    assert edit(officer, village, "上塘村", read).headers["ETag"] == read


def test_an_action_checks_a_version_only_when_it_is_sent(district: District, officer: Caller) -> None:
    account = officer.post("/v1/accounts", json={"username": "chen.guohua", "organization_id": str(district.ids["B11"])}).json()
    path = f"/v1/accounts/{account['id']}"
    assert officer.post(f"{path}/disable", headers={"If-Match": '"7"'}).status_code == 412
    assert officer.post(f"{path}/disable", headers={"If-Match": '"1"'}).status_code == 200
    assert officer.post(f"{path}/enable").status_code == 200


def test_of_changes_of_one_version_at_once_one_wins(officer: Caller, village: str) -> None:
    read = officer.get(village).headers["ETag"]
    answers = at_once(lambda number: edit(officer, village, f"上塘第{number}村", read))
    statuses = Counter(answer.status_code for answer in answers)
    assert statuses[200] == 1 and set(statuses) <= {200, 412, 503}, statuses
    (winner,) = [answer.json() for answer in answers if answer.status_code == 200]
    assert officer.get(village).json() == winner


def test_moves_and_foundings_at_once_leave_every_path_right(district: District) -> None:
    chief = district.sign_in(Role.district_officer, "D")

    def act(number: int) -> Any:
        if number % 2:
            parent = "T2" if number % 4 == 1 else "T1"
            return chief.post(f"/v1/organizations/{district.ids['V1']}/move", json={"parent_id": str(district.ids[parent])})
        return post(chief, uuid4().hex, found(district, code=f"NEW-{number}"))

    statuses = Counter(answer.status_code for answer in at_once(act))
    assert set(statuses) <= {200, 201, 503}, statuses
    with district.work() as work:
        rows = {row.id: row for row in work.exec(select(Organization)).all()}
    for row in rows.values():
        assert row.path == (rows[row.parent_id].path if row.parent_id else "") + f"{row.id.hex}/", row.code
