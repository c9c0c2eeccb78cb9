"""A right one-time password opens its account whatever others have tried, and nothing else does."""

import math
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col

from api.access.passwords import ONE_TIME_ALPHABET, new_one_time_password
from models.account import SignInLimit
from models.enums import Role
from tests.access import factors
from tests.access.asking import attempt, change, code
from tests.accounts.people import NEW_PASSWORD, age, enrol, issue, settled, sign_in
from tests.clock import steady
from tests.conftest import Caller, District

__all__ = ["steady"]
pytestmark = pytest.mark.usefixtures("steady")

ON_ENGINES = ("sqlite",)


@pytest.fixture
def secretary(district: District) -> Caller:
    return district.sign_in(Role.secretary, "B11")


def issued(district: District, secretary: Caller) -> dict[str, Any]:
    enrol(district, "B11", "王秀兰")
    (slip,) = issue(secretary, district, "B11").json()["items"]
    return dict(slip)


def hold_up(district: District, username: str) -> None:
    """Guess, and let the name and the network be as they are after many guesses."""
    assert attempt(district.client, username, "wrong").status_code == 401
    with district.work() as work:
        until = work.at + timedelta(minutes=15)
    change(district, SignInLimit, col(SignInLimit.failures) > 0, failures=100, blocked_until=until)


def test_beyond_every_limit_a_slip_signs_in_without_a_hash(
    district: District, secretary: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    slip = issued(district, secretary)
    hold_up(district, slip["username"])
    with monkeypatch.context() as patched:
        patched.setattr(type(district.house.passwords), "matches", lambda *_: pytest.fail("no hash is to be made"))
        as_typed = f" {slip['one_time_password'][:6].upper()}-{slip['one_time_password'][6:]} "
        for typed in (slip["one_time_password"], as_typed):
            assert attempt(district.client, slip["username"], typed).status_code == 201
        for wrong in (slip["one_time_password"][:-1], f"{slip['one_time_password']}2", ""):
            assert code(attempt(district.client, slip["username"], wrong), 429) == "too_many_sign_ins"
        assert sign_in(district, {**slip, "username": secretary.username}).status_code == 429
        age(district, slip["account_id"], 15)
        assert code(sign_in(district, slip), 429) == "too_many_sign_ins"


def test_neither_a_used_slip_nor_a_password_of_ones_own_passes_a_limit(district: District, secretary: Caller) -> None:
    slip = issued(district, secretary)
    settled(district, slip)
    hold_up(district, slip["username"])
    assert sign_in(district, slip).status_code == 429
    assert attempt(district.client, slip["username"], NEW_PASSWORD).status_code == 429


def test_of_two_halves_only_both_pass_a_limit(district: District) -> None:
    one, second = district.sign_in(Role.administrator, "D"), district.sign_in(Role.administrator, "D")
    owner = district.sign_in(Role.district_officer, "D")
    asked = one.post(f"/v1/accounts/{owner.account_id}/slip").json()
    approved = second.post(f"/v1/accounts/slip-requests/{asked['id']}/approve").json()
    hold_up(district, owner.username)
    first, last = asked["one_time_half"], approved["one_time_half"]
    for half in (first, last, last + first, first + first):
        assert attempt(district.client, owner.username, half).status_code == 429
    assert attempt(district.client, owner.username, first + last).status_code == 201


def test_a_new_slip_forgets_nothing_that_strangers_could_see(district: District, secretary: Caller) -> None:
    slip = issued(district, secretary)
    hold_up(district, slip["username"])
    again = secretary.post(f"/v1/accounts/{slip['account_id']}/slip")
    assert again.status_code == 200
    assert attempt(district.client, slip["username"], "wrong").status_code == 429
    assert sign_in(district, slip).status_code == 429
    settled(district, again.json())


@pytest.mark.engine("sqlite")
def test_wrong_codes_of_a_stolen_session_hold_up_no_slip_with_a_right_code(district: District, secretary: Caller) -> None:
    phone, _ = factors.enrol(secretary)
    guesses = [secretary.post("/v1/sessions/step-up", json={"otp": phone.wrong()}).status_code for _ in range(6)]
    assert guesses == [422] * 5 + [429]
    officer = district.sign_in(Role.town_officer, "T1")
    slip = officer.post(f"/v1/accounts/{secretary.account_id}/slip").json()
    hold_up(district, secretary.username)
    assert factors.attempt(district, secretary, slip["one_time_password"], otp=phone.code(1)).status_code == 201


def test_whoever_knows_least_of_a_one_time_password_has_59_bits_to_guess() -> None:
    assert len(set(ONE_TIME_ALPHABET)) == len(ONE_TIME_ALPHABET)
    assert math.log2(len(ONE_TIME_ALPHABET)) * len(new_one_time_password()) > 59
