import base64
import hmac
import json
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from hashlib import sha256
from ipaddress import ip_network
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import update
from sqlmodel import col, select
from starlette.requests import Request

from api.app import create_app
from api.dependencies import client_address
from api.settings import Settings, derive
from models.account import Account, RefreshToken, RoleGrant, SignInLimit, SignInSession
from models.audit import AuditLine
from models.enums import MemberStatus, Role
from models.member import Member
from tests.conftest import PASSWORD, PUBLIC_URL, Caller, District

NEW_PASSWORD = "kestrel violet 82 anchor"
PROBLEM = "application/problem+json"


def code(answer: Any, status: int) -> str:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == PROBLEM
    return str(answer.json()["code"])


def attempt(client: TestClient, username: str, password: str = PASSWORD) -> Any:
    return client.post("/v1/sessions", json={"username": username, "password": password})


def refresh(client: TestClient, token: str) -> Any:
    return client.post("/v1/sessions/refresh", json={"refresh_token": token})


def alive(client: TestClient, access_token: str) -> bool:
    answer = client.get("/v1/accounts/mine", headers={"Authorization": f"Bearer {access_token}"})
    assert answer.status_code in (200, 401), answer.text
    return bool(answer.status_code == 200)


def elsewhere(app: FastAPI, address: str = "203.0.113.7") -> TestClient:
    """A client in another network than the district's, of the application that runs already."""
    return TestClient(app, base_url=PUBLIC_URL, raise_server_exceptions=False, client=(address, 50000))


def change(district: District, model: Any, condition: Any, **values: Any) -> None:
    """Move stored moments, as time would."""
    with district.work() as work:
        assert work.exec(update(model).where(condition).values(**values)).rowcount > 0


def without_request(answer: Any) -> dict[str, Any]:
    return {name: value for name, value in answer.json().items() if name not in ("instance", "request_id")}


def test_a_wrong_password_an_unknown_user_and_a_disabled_account_answer_alike(district: District) -> None:
    known, disabled = district.account(None, "B11"), district.account(None, "B11")
    with district.work() as work:
        change(district, Account, col(Account.username) == disabled, disabled_at=work.at)
    wrong = attempt(district.client, known, "not the password")
    assert code(wrong, 401) == "wrong_credentials"
    for other in (attempt(district.client, "nobody.here"), attempt(district.client, disabled)):
        assert code(other, 401) == "wrong_credentials"
        assert without_request(other) == without_request(wrong)
        assert set(other.headers) == set(wrong.headers)


def test_a_refused_sign_in_is_recorded_without_the_name_that_was_tried(district: District) -> None:
    attempt(district.client, "nobody.here")
    with district.work() as work:
        (line,) = work.exec(select(AuditLine).where(col(AuditLine.action) == "refuse_sign_in")).all()
    assert "nobody.here" not in json.dumps(line.model_dump(), default=str)


@pytest.mark.parametrize("body", [{}, {"username": "a"}, {"username": "a", "password": "b", "role": "administrator"}, []])
def test_a_sign_in_of_another_form_is_refused(district: District, body: object) -> None:
    assert code(district.client.post("/v1/sessions", json=body), 422) == "invalid"


def test_a_sign_in_is_answered_with_both_tokens_and_may_not_be_stored(district: District) -> None:
    username = district.account(None, "B11")
    answer = attempt(district.client, f"  {username.upper()} ")
    assert answer.status_code == 201
    body = answer.json()
    assert set(body) == {"access_token", "refresh_token", "token_type", "expires_in", "must_change_password"}
    assert (body["token_type"], body["expires_in"], body["must_change_password"]) == ("Bearer", 900, False)
    assert answer.headers["Cache-Control"] == "no-store"
    with district.work() as work:
        stored = repr([row.model_dump() for row in work.exec(select(RefreshToken)).all()])
    assert body["refresh_token"] not in stored


def test_after_five_failures_the_right_password_is_refused_too_from_a_strange_network(district: District, app: FastAPI) -> None:
    username, stranger = district.account(None, "B11"), elsewhere(app)
    assert [attempt(stranger, username, f"wrong {number}").status_code for number in range(5)] == [401] * 5
    for client in (stranger, elsewhere(app, "198.51.100.9")):
        refused = attempt(client, username)
        assert code(refused, 429) == "too_many_sign_ins"
        assert 1 <= int(refused.headers["Retry-After"]) <= 16
    change(district, SignInLimit, col(SignInLimit.failures) == 5, blocked_until=None)
    assert attempt(stranger, username).status_code == 201
    assert attempt(stranger, username, "wrong again").status_code == 401


def test_an_unknown_user_is_held_up_as_a_known_one_is(app: FastAPI, district: District) -> None:
    stranger = elsewhere(app)
    assert [attempt(stranger, "nobody.here").status_code for _ in range(6)] == [401] * 5 + [429]


def test_strangers_failures_do_not_hold_up_a_known_network(district: District, app: FastAPI) -> None:
    username, stranger = district.account(None, "B11"), elsewhere(app)
    district.sign_in_as(username)
    assert [attempt(stranger, username, "wrong").status_code for _ in range(6)] == [401] * 5 + [429]
    assert attempt(district.client, username).status_code == 201
    assert attempt(stranger, username).status_code == 429


def test_a_known_network_is_held_up_by_its_own_failures(district: District) -> None:
    username = district.account(None, "B11")
    district.sign_in_as(username)
    assert [attempt(district.client, username, "wrong").status_code for _ in range(6)] == [401] * 5 + [429]


def test_a_network_is_held_up_after_fifty_failures_whatever_the_names(district: District, app: FastAPI) -> None:
    stranger = elsewhere(app)
    assert attempt(stranger, "nobody").status_code == 401
    change(district, SignInLimit, col(SignInLimit.failures) == 1, failures=49)
    assert attempt(stranger, "nobody.else").status_code == 401
    refused = attempt(elsewhere(app, "203.0.113.200"), district.account(None, "B11"))
    assert code(refused, 429) == "too_many_sign_ins"
    assert int(refused.headers["Retry-After"]) > 250


def test_of_attempts_at_once_only_a_few_have_their_password_looked_at(district: District, app: FastAPI) -> None:
    username, stranger = district.account(None, "B11"), elsewhere(app)
    with ThreadPoolExecutor(12) as pool:
        statuses = Counter(pool.map(lambda number: attempt(stranger, username, f"wrong {number}").status_code, range(36)))
    assert set(statuses) <= {401, 429, 503}, statuses
    assert 1 <= statuses[401] <= 15


def test_people_of_one_network_who_sign_in_at_the_same_moment_all_may(district: District, app: FastAPI) -> None:
    usernames = [district.account(None, "B11") for _ in range(6)]
    office = elsewhere(app)
    with ThreadPoolExecutor(6) as pool:
        statuses = Counter(pool.map(lambda username: attempt(office, username).status_code, usernames))
    assert set(statuses) <= {201, 503}, statuses
    assert statuses[201] >= 1


def part(content: object) -> str:
    text = content if isinstance(content, bytes) else json.dumps(content, separators=(",", ":"), sort_keys=True).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


class Forger:
    """Makes access tokens as the house does, with one thing other than it should be."""

    def __init__(self, district: District, caller: Caller) -> None:
        settings = district.house.settings
        self.secret = derive(settings.token_secret, "token")
        self.caller = caller
        payload = caller.access_token.split(".")[1]
        self.claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=="))
        self.header = {"alg": "HS256", "kid": "t1", "typ": "at+jwt"}

    def token(self, header: dict[str, Any] | None = None, secret: bytes | None = None, **claims: Any) -> str:
        """A None claim is left out."""
        content = {name: value for name, value in {**self.claims, **claims}.items() if value is not None}
        signed = f"{part({**self.header, **(header or {})})}.{part(content)}"
        return f"{signed}.{part(hmac.digest(secret or self.secret, signed.encode(), sha256))}"


ATTACKS: dict[str, Callable[[Forger, Caller], str]] = {
    "no signature": lambda forger, other: forger.caller.access_token.rpartition(".")[0] + ".",
    "two parts": lambda forger, other: forger.caller.access_token.rpartition(".")[0],
    "alg none": lambda forger, other: forger.token({"alg": "none"}).rpartition(".")[0] + ".",
    "alg none, signed": lambda forger, other: forger.token({"alg": "none"}),
    "another algorithm": lambda forger, other: forger.token({"alg": "HS512"}),
    "another type": lambda forger, other: forger.token({"typ": "JWT"}),
    "another key": lambda forger, other: forger.token({"kid": "t2"}),
    "a key of its own": lambda forger, other: forger.token({"jwk": {"kty": "oct", "k": "AAAA"}}),
    "an unknown crit": lambda forger, other: forger.token({"crit": ["exp"]}),
    "another secret": lambda forger, other: forger.token(secret=b"s" * 32),
    "expired": lambda forger, other: forger.token(iat=int(time.time()) - 1000, exp=int(time.time()) - 31),
    "from the future": lambda forger, other: forger.token(iat=int(time.time()) + 90, exp=int(time.time()) + 900),
    "without an end": lambda forger, other: forger.token(exp=None),
    "without iat": lambda forger, other: forger.token(iat=None),
    "without an audience": lambda forger, other: forger.token(aud=None),
    "without an issuer": lambda forger, other: forger.token(iss=None),
    "without a subject": lambda forger, other: forger.token(sub=None),
    "without a session": lambda forger, other: forger.token(sid=None),
    "without jti": lambda forger, other: forger.token(jti=None),
    "another audience": lambda forger, other: forger.token(aud="another-api"),
    "another issuer": lambda forger, other: forger.token(iss="somebody"),
    "another's subject": lambda forger, other: forger.token(sub=other.account_id),
    "an unknown session": lambda forger, other: forger.token(sid=str(uuid4())),
    "no session's form": lambda forger, other: forger.token(sid="1"),
    "the refresh token": lambda forger, other: forger.caller.refresh_token,
    "nonsense": lambda forger, other: "nonsense",
    "very long": lambda forger, other: "a." * 4000 + "a",
}


@pytest.fixture
def holder(district: District) -> Caller:
    return district.sign_in(Role.secretary, "B11")


def test_no_forged_access_token_is_believed(district: District, holder: Caller) -> None:
    forger, other = Forger(district, holder), district.sign_in(Role.district_officer, "D")
    assert alive(district.client, forger.token()), "the forger must be able to make a good one"
    for name, forge in ATTACKS.items():
        answer = district.client.get("/v1/members", headers={"Authorization": f"Bearer {forge(forger, other)}"})
        assert answer.status_code == 401, name
        assert answer.headers["content-type"] == PROBLEM, name
        assert answer.headers["WWW-Authenticate"].startswith("Bearer"), name
        assert answer.json()["code"] == "unauthenticated", name


def test_an_access_token_counts_only_in_its_header_and_scheme(district: District, holder: Caller) -> None:
    token = holder.access_token
    for headers in ({}, {"Authorization": "Bearer"}, {"Authorization": f"Basic {token}"}, {"Authorization": token}):
        assert code(district.client.get("/v1/members", headers=headers), 401) == "unauthenticated"
    for headers in ({"Cookie": f"access_token={token}"}, {"X-Access-Token": token}):
        assert code(district.client.get("/v1/members", headers=headers), 401) == "unauthenticated"
    assert code(district.client.get("/v1/members", params={"access_token": token}), 401) == "unauthenticated"
    assert holder.get("/v1/members").status_code == 200


def test_a_session_is_over_when_it_lay_idle_or_has_come_to_its_end(district: District, holder: Caller) -> None:
    mine = col(SignInSession.account_id) == UUID(holder.account_id)
    with district.work() as work:
        at = work.at
    change(district, SignInSession, mine, last_used_at=at - timedelta(days=31))
    assert code(holder.get("/v1/accounts/mine"), 401) == "unauthenticated"
    assert code(refresh(district.client, holder.refresh_token), 401) == "session_ended"
    change(district, SignInSession, mine, last_used_at=at, expires_at=at - timedelta(seconds=1))
    assert code(holder.get("/v1/accounts/mine"), 401) == "unauthenticated"
    assert code(refresh(district.client, holder.refresh_token), 401) == "session_ended"
    change(district, SignInSession, mine, expires_at=at + timedelta(days=1))
    assert holder.get("/v1/accounts/mine").status_code == 200


def test_an_unknown_refresh_token_buys_nothing(district: District, holder: Caller) -> None:
    for token in ("", "unknown", holder.access_token[:200], holder.refresh_token[:-1]):
        assert code(refresh(district.client, token), 401) == "session_ended"


def test_a_refresh_token_buys_the_next_pair(district: District, holder: Caller) -> None:
    answer = refresh(district.client, holder.refresh_token)
    assert answer.status_code == 200
    pair = answer.json()
    assert pair["refresh_token"] != holder.refresh_token and pair["access_token"] != holder.access_token
    assert alive(district.client, pair["access_token"]) and alive(district.client, holder.access_token)


def test_a_refresh_token_whose_answer_was_lost_is_taken_again_within_a_minute(district: District, holder: Caller) -> None:
    lost = refresh(district.client, holder.refresh_token).json()
    change(
        district,
        RefreshToken,
        col(RefreshToken.used_at).is_not(None),
        used_at=_used_at(district) - timedelta(seconds=50),
    )
    again = refresh(district.client, holder.refresh_token)
    assert again.status_code == 200
    assert again.json()["refresh_token"] != lost["refresh_token"]
    assert refresh(district.client, again.json()["refresh_token"]).status_code == 200


def test_a_refresh_token_taken_again_after_a_minute_ends_the_session(district: District, holder: Caller) -> None:
    pair = refresh(district.client, holder.refresh_token).json()
    change(
        district,
        RefreshToken,
        col(RefreshToken.used_at).is_not(None),
        used_at=_used_at(district) - timedelta(seconds=61),
    )
    assert code(refresh(district.client, holder.refresh_token), 401) == "session_ended"
    assert not alive(district.client, pair["access_token"])
    assert code(refresh(district.client, pair["refresh_token"]), 401) == "session_ended"


def test_a_predecessor_shown_after_its_successor_was_used_ends_the_session_at_once(district: District, holder: Caller) -> None:
    second = refresh(district.client, holder.refresh_token).json()
    third = refresh(district.client, second["refresh_token"]).json()
    assert alive(district.client, third["access_token"])
    assert code(refresh(district.client, holder.refresh_token), 401) == "session_ended"
    for token in (holder.access_token, second["access_token"], third["access_token"]):
        assert not alive(district.client, token)
    assert code(refresh(district.client, third["refresh_token"]), 401) == "session_ended"
    with district.work() as work:
        details = [line.details for line in work.exec(select(AuditLine).where(col(AuditLine.action) == "end_session")).all()]
    assert [item["why"] for item in details] == ["refresh_token_reused"]


def test_of_two_successors_of_one_token_only_the_first_that_is_used_counts(district: District, holder: Caller) -> None:
    first = refresh(district.client, holder.refresh_token).json()
    second = refresh(district.client, holder.refresh_token).json()
    kept = refresh(district.client, second["refresh_token"]).json()
    assert code(refresh(district.client, first["refresh_token"]), 401) == "session_ended"
    assert not alive(district.client, kept["access_token"])


def test_one_refresh_token_sent_many_times_at_once_leaves_the_session_alive(district: District, holder: Caller) -> None:
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda _: refresh(district.client, holder.refresh_token), range(6)))
    assert {answer.status_code for answer in found} <= {200, 503}
    last = next(answer for answer in found if answer.status_code == 200).json()
    assert alive(district.client, holder.access_token)
    assert refresh(district.client, last["refresh_token"]).status_code == 200


def _used_at(district: District) -> Any:
    with district.work() as work:
        return work.exec(select(RefreshToken.used_at).where(col(RefreshToken.used_at).is_not(None))).one()


def test_signing_out_ends_the_session_at_once(district: District, holder: Caller) -> None:
    other = district.sign_in_as(holder.username)
    assert holder.delete("/v1/sessions/current").status_code == 204
    assert not alive(district.client, holder.access_token)
    assert code(refresh(district.client, holder.refresh_token), 401) == "session_ended"
    assert alive(district.client, other.access_token)


def test_somebody_elses_session_is_neither_told_nor_ended(district: District, holder: Caller) -> None:
    officer = district.sign_in(Role.administrator, "D")
    (foreign,) = holder.get("/v1/sessions").json()["items"]
    assert [item["id"] for item in officer.get("/v1/sessions").json()["items"]] != [foreign["id"]]
    refused, missing = officer.delete(f"/v1/sessions/{foreign['id']}"), officer.delete(f"/v1/sessions/{uuid4()}")
    assert code(refused, 404) == "not_found"
    assert without_request(refused) == without_request(missing)
    assert alive(district.client, holder.access_token)


def test_ones_sessions_are_listed_and_a_lost_phones_is_ended(district: District, holder: Caller) -> None:
    phone = district.sign_in_as(holder.username)
    items = holder.get("/v1/sessions").json()["items"]
    assert [item["is_current"] for item in items].count(True) == 1 and len(items) == 2
    (lost,) = [item["id"] for item in items if not item["is_current"]]
    assert [holder.delete(f"/v1/sessions/{lost}").status_code for _ in range(2)] == [204, 204]
    assert not alive(district.client, phone.access_token)
    assert [item["is_current"] for item in holder.get("/v1/sessions").json()["items"]] == [True]


def new_password(caller: Caller, present: str, new: str) -> Any:
    return caller.post("/v1/accounts/mine/password", json={"present_password": present, "new_password": new})


@pytest.mark.parametrize(
    ("present", "new", "refusal"),
    [
        ("not the password", NEW_PASSWORD, "wrong_password"),
        (PASSWORD, PASSWORD, "same_password"),
        (PASSWORD, "short1!", "weak_password"),
        (PASSWORD, "qwertyuiop", "weak_password"),
        (PASSWORD, "x" * 129, "weak_password"),
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


def grant(caller: Caller, account_id: str, role: Role, organization_id: UUID) -> Any:
    body = {"account_id": account_id, "role": role.value, "organization_id": str(organization_id)}
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
    assert answer.headers["ETag"] == '"1"'
    assert answer.json()["must_change_password"] and len(answer.json()["one_time_password"]) == 12


def test_an_account_is_made_for_a_member_of_its_own_organisation_once(district: District) -> None:
    officer = district.sign_in(Role.town_officer, "T1")
    own, foreign = a_member(district, "B11"), a_member(district, "B21")
    assert code(create(officer, district, "B11", member_id=str(foreign)), 404) == "not_found"
    assert code(create(officer, district, "B12", member_id=str(own)), 409) == "account_outside_organization"
    assert create(officer, district, "B11", member_id=str(own)).status_code == 201
    assert code(create(officer, district, "B11", member_id=str(own)), 409) == "conflict"


def test_a_user_name_is_taken_once_whatever_its_case(district: District, holder: Caller) -> None:
    assert create(holder, district, "B11", username="wang.xiulan").status_code == 201
    assert code(create(holder, district, "B11", username="Wang.XiuLan"), 409) == "conflict"
    for unfit in ("ab", "a b c", "x" * 65, "<script>"):
        assert code(create(holder, district, "B11", username=unfit), 422) == "invalid"


def test_nobody_grants_a_role_above_his_own(district: District, holder: Caller) -> None:
    account = create(holder, district, "B11").json()["id"]
    for role in Role:
        if role not in (Role.member, Role.deputy):
            assert code(grant(holder, account, role, district.ids["B11"]), 403) == "role_beyond_own"
    assert code(grant(holder, holder.account_id, Role.town_officer, district.ids["B11"]), 403) == "role_beyond_own"
    assert grant(holder, account, Role.deputy, district.ids["B11"]).status_code == 201


def test_nobody_grants_a_role_beyond_his_own_part_of_the_tree(district: District, holder: Caller) -> None:
    account = create(holder, district, "B11").json()["id"]
    foreign = district.sign_in(None, "B12").account_id
    for outside in ("V1", "B12", "D"):
        assert code(grant(holder, account, Role.deputy, district.ids[outside]), 404) == "not_found"
    assert code(grant(holder, foreign, Role.deputy, district.ids["B11"]), 404) == "not_found"
    assert code(grant(holder, str(uuid4()), Role.deputy, district.ids["B11"]), 404) == "not_found"


def test_a_role_is_granted_only_at_its_kind_of_organisation(district: District) -> None:
    administrator = district.sign_in(Role.administrator, "D")
    account = create(administrator, district, "B11").json()["id"]
    for role, where in (
        (Role.district_officer, "T1"),
        (Role.town_officer, "B11"),
        (Role.administrator, "V1"),
        (Role.secretary, "D"),
    ):
        assert code(grant(administrator, account, role, district.ids[where]), 422) == "role_out_of_place"
    assert code(grant(administrator, account, Role.member, district.ids["B11"]), 422) == "member_role_needs_member"


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
    assert code(holder.delete(f"/v1/grants/{own['id']}"), 403) == "role_beyond_own"
    assert peer.get("/v1/members").status_code == 200


def test_an_account_that_holds_a_higher_role_is_not_disabled_from_below(district: District, holder: Caller) -> None:
    chief = district.sign_in(None, "B11")
    with district.work() as work:
        work.add(RoleGrant(account_id=UUID(chief.account_id), role=Role.town_officer, organization_id=district.ids["T1"]))
    for action in ("disable", "enable"):
        assert code(holder.post(f"/v1/accounts/{chief.account_id}/{action}"), 403) == "role_beyond_own"
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
    assert disabled.json()["disabled_at"] and disabled.headers["ETag"] == '"2"'
    assert not alive(district.client, helper.access_token)
    assert code(refresh(district.client, helper.refresh_token), 401) == "session_ended"
    assert code(attempt(district.client, helper.username), 401) == "wrong_credentials"
    assert holder.post(f"{path}/enable").json()["disabled_at"] is None
    assert not alive(district.client, helper.access_token)
    assert district.sign_in_as(helper.username).get("/v1/members").status_code == 200


def test_the_last_administrator_is_neither_removed_nor_disabled(district: District) -> None:
    administrator = district.sign_in(Role.administrator, "D")
    (own,) = administrator.get("/v1/accounts/mine").json()["roles"]
    disable = f"/v1/accounts/{administrator.account_id}/disable"
    assert code(administrator.delete(f"/v1/grants/{own['id']}"), 409) == "last_administrator"
    assert code(administrator.post(disable), 409) == "last_administrator"
    second = district.sign_in(Role.administrator, "D")
    with district.work() as work:
        change(district, Account, col(Account.id) == UUID(second.account_id), disabled_at=work.at)
    assert code(administrator.delete(f"/v1/grants/{own['id']}"), 409) == "last_administrator"
    assert code(administrator.post(disable), 409) == "last_administrator"
    change(district, Account, col(Account.id) == UUID(second.account_id), disabled_at=None)
    assert administrator.delete(f"/v1/grants/{own['id']}").status_code == 204
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


def reach(caller: Caller, district: District) -> set[str]:
    codes = {str(key): name for name, key in district.ids.items()}
    return {codes[item["id"]] for item in caller.get("/v1/organizations", params={"limit": 200}).json()["items"]}


@pytest.mark.parametrize(
    ("role", "where", "reached"),
    [
        (Role.secretary, "B11", {"B11"}),
        (Role.deputy, "V1", {"V1", "B11", "B12"}),
        (Role.town_officer, "T1", {"T1", "V1", "B11", "B12"}),
        (Role.auditor, "T2", {"T2", "V2", "B21", "B22"}),
        (Role.district_officer, "D", {"D", "T1", "T2", "V1", "V2", "B11", "B12", "B21", "B22"}),
    ],
)
def test_a_role_reaches_its_organisation_and_all_below(district: District, role: Role, where: str, reached: set[str]) -> None:
    assert reach(district.sign_in(role, where), district) == reached


def test_a_role_elsewhere_does_not_lend_its_permission_here(district: District) -> None:
    caller = district.sign_in(Role.deputy, "B12")
    with district.work() as work:
        work.add(RoleGrant(account_id=UUID(caller.account_id), role=Role.town_officer, organization_id=district.ids["T2"]))
    assert reach(caller, district) == {"B12", "T2", "V2", "B21", "B22"}
    edit = {"json": {"name": "改名的党支部"}, "headers": {"If-Match": '"1"'}}
    assert code(caller.patch(f"/v1/organizations/{district.ids['B12']}", **edit), 404) == "not_found"
    assert caller.patch(f"/v1/organizations/{district.ids['B21']}", **edit).status_code == 200


def test_roles_follow_a_moved_organisation(district: District) -> None:
    chief = district.sign_in(Role.district_officer, "D")
    first, second = district.sign_in(Role.town_officer, "T1"), district.sign_in(Role.town_officer, "T2")
    village, branch = district.sign_in(Role.secretary, "V1"), district.sign_in(Role.secretary, "B11")
    moved = chief.post(f"/v1/organizations/{district.ids['V1']}/move", json={"parent_id": str(district.ids["T2"])})
    assert moved.status_code == 200, moved.text
    assert reach(first, district) == {"T1"}
    assert reach(second, district) == {"T2", "V2", "B21", "B22", "V1", "B11", "B12"}
    assert reach(village, district) == {"V1", "B11", "B12"}
    assert reach(branch, district) == {"B11"}


def test_a_sign_in_that_was_under_way_when_the_password_changed_is_refused(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    username = district.account(Role.secretary, "B11")
    passwords = district.house.passwords
    compare = passwords.matches

    def changed_meanwhile(password: str, stored: str | None) -> bool:
        matched = compare(password, stored)
        with district.work() as work:
            account = work.exec(select(Account).where(col(Account.username) == username)).one()
            account.password_hash = passwords.hash("another kestrel 82 anchor")
        return matched

    monkeypatch.setattr(type(passwords), "matches", lambda _, password, stored: changed_meanwhile(password, stored))
    answer = district.client.post("/v1/sessions", json={"username": username, "password": PASSWORD})
    assert answer.status_code == 401


def test_guesses_at_the_present_password_are_counted(district: District) -> None:
    caller = district.sign_in(Role.secretary, "B11")
    body = {"present_password": "not the present one", "new_password": "kestrel violet 82 anchor"}
    statuses = [caller.post("/v1/accounts/mine/password", json=body).status_code for _ in range(7)]
    assert statuses == [422] * 5 + [429] * 2


def test_the_last_hop_that_a_trusted_proxy_wrote_counts_in_however_many_lines(settings: Settings) -> None:
    trusting = settings.model_copy(update={"trusted_proxies": (ip_network("10.0.0.0/8"),)})
    app = create_app(trusting)
    scope = {
        "type": "http",
        "app": app,
        "client": ("::ffff:10.1.2.3", 1),
        "headers": [(b"x-forwarded-for", b"6.6.6.6"), (b"x-forwarded-for", b"203.0.113.9, 10.9.9.9")],
    }
    assert client_address(Request(scope)) == "203.0.113.9"
    app.state.house.database.close()
