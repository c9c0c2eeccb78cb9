"""Devices that an account knows: no stranger's failures count there, and none of theirs elsewhere."""

from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlmodel import col, select

from api.access.devices import MOST, SETTLED, UNUSED
from api.access.rules import WRONG_PROOF_LIMIT
from api.turns import Turns
from models.account import KnownDevice, SignInLimit, SignInSession
from models.enums import Role
from tests.access.asking import NEW_PASSWORD, alive, attempt, change, elsewhere, refresh
from tests.clock import steady
from tests.conftest import PASSWORD, Caller, District

__all__ = ["steady"]
pytestmark = pytest.mark.usefixtures("steady")


def device_token(client: TestClient, username: str, device: str | None = None) -> str:
    answer = attempt(client, username, device=device)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["device_token"])


def locked_out(client: TestClient, username: str) -> bool:
    """Whether a stranger there is held up, once he has guessed often."""
    return [attempt(client, username, f"wrong {number}").status_code for number in range(6)] == [401] * 5 + [429]


def test_strangers_hold_up_no_device_that_the_account_knows_wherever_it_is(district: District, app: FastAPI) -> None:
    username, stranger = district.account(None, "B11"), elsewhere(app)
    device = device_token(district.client, username)
    assert locked_out(stranger, username)
    change(district, SignInLimit, col(SignInLimit.failures) > 0, failures=100)
    assert attempt(stranger, "nobody.here").status_code == 401
    assert attempt(stranger, "nobody.else").status_code == 429
    for client in (stranger, district.client):
        assert attempt(client, username).status_code == 429
        assert device_token(client, username, device) == device


@pytest.mark.engine("sqlite")
def test_a_network_from_which_the_account_has_been_signed_in_is_no_better_than_another(district: District, app: FastAPI) -> None:
    username = district.account(None, "B11")
    district.sign_in_as(username)
    assert locked_out(district.client, username)
    assert attempt(elsewhere(app), username).status_code == 429


def test_a_known_device_is_held_up_by_its_own_failures_and_nobody_else_is(district: District) -> None:
    username = district.account(None, "B11")
    one, other = device_token(district.client, username), device_token(district.client, username)
    tries = [attempt(district.client, username, "wrong", device=one).status_code for _ in range(6)]
    assert tries == [401] * 5 + [429]
    assert attempt(district.client, username, device=one).status_code == 429
    assert attempt(district.client, username, device=other).status_code == 201
    assert attempt(district.client, username).status_code == 201


@pytest.mark.engine("sqlite")
@pytest.mark.parametrize("whose", ["nobody's", "another's"])
def test_a_token_that_is_not_the_accounts_own_is_as_good_as_none(district: District, whose: str) -> None:
    username = district.account(None, "B11")
    token = "p4T0c9Zk2mV7q1s8d3f6h5j0l2n4r6t8v1x3z5b7N9w"
    if whose == "another's":
        token = device_token(district.client, district.account(None, "B11"))
    assert [attempt(district.client, username, "wrong", device=token).status_code for _ in range(6)] == [401] * 5 + [429]
    assert attempt(district.client, username).status_code == 429
    change(district, SignInLimit, col(SignInLimit.failures) > 0, blocked_until=None, failures=0)
    assert device_token(district.client, username, token) != token


@pytest.mark.engine("sqlite")
def test_strangers_alone_compare_their_passwords_in_the_turns_of_strangers(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    username, turns, take = district.account(None, "B11"), list[bool](), Turns.take

    def noted(self: Turns, *args: Any, is_stranger: bool = False, **kwargs: Any) -> AbstractContextManager[None]:
        # Those who write take turns as well.
        if self is not district.house.database.line.turns:
            turns.append(is_stranger)
        return take(self, *args, is_stranger=is_stranger, **kwargs)

    monkeypatch.setattr(Turns, "take", noted)
    device = device_token(district.client, username)
    attempt(district.client, username, "wrong")
    attempt(district.client, "nobody", device=device)
    assert turns == [True] * 3
    here, _ = signed_in(district, username, device)
    here.post("/v1/sessions/step-up", json={"password": PASSWORD})
    assert turns == [True] * 3 + [False] * 2


def is_known(district: District, username: str, device: str) -> bool:
    return device_token(district.client, username, device) == device


def test_ten_devices_of_an_account_are_known_those_that_were_used_last(district: District) -> None:
    username = district.account(None, "B11")
    tokens = [device_token(district.client, username) for _ in range(MOST)]
    assert is_known(district, username, tokens[0])
    device_token(district.client, username)
    assert is_known(district, username, tokens[0]) and is_known(district, username, tokens[2])
    assert not is_known(district, username, tokens[1])


def test_devices_of_today_take_the_place_of_none_that_was_known_before(district: District) -> None:
    username = district.account(None, "B11")
    telephone = device_token(district.client, username)
    with district.work() as work:
        change(district, KnownDevice, col(KnownDevice.id).is_not(None), created_at=work.at - SETTLED)
    others = [device_token(district.client, username) for _ in range(MOST + 1)]
    assert is_known(district, username, telephone) and is_known(district, username, others[-1])
    assert not is_known(district, username, others[0])


@pytest.mark.engine("sqlite")
def test_a_device_is_known_for_a_year_after_its_last_sign_in(district: District) -> None:
    username = district.account(None, "B11")
    device = device_token(district.client, username)
    with district.work() as work:
        (known,) = work.exec(select(KnownDevice)).all()
        assert device not in repr(known.model_dump())
        known.last_used_at = work.at - UNUSED
    assert not is_known(district, username, device)


def signed_in(district: District, username: str, device: str | None = None) -> tuple[Caller, str]:
    body: dict[str, Any] = attempt(district.client, username, device=device).json()
    account_id = district.house.tokens.read(body["access_token"]).account_id
    return Caller(district.client, str(account_id), username, body["access_token"], body["refresh_token"]), body["device_token"]


@pytest.mark.engine("sqlite")
def test_a_lost_telephone_is_a_stranger_once_its_session_is_ended_from_another_device(district: District) -> None:
    username = district.account(None, "B11")
    (here, mine), (_, lost) = signed_in(district, username), signed_in(district, username)
    twice = attempt(district.client, username, device=mine)
    assert twice.status_code == 201
    for session in here.get("/v1/sessions").json()["items"]:
        if not session["is_current"]:
            assert here.delete(f"/v1/sessions/{session['id']}").status_code == 204
    assert is_known(district, username, mine) and not is_known(district, username, lost)


@pytest.mark.engine("sqlite")
@pytest.mark.parametrize("ended", ["by guessing", "by a token that was taken twice", "by who found it"])
def test_so_is_one_whose_session_has_ended_by_what_somebody_did_there(district: District, ended: str) -> None:
    username = district.account(None, "B11")
    found, lost = signed_in(district, username)
    if ended == "by guessing":
        for _ in range(WRONG_PROOF_LIMIT.free + 1):
            change(district, SignInLimit, col(SignInLimit.failures) > 0, blocked_until=None)
            found.post("/v1/sessions/step-up", json={"password": "wrong"})
        change(district, SignInLimit, col(SignInLimit.failures) > 0, blocked_until=None, failures=0)
    elif ended == "by who found it":
        assert found.delete("/v1/sessions/current").status_code == 204
    else:
        following = refresh(district.client, found.refresh_token).json()["refresh_token"]
        assert refresh(district.client, following).status_code == 200
        assert refresh(district.client, found.refresh_token).status_code == 401
    assert not alive(district.client, found.access_token)
    here, _ = signed_in(district, username)
    (_, other) = here.get("/v1/sessions").json()["items"]
    assert here.delete(f"/v1/sessions/{other['id']}").status_code == 204
    assert len(here.get("/v1/sessions").json()["items"]) == 1 and not is_known(district, username, lost)


@pytest.mark.engine("sqlite")
@pytest.mark.parametrize("over", ["idle", "expired"])
def test_so_is_one_whose_session_is_over_by_time_for_the_last_on_each_device_is_listed(district: District, over: str) -> None:
    username = district.account(None, "B11")
    (_, mine), (_, lost) = signed_in(district, username), signed_in(district, username)
    assert attempt(district.client, username, device=lost).status_code == 201
    with district.work() as work:
        past = work.at - 2 * district.house.lifetimes.absolute
        for number, session in enumerate(work.exec(select(SignInSession).order_by(col(SignInSession.id))).all()):
            session.last_used_at = past + timedelta(minutes=number)
            if over == "expired":
                session.expires_at = past
    here, _ = signed_in(district, username, mine)
    listed = here.get("/v1/sessions").json()["items"]
    assert [one["is_current"] for one in listed] == [True, False], "neither what was before on this device, nor on that one"
    assert here.delete(f"/v1/sessions/{listed[1]['id']}").status_code == 204
    assert [one["is_current"] for one in here.get("/v1/sessions").json()["items"]] == [True]
    assert is_known(district, username, mine) and not is_known(district, username, lost)


def test_a_changed_password_leaves_the_device_where_it_was_changed_and_a_slip_none(district: District) -> None:
    username = district.account(None, "B11")
    (here, mine), (_, other) = signed_in(district, username), signed_in(district, username)
    change_password = {"present_password": PASSWORD, "new_password": NEW_PASSWORD}
    assert here.post("/v1/accounts/mine/password", json=change_password).status_code == 204
    assert known_devices(district, here) == 1
    answers = [attempt(district.client, username, NEW_PASSWORD, device=device).json() for device in (mine, other)]
    assert [answer["device_token"] == device for answer, device in zip(answers, (mine, other), strict=True)] == [True, False]
    slip = district.sign_in(Role.administrator, "D").post(f"/v1/accounts/{here.account_id}/slip", headers={"If-Match": "*"})
    assert slip.status_code == 200, slip.text
    assert known_devices(district, here) == 0


@pytest.mark.engine("sqlite")
def test_signing_out_leaves_the_device_known(district: District) -> None:
    username = district.account(None, "B11")
    here, mine = signed_in(district, username)
    assert here.delete("/v1/sessions/current").status_code == 204
    assert is_known(district, username, mine)


def known_devices(district: District, caller: Caller) -> int:
    with district.work() as work:
        return len(work.exec(select(KnownDevice).where(col(KnownDevice.account_id) == UUID(caller.account_id))).all())
