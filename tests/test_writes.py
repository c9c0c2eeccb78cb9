"""Nobody fills the audit trail: what one account writes is bounded, at whatever door, and others' and what only reads is not."""

import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from sqlmodel import func, select

from api.access.permissions import roles_with
from api.errors import Unavailable
from api.organizations import service as organizations
from api.web.dependencies import UNENROLLED
from api.web.in_hand import InHand
from api.web.requests import SAFE
from api.web.writes import AT_ONCE, EVERY, OF_AN_OBJECT, TooManyWrites, Writes
from models.audit import AuditLine
from models.enums import Role
from tests.conftest import PASSWORD, Caller, District
from tests.files.drawings import drawn
from tests.problems import assert_problem
from tests.routes import Door, document, doors, refusals

ONE, OTHER = uuid4(), uuid4()
DAY = 24 * 3600
CODE = TooManyWrites.code()


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.5

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def wait_of(writes: Writes, account_id: UUID = ONE) -> int:
    """After how many seconds a write is told to come again; 0 where it is counted."""
    try:
        writes.count(account_id)
    except TooManyWrites as refusal:
        assert refusal.retry_after
        return refusal.retry_after
    return 0


def test_an_account_writes_so_much_at_once_and_one_more_each_time_that_its_bucket_has_filled_up_by_one(clock: Clock) -> None:
    writes = Writes(at_once=3, every=10, clock=clock)
    assert [wait_of(writes) for _ in range(5)] == [0, 0, 0, 10, 10]
    assert wait_of(writes, OTHER) == 0, "another account has its own"
    clock.now += 4
    assert wait_of(writes) == 6
    clock.now += 6
    assert [wait_of(writes) for _ in range(2)] == [0, 10]
    clock.now += 1_000
    assert [wait_of(writes) for _ in range(4)] == [0, 0, 0, 10]


def test_a_secretarys_day_is_never_held_up_and_whoever_just_goes_on_writes_no_ten_thousand_lines_a_day(clock: Clock) -> None:
    writes = Writes(clock=clock)
    for _ in range(8):
        assert [wait_of(writes) for _ in range(AT_ONCE // 4)] == [0] * (AT_ONCE // 4), "as much in each hour of a working day"
        clock.now += 3600
    clock.now += DAY
    done = 0
    for _ in range(DAY):
        done += not wait_of(writes)
        done += not wait_of(writes)
        clock.now += 1
    assert 5_000 < done <= AT_ONCE + DAY // EVERY + 1 < 10_000


def test_however_many_accounts_write_few_are_kept_and_whoever_writes_most_is_not_forgotten(clock: Clock) -> None:
    writes = Writes(at_once=3, every=10, most_accounts=10, clock=clock)
    assert [wait_of(writes) for _ in range(4)] == [0, 0, 0, 10]
    for _ in range(2_000):
        assert wait_of(writes, uuid4()) == 0
        assert len(writes) <= 10
    assert wait_of(writes) == 10
    clock.now += 60
    for _ in range(11):
        writes.count(uuid4())
    assert len(writes) == 5, "whose buckets are full are gone, and half of the others"


def test_what_is_given_back_is_there_again(clock: Clock) -> None:
    writes = Writes(at_once=2, every=10, clock=clock)
    assert [wait_of(writes) for _ in range(3)] == [0, 0, 10]
    writes.give_back(ONE)
    writes.give_back(OTHER)
    assert [wait_of(writes) for _ in range(2)] == [0, 10]
    for _ in range(9):
        writes.give_back(ONE)
    assert [wait_of(writes) for _ in range(3)] == [0, 0, 10], "never more than a full bucket"


class Slow(dict[UUID, int]):
    """Keeps whoever looks something up, so that others come between that and what he makes of it."""

    def get(self, *asked: Any) -> Any:
        found = super().get(*asked)
        time.sleep(0.01)
        return found


def test_many_requests_at_once_get_no_more_than_there_is(clock: Clock) -> None:
    writes = Writes(at_once=3, every=10, clock=clock)
    writes._full_at = Slow()
    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(lambda _: wait_of(writes), range(8))) == [0] * 3 + [10] * 5


@pytest.fixture
def member(district: District) -> Caller:
    return district.sign_in(Role.member, "B11")


@pytest.fixture
def officer(district: District) -> Caller:
    return district.sign_in(Role.district_officer, "D")


Let = Callable[[int], None]


@pytest.fixture
def let(app: FastAPI) -> Let:
    """Let an account write so much at once, as if it had written nothing before."""

    def let(at_once: int) -> None:
        app.state.writes = Writes(at_once=at_once)

    return let


def found(caller: Caller, district: District, key: str | None = None) -> Any:
    """Found a branch, or once more the one that was founded with that key."""
    body = {"code": f"N{key or uuid4().hex[:8]}", "name": "新建党支部", "kind": "branch", "parent_id": str(district.ids["V1"])}
    return caller.post("/v1/organizations", json=body, headers={} if key is None else {"Idempotency-Key": key})


def statuses(*answers: Any) -> list[int]:
    return [answer.status_code for answer in answers]


def writes_something(door: Door) -> bool:
    """Whether a door is for writing, but for those by which an account is made safe."""
    return door.method not in SAFE and UNENROLLED not in door.marks


def test_every_signed_in_door_that_may_write_is_closed_to_who_has_written_too_much_and_says_so(
    app: FastAPI, district: District, let: Let
) -> None:
    callers = {role: district.sign_in(role, "D") for role in Role}
    let(0)
    closed = []
    for door in sorted((door for door in doors(app) if door.permissions), key=lambda door: door.name == "sign_out"):
        path = re.sub(r"{\w+}", lambda _: str(uuid4()), door.path)
        caller = next(callers[role] for role in roles_with(door.permissions[0]) or Role)
        answer = caller.client.request(door.method, path, headers=caller.headers)
        is_closed = answer.status_code == 429 and answer.json()["code"] == CODE
        assert is_closed is (CODE in refusals(document()["paths"][door.path][door.method.lower()], "429")), door
        if is_closed:
            assert answer.headers["Retry-After"] == str(EVERY)
            closed.append(door)
    assert [door for door in doors(app) if door.permissions and writes_something(door) and door not in closed] == []
    assert {door.name for door in closed if door.method == "GET"} >= {"show_complaint", "show_correction", "copy_own_data"}
    assert len(closed) > 140


def test_beyond_its_bound_an_account_writes_nothing_has_nothing_drawn_and_reads_as_before(
    district: District, let: Let, member: Caller, officer: Caller
) -> None:
    let(2)
    assert statuses(*(found(officer, district) for _ in range(2))) == [201, 201]
    with district.work() as work:
        lines = work.exec(select(func.count()).select_from(AuditLine)).one()
    refused = found(officer, district)
    assert "导入" in assert_problem(refused, 429, CODE)["detail"] and int(refused.headers["Retry-After"]) in range(1, EVERY + 1)
    assert "imports" in officer.post("/v1/files", headers={"Accept-Language": "en"}).json()["detail"]
    picture = officer.post("/v1/files", files={"file": ("照片.png", drawn("PNG"))})
    assert_problem(picture, 429, CODE)
    assert list(district.house.storage.objects()) == []
    with district.work() as work:
        assert work.exec(select(func.count()).select_from(AuditLine)).one() == lines
    assert statuses(officer.get("/v1/organizations"), officer.get("/v1/todo")) == [200, 200]
    let(OF_AN_OBJECT)
    assert member.post("/v1/files", files={"file": ("照片.png", drawn("PNG"))}).status_code == 201, "another account is another's"


def test_who_is_not_known_or_may_not_or_asks_what_cannot_be_uses_up_nothing(
    district: District, let: Let, member: Caller, officer: Caller
) -> None:
    ended = district.sign_in_as(officer.username)
    assert ended.delete("/v1/sessions/current").status_code == 204
    let(1)
    assert statuses(*(found(ended, district) for _ in range(3))) == [401] * 3
    assert statuses(*(found(member, district) for _ in range(3))) == [403] * 3
    odd = [officer.post("/v1/organizations?x=1", json={}), officer.post("/v1/organizations", content=b"x")]
    assert statuses(*odd) == [422, 415]
    assert statuses(found(officer, district), found(officer, district)) == [201, 429]


def test_what_is_sent_again_by_its_key_counts_once(district: District, let: Let, officer: Caller) -> None:
    let(3)
    assert statuses(*(found(officer, district, "a") for _ in range(5))) == [201] * 5
    assert statuses(*(found(officer, district, key) for key in "bbcd")) == [201, 201, 201, 429]
    assert found(officer, district, "a").status_code == 429, "nor is it told that it was sent before, once no write is left"


def test_who_is_told_that_the_house_is_busy_has_his_write_given_back(
    district: District, let: Let, officer: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object, **__: object) -> None:
        raise Unavailable(retry_after=1)

    let(1)
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(organizations, "create_organization", busy)
        assert statuses(*(found(officer, district) for _ in range(3))) == [503] * 3
    assert statuses(found(officer, district), found(officer, district)) == [201, 429]


def test_who_waits_for_what_others_hold_again_and_again_has_few_of_his_writes_given_back(
    app: FastAPI, district: District, let: Let, officer: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_: object, **__: object) -> None:
        app.state.in_hand = InHand(8, 8)
        raise Unavailable(retry_after=1, is_for_lock=True)

    let(2)
    app.state.waits = Writes(at_once=3)
    monkeypatch.setattr(organizations, "create_organization", locked)
    assert statuses(*(found(officer, district) for _ in range(6))) == [503] * 5 + [429]


def test_an_account_is_made_safe_whatever_was_written_by_it_and_nothing_is_gained_by_that(
    district: District, let: Let, officer: Caller
) -> None:
    let(1)
    assert statuses(found(officer, district), found(officer, district)) == [201, 429]
    proof = {"json": {"password": PASSWORD}, "headers": {"Idempotency-Key": "a"}}
    assert statuses(*(officer.post("/v1/sessions/step-up", **proof) for _ in range(3))) == [200] * 3
    assert found(officer, district).status_code == 429
    other = district.sign_in_as(officer.username)
    assert found(other, district).status_code == 429, "it is the account's, whatever the session"
    new = {"present_password": PASSWORD, "new_password": "瓦当-under-the-eaves-58"}
    changed = officer.post("/v1/accounts/mine/password", json=new)
    assert changed.status_code in (200, 204), changed.text
    assert officer.delete("/v1/sessions/current").status_code == 204
