"""The second factor of somebody in the tests: the app that makes his codes, and an installation that demands it."""

from base64 import b32decode
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from fastapi import FastAPI
from sqlmodel import col

from api.access.demands import Demands
from api.access.otp.rules import STEP, code_at
from api.database import Origin
from models.account import SecondFactor
from tests.access.asking import change
from tests.conftest import PASSWORD, Caller, District

MINE = "/v1/accounts/mine/otp"


@dataclass
class Phone:
    """An authenticator app with one secret."""

    secret: bytes
    first: str = ""
    """The code by which it was enrolled."""

    def code(self, ahead: int = 0) -> str:
        """The code of this moment, or the next one, which a phone shows whose clock goes a little fast."""
        return code_at(self.secret, int(Origin("test").at.timestamp()) // STEP + ahead).decode()

    def wrong(self) -> str:
        """Six digits that no moment near this one has."""
        near = {self.code(ahead) for ahead in range(-3, 5)}
        return next(code for code in ("123456", "654321", "111111", "222222", "333333") if code not in near)


def demand(app: FastAPI, *, otp: bool = True, step_up: bool = True) -> None:
    """Let the application be that of an installation outside the demonstration."""
    app.state.house = replace(app.state.house, demands=Demands(otp=otp, step_up=step_up))


def begin(caller: Caller, **body: str) -> Phone:
    answer = caller.post(MINE, json=body or None)
    assert answer.status_code == 200, answer.text
    return Phone(b32decode(answer.json()["secret"]))


def enrol(caller: Caller, **body: str) -> tuple[Phone, list[str]]:
    """Enrol an app as people do; it, and the recovery codes."""
    phone = begin(caller, **body)
    phone.first = phone.code()
    answer = caller.post(f"{MINE}/confirm", json={"otp": phone.first})
    assert answer.status_code == 200, answer.text
    return phone, list(answer.json()["recovery_codes"])


def later(district: District, caller: Caller) -> None:
    """Let the last code that was taken be of some minutes ago."""
    change(district, SecondFactor, col(SecondFactor.account_id) == UUID(caller.account_id), last_step=0)


def attempt(district: District, caller: Caller, password: str = PASSWORD, **more: str) -> Any:
    return district.client.post("/v1/sessions", json={"username": caller.username, "password": password, **more})


def settled(district: District, answer: Any, caller: Caller) -> Caller:
    """Whoever has signed in with this answer."""
    assert answer.status_code == 201, answer.text
    body = answer.json()
    return Caller(district.client, caller.account_id, caller.username, body["access_token"], body["refresh_token"])
