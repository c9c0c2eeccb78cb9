"""Many people work at the same moment in the same part of the tree: each is answered, and none has to come back for a deadlock."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, Engine, event
from sqlmodel import col, select

from api.web import in_hand
from api.web.in_hand import OVERSTAYING_EACH
from models.account import RoleGrant
from models.enums import Role
from models.organization import Organization
from tests.accounts.people import enrol
from tests.conftest import Caller, District

ON_ENGINES = ("postgresql",)
ROUNDS = 4

Deed = Callable[[], Any]


def at_once(*deeds: Deed) -> Counter[int]:
    """How often each status was answered to requests that are sent at the same moment."""
    start = Barrier(len(deeds))

    def begin(deed: Deed) -> int:
        start.wait()
        return int(deed().status_code)

    with ThreadPoolExecutor(len(deeds)) as pool:
        return Counter(pool.map(begin, deeds))


@pytest.fixture
def officer(district: District) -> Caller:
    return district.sign_in(Role.district_officer, "D")


def created(officer: Caller, code: str, kind: str, parent_id: str) -> str:
    body = {"code": code, "name": f"{code}号", "kind": kind, "parent_id": parent_id, "service_phone": "0574-00001234"}
    answer = officer.post("/v1/organizations", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def test_moves_and_creations_at_once_are_all_carried_out(
    district: District, officer: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    # They are all of one account, of which a busy machine would keep four at work for too long.
    monkeypatch.setattr(in_hand, "LONGEST", 60.0)
    towns = [str(district.ids[code]) for code in ("T1", "T2")]
    villages = [created(officer, f"W{number}", "village", towns[number % 2]) for number in range(4)]
    branches = [created(officer, f"C{number}", "branch", village) for number, village in enumerate(villages)]

    def move(key: str, parent_id: str) -> Deed:
        return lambda: officer.post(f"/v1/organizations/{key}/move", json={"parent_id": parent_id})

    def create(code: str, parent_id: str) -> Deed:
        body = {"code": code, "name": f"{code}支部", "kind": "branch", "parent_id": parent_id}
        return lambda: officer.post("/v1/organizations", json=body)

    def enrol(branch: str) -> Deed:
        body = {"organization_id": branch, "full_name": "王秀兰", "joined_on": "1999-07-01"}
        return lambda: officer.post("/v1/members", json=body)

    def issue(top: str) -> Deed:
        return lambda: officer.post("/v1/cards/issue", json={"organization_id": top})

    answers = Counter[int]()
    for turn in range(ROUNDS):
        deeds = [move(village, towns[(number + turn + 1) % 2]) for number, village in enumerate(villages)]
        deeds += [move(branch, villages[(number + turn + 1) % 4]) for number, branch in enumerate(branches)]
        deeds += [create(f"N{turn}{number}", village) for number, village in enumerate(villages)]
        deeds += [enrol(branch) for branch in branches]
        deeds += [issue(town) for town in towns]
        answers += at_once(*deeds)
    assert not answers.keys() - {200, 201}, answers
    assert_every_path_is_that_of_the_parent_and_the_key(district)


def assert_every_path_is_that_of_the_parent_and_the_key(district: District) -> None:
    with district.work() as work:
        rows = {row.id: row for row in work.exec(select(Organization)).all()}
    for row in rows.values():
        above = rows[row.parent_id].path if row.parent_id else ""
        assert row.path == f"{above}{row.id.hex}/"


@contextmanager
def impatient(engine: Engine) -> Iterator[None]:
    """Whoever begins a transaction meanwhile waits for a lock for a moment only."""

    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("SET LOCAL lock_timeout = '200ms'")

    event.listen(engine, "begin", begin)
    try:
        yield
    finally:
        event.remove(engine, "begin", begin)


def test_who_asks_again_and_again_for_what_others_hold_is_sent_away_and_nobody_else_is(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(in_hand, "LOCKED", 20.0)
    (member_id,) = enrol(district, "B11", "王秀兰")
    secretary, other = district.sign_in(Role.secretary, "B11"), district.sign_in(Role.secretary, "B12")
    with district.work() as work, impatient(district.house.database.engine):
        work.connection().exec_driver_sql(f"SELECT 1 FROM member WHERE id = '{member_id}' FOR NO KEY UPDATE")
        change = partial(secretary.patch, f"/v1/members/{member_id}", json={"full_name": "王秀英"}, headers={"If-Match": "*"})
        assert at_once(*[change] * OVERSTAYING_EACH) == {503: OVERSTAYING_EACH}
        assert [asker.get("/v1/members").status_code for asker in (secretary, other)] == [503, 200]
        work.rollback()


def test_of_two_administrators_who_remove_each_other_one_stays(district: District) -> None:
    for _ in range(ROUNDS):
        pair = [district.sign_in(Role.administrator, "D") for _ in range(2)]
        answers = at_once(*(removal(district, one, other) for one, other in (pair, pair[::-1])))
        assert answers[204] == 1 and answers.total() == 2 and not answers.keys() & {500, 503}, answers


def removal(district: District, one: Caller, other: Caller) -> Deed:
    with district.work() as work:
        (key,) = work.exec(select(RoleGrant.id).where(col(RoleGrant.account_id) == UUID(other.account_id))).all()
    return lambda: one.delete(f"/v1/grants/{key}")


def test_administrators_who_are_shut_out_all_at_once_leave_one(district: District) -> None:
    several = [district.sign_in(Role.administrator, "D") for _ in range(4)]
    deeds = [
        partial(one.post, f"/v1/accounts/{other.account_id}/disable")
        for one, other in zip(several, several[1:] + several[:1], strict=True)
    ]
    answers = at_once(*deeds)
    assert not answers.keys() & {500, 503}, answers
    assert 1 <= answers[200] <= 3
