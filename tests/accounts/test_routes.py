from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlmodel import col, select

from api.access.permissions import PERMISSIONS
from api.accounts import rules
from models.account import Account, RoleGrant
from models.enums import MemberStatus, Role
from models.member import Member
from tests.access.asking import NEW_PASSWORD, alive, attempt, change, code, refresh
from tests.clock import steady
from tests.conftest import PASSWORD, Caller, District, version_of

__all__ = ["steady"]
pytestmark = pytest.mark.usefixtures("steady")


@pytest.fixture
def holder(district: District) -> Caller:
    return district.sign_in(Role.secretary, "B11")


def new_password(caller: Caller, present: str, new: str) -> Any:
    return caller.post("/v1/accounts/mine/password", json={"present_password": present, "new_password": new})


@pytest.mark.parametrize(
    ("present", "new", "refusal"),
    [
        ("not the password", NEW_PASSWORD, "wrong_password"),
        (PASSWORD, PASSWORD, "same_password"),
        (PASSWORD, "short1!", "password_length"),
        (PASSWORD, "qwertyuiop", "weak_password"),
        (PASSWORD, "x" * 129, "password_length"),
    ],
)
def test_a_wrong_present_password_and_an_unfit_new_one_change_nothing(
    district: District, holder: Caller, present: str, new: str, refusal: str
) -> None:
    other = district.sign_in_as(holder.username)
    assert code(new_password(holder, present, new), 422) == refusal
    assert alive(district.client, other.access_token)
    assert attempt(district.client, holder.username).status_code == 201


def test_a_new_password_is_not_ones_own_name(district: District, holder: Caller) -> None:
    assert code(new_password(holder, PASSWORD, f"{holder.username}1"), 422) == "weak_password"


def test_a_change_of_password_ends_the_other_sessions_alone(district: District, holder: Caller) -> None:
    other, stranger = district.sign_in_as(holder.username), district.sign_in(None, "B11")
    assert new_password(holder, PASSWORD, NEW_PASSWORD).status_code == 204
    assert not alive(district.client, other.access_token)
    assert code(refresh(district.client, other.refresh_token), 401) == "session_ended"
    assert alive(district.client, holder.access_token) and alive(district.client, stranger.access_token)
    assert refresh(district.client, holder.refresh_token).status_code == 200
    assert attempt(district.client, holder.username).status_code == 401
    assert attempt(district.client, holder.username, NEW_PASSWORD).status_code == 201


def create(caller: Caller, district: District, where: str, **more: Any) -> Any:
    body = {"username": f"v{uuid4().hex[:10]}", "organization_id": str(district.ids[where]), **more}
    return caller.post("/v1/accounts", json=body)


def grant(caller: Caller, account_id: str, role: Role, organization_id: UUID, **more: str) -> Any:
    body = {"account_id": account_id, "role": role.value, "organization_id": str(organization_id), **more}
    return caller.post("/v1/grants", json=body)


def a_member(district: District, where: str) -> UUID:
    with district.work() as work:
        member = Member.model_validate(
            {
                "organization_id": district.ids[where],
                "full_name": "王秀兰",
                "joined_on": "1995-07-01",
                "status": MemberStatus.full,
            }
        )
        work.add(member)
        work.flush()
        return member.id


def test_a_one_time_password_opens_nothing_but_ones_own_account(district: District, holder: Caller) -> None:
    made = create(holder, district, "B11").json()
    assert grant(holder, made["id"], Role.deputy, district.ids["B11"]).status_code == 201
    answer = attempt(district.client, made["username"], made["one_time_password"])
    assert answer.status_code == 201 and answer.json()["must_change_password"]
    beginner = Caller(district.client, made["id"], made["username"], answer.json()["access_token"], answer.json()["refresh_token"])
    for path in ("/v1/members", "/v1/organizations", "/v1/cards", "/v1/cards/mine", "/v1/accounts", "/v1/audit"):
        assert code(beginner.get(path), 403) == "password_change_required"
    assert [beginner.get(path).status_code for path in ("/v1/accounts/mine", "/v1/sessions")] == [200, 200]
    assert refresh(district.client, beginner.refresh_token).json()["must_change_password"]
    assert new_password(beginner, made["one_time_password"], NEW_PASSWORD).status_code == 204
    assert beginner.get("/v1/members").status_code == 200
    assert not attempt(district.client, made["username"], NEW_PASSWORD).json()["must_change_password"]


def test_an_account_is_made_within_reach_only(district: District, holder: Caller) -> None:
    for outside in ("V1", "B12", "B21", "D"):
        assert code(create(holder, district, outside), 404) == "not_found"
    answer = create(holder, district, "B11")
    assert answer.status_code == 201
    assert version_of(answer) == 1
    assert answer.json()["must_change_password"] and len(answer.json()["one_time_password"]) == 12


def test_an_account_is_made_for_a_member_of_its_own_organisation_once(district: District) -> None:
    officer = district.sign_in(Role.town_officer, "T1")
    own, foreign = a_member(district, "B11"), a_member(district, "B21")
    assert code(create(officer, district, "B11", member_id=str(foreign)), 404) == "not_found"
    assert code(create(officer, district, "B12", member_id=str(own)), 409) == "account_outside_organization"
    assert create(officer, district, "B11", member_id=str(own)).status_code == 201
    for name in (f"v{uuid4().hex[:10]}", officer.username):
        refused = create(officer, district, "B11", member_id=str(own), username=name)
        assert code(refused, 409) == "member_has_account", "and nothing of whether the name is taken"


def test_a_user_name_is_taken_once_whatever_its_case(district: District, holder: Caller) -> None:
    assert create(holder, district, "B11", username="wang.xiulan").status_code == 201
    assert code(create(holder, district, "B11", username="Wang.XiuLan"), 409) == "username_taken"
    for unfit in ("ab", "a b c", "x" * 65, "<script>"):
        assert code(create(holder, district, "B11", username=unfit), 422) == "invalid"


def test_nobody_grants_a_role_above_his_own(district: District, holder: Caller) -> None:
    account = create(holder, district, "B11").json()["id"]
    for role in Role:
        if role not in (Role.member, Role.deputy):
            assert code(grant(holder, account, role, district.ids["B11"]), 403) == "for_the_level_above"
    for role in Role:
        assert code(grant(holder, holder.account_id, role, district.ids["B11"]), 403) == "about_oneself"
    assert grant(holder, account, Role.deputy, district.ids["B11"]).status_code == 201


def test_nobody_grants_a_role_beyond_his_own_part_of_the_tree(district: District, holder: Caller) -> None:
    account = create(holder, district, "B11").json()["id"]
    foreign = district.sign_in(None, "B12").account_id
    for outside in ("V1", "B12", "D"):
        assert code(grant(holder, account, Role.deputy, district.ids[outside]), 404) == "not_found"
    assert code(grant(holder, foreign, Role.deputy, district.ids["B11"]), 404) == "not_found"
    assert code(grant(holder, str(uuid4()), Role.deputy, district.ids["B11"]), 404) == "not_found"


def test_at_an_organisation_below_the_district_no_more_than_so_many_hold_an_office(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "MOST_IN_OFFICE", 3)
    holder, branch = district.sign_in(Role.secretary, "B11"), district.ids["B11"]
    names = ("first.deputy", "second.deputy", "third.deputy")
    first, second, third = (create(holder, district, "B11", username=name).json()["id"] for name in names)
    stands = grant(holder, first, Role.deputy, branch)
    assert stands.status_code == grant(holder, second, Role.deputy, branch).status_code == 201
    assert code(grant(holder, third, Role.deputy, branch), 409) == "too_many_in_office"
    officer = district.sign_in(Role.town_officer, "T1")
    assert code(grant(officer, third, Role.secretary, branch), 409) == "too_many_in_office"
    assert grant(holder, second, Role.deputy, branch).status_code == 201, "he is one of them"
    assert grant(officer, second, Role.secretary, branch).status_code == 201
    assert holder.delete(f"/v1/grants/{stands.json()['id']}").status_code == 204
    assert grant(holder, third, Role.deputy, branch).status_code == 201
    assert grant(officer, first, Role.deputy, district.ids["B12"]).status_code == 201, "there is room elsewhere"


def test_an_account_holds_no_more_than_so_many_roles_at_one_time(district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MOST_ROLES", 2)
    officer = district.sign_in(Role.town_officer, "T1")
    account = create(officer, district, "B11").json()["id"]
    first, second = (grant(officer, account, Role.deputy, district.ids[place]) for place in ("B11", "B12"))
    assert first.status_code == second.status_code == 201
    assert code(grant(officer, account, Role.secretary, district.ids["V1"]), 409) == "too_many_roles"
    monkeypatch.setattr(rules, "MOST_ROLES", 1)
    assert grant(officer, account, Role.deputy, district.ids["B12"], until="2199-01-01").status_code == 201, "it stands"
    assert officer.delete(f"/v1/grants/{first.json()['id']}").status_code == 204
    with district.work() as work:
        work.get_one(RoleGrant, UUID(second.json()["id"])).until = work.today - timedelta(days=1)
    assert grant(officer, account, Role.secretary, district.ids["V1"]).status_code == 201, "what has ended counts no more"
    assert code(grant(officer, account, Role.deputy, district.ids["B12"]), 409) == "too_many_roles", "nor does it come back"


def test_for_the_district_itself_no_number_bounds_who_holds_an_office(district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MOST_IN_OFFICE", 0)
    administrator = district.sign_in(Role.administrator, "D")
    account = create(administrator, district, "D").json()["id"]
    assert grant(administrator, account, Role.district_officer, district.ids["D"]).status_code == 201


def test_a_role_is_granted_only_at_its_kind_of_organisation(district: District) -> None:
    administrator, officer = district.sign_in(Role.administrator, "D"), district.sign_in(Role.district_officer, "D")
    account = create(administrator, district, "B11").json()["id"]
    for giver, role, where in (
        (administrator, Role.district_officer, "T1"),
        (officer, Role.town_officer, "B11"),
        (administrator, Role.administrator, "V1"),
        (officer, Role.secretary, "D"),
    ):
        assert code(grant(giver, account, role, district.ids[where]), 422) == "role_out_of_place"
    assert code(grant(officer, account, Role.member, district.ids["B11"]), 422) == "member_role_needs_member"


def test_an_administrator_hands_out_no_reach_over_members(district: District) -> None:
    administrator = district.sign_in(Role.administrator, "D")
    account = create(administrator, district, "B11").json()["id"]
    for role, where in ((Role.town_officer, "T1"), (Role.secretary, "B11"), (Role.deputy, "B11"), (Role.member, "B11")):
        assert code(grant(administrator, account, role, district.ids[where]), 403) == "for_the_level_above"
    assert grant(administrator, account, Role.auditor, district.ids["T1"]).status_code == 201


def test_granting_again_what_stands_changes_nothing(district: District, holder: Caller) -> None:
    account = create(holder, district, "B11").json()["id"]
    first, second = (grant(holder, account, Role.deputy, district.ids["B11"]) for _ in range(2))
    assert first.json()["id"] == second.json()["id"]
    assert [item["role"] for item in holder.get("/v1/grants", params={"account_id": account}).json()["items"]] == ["deputy"]


def test_a_role_is_there_and_gone_at_the_very_next_request(district: District, holder: Caller) -> None:
    helper = district.sign_in(None, "B11")
    assert code(helper.get("/v1/members"), 403) == "forbidden"
    granted = grant(holder, helper.account_id, Role.deputy, district.ids["B11"]).json()
    assert helper.get("/v1/members").status_code == 200
    assert [role["role"] for role in helper.get("/v1/accounts/mine").json()["roles"]] == ["deputy"]
    assert [holder.delete(f"/v1/grants/{granted['id']}").status_code for _ in range(2)] == [204, 204]
    assert code(helper.get("/v1/members"), 403) == "forbidden"
    assert grant(holder, helper.account_id, Role.deputy, district.ids["B11"]).json()["id"] != granted["id"]
    assert helper.get("/v1/members").status_code == 200


def test_nobody_ends_a_role_above_his_own(district: District, holder: Caller) -> None:
    peer = district.sign_in(Role.secretary, "B11")
    (own,) = peer.get("/v1/accounts/mine").json()["roles"]
    assert code(holder.delete(f"/v1/grants/{own['id']}"), 403) == "for_the_level_above"
    assert code(peer.delete(f"/v1/grants/{own['id']}"), 403) == "about_oneself"
    assert peer.get("/v1/members").status_code == 200


def test_an_account_that_holds_a_higher_role_is_not_disabled_from_below(district: District, holder: Caller) -> None:
    chief = district.sign_in(None, "B11")
    with district.work() as work:
        work.add(RoleGrant(account_id=UUID(chief.account_id), role=Role.town_officer, organization_id=district.ids["T1"]))
    for action in ("disable", "enable"):
        assert code(holder.post(f"/v1/accounts/{chief.account_id}/{action}"), 403) == "for_the_level_above"
    assert alive(district.client, chief.access_token)


def test_an_account_is_disabled_where_there_is_no_administrator_to_lose(district: District, holder: Caller) -> None:
    helper = district.sign_in(Role.deputy, "B11")
    assert holder.post(f"/v1/accounts/{helper.account_id}/disable").status_code == 200


def test_a_disabled_account_is_out_at_once_and_returns_only_by_signing_in(district: District) -> None:
    district.account(Role.administrator, "D")
    holder, helper = district.sign_in(Role.secretary, "B11"), district.sign_in(Role.deputy, "B11")
    path = f"/v1/accounts/{helper.account_id}"
    assert code(holder.post(f"{path}/disable", headers={"If-Match": '"9"'}), 412) == "precondition_failed"
    disabled = holder.post(f"{path}/disable", headers={"If-Match": '"1"'})
    assert disabled.json()["disabled_at"] and version_of(disabled) == 2
    assert not alive(district.client, helper.access_token)
    assert code(refresh(district.client, helper.refresh_token), 401) == "session_ended"
    assert code(attempt(district.client, helper.username), 401) == "wrong_credentials"
    assert holder.post(f"{path}/enable").json()["disabled_at"] is None
    assert not alive(district.client, helper.access_token)
    assert district.sign_in_as(helper.username).get("/v1/members").status_code == 200


def test_the_last_administrator_is_neither_removed_nor_disabled(district: District) -> None:
    administrator, officer = district.sign_in(Role.administrator, "D"), district.sign_in(Role.district_officer, "D")
    (own,) = administrator.get("/v1/accounts/mine").json()["roles"]
    disable = f"/v1/accounts/{administrator.account_id}/disable"
    assert code(officer.delete(f"/v1/grants/{own['id']}"), 409) == "last_administrator"
    assert code(officer.post(disable), 409) == "last_administrator"
    second = district.sign_in(Role.administrator, "D")
    with district.work() as work:
        change(district, Account, col(Account.id) == UUID(second.account_id), disabled_at=work.at)
    assert code(officer.delete(f"/v1/grants/{own['id']}"), 409) == "last_administrator"
    assert code(officer.post(disable), 409) == "last_administrator"
    # Of a one-time password of two halves nobody may have both, so whoever has not changed it may never come in.
    change(district, Account, col(Account.id) == UUID(second.account_id), disabled_at=None, must_change_password=True)
    assert code(officer.delete(f"/v1/grants/{own['id']}"), 409) == "last_administrator"
    assert code(officer.post(disable), 409) == "last_administrator"
    change(district, Account, col(Account.id) == UUID(second.account_id), must_change_password=False)
    assert code(administrator.post(disable), 403) == code(administrator.delete(f"/v1/grants/{own['id']}"), 403) == "about_oneself"
    assert officer.delete(f"/v1/grants/{own['id']}").status_code == 204
    assert code(administrator.get("/v1/accounts"), 403) == "forbidden"


def test_two_administrators_who_remove_each_other_at_once_do_not_both_go(district: District) -> None:
    pair = [district.sign_in(Role.administrator, "D") for _ in range(2)]
    grants = [caller.get("/v1/accounts/mine").json()["roles"][0]["id"] for caller in pair]
    with ThreadPoolExecutor(2) as pool:
        statuses = list(pool.map(lambda n: pair[n].delete(f"/v1/grants/{grants[1 - n]}").status_code, range(2)))
    assert statuses.count(204) <= 1 and set(statuses) <= {204, 403, 404, 409, 503}, statuses
    with district.work() as work:
        living = work.exec(select(RoleGrant).where(col(RoleGrant.role) == Role.administrator, col(RoleGrant.ended_at).is_(None)))
        assert len(living.all()) >= 1


def test_a_new_password_that_cannot_be_is_no_guess_at_the_present_one(holder: Caller) -> None:
    for new in ("qwertyuiop", "short1!", PASSWORD) * 3:
        assert new_password(holder, PASSWORD, new).status_code == 422
    assert new_password(holder, PASSWORD, NEW_PASSWORD).status_code == 204


def test_guesses_at_the_present_password_are_counted(district: District) -> None:
    caller = district.sign_in(Role.secretary, "B11")
    body = {"present_password": "not the present one", "new_password": "kestrel violet 82 anchor"}
    statuses = [caller.post("/v1/accounts/mine/password", json=body).status_code for _ in range(7)]
    assert statuses == [422] * 5 + [429] * 2


SEEN_AS_OTHERS = [f"admin{mark}" for mark in "\u093e\u0903\u302e\u1cf2"] + [f"ad{line}min" for line in "\u203f\u2040\u2054\u00b7"]
"""With a mark beside a letter, or an underscore that is none."""


@pytest.mark.engine("sqlite")
@pytest.mark.parametrize(
    "name",
    [
        "王秀兰\u302e",
        "аdministrator",
        "сосо",
        "王lan",
        "ωmega",
        "ɑdmin",
        "adm\u0131n",
        "lan\u0661",
        "\u3164\u3164\u3164",
        *SEEN_AS_OTHERS,
    ],
)
def test_a_user_name_is_of_one_script(district: District, holder: Caller, name: str) -> None:
    assert code(create(holder, district, "B11", username=name), 422) == "invalid"


def test_a_user_name_in_letters_of_full_width_is_the_plain_one(district: District, holder: Caller) -> None:
    assert create(holder, district, "B11", username="ｗａｎｇ.ｌａｎ").json()["username"] == "wang.lan"
    assert code(create(holder, district, "B11", username="wang.lan"), 409)


@pytest.mark.parametrize("name", ["a\u0301dmin", "\u00e1dmin", "ADMI\u0307N", "ａdmin", "admi\u0323n"])
def test_a_user_name_with_marks_on_its_letters_is_the_one_without(district: District, holder: Caller, name: str) -> None:
    assert create(holder, district, "B11", username="admin").status_code == 201
    assert code(create(holder, district, "B11", username=name), 409) == "username_taken"


def test_ones_own_account_tells_which_roles_one_holds_where_and_what_they_allow(district: District) -> None:
    told = district.sign_in(Role.deputy, "B11").get("/v1/accounts/mine").json()
    (role,) = told["roles"]
    assert told["organization_name"] == role["organization_name"] == "上塘村第一党支部"
    assert (role["role"], role["organization_id"]) == ("deputy", str(district.ids["B11"]))
    assert role["permissions"] == sorted(PERMISSIONS[Role.deputy])
