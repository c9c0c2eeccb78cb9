"""Whoever types what is right has not failed, whatever else comes of it; and what is sent again is no guess."""

from typing import Any

import pytest
from sqlmodel import select

from api.errors import Unavailable
from models.account import RefusalCount, SignInLimit
from models.enums import Role
from tests.access.asking import NEW_PASSWORD, attempt, code
from tests.clock import steady
from tests.conftest import PASSWORD, Caller, District

__all__ = ["steady"]
pytestmark = pytest.mark.usefixtures("steady")

CHANGE = {"present_password": PASSWORD, "new_password": NEW_PASSWORD}


def counted(district: District) -> tuple[list[int], list[int]]:
    """The failures that are counted, and the refusals."""
    with district.work() as work:
        limits, refusals = work.exec(select(SignInLimit)).all(), work.exec(select(RefusalCount)).all()
        return [row.failures for row in limits], [row.count for row in refusals]


def ask(caller: Caller, what: str, key: str | None = None) -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    if what == "sign_in":
        return attempt(caller.client, caller.username)
    if what == "step_up":
        return caller.post("/v1/sessions/step-up", json={"password": PASSWORD}, headers=headers)
    return caller.post("/v1/accounts/mine/password", json=CHANGE, headers=headers)


@pytest.mark.parametrize("what", ["sign_in", "step_up", "change_password"])
def test_what_was_right_and_could_not_be_written_down_is_not_counted_as_a_failure(
    district: District, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    caller = district.sign_in(Role.member, "B11")

    def busy(_: object) -> None:
        raise Unavailable(retry_after=1)

    with monkeypatch.context() as patched:
        patched.setattr(district.house.database, "_before_commit", busy)
        for _ in range(6):
            assert code(ask(caller, what), 503) == "unavailable"
    assert counted(district) == ([], [])
    assert ask(caller, what).status_code < 300


@pytest.mark.engine("sqlite")
def test_what_waits_for_its_hash_in_vain_is_not_counted_as_a_failure(district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    caller = district.sign_in(Role.member, "B11")

    def busy(*_: object) -> bool:
        raise Unavailable(retry_after=2)

    monkeypatch.setattr(type(district.house.passwords), "matches", busy)
    for what in ("sign_in", "step_up", "change_password"):
        assert code(ask(caller, what), 503) == "unavailable"
    assert counted(district) == ([], [])


@pytest.mark.parametrize("what", ["step_up", "change_password"])
def test_a_right_password_that_is_sent_again_with_its_key_is_answered_as_before_and_counted_as_nothing(
    district: District, what: str
) -> None:
    caller = district.sign_in(Role.member, "B11")
    first, *others = (ask(caller, what, "once") for _ in range(7))
    assert first.status_code < 300
    assert [(answer.status_code, answer.content) for answer in others] == [(first.status_code, first.content)] * 6
    assert {answer.headers["Idempotent-Replayed"] for answer in others} == {"true"}
    assert counted(district) == ([], [])
    again = caller.post("/v1/sessions/step-up", json={"password": "another"}, headers={"Idempotency-Key": "once"})
    assert code(again, 422) == ("idempotency_key_reused" if what == "step_up" else "wrong_proof")
