"""What is shown wrongly in a stolen session, by somebody who knows neither password nor code, is not counted against its owner."""

import json
from base64 import b32decode
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlmodel import col, select

from api.access.otp.rules import MOST_FAILURES, MOST_SHOWN
from api.access.rules import WRONG_PROOF_LIMIT
from api.web import idempotency
from api.web.dependencies import UNENROLLED
from models.account import SecondFactor, SignInLimit, SignInSession
from models.enums import Role
from models.idempotency import IdempotentRequest
from models.sign_in_enums import SessionEnd
from tests.access.asking import change, code, counted_writes
from tests.access.factors import MINE, Phone, attempt, begin, demand, enrol, later, settled
from tests.accounts.people import NEW_PASSWORD, deeds
from tests.conftest import PASSWORD, Caller, District
from tests.routes import Door, document, doors, resolved

STEP_UP, CHANGE = "/v1/sessions/step-up", "/v1/accounts/mine/password"


@pytest.fixture
def owner(app: FastAPI, district: District) -> Caller:
    demand(app)
    return district.sign_in_as(district.account(Role.secretary, "B11"))


def wrong(session: Caller, way: str, phone: Phone) -> int:
    """What is answered to something wrong that is shown in a session."""
    if way == "change":
        answer = session.post(CHANGE, json={"present_password": "wrong", "new_password": NEW_PASSWORD})
    elif way == "confirm":
        answer = session.post(f"{MINE}/confirm", json={"otp": phone.wrong()})
    elif way in ("remove", "recovery-codes"):
        answer = session.post(f"{MINE}/{way}", json={"otp": phone.wrong()})
    else:
        answer = session.post(STEP_UP, json={"password": "wrong"} if way == "password" else {"otp": phone.wrong()})
    return int(answer.status_code)


def stolen_from(owner: Caller, district: District, way: str) -> tuple[Phone, Caller]:
    """The owner's app, and another session of his in which something wrong can be shown in that way."""
    phone, _ = enrol(owner)
    stolen = settled(district, attempt(district, owner, otp=phone.code(1)), owner)
    if way == "confirm":
        later(district, owner)
        begin(stolen, otp=phone.code())
    return phone, stolen


@pytest.mark.parametrize("way", ["password", "change", "otp", "remove", "recovery-codes", "confirm"])
def test_it_holds_up_nobody_in_another_session(owner: Caller, district: District, way: str) -> None:
    phone, stolen = stolen_from(owner, district, way)
    assert [wrong(stolen, way, phone) for _ in range(6)] == [422] * 5 + [429]
    later(district, owner)
    assert owner.post(STEP_UP, json={"password": PASSWORD}).status_code == 200
    assert owner.post(STEP_UP, json={"otp": phone.code()}).status_code == 200
    assert owner.post(CHANGE, json={"present_password": PASSWORD, "new_password": NEW_PASSWORD}).status_code == 204


@pytest.mark.parametrize("way", ["password", "change", "otp", "remove", "recovery-codes", "confirm"])
def test_the_last_of_a_day_ends_the_session(owner: Caller, district: District, way: str) -> None:
    phone, stolen = stolen_from(owner, district, way)
    for _ in range(WRONG_PROOF_LIMIT.free):
        assert wrong(stolen, way, phone) == 422
        change(district, SignInLimit, col(SignInLimit.failures) > 0, blocked_until=None)
    assert wrong(stolen, way, phone) == 401
    with district.work() as work:
        ended = [one for one in work.exec(select(SignInSession)).all() if one.end_reason is SessionEnd.too_many]
    assert len(ended) == len(deeds(district, "end_session")) == 1
    assert owner.post(CHANGE, json={"present_password": PASSWORD, "new_password": NEW_PASSWORD}).status_code == 204


def test_it_uses_up_no_more_than_half_of_the_wrong_codes(owner: Caller, district: District) -> None:
    phone, recovery = enrol(owner)
    stolen = settled(district, attempt(district, owner, otp=phone.code(1)), owner)
    mine = col(SecondFactor.account_id) == UUID(owner.account_id)
    change(district, SecondFactor, mine, failures=MOST_SHOWN - 1)
    assert [wrong(stolen, "otp", phone) for _ in range(3)] == [422] * 3
    with district.work() as work:
        assert work.exec(select(SecondFactor.failures).where(mine)).all() == [MOST_SHOWN]
    later(district, owner)
    assert code(owner.post(STEP_UP, json={"otp": phone.code()}), 422) == "wrong_proof", "which bounds what is guessed in sessions"
    assert owner.post(STEP_UP, json={"otp": recovery[0]}).status_code == 200
    change(district, SecondFactor, mine, failures=MOST_SHOWN)
    assert attempt(district, owner, otp=phone.code()).status_code == 201
    change(district, SecondFactor, mine, failures=MOST_FAILURES - 1, last_step=0)
    assert attempt(district, owner, otp=phone.wrong()).status_code == 401
    assert attempt(district, owner, otp=phone.code()).status_code == 401


def proof_in(door: Door) -> dict[str, Any]:
    """What a door of the signed in is sent for example, where a password or a code stands in it."""
    if not door.permissions or not (operation := document()["paths"][door.path][door.method.lower()]).get("requestBody"):
        return {}
    (content,) = operation["requestBody"]["content"].values()
    parts = [resolved(document(), part) for part in content["schema"].get("anyOf", [content["schema"]])]
    fields = {name: field for part in parts for name, field in part.get("properties", {}).items()}
    secret = {name for name, field in fields.items() if '"password"' in json.dumps(field)}
    return {name: "123456" for name in secret}


def proof_doors(app: FastAPI) -> dict[str, tuple[str, dict[str, Any]]]:
    found = ((door, proof_in(door)) for door in doors(app) if door.method in ("POST", "PUT", "PATCH"))
    return {door.name: (door.path, body) for door, body in found if body}


def test_whatever_takes_a_password_or_a_code_takes_a_key_as_such(app: FastAPI) -> None:
    """Nothing else is posted there than what shows one, since the writes that bound guessing elsewhere are not counted."""
    unenrolled = {door.name for door in doors(app) if UNENROLLED in door.marks and door.method in ("POST", "PUT", "PATCH")}
    assert unenrolled == set(proof_doors(app)) >= {"step_up", "change_password", "begin_otp", "renew_recovery_codes"}


def test_what_is_sent_under_the_key_of_another_proof_is_a_wrong_one(owner: Caller, app: FastAPI, district: District) -> None:
    """Or else whoever knows the key would try all codes by what he is told."""
    for name, (path, body) in proof_doors(app).items():
        stolen = district.sign_in_as(owner.username)
        key = {"Idempotency-Key": "1"}
        with district.work() as work:
            route = f"{name}{sha256(path.encode()).hexdigest()[:32]}"
            mine = UUID(owner.account_id)
            work.add(IdempotentRequest(account_id=mine, route=route, key="1", request_digest="another", created_at=work.at))

        def guess(stolen: Caller = stolen, path: str = path, body: dict[str, Any] = body, key: dict[str, str] = key) -> Any:
            return stolen.post(path, json=body, headers=key)

        for _ in range(5):
            assert code(guess(), 422) == "idempotency_key_reused"
        assert code(guess(), 429) == "too_many_sign_ins"
        for _ in range(WRONG_PROOF_LIMIT.free - 5):
            change(district, SignInLimit, col(SignInLimit.failures) > 0, blocked_until=None)
            assert code(guess(), 422) == "idempotency_key_reused"
        assert guess().status_code == 401, name
    assert len(deeds(district, "end_session")) == len(proof_doors(app))


def test_the_right_one_under_its_key_is_told_no_more_once_too_many_were_wrong(owner: Caller, district: District) -> None:
    phone, _ = enrol(owner)
    later(district, owner)
    right, wrong = {"otp": phone.code()}, {"otp": phone.wrong()}

    def send(body: dict[str, str]) -> Any:
        return owner.post(STEP_UP, json=body, headers={"Idempotency-Key": "1"})

    first = send(right)
    assert [send(right).content for _ in range(7)] == [first.content] * 7, "however often the same is sent"
    for _ in range(4):
        assert code(send(wrong), 422) == "idempotency_key_reused"
        assert send(right).content == first.content
    assert [code(send(wrong), 422), code(send(right), 429)] == ["idempotency_key_reused", "too_many_sign_ins"]
    written: list[str] = []
    with counted_writes(district, written):
        answers = [send(right), send(wrong)]
    assert {code(one, 429) for one in answers} == {"too_many_sign_ins"}
    assert answers[0].headers["Retry-After"] == answers[1].headers["Retry-After"]
    assert not written, "held up, nothing is compared"


def test_a_secret_of_ones_own_is_told_once(owner: Caller, district: District) -> None:
    """Whoever has a copy of the session, or the password alone, would learn by the key what somebody else is about to bind."""
    key = {"Idempotency-Key": "1"}
    begun = owner.post(MINE, headers=key)
    phone = Phone(b32decode(begun.json()["secret"]))
    for thief in (owner, district.sign_in_as(owner.username)):
        assert code(thief.post(MINE, headers=key), 403) == "answer_not_shown"
    first = {"otp": phone.code()}
    assert owner.post(f"{MINE}/confirm", json=first, headers=key).status_code == 200
    assert code(owner.post(f"{MINE}/confirm", json=first, headers=key), 403) == "answer_not_shown"
    with district.work() as work:
        assert {row.body_sealed for row in work.exec(select(IdempotentRequest)).all()} == {None}


def test_who_has_used_up_the_keys_of_an_account_keeps_its_owner_from_no_proof(
    owner: Caller, district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idempotency, "MOST_KEPT", 0)
    key = {"Idempotency-Key": "1"}
    assert code(owner.post("/v1/files/uploads", json={"media_type": "image/png"}, headers=key), 429) == "too_many_keys"
    for _ in range(2):
        assert owner.post(STEP_UP, json={"password": PASSWORD}, headers=key).status_code == 200
    assert owner.post(MINE, headers=key).status_code == 200
    new = {"present_password": PASSWORD, "new_password": NEW_PASSWORD}
    assert owner.post(CHANGE, json=new, headers=key).status_code == 204
