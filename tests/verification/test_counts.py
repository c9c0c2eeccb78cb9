"""How often cards were checked: counted in memory, written once a second, shown to the member alone."""

import sqlite3
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta, timezone
from itertools import islice
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import event
from sqlmodel import select

from api.app import create_app
from api.backups.sqlite import path_of
from api.cards import queries
from api.counted import file_of
from api.database import Database, Followers, Origin
from api.house import House
from api.settings import Settings
from api.verification import counts
from api.verification.counts import ScanCounts
from api.verification.rules import Reason, ScanAnswer
from models.card import Card, ScanCount
from models.enums import CardState, Role, ScanOutcome
from tests.conftest import PUBLIC_URL, District
from tests.transport import Client
from tests.verification.holders import Holder, change, hold

AT = datetime(2026, 11, 23, 2, 15, 30, tzinfo=UTC)
HOUR = AT.replace(minute=0, second=0)
DAY = {"since": "2026-11-23T00:00:00Z", "until": "2026-11-24T00:00:00Z"}
Row = tuple[uuid.UUID, datetime, ScanOutcome, int]


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """The application writes nothing by itself while the test runs."""
    monkeypatch.setattr(counts, "EVERY_SECONDS", 3600)


@pytest.fixture
def holder(still: None, district: District, house: House) -> Holder:
    return hold(house, district.ids["B11"])


@pytest.fixture
def databases(settings: Settings) -> Iterator[list[Database]]:
    """The database as two processes open it."""
    zone, followers = settings.zone, Followers()
    opened = [Database(settings.database_url, zone=zone, followers=followers, before_commit=lambda work: None) for _ in range(2)]
    yield opened
    for database in opened:
        database.close()


@pytest.fixture
def hasty(databases: list[Database]) -> Database:
    """The database as a process opens it that does not wait long for a lock."""
    event.listen(databases[0].engine, "connect", _hasten)
    return databases[0]


def _hasten(connection: Any, _: object) -> None:
    sqlite = hasattr(connection, "create_function")
    connection.execute("PRAGMA busy_timeout=50" if sqlite else "SET lock_timeout TO '50ms'")
    if not sqlite:
        connection.commit()


def told(outcome: ScanOutcome = ScanOutcome.valid, at: datetime = AT) -> ScanAnswer:
    return ScanAnswer(outcome, Reason.card_valid, at)


def rows(house: House) -> list[Row]:
    with house.database.reading(Origin("test")) as work:
        found = work.exec(select(ScanCount).order_by("hour", "outcome")).all()
        return [(row.card_id, row.hour, row.outcome, row.count) for row in found]


@contextmanager
def locked(house: House) -> Iterator[None]:
    """Another process holds what a writer of counts needs."""
    with house.database.engine.connect() as connection:
        if house.database.is_sqlite:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.exec_driver_sql("LOCK TABLE scan_count IN SHARE MODE")
        yield
        connection.rollback()


def test_nothing_is_written_where_nothing_was_scanned(holder: Holder, house: House) -> None:
    ScanCounts(house.database).write()
    assert rows(house) == []


def test_scans_are_counted_by_card_hour_and_outcome(holder: Holder, district: District, house: House) -> None:
    other = hold(house, district.ids["B12"], "李建国")
    gathered = ScanCounts(house.database)
    for answer in (
        told(),
        told(at=HOUR),
        told(at=HOUR + timedelta(minutes=59, seconds=59, microseconds=999_999)),
        told(at=HOUR + timedelta(hours=1)),
        told(ScanOutcome.suspended),
    ):
        gathered.add(holder.card_id.hex, answer)
    gathered.add(other.card_id.hex, told())
    assert rows(house) == []
    gathered.write()
    assert sorted(map(str, rows(house))) == sorted(
        map(
            str,
            [
                (holder.card_id, HOUR, ScanOutcome.valid, 3),
                (holder.card_id, HOUR + timedelta(hours=1), ScanOutcome.valid, 1),
                (holder.card_id, HOUR, ScanOutcome.suspended, 1),
                (other.card_id, HOUR, ScanOutcome.valid, 1),
            ],
        )
    )


def test_what_was_written_is_not_written_again(holder: Holder, house: House) -> None:
    gathered = ScanCounts(house.database)
    gathered.add(holder.card_id.hex, told())
    gathered.write()
    gathered.write()
    assert [row[3] for row in rows(house)] == [1]


def test_the_counts_of_two_processes_add_up(holder: Holder, house: House, databases: list[Database]) -> None:
    def scan_and_write(database: Database) -> None:
        gathered = ScanCounts(database)
        for _ in range(5):
            for outcome in (ScanOutcome.valid, ScanOutcome.stale_code):
                for _ in range(3):
                    gathered.add(holder.card_id.hex, told(outcome))
            gathered.write()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(scan_and_write, databases))
    assert {(row[2], row[3]) for row in rows(house)} == {(ScanOutcome.valid, 30), (ScanOutcome.stale_code, 30)}


def test_what_could_not_be_written_is_written_the_next_time(holder: Holder, house: House, hasty: Database) -> None:
    gathered = ScanCounts(hasty)
    gathered.add(holder.card_id.hex, told())
    with locked(house):
        gathered.write()
        gathered.add(holder.card_id.hex, told())
        gathered.write()
    assert rows(house) == []
    gathered.write()
    assert rows(house) == [(holder.card_id, HOUR, ScanOutcome.valid, 2)]


def test_counts_leave_the_file_that_scans_are_read_from_as_it_is(holder: Holder, house: House) -> None:
    if not house.database.is_sqlite:
        pytest.skip("one database")
    database = path_of(house.database.url)
    with closing(sqlite3.connect(database)) as reading:
        before = reading.execute("PRAGMA data_version").fetchone()
        gathered = ScanCounts(house.database)
        gathered.add(holder.card_id.hex, told())
        gathered.write()
        assert reading.execute("PRAGMA data_version").fetchone() == before
    assert [row[3] for row in rows(house)] == [1]
    house.database.close()
    file_of(database).unlink()
    assert rows(house) == [], "without their file there are no counts, and everything else goes on"


def test_memory_is_bounded_by_a_cap(holder: Holder, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counts, "MOST_ENTRIES", 5)
    gathered = ScanCounts(house.database)
    for hour in range(20):
        gathered.add(holder.card_id.hex, told(at=AT + timedelta(hours=hour)))
    gathered.add(holder.card_id.hex, told())
    gathered.write()
    assert [row[3] for row in rows(house)] == [2, 1, 1, 1, 1]


def test_the_cap_holds_while_nothing_can_be_written(
    holder: Holder, house: House, hasty: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counts, "MOST_ENTRIES", 5)
    gathered = ScanCounts(hasty)
    hours = iter(range(100))

    def scan_four_times(*_: object) -> None:
        for hour in islice(hours, 4):
            gathered.add(holder.card_id.hex, told(at=AT + timedelta(hours=hour)))

    event.listen(hasty.engine, "checkout", scan_four_times)
    scan_four_times()
    with locked(house):
        for _ in range(4):
            gathered.write()
    event.remove(hasty.engine, "checkout", scan_four_times)
    gathered.write()
    assert len(rows(house)) == 5


def test_a_scan_itself_writes_nothing_and_waits_for_no_writer(
    client: TestClient, holder: Holder, house: House, app: FastAPI
) -> None:
    with locked(house):
        began = time.perf_counter()
        for _ in range(3):
            assert client.get(f"/C/{holder.code}", headers={"Accept": "application/json"}).json()["outcome"] == "valid"
        assert time.perf_counter() - began < 4
    assert rows(house) == []
    app.state.counts.write()
    assert [(row[0], row[2], row[3]) for row in rows(house)] == [(holder.card_id, ScanOutcome.valid, 3)]


def test_who_only_asks_for_the_head_has_scanned_nothing(client: TestClient, holder: Holder, house: House, app: FastAPI) -> None:
    for path in (f"/C/{holder.code}", f"/C/{holder.code}/"):
        assert client.head(path).status_code == 200
    app.state.counts.write()
    assert rows(house) == []


def test_codes_that_lead_to_no_card_are_not_counted(client: TestClient, holder: Holder, house: House, app: FastAPI) -> None:
    for code in ("x", "D" + "0" * 14, "1" + "0" * 198):
        client.get(f"/C/{code}")
    app.state.counts.write()
    assert rows(house) == []


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counts are written at once by what is built from here on."""
    monkeypatch.setattr(counts, "EVERY_SECONDS", 0.05)


def test_the_running_application_writes_by_itself(hurried: None, district: District, house: House) -> None:
    holder = hold(house, district.ids["B11"])
    district.client.get(f"/C/{holder.code}")
    until = time.monotonic() + 30
    while not rows(house) and time.monotonic() < until:
        time.sleep(0.02)
    assert [row[3] for row in rows(house)] == [1]


def test_what_is_left_is_written_when_the_server_ends(settings: Settings, holder: Holder, house: House) -> None:
    with Client(create_app(settings), base_url=PUBLIC_URL) as other:
        other.get(f"/C/{holder.code}")
        assert rows(house) == []
    assert [row[3] for row in rows(house)] == [1]


def test_nobody_but_the_member_is_shown_the_counts(district: District, holder: Holder, house: House) -> None:
    gathered = ScanCounts(house.database)
    gathered.add(holder.card_id.hex, told())
    gathered.write()
    assert district.client.get("/v1/cards/mine/scans", params=DAY).status_code == 401
    for role in (Role.secretary, Role.deputy):
        assert district.sign_in(role, "B11").get("/v1/cards/mine/scans", params=DAY).status_code == 404
    assert district.sign_in(Role.auditor, "D").get("/v1/cards/mine/scans", params=DAY).status_code == 403
    neighbour = hold(house, district.ids["B11"], "李建国")
    answer = district.sign_in(Role.member, "B11", member_id=neighbour.member_id).get("/v1/cards/mine/scans", params=DAY)
    assert (answer.status_code, answer.json()) == (200, {"items": []})


def test_a_member_sees_hours_and_outcomes_and_nothing_finer(
    client: TestClient, district: District, holder: Holder, house: House, app: FastAPI
) -> None:
    began = datetime.now(UTC)
    for _ in range(2):
        client.get(f"/C/{holder.code}")
    change(house, Card, holder.card_id, state=CardState.suspended)
    client.get(f"/C/{holder.code}")
    app.state.counts.write()
    member = district.sign_in(Role.member, "B11", member_id=holder.member_id)
    window = {"since": (began - timedelta(hours=2)).isoformat(), "until": (began + timedelta(hours=2)).isoformat()}
    items = member.get("/v1/cards/mine/scans", params=window).json()["items"]
    assert {item["outcome"]: item["count"] for item in items} == {"valid": 2, "suspended": 1}
    for item in items:
        assert set(item) == {"hour", "outcome", "count"}
        hour = datetime.fromisoformat(item["hour"])
        assert (hour.minute, hour.second, hour.microsecond) == (0, 0, 0)


def test_the_hours_asked_for_begin_with_since_and_end_before_until(district: District, holder: Holder, house: House) -> None:
    gathered = ScanCounts(house.database)
    for hour in range(4):
        gathered.add(holder.card_id.hex, told(at=AT + timedelta(hours=hour)))
    gathered.write()
    member = district.sign_in(Role.member, "B11", member_id=holder.member_id)
    east = timezone(timedelta(hours=8))
    window = {"since": (HOUR + timedelta(hours=1)).astimezone(east).isoformat(), "until": (HOUR + timedelta(hours=3)).isoformat()}
    items = member.get("/v1/cards/mine/scans", params=window).json()["items"]
    assert [datetime.fromisoformat(item["hour"]) for item in items] == [HOUR + timedelta(hours=hour) for hour in (1, 2)]
    assert member.get("/v1/cards/mine/scans", params={**DAY, "since": "2026-11-23T00:00:00"}).status_code == 422
    with house.database.reading(Origin("test")) as work:
        assert len(queries.scans(work, holder.member_id, HOUR, HOUR + timedelta(hours=4))) == 4
