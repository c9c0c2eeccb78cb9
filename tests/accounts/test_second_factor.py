"""Second factors from enrolling to losing the phone: no password, slip or single person takes one away."""

from base64 import b64decode
from functools import partial
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import UUID

import pytest
import zxingcpp
from fastapi import FastAPI
from PIL import Image
from sqlmodel import col, select

from api.access.otp.rules import MOST_FAILURES, WAITS
from models.account import Account, RoleGrant, SecondFactor, SignInSession
from models.enums import Role
from models.sign_in_enums import SessionEnd
from tests.access.asking import alive, change, code, refresh, without_request
from tests.access.factors import MINE, Phone, attempt, begin, demand, enrol, later, settled
from tests.access.person import made_by
from tests.accounts.people import NEW_PASSWORD, deeds
from tests.clock import Steady, steady
from tests.conftest import PASSWORD, Caller, District
from tests.races import at_once, codes
from tests.shell import Shell, bare, shell

__all__ = ["bare", "shell", "steady"]
pytestmark = pytest.mark.usefixtures("steady")


def test_an_officer_enrols_and_signs_in_with_both_from_then_on(app: FastAPI, district: District) -> None:
    demand(app)
    username = district.account(Role.town_officer, "T1")
    issued = [district.client.post("/v1/sessions", json={"username": username, "password": PASSWORD}) for _ in range(2)]
    assert [answer.json()["must_enrol_otp"] for answer in issued] == [True, True]
    officer, stale = district.sign_in_as(username), district.sign_in_as(username)
    assert code(officer.get("/v1/members"), 403) == "otp_enrolment_required"
    assert refresh(district.client, stale.refresh_token).json()["must_enrol_otp"] is True
    assert code(officer.post(f"{MINE}/confirm", json={"otp": "123456"}), 409) == "otp_not_begun"
    begun = officer.post(MINE).json()
    uri = urlsplit(begun["otpauth_uri"])
    assert (uri.scheme, uri.netloc, unquote(uri.path)) == ("otpauth", "totp", f"/lx.example.gov.cn:{username}")
    assert parse_qs(uri.query)["secret"] == [begun["secret"]]
    picture = Image.open(BytesIO(b64decode(begun["qr"].removeprefix("data:image/png;base64,")))).convert("L")
    assert zxingcpp.read_barcodes(picture)[0].text == begun["otpauth_uri"]
    with district.work() as work:
        stored = repr([row.model_dump() for row in work.exec(select(SecondFactor)).all()])
    assert begun["secret"] not in stored
    phone = begin(officer)
    assert code(officer.post(f"{MINE}/confirm", json={"otp": phone.wrong()}), 422) == "wrong_proof"
    assert code(officer.get("/v1/members"), 403) == "otp_enrolment_required"
    first = phone.code()
    confirmed = officer.post(f"{MINE}/confirm", json={"otp": first})
    recovery = confirmed.json()["recovery_codes"]
    assert len(set(recovery)) == 10 and officer.get("/v1/members").status_code == 200
    with district.work() as work:
        stored = repr([row.model_dump() for row in work.exec(select(SecondFactor)).all()])
    assert not any(one.replace("-", "") in stored for one in recovery)
    assert not alive(district.client, stale.access_token), "it was begun with the password alone"

    assert code(attempt(district, officer), 401) == "otp_required"
    wrong = attempt(district, officer, "not the password", otp=phone.wrong())
    for other in (attempt(district, officer, otp=phone.wrong()), attempt(district, officer, otp=first)):
        assert code(other, 401) == code(wrong, 401) == "wrong_credentials"
        assert without_request(other) == without_request(wrong), "nothing tells that the password was right"
    assert code(attempt(district, officer, "not the password"), 401) == "wrong_credentials"
    again = attempt(district, officer, otp=f" {phone.code(1)} ")
    assert (again.status_code, again.json()["must_enrol_otp"]) == (201, False), again.text
    assert code(officer.post(f"{MINE}/remove", json={"otp": recovery[0]}), 409) == "otp_demanded"


def signed_in_with_a_factor(district: District, role: Role, place: str) -> tuple[Caller, Phone, list[str]]:
    caller = district.sign_in(role, place)
    return caller, *enrol(caller)


def test_a_code_that_was_taken_is_refused_and_each_recovery_code_opens_once(district: District) -> None:
    one, phone, recovery = signed_in_with_a_factor(district, Role.secretary, "B11")
    taken = phone.code(1)
    assert attempt(district, one, otp=taken).status_code == 201
    for spent in (taken, phone.first):
        assert code(attempt(district, one, otp=spent), 401) == "wrong_credentials"
    assert attempt(district, one, otp=recovery[0]).status_code == 201
    assert code(attempt(district, one, otp=recovery[0]), 401) == "wrong_credentials"
    assert one.get(MINE).json()["recovery_codes_left"] == 9
    fresh = one.post(f"{MINE}/recovery-codes", json={"otp": recovery[1]}).json()["recovery_codes"]
    assert code(one.post(f"{MINE}/recovery-codes", json={"otp": recovery[2]}), 422) == "wrong_proof"
    assert one.get(MINE).json()["recovery_codes_left"] == 10 == len(fresh)
    lines = [line.details for line in deeds(district, "sign_in")]
    assert [details["otp"] for details in lines] == ["code", "recovery_code"]


def test_recovery_codes_are_told_once(district: District) -> None:
    one, _, recovery = signed_in_with_a_factor(district, Role.secretary, "B11")

    def renew(which: int) -> Any:
        return one.post(f"{MINE}/recovery-codes", json={"otp": recovery[which]}, headers={"Idempotency-Key": f"k{which}"})

    recovery += renew(0).json()["recovery_codes"]
    assert code(renew(0), 403) == "answer_not_shown"
    assert renew(10).status_code == 200
    assert code(renew(0), 403) == "answer_not_shown"


def test_a_code_that_is_sent_twice_at_once_opens_once(district: District) -> None:
    one, phone, recovery = signed_in_with_a_factor(district, Role.secretary, "B11")
    for code_sent in (phone.code(1), recovery[0]):
        answers = at_once(*[partial(attempt, district, one, otp=code_sent)] * 3)
        assert codes(answers) == [(201, None), (401, "wrong_credentials"), (401, "wrong_credentials")]


@pytest.mark.engine("sqlite")
def test_guesses_at_a_code_are_limited_also_with_the_right_password(district: District) -> None:
    one, phone, _ = signed_in_with_a_factor(district, Role.secretary, "B11")
    assert [attempt(district, one).status_code for _ in range(8)] == [401] * 8, "to be asked for a code is no failure"
    assert [attempt(district, one, otp=phone.wrong()).status_code for _ in range(6)] == [401] * 5 + [429]
    assert code(attempt(district, one, otp=phone.code(1)), 429) == "too_many_sign_ins"


def test_another_phone_takes_the_place_of_the_first_by_a_code_of_it_alone(district: District) -> None:
    one, phone, recovery = signed_in_with_a_factor(district, Role.secretary, "B11")
    assert code(one.post(MINE), 422) == "wrong_proof"
    assert code(one.post(MINE, json={"otp": phone.wrong()}), 422) == "wrong_proof"
    other = begin(one, otp=recovery[0])
    assert attempt(district, one, otp=phone.code(1)).status_code == 201, "the first counts until the other has shown a code"
    assert one.post(f"{MINE}/confirm", json={"otp": other.code()}).status_code == 200
    later(district, one)
    for gone in (phone.code(), recovery[5]):
        assert code(attempt(district, one, otp=gone), 401) == "wrong_credentials"
    assert attempt(district, one, otp=other.code()).status_code == 201


@pytest.mark.parametrize("meanwhile", ["ten minutes", "another session", "session ended", "new password", "slip", "sessions ended"])
def test_a_secret_waits_for_its_first_code_for_minutes_in_the_session_that_it_was_told_in(
    district: District, steady: Steady, meanwhile: str
) -> None:
    """Whoever has begun, or has seen the picture, binds no phone once a new password or another has shut him out."""
    one = district.sign_in(Role.secretary, "B11")
    officer, other = district.sign_in(Role.town_officer, "T1"), district.sign_in_as(one.username)
    phone, asks, password = begin(one), one, PASSWORD
    if meanwhile == "ten minutes":
        steady.passes(WAITS)
    elif meanwhile == "another session":
        asks = other
    elif meanwhile == "session ended":
        assert one.delete("/v1/sessions/current").status_code == 204
        asks = other
    elif meanwhile == "new password":
        password = NEW_PASSWORD
        body = {"present_password": PASSWORD, "new_password": password}
        assert one.post("/v1/accounts/mine/password", json=body).status_code == 204
    elif meanwhile == "slip":
        password = officer.post(f"/v1/accounts/{one.account_id}/slip").json()["one_time_password"]
    else:
        assert officer.post(f"/v1/accounts/{one.account_id}/end-sessions").status_code == 204
    if meanwhile in ("slip", "sessions ended"):
        asks = settled(district, attempt(district, one, password), one)
        body = {"present_password": password, "new_password": NEW_PASSWORD}
        assert asks.post("/v1/accounts/mine/password", json=body).status_code == 204
    assert code(asks.post(f"{MINE}/confirm", json={"otp": phone.code()}), 409) == "otp_not_begun"
    assert asks.get(MINE).json()["enrolled_at"] is None
    with district.work() as work:
        waiting = work.exec(select(SecondFactor.pending_sealed)).one()
    assert (waiting is None) == (meanwhile in ("new password", "slip", "sessions ended"))
    phone = begin(asks)
    steady.passes(WAITS / 2)
    assert asks.post(f"{MINE}/confirm", json={"otp": phone.code()}).status_code == 200


def test_whoever_needs_none_does_without_again(district: District) -> None:
    one, phone, _ = signed_in_with_a_factor(district, Role.member, "B11")
    assert one.get("/v1/accounts/mine").json()["otp_since"] is not None
    assert code(one.post(f"{MINE}/remove", json={"otp": phone.wrong()}), 422) == "wrong_proof"
    assert one.post(f"{MINE}/remove", json={"otp": phone.code(1)}).status_code == 204
    assert attempt(district, one).status_code == 201
    for path in ("remove", "recovery-codes"):
        assert code(one.post(f"{MINE}/{path}", json={"otp": "123456"}), 409) == "otp_not_enrolled"


def test_after_a_hundred_wrong_codes_only_a_recovery_code_opens(district: District) -> None:
    one, phone, recovery = signed_in_with_a_factor(district, Role.secretary, "B11")
    change(district, SecondFactor, col(SecondFactor.account_id) == UUID(one.account_id), failures=MOST_FAILURES - 1)
    assert code(attempt(district, one, otp=phone.wrong()), 401) == "wrong_credentials"
    assert code(attempt(district, one, otp=phone.code(1)), 401) == "wrong_credentials"
    assert attempt(district, one, otp=recovery[0]).status_code == 201
    assert attempt(district, one, otp=phone.code(1)).status_code == 201


def test_a_slip_takes_no_second_factor_away_and_who_hands_it_out_may_not_either(app: FastAPI, district: District) -> None:
    one, _, recovery = signed_in_with_a_factor(district, Role.secretary, "B11")
    first, second, puppet = (district.sign_in(Role.town_officer, "T1") for _ in range(3))
    made_by(first, puppet, district, column="created_by")
    account = f"/v1/accounts/{one.account_id}"
    slip = first.post(f"{account}/slip").json()["one_time_password"]
    assert code(attempt(district, one, slip), 401) == "otp_required"
    opened = settled(district, attempt(district, one, slip, otp=recovery[0]), one)
    assert code(opened.post(MINE, json={"otp": recovery[1]}), 403) == "password_change_required"
    for hand in (first, puppet):
        assert code(hand.post(f"{account}/otp/reset"), 403) == "password_in_same_hands"
    assert second.post(f"{account}/otp/reset").status_code == 204
    assert not alive(district.client, opened.access_token)
    assert code(second.post(f"{account}/otp/reset"), 409) == "otp_not_enrolled"
    assert code(second.post(f"{account}/slip"), 403) == "password_in_same_hands"
    body = {"account_id": one.account_id, "role": "secretary", "organization_id": str(district.ids["V1"])}
    made_by(district.sign_in(Role.secretary, "B11"), one, district, column="slip_made_by")
    assert code(second.post("/v1/grants", json=body), 403) == "password_in_same_hands", "a role that brings a slip"
    made_by(first, one, district, column="slip_made_by")

    again = settled(district, attempt(district, one, slip), one)
    assert (
        again.post("/v1/accounts/mine/password", json={"present_password": slip, "new_password": NEW_PASSWORD}).status_code == 204
    )
    enrol(again)
    assert second.post(f"{account}/slip").status_code == 200, "there is a second factor again, which he does not know"
    (line,) = deeds(district, "reset_otp")
    assert (line.actor_id, line.target_id, line.details) == (UUID(second.account_id), UUID(one.account_id), {"sessions_ended": 1})


@pytest.mark.parametrize(
    ("role", "code", "is_one"),
    [(Role.town_officer, "T1", True), (Role.district_officer, "D", False), (Role.administrator, "D", False)],
)
def test_two_accounts_that_one_person_made_are_one_unless_he_decides_for_the_district(
    district: District, role: Role, code: str, is_one: bool
) -> None:
    one, _, _ = signed_in_with_a_factor(district, Role.secretary, "B11")
    maker, first, second = (district.sign_in(*whose) for whose in ((role, code), *[(Role.town_officer, "T1")] * 2))
    made_by(maker, first, district, column="created_by")
    made_by(maker, second, district, column="slip_made_by")
    account = f"/v1/accounts/{one.account_id}"
    slip = first.post(f"{account}/slip").json()["one_time_password"]
    assert second.post(f"{account}/otp/reset").status_code == (403 if is_one else 204)
    assert attempt(district, one, slip).status_code == (401 if is_one else 201)


@pytest.mark.parametrize(("office", "is_one"), [(None, False), (Role.town_officer, True)])
def test_nor_if_he_decided_for_the_district_once_and_has_held_a_lower_office_since(
    district: District, office: Role | None, is_one: bool
) -> None:
    one, _, _ = signed_in_with_a_factor(district, Role.secretary, "B11")
    maker, first, second = (district.sign_in(*whose) for whose in ((Role.district_officer, "D"), *[(Role.town_officer, "T1")] * 2))
    for made in (first, second):
        made_by(maker, made, district, column="created_by")
    with district.work() as work:
        (grant,) = work.exec(select(RoleGrant).where(col(RoleGrant.account_id) == UUID(maker.account_id))).all()
        grant.ended_at = work.at
        if office is not None:
            work.add(RoleGrant(account_id=UUID(maker.account_id), role=office, organization_id=district.ids["T1"]))
    assert first.post(f"/v1/accounts/{one.account_id}/slip").status_code == 200
    assert second.post(f"/v1/accounts/{one.account_id}/otp/reset").status_code == (403 if is_one else 204)


def test_of_one_who_decides_for_the_district_two_take_it_away(district: District) -> None:
    one, phone, _ = signed_in_with_a_factor(district, Role.administrator, "D")
    asks, agrees = district.sign_in(Role.district_officer, "D"), district.sign_in(Role.administrator, "D")
    town = district.sign_in(Role.town_officer, "T1")
    path = f"/v1/accounts/{one.account_id}/otp/reset"
    assert code(town.post(path), 404) == "not_found" and code(one.post(path), 403) == "about_oneself"
    asked = asks.post(path)
    assert (asked.status_code, asked.json()["resets_otp"], asked.json()["role"]) == (202, True, None)
    assert code(asks.post(path), 409) == "slip_request_open"
    assert code(attempt(district, one), 401) == "otp_required", "asking takes nothing away"
    approve = f"/v1/accounts/slip-requests/{asked.json()['id']}/approve"
    assert code(asks.post(approve), 403) == code(one.post(approve), 403) == "three_people_needed"
    made_by(agrees, one, district, column="slip_made_by")
    assert code(agrees.post(approve), 403) == "password_in_same_hands"
    made_by(town, one, district, column="slip_made_by")
    (item,) = agrees.todo()["items"]
    assert item["target_id"] == asked.json()["id"] and "验证码" in item["text"]
    done = agrees.post(approve)
    assert (done.status_code, done.content) == (204, b""), "and no password with it"
    assert attempt(district, one).status_code == 201
    assert code(attempt(district, one, "not the password", otp=phone.code()), 401) == "wrong_credentials"
    assert code(agrees.post(approve), 409) == "slip_request_over"
    assert [line.details["sessions_ended"] for line in deeds(district, "reset_otp")] == [1]
    assert deeds(district, "renew_slip") == []


def test_another_ends_somebodys_sessions_and_leaves_the_account_open(district: District) -> None:
    one, officer = district.sign_in_as(district.account(Role.secretary, "B11")), district.sign_in(Role.town_officer, "T1")
    path = f"/v1/accounts/{one.account_id}/end-sessions"
    assert code(one.post(path), 403) == "about_oneself"
    assert code(district.sign_in(Role.town_officer, "T2").post(path), 404) == "not_found"
    assert officer.post(path).status_code == 204
    assert not alive(district.client, one.access_token)
    assert code(refresh(district.client, one.refresh_token), 401) == "session_ended"
    with district.work() as work:
        ended: Any = work.exec(select(SignInSession.end_reason).where(col(SignInSession.account_id) == UUID(one.account_id))).all()
    assert ended == [SessionEnd.ended_by_another]
    assert attempt(district, one).status_code == 201
    (line,) = deeds(district, "end_account_sessions")
    assert line.details == {"sessions_ended": 1}


@pytest.mark.engine("sqlite")
def test_whoever_sits_at_the_server_takes_a_second_factor_away(
    district: District, shell: Shell, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, _, _ = signed_in_with_a_factor(district, Role.administrator, "D")
    shell.settings["DATABASE_URL"] = district.house.settings.database_url
    assert "没有这个用户名" in shell.bad("accounts", "reset-otp", "nobody")
    assert one.username in shell.good("accounts", "reset-otp", one.username)
    assert not alive(district.client, one.access_token)
    assert attempt(district, one).status_code == 201
    assert "还没有设置动态验证码" in shell.bad("accounts", "reset-otp", one.username)
    with district.work() as work:
        assert work.get_one(Account, UUID(one.account_id)).otp_reset_by is None
    (line,) = deeds(district, "reset_otp")
    assert line.actor_id is None
    assert "--all" in shell.bad("accounts", "end-sessions") == shell.bad("accounts", "end-sessions", one.username, "--all")
    assert "没有这个用户名" in shell.bad("accounts", "end-sessions", "nobody")
    two, three = (signed_in_with_a_factor(district, Role.administrator, "D")[0] for _ in range(2))
    shell.good("accounts", "end-sessions", two.username.upper())
    assert not alive(district.client, two.access_token) and alive(district.client, three.access_token)
    assert "全部登录" in shell.good("accounts", "end-sessions", "--all") and not alive(district.client, three.access_token)
    assert shell.good("accounts", "end-sessions", "--all") == "已退出 0 个账号的全部登录。\n"
