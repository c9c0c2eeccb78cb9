"""Accounts for a branch's members in one go, and the one-time passwords that they begin with."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event, update
from sqlmodel import col, func, select

from api.access.passwords import CONTEXT
from api.accounts import following, queries, rules, service
from api.accounts.slips import Printer
from api.database import Origin
from api.privacy.erasing import erase
from models.account import Account, RoleGrant, SignInLimit
from models.enums import MemberStatus, Role
from models.member import Member
from tests.access.asking import attempt, change, code, without_request
from tests.accounts.people import NEW_PASSWORD, PDF, age, deeds, enrol, issue, settled, sign_in
from tests.conftest import Caller, District
from tests.papers import texts


@pytest.fixture
def secretary(district: District) -> Caller:
    return district.sign_in(Role.secretary, "B11")


def accounts_of(district: District) -> dict[str, Account]:
    with district.work() as work:
        return {account.username: account for account in work.exec(select(Account).where(col(Account.member_id).is_not(None)))}


def test_accounts_are_made_within_ones_reach_only(district: District, secretary: Caller) -> None:
    enrol(district, "B12", "王秀兰")
    missing = secretary.post("/v1/accounts/issue", json={"organization_id": str(uuid4())})
    for outside in ("B12", "V1", "D"):
        refused = issue(secretary, district, outside)
        assert code(refused, 404) == "not_found"
        assert without_request(refused) == without_request(missing)
    assert accounts_of(district) == {}


def test_who_may_not_see_members_makes_no_slips_with_their_names(district: District) -> None:
    enrol(district, "B11", "王秀兰")
    administrator = district.sign_in(Role.administrator, "D")
    assert code(issue(administrator, district, "D"), 404) == "not_found"
    assert code(issue(administrator, district, "B11", **PDF), 404) == "not_found"
    assert accounts_of(district) == {}


def test_a_role_is_not_asked_for(district: District, secretary: Caller) -> None:
    body = {"organization_id": str(district.ids["B11"]), "role": "secretary"}
    assert code(secretary.post("/v1/accounts/issue", json=body), 422) == "invalid"


def test_each_member_who_has_none_gets_an_account_and_a_slip(district: District) -> None:
    enrol(district, "B11", "王秀兰", "欧阳思远", "吕志强", "王秀兰", "𠮷")
    enrol(district, "B12", "王秀兰", "陈国华")
    enrol(district, "B21", "周明")
    enrol(district, "B11", "赵离开", status=MemberStatus.left)
    (has_one,) = enrol(district, "B11", "钱有号")
    district.account(Role.member, "B11", member_id=has_one)
    officer = district.sign_in(Role.town_officer, "T1")
    answer = issue(officer, district, "V1")
    assert answer.status_code == 200, answer.text
    body = answer.json()
    told = [(item["organization_name"], item["member_name"]) for item in body["items"]]
    assert told == [
        ("上塘村第一党支部", "吕志强"),
        ("上塘村第一党支部", "𠮷"),
        ("上塘村第一党支部", "欧阳思远"),
        ("上塘村第一党支部", "王秀兰"),
        ("上塘村第一党支部", "王秀兰"),
        ("上塘村第二党支部", "陈国华"),
        ("上塘村第二党支部", "王秀兰"),
    ]
    assert [item["username"] for item in body["items"]] == [
        "lvzhiqiang", "member1", "ouyangsiyuan", "wangxiulan", "wangxiulan2", "chenguohua", "wangxiulan3",
    ]  # fmt: skip
    assert body["remaining"] == 0
    assert len({item["one_time_password"] for item in body["items"]}) == 7
    made = accounts_of(district)
    for item in body["items"]:
        account = made[item["username"]]
        assert (str(account.id), account.must_change_password) == (item["account_id"], True)
        with district.work() as work:
            member = work.get_one(Member, account.member_id)
            (grant,) = work.exec(select(RoleGrant).where(col(RoleGrant.account_id) == account.id)).all()
            assert (grant.role, grant.organization_id, grant.granted_by) == (
                Role.member, member.organization_id, UUID(officer.account_id),
            )  # fmt: skip
            assert member.full_name == item["member_name"] and account.organization_id == member.organization_id
    assert [line.details for line in deeds(district, "issue_accounts")] == [{"issued": 7}]
    assert len(deeds(district, "create_account")) == len(deeds(district, "grant_role")) == 7
    again = issue(officer, district, "V1").json()
    assert again == {"items": [], "remaining": 0}
    caller = settled(district, body["items"][0])
    mine = caller.get("/v1/accounts/mine").json()
    assert (mine["member_name"], mine["one_time_until"], [role["role"] for role in mine["roles"]]) == ("吕志强", None, ["member"])
    assert caller.get("/v1/members/mine").json()["full_name"] == "吕志强"


def test_names_that_others_bear_already_are_passed_over(district: District, secretary: Caller) -> None:
    for username in ("wangxiulan", "wangxiulan3", "wangxiulan.old", "wangxiulanfang"):
        made = secretary.post("/v1/accounts", json={"username": username, "organization_id": str(district.ids["B11"])})
        assert made.status_code == 201
    enrol(district, "B11", "王秀兰", "王秀兰")
    items = issue(secretary, district, "B11").json()["items"]
    assert sorted(item["username"] for item in items) == ["wangxiulan2", "wangxiulan4"]


def test_at_most_two_hundred_are_made_at_a_time_and_the_others_are_told(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert rules.AT_ONCE == 200
    monkeypatch.setattr(rules, "AT_ONCE", 4)
    enrol(district, "B11", *(f"王{given}" for given in "一二三四五六七"))
    secretary = district.sign_in(Role.secretary, "B11")
    first, second, third = (issue(secretary, district, "B11").json() for _ in range(3))
    assert [(len(body["items"]), body["remaining"]) for body in (first, second, third)] == [(4, 3), (3, 0), (0, 0)]
    on_paper = issue(secretary, district, "B11", **PDF)
    assert (on_paper.status_code, on_paper.headers["X-Remaining"]) == (200, "0")


def test_names_are_found_with_few_statements_however_many_there_are(district: District) -> None:
    enrol(district, "B11", *(f"{surname}{given}" for surname in "赵钱孙李周吴郑王冯陈" for given in "一二三四五六七八九十"))
    with district.house.database.reading(Origin("test")) as work:
        bases = {f"name{chr(97 + n % 26)}{chr(97 + n // 26)}" for n in range(200)}
        statements: list[str] = []
        connection = work.connection()
        event.listen(connection, "before_cursor_execute", lambda *told: statements.append(told[2]))
        queries.taken_usernames(work, bases)
    assert len(statements) == 2


def test_two_who_issue_at_once_give_each_member_one_account(district: District) -> None:
    enrol(district, "B11", *(f"王{given}" for given in "一二三四五六"))
    callers = [district.sign_in(Role.secretary, "B11"), district.sign_in(Role.town_officer, "T1")]
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda n: issue(callers[n], district, ("B11", "V1")[n]), range(2)))
    statuses = Counter(answer.status_code for answer in answers)
    assert set(statuses) <= {200, 503} and statuses[200] >= 1, statuses
    items = [item for answer in answers if answer.status_code == 200 for item in answer.json()["items"]]
    assert len(items) == len({item["account_id"] for item in items}) == len(accounts_of(district)) == 6
    assert all(sign_in(district, item).status_code == 201 for item in items)


def test_two_branches_at_once_share_no_user_name(district: District) -> None:
    for name in ("B11", "B12"):
        enrol(district, name, "王秀兰", "陈国华", "周明", "王秀兰")
    callers = [district.sign_in(Role.secretary, name) for name in ("B11", "B12")]
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda n: issue(callers[n], district, ("B11", "B12")[n]), range(2)))
    assert {answer.status_code for answer in answers} <= {200, 503}
    items = [item for answer in answers if answer.status_code == 200 for item in answer.json()["items"]]
    assert len(items) == len({item["username"] for item in items}) == len(accounts_of(district)) >= 4
    assert all(sign_in(district, item).status_code == 201 for item in items)


def test_whoever_changed_since_the_plan_was_made_is_left_out(district: District) -> None:
    got_one, left, moved, stays = enrol(district, "V1", "王一", "王二", "王三", "王四")
    house, organization_id = district.house, district.ids["V1"]
    drafts = service.draft_accounts(house.database, Origin("test"), None, organization_id, house.passwords, house.cipher)
    assert len(drafts) == 4
    district.account(Role.member, "V1", member_id=got_one)
    with district.work() as work:
        work.exec(update(Member).where(col(Member.id) == left).values(status=MemberStatus.left, left_on=work.at.date()))
        work.exec(update(Member).where(col(Member.id) == moved).values(organization_id=district.ids["B11"]))
        planned = next(draft.slip.username for draft in drafts if draft.member_id == stays)
        work.exec(update(Account).where(col(Account.member_id) == got_one).values(username=planned))
    with district.work() as work:
        issued = service.issue_accounts(work, None, organization_id, drafts)
    (slip,) = issued.slips
    assert (slip.member_name, slip.username, issued.remaining) == ("王四", f"{planned}2", 1)
    with district.work() as work:
        assert work.exec(select(func.count()).select_from(Account).where(col(Account.member_id).is_not(None))).one() == 2


def test_slips_are_printed_for_who_asks_for_pdf(district: District, secretary: Caller) -> None:
    enrol(district, "B11", "王秀兰", "𠮷田志强")
    answer = issue(secretary, district, "B11", **PDF)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/pdf")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="slips.pdf"'
    assert (answer.headers["X-Remaining"], answer.headers["X-Missing-Characters"]) == ("0", "U+20BB7")
    assert answer.headers["Cache-Control"] == "no-store"
    (text,) = texts(answer.content)
    for words in (
        "亮显",
        "王秀兰",
        "wangxiulan",
        "上塘村第一党支部",
        "lx.example.gov.cn",
        "首次登录须修改密码",
        "当天仍有效",
        "不要告诉别人",
        "请问发纸条的人",
        "〓田志强",
        "请手写",
    ):
        assert words in text
    found = sum(account.username in text for account in accounts_of(district).values())
    assert found == 2


@pytest.mark.engine("sqlite")
@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("application/json", "application/json"),
        ("*/*", "application/json"),
        ("application/json, application/pdf", "application/json"),
        ("application/pdf", "application/pdf"),
        ("Application/PDF;q=0.9, */*;q=0.1", "application/pdf"),
    ],
)
def test_the_accept_header_tells_paper_from_json(district: District, secretary: Caller, accept: str, kind: str) -> None:
    assert issue(secretary, district, "B11", Accept=accept).headers["Content-Type"] == kind


@pytest.mark.parametrize("accept", ["application/json", "application/pdf"])
def test_sent_again_with_its_key_the_same_slips_come_back(district: District, secretary: Caller, accept: str) -> None:
    enrol(district, "B11", "王秀兰", "陈国华")
    first, again = (issue(secretary, district, "B11", **{"Accept": accept, "Idempotency-Key": "slips-1"}) for _ in range(2))
    assert (again.status_code, again.content) == (200, first.content)
    assert again.headers["Idempotent-Replayed"] == "true" and "Idempotent-Replayed" not in first.headers
    for name in ("Content-Type", "Content-Disposition", "Content-Length", "X-Remaining", "Cache-Control"):
        assert again.headers.get(name) == first.headers.get(name), name
    assert len(accounts_of(district)) == 2


def test_a_slip_is_good_for_fourteen_days_until_the_end_of_the_last_and_its_password_no_longer(
    district: District, secretary: Caller
) -> None:
    enrol(district, "B11", "王秀兰", "陈国华")
    slip, other = issue(secretary, district, "B11").json()["items"]
    until = datetime.fromisoformat(slip["good_until"]).astimezone(district.house.settings.zone)
    assert (until.hour, until.minute) == (0, 0)
    age(district, slip["account_id"], 13.99)
    assert sign_in(district, slip).status_code == 201
    age(district, slip["account_id"], 1.02)
    late = sign_in(district, slip)
    wrong = attempt(district.client, other["username"], "not the password")
    unknown = attempt(district.client, "nobody.here", slip["one_time_password"])
    assert code(late, 401) == "wrong_credentials"
    for answer in (wrong, unknown):
        assert without_request(late) == without_request(answer)
        assert set(late.headers) == set(answer.headers)
    assert sign_in(district, other).status_code == 201


def test_a_late_slip_costs_a_hash_as_a_wrong_password_does(
    district: District, secretary: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    enrol(district, "B11", "王秀兰")
    (slip,) = issue(secretary, district, "B11").json()["items"]
    age(district, slip["account_id"], 15)
    compared: list[bool] = []
    matches = district.house.passwords.matches

    def watched(password: str, stored: str | None) -> bool:
        compared.append(stored is None)
        return matches(password, stored)

    monkeypatch.setattr(type(district.house.passwords), "matches", lambda _, password, stored, **__: watched(password, stored))
    assert sign_in(district, slip).status_code == 401
    assert compared == [True]


@pytest.mark.engine("sqlite")
def test_each_password_of_whatever_length_costs_one_hash_at_every_name(
    district: District, secretary: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    enrol(district, "B11", "王秀兰", "陈国华")
    unused, late = issue(secretary, district, "B11").json()["items"]
    age(district, late["account_id"], 15)
    hashed: list[str] = []
    verify = CONTEXT.verify

    def watched(password: str, stored: str) -> bool:
        hashed.append(stored)
        return bool(verify(password, stored))

    monkeypatch.setattr(CONTEXT, "verify", watched)
    for name in (unused["username"], late["username"], secretary.username, "nobody.here"):
        for password in ("a" + "-" * 300, "-" * 300, "", "a" * 129, "a" * 1000):
            hashed.clear()
            assert attempt(district.client, name, password).status_code == 401
            assert len(hashed) == 1, (name, len(password))
        change(district, SignInLimit, col(SignInLimit.failures) > 0, failures=1, blocked_until=None)


def test_a_slips_password_is_not_kept_in_another_spelling(district: District, secretary: Caller) -> None:
    made = secretary.post("/v1/accounts", json={"username": "helper", "organization_id": str(district.ids["B11"])}).json()
    slip = {**made, "account_id": made["id"]}
    issued, printed = sign_in(district, slip).json(), made["one_time_password"]
    caller = Caller(district.client, made["id"], "helper", issued["access_token"], issued["refresh_token"])
    spelt = [printed, printed.upper(), f"{printed[:6]}-{printed[6:]}", f" {printed} "]
    for present in spelt:
        for new in spelt:
            body = {"present_password": present, "new_password": new}
            assert code(caller.post("/v1/accounts/mine/password", json=body), 422) == "same_password"
    body = {"present_password": spelt[1], "new_password": f"{printed}1"}
    assert code(caller.post("/v1/accounts/mine/password", json=body), 422) == "weak_password"
    assert sign_in(district, slip).json()["must_change_password"]


def test_nor_does_a_session_that_it_began_outlive_it(district: District, secretary: Caller) -> None:
    """Or else it would still be exchanged for a password of one's own."""
    made = secretary.post("/v1/accounts", json={"username": "helper", "organization_id": str(district.ids["B11"])}).json()
    issued = sign_in(district, made).json()
    caller = Caller(district.client, made["id"], "helper", issued["access_token"], issued["refresh_token"])
    printed = made["one_time_password"]
    age(district, made["id"], 13.99)
    assert caller.get("/v1/accounts/mine").status_code == 200
    age(district, made["id"], 1.02)
    body = {"present_password": printed, "new_password": NEW_PASSWORD}
    for asked in (
        caller.get("/v1/accounts/mine"),
        caller.post("/v1/sessions/step-up", json={"password": printed}),
        caller.post("/v1/accounts/mine/password", json=body),
    ):
        assert code(asked, 401) == "unauthenticated"
    again = district.client.post("/v1/sessions/refresh", json={"refresh_token": issued["refresh_token"]})
    assert code(again, 401) == "session_ended"


def test_a_changed_password_has_no_end(district: District, secretary: Caller) -> None:
    made = secretary.post("/v1/accounts", json={"username": "helper", "organization_id": str(district.ids["B11"])}).json()
    assert made["one_time_until"] is not None
    caller = settled(district, {**made, "account_id": made["id"]})
    assert caller.get("/v1/accounts/mine").json()["one_time_until"] is None
    with district.work() as work:
        account = work.get_one(Account, UUID(made["id"]))
        assert (account.one_time_until, account.must_change_password) == (None, False)
    assert attempt(district.client, "helper", NEW_PASSWORD).status_code == 201


def standing(district: District, account_id: UUID) -> set[tuple[Role, str]]:
    codes = {key: name for name, key in district.ids.items()}
    with district.work() as work:
        alive = select(RoleGrant).where(col(RoleGrant.account_id) == account_id, col(RoleGrant.ended_at).is_(None))
        return {(grant.role, codes[grant.organization_id]) for grant in work.exec(alive).all()}


def move(district: District, member_id: UUID, to: str) -> None:
    with district.work() as work:
        member = work.get_one(Member, member_id)
        former, member.organization_id = member.organization_id, district.ids[to]
        work.flush()
        following.move_account_of_member(work, member, former)


def test_an_account_follows_its_member_and_leaves_its_roles_behind(district: District, secretary: Caller) -> None:
    (member_id,) = enrol(district, "B11", "王秀兰")
    (slip,) = issue(secretary, district, "B11").json()["items"]
    account_id = UUID(slip["account_id"])
    with district.work() as work:
        for role, place in ((Role.deputy, "B11"), (Role.deputy, "V2")):
            work.add(RoleGrant(account_id=account_id, role=role, organization_id=district.ids[place]))
    for _ in range(2):
        move(district, member_id, "B21")
        assert standing(district, account_id) == {(Role.member, "B21"), (Role.deputy, "V2")}
    with district.work() as work:
        assert work.get_one(Account, account_id).organization_id == district.ids["B21"]
    assert len(deeds(district, "end_grant")) == 2 and len(deeds(district, "move_account")) == 1
    assert sign_in(district, slip).status_code == 201
    assert secretary.get("/v1/grants", params={"account_id": slip["account_id"]}).status_code == 404


def test_who_moves_keeps_no_power_over_units_that_he_belongs_to_no_longer(district: District) -> None:
    for group in ("G1", "G2"):
        district.add_group(group)
    (member_id,) = enrol(district, "G1", "王秀兰")
    caller = district.sign_in(Role.member, "G1", member_id=member_id)
    held = [(Role.secretary, "B11"), (Role.secretary, "V1"), (Role.deputy, "B22"), (Role.town_officer, "T1")]
    with district.work() as work:
        for role, code in held:
            work.add(RoleGrant(account_id=UUID(caller.account_id), role=role, organization_id=district.ids[code]))
    # To the group beside: the branch and the village above are still his.
    move(district, member_id, "G2")
    assert standing(district, UUID(caller.account_id)) == {(Role.member, "G2"), *held}
    # Up to the village's other branch: the village is still his.
    move(district, member_id, "B12")
    assert standing(district, UUID(caller.account_id)) == {(Role.member, "B12"), *held} - {(Role.secretary, "B11")}
    move(district, member_id, "B21")
    assert standing(district, UUID(caller.account_id)) == {(Role.member, "B21"), (Role.deputy, "B22"), (Role.town_officer, "T1")}


def test_of_a_branch_one_leaves_nothing_is_kept_below_it_either(district: District) -> None:
    (member_id,) = enrol(district, "B11", "王秀兰")
    caller = district.sign_in(Role.member, "B11", member_id=member_id)
    group_id = district.add_group("G1")
    with district.work() as work:
        work.add(RoleGrant(account_id=UUID(caller.account_id), role=Role.deputy, organization_id=group_id))
    move(district, member_id, "B12")
    assert standing(district, UUID(caller.account_id)) == {(Role.member, "B12")}


def test_a_move_makes_nobody_a_member_role_holder_who_was_none(district: District) -> None:
    (with_role, without, has_none) = enrol(district, "B11", "王秀兰", "陈国华", "周明")
    names = [district.account(Role.member, "B11", member_id=with_role), district.account(None, "B11", member_id=without)]
    for member_id in (with_role, without, has_none):
        move(district, member_id, "B12")
    with district.work() as work:
        keys = [work.exec(select(Account.id).where(col(Account.username) == name)).one() for name in names]
    assert [standing(district, key) for key in keys] == [{(Role.member, "B12")}, set()]


@pytest.mark.parametrize("shut_before", [False, True])
def test_with_a_member_who_leaves_end_all_roles_of_his_account(district: District, shut_before: bool) -> None:
    (member_id,) = enrol(district, "B11", "王秀兰")
    account_id = UUID(district.sign_in(Role.secretary, "B11", member_id=member_id).account_id)
    with district.work() as work:
        work.add(RoleGrant(account_id=account_id, role=Role.town_officer, organization_id=district.ids["T2"]))
        work.get_one(Account, account_id).disabled_at = work.at if shut_before else None
    with district.work() as work:
        following.shut_account_of_member(work, work.get_one(Member, member_id))
    assert standing(district, account_id) == set()
    with district.work() as work:
        assert work.get_one(Account, account_id).disabled_at is not None
    assert len(deeds(district, "end_grant")) == 2


def test_the_last_administrator_who_leaves_keeps_that_role_alone(district: District) -> None:
    (member_id,) = enrol(district, "B11", "王秀兰")
    account_id = UUID(district.sign_in(Role.administrator, "D", member_id=member_id).account_id)
    with district.work() as work:
        work.add(RoleGrant(account_id=account_id, role=Role.secretary, organization_id=district.ids["B11"]))
    with district.work() as work:
        following.shut_account_of_member(work, work.get_one(Member, member_id))
    assert standing(district, account_id) == {(Role.administrator, "D")}


def test_the_last_administrator_who_has_left_is_erased_once_there_is_another(district: District) -> None:
    (member_id,) = enrol(district, "B11", "王秀兰")
    last, officer = district.sign_in(Role.administrator, "D", member_id=member_id), district.sign_in(Role.district_officer, "D")
    leaving = {"kind": "withdrew", "reason": "本人申请退党"}
    assert officer.post(f"/v1/members/{member_id}/leave", json=leaving).status_code == 200
    erasing = {"member_id": str(member_id), "ground": "asked_for"}
    assert code(officer.post("/v1/privacy/erasures", json=erasing), 409) == "last_administrator"
    assert last.get("/v1/accounts").status_code == 200
    other = district.sign_in(Role.administrator, "D")
    assert officer.post("/v1/privacy/erasures", json=erasing).status_code == 200
    # Nobody can sign in there any more, so he is no other administrator of whoever is left.
    with district.work() as work:
        assert work.get_one(Account, UUID(last.account_id)).disabled_at is not None
    assert code(officer.post(f"/v1/accounts/{other.account_id}/disable"), 409) == "last_administrator"


@pytest.mark.engine("postgresql")
def test_of_two_administrators_who_are_ended_at_once_the_one_who_is_erased_stays(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    (member_id,) = enrol(district, "B11", "王秀兰")
    last, officer = district.sign_in(Role.administrator, "D", member_id=member_id), district.sign_in(Role.district_officer, "D")
    assert officer.post(f"/v1/members/{member_id}/leave", json={"kind": "withdrew", "reason": "本人申请退党"}).status_code == 200
    other = district.sign_in(Role.administrator, "D")

    def meanwhile(*given: Any) -> Any:
        assert officer.post(f"/v1/accounts/{other.account_id}/disable").status_code == 200
        return erase(*given)

    monkeypatch.setattr("api.privacy.service.erase", meanwhile)
    erasing = {"member_id": str(member_id), "ground": "asked_for"}
    assert code(officer.post("/v1/privacy/erasures", json=erasing), 409) == "last_administrator"
    assert last.get("/v1/accounts").status_code == 200


def test_roles_outside_ones_reach_are_not_told(district: District, secretary: Caller) -> None:
    enrol(district, "B11", "王秀兰")
    (slip,) = issue(secretary, district, "B11").json()["items"]
    with district.work() as work:
        work.add(RoleGrant(account_id=UUID(slip["account_id"]), role=Role.deputy, organization_id=district.ids["V2"]))

    def told(caller: Caller) -> list[Any]:
        items = caller.get("/v1/grants", params={"account_id": slip["account_id"]}).json()["items"]
        return [item["role"] for item in items]

    assert told(secretary) == ["member"]
    assert told(district.sign_in(Role.district_officer, "D")) == ["member", "deputy"]


def test_a_printer_knows_the_public_address_without_its_scheme(district: District) -> None:
    assert Printer.of(district.house.settings).address == "lx.example.gov.cn"
