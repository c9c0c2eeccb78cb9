"""Whoever is shut out while what he has asked for is being done gets nothing of it, however long it takes."""

from collections.abc import Callable
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from sqlmodel import col, func, select

from api.access.passwords import Passwords
from api.access.rules import ACCOUNT_LIMIT
from api.access.service import authenticate
from api.database import Work
from api.web import dependencies
from models.account import Account, RoleGrant, SignInSession
from models.audit import AuditLine
from models.enums import Role
from models.file import StoredFile
from models.idempotency import IdempotentRequest
from models.member import Member
from models.organization import Organization
from tests.access.asking import NEW_PASSWORD, change, code
from tests.conftest import Caller, District
from tests.files.drawings import drawn
from tests.members.rosters import number

Ask = Callable[[Caller, District], Any]

NEW = {"code": "NEW-1", "name": "新建党支部", "kind": "branch"}
SHEET = "姓名,身份证号,所在党支部,入党日期,转正日期\n王秀兰,990101196803150028,B11,1995-07-01,1996-07-01\n".encode()
KNOWN = {"full_name": "陈远", "joined_on": "1995-07-01", "confirmed_on": "1996-07-01", "national_id": number(4)}
SHEET_OF_KNOWN = {"files": {"file": ("members.csv", SHEET.replace(b"990101196803150028", number(4).encode()))}}
PICTURE = drawn("PNG")
KEY = {"Idempotency-Key": "1"}


def _found(caller: Caller, district: District, **headers: str) -> Any:
    body = NEW | {"parent_id": str(district.ids["V1"])}
    return caller.post("/v1/organizations", json=body, headers=headers)


DOORS: dict[str, Ask] = {
    "found": _found,
    "found under a key": lambda caller, district: _found(caller, district, **KEY),
    "issue": lambda caller, district: caller.post("/v1/accounts/issue", json={"organization_id": str(district.ids["B11"])}),
    "import": lambda caller, _: caller.post("/v1/members/import", files={"file": ("members.csv", SHEET)}),
    "upload": lambda caller, _: caller.post("/v1/files", files={"file": ("照片.png", PICTURE)}),
    "enter whom another branch has": lambda caller, district: caller.post(
        "/v1/members", json=KNOWN | {"organization_id": str(district.ids["B11"])}
    ),
    "import whom another branch has": lambda caller, _: caller.post("/v1/members/import", **SHEET_OF_KNOWN),
    "try to": lambda caller, _: caller.post("/v1/members/import", **SHEET_OF_KNOWN, params={"dry_run": True}),
    "mark": lambda caller, _: caller.post("/v1/members/import/marked", **SHEET_OF_KNOWN),
}
TRACED = {"enter whom another branch has": 409, "import whom another branch has": 422, "try to": 200, "mark": 200}
"""What is refused, or looked at alone, and yet leaves a line in the trail."""


@pytest.fixture
def officer(district: District) -> Caller:
    body = KNOWN | {"organization_id": str(district.ids["B21"])}
    assert district.sign_in(Role.secretary, "B21").post("/v1/members", json=body).status_code == 201
    return district.sign_in(Role.town_officer, "T1")


def shut_out(how: str, caller: Caller, district: District) -> None:
    """What another does meanwhile, by whom the caller is thrown out."""
    account_id = UUID(caller.account_id)
    with district.work() as work:
        now = work.at
    if how == "session":
        change(district, SignInSession, col(SignInSession.account_id) == account_id, ended_at=now)
    elif how == "role":
        change(district, RoleGrant, col(RoleGrant.account_id) == account_id, ended_at=now)
    else:
        change(district, Account, col(Account.id) == account_id, disabled_at=now)


def let_in_again(caller: Caller, district: District) -> None:
    account_id = UUID(caller.account_id)
    change(district, SignInSession, col(SignInSession.account_id) == account_id, ended_at=None)
    change(district, RoleGrant, col(RoleGrant.account_id) == account_id, ended_at=None)
    change(district, Account, col(Account.id) == account_id, disabled_at=None)


def stored(district: District) -> list[int]:
    models = (Organization, Member, Account, StoredFile, IdempotentRequest, AuditLine)
    with district.work() as work:
        return [work.exec(select(func.count()).select_from(model)).one() for model in models]


@pytest.mark.parametrize(("what", "how"), [*product(DOORS, ["session", "account"]), ("upload", "role")])
def test_nothing_is_written_and_nothing_told_to_whoever_was_shut_out_meanwhile(
    district: District, officer: Caller, monkeypatch: pytest.MonkeyPatch, what: str, how: str
) -> None:
    before = stored(district)
    with monkeypatch.context() as meanwhile:

        def asked(*given: Any, **more: Any) -> Any:
            access = authenticate(*given, **more)
            shut_out(how, officer, district)
            return access

        meanwhile.setattr(dependencies, "authenticate", asked)
        assert code(DOORS[what](officer, district), 401) == "unauthenticated"
    assert stored(district) == before
    let_in_again(officer, district)
    assert DOORS[what](officer, district).status_code in (TRACED.get(what, 200), 201), "which was asked rightly"
    if what in TRACED:
        assert stored(district) == [*before[:-1], before[-1] + 1]


@pytest.mark.engine("postgresql")
@pytest.mark.parametrize("how", ["session", "role"])
@pytest.mark.parametrize("what", ["found", "found under a key", "import", *TRACED])
def test_what_stands_in_the_trail_behind_the_end_of_a_session_or_a_role_is_nothing_of_his(
    district: District, officer: Caller, monkeypatch: pytest.MonkeyPatch, what: str, how: str
) -> None:
    before, write_lines, is_first = stored(district), district.house.database._before_commit, iter((True,))

    def write_lines_later(work: Work) -> None:
        if next(is_first, False):
            shut_out(how, officer, district)
        write_lines(work)

    monkeypatch.setattr(district.house.database, "_before_commit", write_lines_later)
    assert code(DOORS[what](officer, district), 401) == "unauthenticated"
    assert stored(district) == before


def test_nor_is_he_told_again_what_he_was_told_before(district: District, officer: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _found(officer, district, **KEY).status_code == 201

    def asked(*given: Any, **more: Any) -> Any:
        access = authenticate(*given, **more)
        shut_out("session", officer, district)
        return access

    monkeypatch.setattr(dependencies, "authenticate", asked)
    assert code(_found(officer, district, **KEY), 401) == "unauthenticated"


WRONG_PROOF = ("/v1/sessions/step-up", {"password": "not the password"})
WRONG_PASSWORD = ("/v1/accounts/mine/password", {"present_password": "not the password", "new_password": NEW_PASSWORD})


@pytest.mark.parametrize(
    ("door", "body"),
    [
        WRONG_PROOF,
        WRONG_PASSWORD,
        ("/v1/accounts/mine/password", {"present_password": "not the password", "new_password": "password1234"}),
    ],
)
@pytest.mark.parametrize("is_right", [False, True])
@pytest.mark.parametrize("how", ["session", "account"])
def test_nor_whether_a_password_was_right_that_was_compared_meanwhile(
    district: District, officer: Caller, monkeypatch: pytest.MonkeyPatch, how: str, is_right: bool, door: str, body: dict[str, str]
) -> None:
    before = stored(district)

    def matches(*_: Any, **__: Any) -> bool:
        shut_out(how, officer, district)
        return is_right

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(Passwords, "matches", matches)
        assert code(officer.post(door, json=body), 401) == "unauthenticated"
    assert stored(district) == before
    let_in_again(officer, district)
    assert code(officer.post(door, json=body), 422) in ("wrong_proof", "wrong_password")


@pytest.mark.parametrize("is_told", [False, True])
@pytest.mark.parametrize(("door", "body"), [WRONG_PROOF, WRONG_PASSWORD])
@pytest.mark.parametrize("how", ["session", "account"])
def test_nor_that_he_is_held_up(
    district: District, officer: Caller, monkeypatch: pytest.MonkeyPatch, how: str, door: str, body: dict[str, str], is_told: bool
) -> None:
    for _ in range(ACCOUNT_LIMIT.free):
        code(officer.post(door, json=body), 422)
    if is_told:
        code(officer.post(door, json=body), 429)
    before = stored(district)
    with monkeypatch.context() as meanwhile:

        def asked(*given: Any, **more: Any) -> Any:
            access = authenticate(*given, **more)
            shut_out(how, officer, district)
            return access

        meanwhile.setattr(dependencies, "authenticate", asked)
        assert code(officer.post(door, json=body), 401) == "unauthenticated"
    assert stored(district) == before
    let_in_again(officer, district)
    code(officer.post(door, json=body), 429)


@pytest.mark.engine("postgresql")
@pytest.mark.parametrize("is_held_up", [False, True])
@pytest.mark.parametrize(("door", "body"), [WRONG_PROOF, WRONG_PASSWORD])
def test_what_was_wrong_stands_in_the_trail_only_before_the_end_of_a_session(
    district: District, officer: Caller, monkeypatch: pytest.MonkeyPatch, door: str, body: dict[str, str], is_held_up: bool
) -> None:
    for _ in range(ACCOUNT_LIMIT.free if is_held_up else 0):
        code(officer.post(door, json=body), 422)
    before, write_lines, is_first = stored(district), district.house.database._before_commit, iter((True,))

    def write_lines_later(work: Work) -> None:
        if next(is_first, False):
            shut_out("session", officer, district)
        write_lines(work)

    monkeypatch.setattr(district.house.database, "_before_commit", write_lines_later)
    assert code(officer.post(door, json=body), 401) == "unauthenticated"
    assert stored(district) == before


STORE_NO_ROW = {"mark_roster", "bring_upload"}


def test_whoever_sends_something_is_asked_once_more_at_the_end(app: FastAPI) -> None:
    asked_once = set()
    for route in iter_route_contexts(app.routes):
        dependant = getattr(route, "dependant", None) or getattr(route.original_route, "dependant", None)
        calls = {*dependencies._calls(dependant)} if dependant else set()
        if dependencies.get_access in calls and not calls & {dependencies.get_writing, dependencies.get_importing}:
            asked_once |= {str(route.name)} if (route.methods or set()) - {"GET", "HEAD"} else set()
    assert asked_once == STORE_NO_ROW
