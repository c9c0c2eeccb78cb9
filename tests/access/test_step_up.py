"""What is asked of whom before a door opens: a second factor of an office, and a fresh proof before much is given away."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from sqlmodel import col

from api.access.otp.rules import FRESH
from api.access.permissions import Permission
from api.web.dependencies import STEP_UP, UNENROLLED
from api.web.downloads import WORKBOOK
from models.account import SignInSession
from models.enums import Role
from tests.access.asking import change, code
from tests.access.factors import demand, enrol
from tests.clock import steady
from tests.conftest import PASSWORD, Caller, District
from tests.routes import Door, document, doors

__all__ = ["steady"]
pytestmark = pytest.mark.usefixtures("steady")

SHEETS = {WORKBOOK, "text/csv", "application/pdf", "application/zip"}
CARRIES_OFF = {"export", "copy", "erase"}
FREE = {"step_up", "change_password", "renew_recovery_codes", "remove_otp", "sign_out"}
"""What changes how one signs in oneself, and takes one's password, or a code of the factor that one has, with it; or only ends the
session that asks."""
TOLD_ONCE = {"one_time_password", "one_time_half"}


def gives_away_much(door: Door) -> bool:
    """Whether a door gives or takes roles, opens, shuts or hands out accounts, takes a second factor away, changes anything of how
    one signs in oneself, lets something be carried off that tells of many or all of somebody, or ends it for good; a move of an
    organisation takes roles from those who belong to it."""
    if not door.permissions:
        return False
    operation = document()["paths"][door.path][door.method.lower()]
    answered = [answer.get("content", {}) for status, answer in operation["responses"].items() if status < "300"]
    media_types = {media_type for content in answered for media_type in content}
    writes = door.method != "GET"
    return (
        (writes and bool({Permission.role_grant, Permission.account_write} & set(door.permissions)))
        or Permission.pack_read in door.permissions
        or bool(media_types & SHEETS)
        or bool(CARRIES_OFF & {*door.name.split("_")})
        or (writes and bool(TOLD_ONCE & told(answered)))
        or (writes and door.permissions == (Permission.own_account,) and door.name not in FREE)
        or door.name in ("restore_member", "move_organization")
    )


def told(part: Any) -> set[str]:
    """The names of what answers tell, of what they refer to too."""
    found, seen, left = set[str](), set[str](), [part]
    while left:
        one = left.pop()
        if isinstance(one, dict):
            found |= set(one.get("properties", {}))
            left += one.values()
            if (name := str(one.get("$ref", ""))).startswith("#/components/schemas/") and name not in seen:
                seen.add(name)
                left.append(document()["components"]["schemas"][name.rpartition("/")[2]])
        elif isinstance(one, list):
            left += one
    return found


@pytest.mark.engine("sqlite")
def test_whatever_gives_away_much_demands_a_fresh_proof(app: FastAPI) -> None:
    much = {door.name for door in doors(app) if gives_away_much(door)}
    marked = {door.name for door in doors(app) if STEP_UP in door.marks}
    assert {"grant_role", "end_grant", "fetch_pack", "write_ledger", "renew_slip", "issue_accounts"} <= much
    assert not much - marked, f"{sorted(much - marked)}: let the route say requires(Permission.x, step_up=True)"
    assert not marked - much, f"{sorted(marked - much)}: tell here what it gives away"


def ask(caller: Caller, door: Door) -> Any:
    """Ask at a door with nothing but one's token: who asks is looked at first."""
    return caller.client.request(door.method, re.sub(r"\{\w+\}", str(uuid4()), door.path), headers=caller.headers)


@pytest.mark.engine("sqlite")
def test_before_the_second_factor_is_enrolled_nothing_opens_but_enrolling_the_password_and_the_way_out(
    app: FastAPI, district: District
) -> None:
    officer, auditor = district.sign_in(Role.district_officer, "D"), district.sign_in(Role.auditor, "D")
    demand(app)
    # They all ask by one function: one door of each permission tells of the others.
    for door in {door.permissions: door for door in doors(app) if door.permissions and UNENROLLED not in door.marks}.values():
        who = auditor if door.permissions == (Permission.audit_read,) else officer
        assert code(ask(who, door), 403) == "otp_enrolment_required", door.name
    open_ones = {door.path for door in doors(app) if UNENROLLED in door.marks}
    others = {path for path in open_ones if not path.startswith("/v1/accounts/mine/otp")}
    assert others == {"/v1/accounts/mine/password", "/v1/sessions/current", "/v1/sessions/step-up"}
    assert officer.get("/v1/accounts/mine/otp").json() == {"is_demanded": True, "enrolled_at": None, "recovery_codes_left": 0}
    assert district.sign_in(Role.secretary, "B11").get("/v1/members").status_code == 200


@pytest.mark.engine("sqlite")
def test_every_such_door_is_shut_once_the_proof_is_old(app: FastAPI, district: District) -> None:
    officer = district.sign_in(Role.district_officer, "D")
    demand(app, otp=False)
    marked = [door for door in doors(app) if STEP_UP in door.marks]
    for door in marked:
        assert code(ask(officer, door), 403) == "step_up_required", door.name
    assert officer.get("/v1/members").status_code == 200


def age(district: District, caller: Caller, by: timedelta) -> None:
    with district.work() as work:
        at = work.at
    change(district, SignInSession, col(SignInSession.account_id) == UUID(caller.account_id), proved_at=at - by)


def test_a_proof_counts_for_five_minutes_signing_in_among_them(app: FastAPI, district: District) -> None:
    username = district.account(Role.secretary, "B11")
    secretary = district.sign_in_as(username)
    demand(app)
    ledger = f"/v1/pledges/ledger?organization_id={district.ids['B11']}"
    assert secretary.get(ledger).status_code == 200
    age(district, secretary, FRESH - timedelta(seconds=1))
    assert secretary.get(ledger).status_code == 200
    age(district, secretary, FRESH + timedelta(seconds=1))
    assert code(secretary.get(ledger), 403) == "step_up_required"
    for body in ({}, {"password": PASSWORD, "otp": "123456"}):
        assert code(secretary.post("/v1/sessions/step-up", json=body), 422) == "invalid"
    wrong = secretary.post("/v1/sessions/step-up", json={"password": "not the password"})
    assert (code(wrong, 422), wrong.json()["errors"][0]["field"]) == ("wrong_proof", "body.password")
    assert code(secretary.post("/v1/sessions/step-up", json={"otp": "123456"}), 422) == "wrong_proof", "there is no second factor"
    assert code(secretary.get(ledger), 403) == "step_up_required"
    shown = secretary.post("/v1/sessions/step-up", json={"password": PASSWORD})
    assert shown.status_code == 200 and shown.json()["until"] > "2026"
    assert secretary.get(ledger).status_code == 200
    other = district.sign_in_as(username)
    age(district, secretary, FRESH + timedelta(seconds=1))
    assert other.post("/v1/sessions/step-up", json={"password": PASSWORD}).status_code == 200
    assert code(secretary.get(ledger), 403) == "step_up_required", "it counts in the session that it was shown in"


def test_a_code_is_a_proof_once(app: FastAPI, district: District) -> None:
    secretary = district.sign_in(Role.secretary, "B11")
    phone, recovery = enrol(secretary)
    demand(app)
    age(district, secretary, FRESH * 2)
    taken = phone.code(1)
    assert secretary.post("/v1/sessions/step-up", json={"otp": taken}).status_code == 200
    assert secretary.get(f"/v1/pledges/ledger?organization_id={district.ids['B11']}").status_code == 200
    for spent in (taken, phone.first):
        assert code(secretary.post("/v1/sessions/step-up", json={"otp": spent}), 422) == "wrong_proof"
    assert secretary.post("/v1/sessions/step-up", json={"otp": recovery[3].upper()}).status_code == 200
    assert code(secretary.post("/v1/sessions/step-up", json={"otp": recovery[3]}), 422) == "wrong_proof"


@pytest.mark.engine("sqlite")
def test_a_stolen_session_enrols_no_phone(app: FastAPI, district: District) -> None:
    officer = district.sign_in(Role.town_officer, "T1")
    demand(app)
    assert code(officer.post("/v1/accounts/mine/otp"), 403) == "step_up_required"
    assert officer.post("/v1/sessions/step-up", json={"password": PASSWORD}).status_code == 200
    enrol(officer)


@pytest.mark.engine("sqlite")
def test_a_stolen_session_ends_none_of_its_holders_but_itself(app: FastAPI, district: District) -> None:
    """Else his devices were strangers, who are held up by anybody's wrong guesses."""
    here = district.sign_in(Role.secretary, "B11")
    other = district.sign_in_as(here.username)
    demand(app)
    age(district, here, FRESH * 2)
    sessions = here.get("/v1/sessions").json()["items"]
    (its,) = [session["id"] for session in sessions if not session["is_current"]]
    assert code(here.delete(f"/v1/sessions/{its}"), 403) == "step_up_required"
    assert other.get("/v1/accounts/mine").status_code == 200
    assert here.post("/v1/sessions/step-up", json={"password": PASSWORD}).status_code == 200
    assert here.delete(f"/v1/sessions/{its}").status_code == 204
    assert other.get("/v1/accounts/mine").status_code == 401
    age(district, here, FRESH * 2)
    assert here.delete("/v1/sessions/current").status_code == 204


@pytest.mark.engine("sqlite")
@pytest.mark.parametrize("kind", ["password", "otp"])
def test_guesses_at_a_proof_are_limited(app: FastAPI, district: District, kind: str) -> None:
    secretary = district.sign_in(Role.secretary, "B11")
    phone, _ = enrol(secretary)
    guess = {kind: phone.wrong() if kind == "otp" else "not the password"}
    answers = [secretary.post("/v1/sessions/step-up", json=guess).status_code for _ in range(6)]
    assert answers == [422] * 5 + [429]
    right = {kind: phone.code(1) if kind == "otp" else PASSWORD}
    assert code(secretary.post("/v1/sessions/step-up", json=right), 429) == "too_many_sign_ins"
