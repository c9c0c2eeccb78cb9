"""What is shown wrongly in a stolen session, by somebody who knows neither password nor code, is not counted against its owner."""

from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlmodel import col, select

from api.access.otp.rules import MOST_FAILURES, MOST_SHOWN
from api.access.rules import WRONG_PROOF_LIMIT
from models.account import SecondFactor, SignInLimit, SignInSession
from models.enums import Role
from models.sign_in_enums import SessionEnd
from tests.access.asking import change, code
from tests.access.factors import MINE, Phone, attempt, begin, demand, enrol, later, settled
from tests.accounts.people import NEW_PASSWORD, deeds
from tests.conftest import PASSWORD, Caller, District

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
