import base64
import hmac
import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, timedelta
from hashlib import sha256
from ipaddress import ip_network
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlmodel import col, delete, select, update
from starlette.requests import Request

from api.access import refusals
from api.app import create_app
from api.database import Origin
from api.settings import Settings, derive
from api.web import entrance
from api.web.requests import client_address
from models.account import Account, RefreshToken, RoleGrant, SignInSession
from models.audit import AuditLine
from models.enums import Role
from tests.access.asking import PROBLEM, alive, attempt, change, code, refresh, without_request
from tests.clock import Steady, steady
from tests.conftest import PASSWORD, Caller, District

__all__ = ["steady"]
pytestmark = pytest.mark.usefixtures("steady")


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
        assert refusals.tell_refusals(work) == 1
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
    must = {"must_change_password", "must_enrol_otp"}
    assert set(body) == {"access_token", "refresh_token", "token_type", "expires_in", "device_token", "refused_since"} | must
    assert (body["token_type"], body["expires_in"], body["must_change_password"]) == ("Bearer", 900, False)
    assert answer.headers["Cache-Control"] == "no-store"
    with district.work() as work:
        stored = repr([row.model_dump() for row in work.exec(select(RefreshToken)).all()])
    assert body["refresh_token"] not in stored


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


def test_the_moment_of_a_request_is_when_its_body_is_there(
    district: District, holder: Caller, steady: Steady, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = entrance._known

    async def slowly(*asked: Any) -> Any:
        steady.passes(timedelta(seconds=26))
        return await known(*asked)

    monkeypatch.setattr(entrance, "_known", slowly)
    began = steady.now(UTC)
    assert attempt(district.client, holder.username).status_code == 201
    with district.work() as work:
        newest = work.exec(select(SignInSession).order_by(col(SignInSession.created_at).desc())).first()
        assert newest is not None and newest.created_at - began >= timedelta(seconds=26)


def test_of_several_successors_one_counts_also_once_it_is_forgotten_which_was_used(
    district: District, holder: Caller, steady: Steady
) -> None:
    first, second = (refresh(district.client, holder.refresh_token).json()["refresh_token"] for _ in range(2))
    steady.passes(timedelta(minutes=2))
    assert refresh(district.client, first).status_code == 200
    with district.work() as work:
        work.execute(update(RefreshToken).values(parent_id=None))
        work.execute(delete(RefreshToken).where(col(RefreshToken.used_at).is_not(None)))
    assert code(refresh(district.client, second), 401) == "session_ended"
    assert code(refresh(district.client, first), 401) == "session_ended"


def test_answers_may_be_lost_one_after_the_other(district: District, holder: Caller) -> None:
    token = holder.refresh_token
    for _ in range(3):
        refresh(district.client, token)
        token = refresh(district.client, token).json()["refresh_token"]
    assert refresh(district.client, token).status_code == 200


@pytest.mark.engine("sqlite")
def test_an_unknown_refresh_token_does_not_wait_for_the_writer(district: District) -> None:
    with district.house.database.writing(Origin("another's")) as work:
        work.exec(select(SignInSession)).all()
        assert code(refresh(district.client, "unknown"), 401) == "session_ended"


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
        used_at=_used_at(district) - timedelta(seconds=59),
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
        ended = select(AuditLine).where(col(AuditLine.action) == "end_session").order_by(col(AuditLine.seq))
        details = [line.details for line in work.exec(ended).all()]
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

    monkeypatch.setattr(type(passwords), "matches", lambda _, password, stored, **__: changed_meanwhile(password, stored))
    answer = district.client.post("/v1/sessions", json={"username": username, "password": PASSWORD})
    assert answer.status_code == 401


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
