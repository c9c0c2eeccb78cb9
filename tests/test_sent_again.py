"""What is sent again by its key costs next to nothing: it is answered before anything is counted, hashed, stored or written."""

from collections.abc import Callable, Iterator
from inspect import isasyncgenfunction, iscoroutinefunction
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from sqlalchemy import event

from api.access.passwords import Passwords
from api.web import dependencies
from api.web.requests import SAFE
from api.web.writes import Writes
from models.enums import Role
from tests.access.asking import code
from tests.access.factors import MINE, enrol, later
from tests.accounts.people import NEW_PASSWORD
from tests.accounts.people import enrol as enrol_members
from tests.conftest import PASSWORD, Caller, District

KEY = {"Idempotency-Key": "once"}

Asking = tuple[Caller, str, dict[str, Any]]


def _calls(dependant: Any) -> Iterator[Any]:
    """What is called for a route, in the order in which it is."""
    for one in dependant.dependencies:
        yield from _calls(one)
        yield one.call


def _only_looks_up(call: Any) -> bool:
    return any(iscoroutinefunction(one) or isasyncgenfunction(one) for one in (call, type(call).__call__))


def test_nothing_is_done_for_a_request_before_it_is_known_whether_it_was_answered(app: FastAPI) -> None:
    """Nor is anything else than looked up, which is `async`, or waited for: its place."""
    asked = 0
    for context in iter_route_contexts(app.routes):
        dependant = getattr(context, "dependant", None) or getattr(context.original_route, "dependant", None)
        calls = [*_calls(dependant)] if dependant and (context.methods or set()) - SAFE else []
        if dependencies.get_access in calls:
            before = calls[: calls.index(dependencies.get_access)]
            assert [call for call in before if not _only_looks_up(call)] == [], context.name
            asked += 1
    assert asked > 140


def _create(district: District) -> Asking:
    officer = district.sign_in(Role.town_officer, "T1")
    return officer, "/v1/accounts", {"username": "chen.guohua", "organization_id": str(district.ids["B11"])}


def _issue(district: District) -> Asking:
    enrol_members(district, "B11", "陈国华", "李爱珍")
    return district.sign_in(Role.secretary, "B11"), "/v1/accounts/issue", {"organization_id": str(district.ids["B11"])}


def _renew(district: District) -> Asking:
    somebody = district.sign_in(Role.member, "B11")
    return district.sign_in(Role.secretary, "B11"), f"/v1/accounts/{somebody.account_id}/slip", {}


def _approve(district: District) -> Asking:
    one, other = (district.sign_in(Role.district_officer, "D") for _ in range(2))
    third = district.sign_in(Role.administrator, "D")
    asked = one.post(f"/v1/accounts/{third.account_id}/slip").json()
    return other, f"/v1/accounts/slip-requests/{asked['id']}/approve", {}


def _step_up(district: District) -> Asking:
    return district.sign_in(Role.secretary, "B11"), "/v1/sessions/step-up", {"password": PASSWORD}


def _change(district: District) -> Asking:
    sent = {"present_password": PASSWORD, "new_password": NEW_PASSWORD}
    return district.sign_in(Role.secretary, "B11"), "/v1/accounts/mine/password", sent


def _begin(district: District) -> Asking:
    return district.sign_in(Role.secretary, "B11"), MINE, {}


def _recovery(district: District) -> Asking:
    caller = district.sign_in(Role.secretary, "B11")
    phone, _ = enrol(caller)
    later(district, caller)
    return caller, f"{MINE}/recovery-codes", {"otp": phone.code()}


COSTLY = [_create, _issue, _renew, _approve]
PROOFS = [_step_up, _change, _begin, _recovery]


@pytest.mark.parametrize("asking", [*COSTLY, *PROOFS])
def test_what_is_sent_again_is_neither_hashed_nor_counted_nor_written(
    app: FastAPI, district: District, monkeypatch: pytest.MonkeyPatch, asking: Callable[[District], Asking]
) -> None:
    caller, path, body = asking(district)
    app.state.writes = Writes(at_once=2)
    hashed, written = list[str](), list[str]()

    def noting(work: str) -> Callable[..., Any]:
        real = getattr(Passwords, work)

        def noted(self: Passwords, *more: Any) -> Any:
            hashed.append(work)
            return real(self, *more)

        return noted

    for work in ("hash", "matches"):
        monkeypatch.setattr(Passwords, work, noting(work))
    first = caller.post(path, json=body, headers=KEY)
    assert first.is_success, first.text
    assert bool(hashed) is (asking not in (_begin, _recovery))
    hashed.clear()
    engine = district.house.database.engine

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith(("SELECT", "BEGIN", "SET", "SHOW")) or "FOR " in statement.rpartition("WHERE")[2]:
            written.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    again = [caller.post(path, json=body, headers=KEY) for _ in range(7)]
    event.remove(engine, "before_cursor_execute", note)
    if asking in (_begin, _recovery):
        assert {code(answer, 403) for answer in again} == {"answer_not_shown"}, "it is told once"
    else:
        assert {(answer.status_code, answer.content) for answer in again} == {(first.status_code, first.content)}
    assert (hashed, written) == ([], [])


def test_another_request_under_a_key_is_refused_before_anything_is_hashed(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    enrol_members(district, "B11", "陈国华")
    enrol_members(district, "B12", "李爱珍")
    officer = district.sign_in(Role.town_officer, "T1")

    def issue(place: str) -> Any:
        return officer.post("/v1/accounts/issue", json={"organization_id": str(district.ids[place])}, headers=KEY)

    assert issue("B11").status_code == 200
    monkeypatch.setattr(Passwords, "hash", None)
    assert code(issue("B12"), 422) == "idempotency_key_reused"


def test_another_request_under_a_key_counts_as_a_write(app: FastAPI, district: District) -> None:
    """Or else whoever knows a key would try what its owner has sent, a sealed value among it, by what he is told; nor is he told
    which is the same once no write is left."""
    officer, place = district.sign_in(Role.administrator, "D"), str(district.ids["T1"])
    elsewhere = district.sign_in_as(officer.username)

    def found(name: str, caller: Caller = officer) -> Any:
        body = {"code": "N", "name": name, "kind": "village", "parent_id": place}
        return caller.post("/v1/organizations", json=body, headers=KEY)

    first = found("新村")
    assert first.status_code == 201, first.text
    app.state.writes = Writes(at_once=3)
    told = [code(found("另一村"), 422) for _ in range(2)]
    assert told == ["idempotency_key_reused"] * 2
    assert found("新村").content == first.content and code(found("新村", elsewhere), 403) == "answer_not_shown"
    assert code(found("另一村", elsewhere), 422) == "idempotency_key_reused"
    for caller in (officer, elsewhere):
        assert [code(found(name, caller), 429) for name in ("另一村", "新村")] == ["too_many_writes"] * 2
