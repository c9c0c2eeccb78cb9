"""What was acknowledged is never lost, and what was refused is never half there."""

import sqlite3
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Connection, event, inspect
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from api import database, one_writer
from api.adapters.sqlite import LOG_BYTES
from api.allowance import allowed, current
from api.database import Database, Origin, Work
from api.errors import Conflict, Refusal, Unavailable
from api.house import House
from api.settings import Settings
from api.web import health
from api.web.in_hand import OVERSTAYING
from models.account import SignInLimit
from models.audit import AuditLine
from models.enums import OrganizationKind, Role
from models.organization import Organization
from models.status_list import StatusCounter
from tests.conftest import District


class Traced(Refusal):
    text = Conflict.text
    leaves_trace = True


def test_each_request_that_may_be_worked_on_at_one_time_finds_a_connection(house: House) -> None:
    most = max(getattr(limit, "le", 0) for limit in Settings.model_fields["requests_at_once"].metadata)
    with ExitStack() as taken:
        for _ in range(most + OVERSTAYING):
            taken.enter_context(house.database.engine.connect())


def test_a_hundred_increments_at_once_are_a_hundred(house: House) -> None:
    start = threading.Barrier(4)

    def increment() -> None:
        start.wait()
        for _ in range(25):
            with house.database.writing(Origin("test")) as work:
                counter = work.get_one(StatusCounter, 1, with_for_update=True)
                counter.allocated += 1

    threads = [threading.Thread(target=increment) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with house.database.reading(Origin("test")) as work:
        assert work.get_one(StatusCounter, 1).allocated == 100


def test_a_refusal_leaves_nothing(house: House) -> None:
    with pytest.raises(Conflict), house.database.writing(Origin("test")) as work:
        work.add(SignInLimit(key="k", window_started_at=work.at))
        work.flush()
        raise Conflict
    with house.database.reading(Origin("test")) as work:
        assert work.get(SignInLimit, "k") is None


def test_a_refusal_that_must_leave_a_trace_leaves_it(house: House) -> None:
    with pytest.raises(Traced), house.database.writing(Origin("test")) as work:
        work.add(SignInLimit(key="k", window_started_at=work.at))
        raise Traced
    with house.database.reading(Origin("test")) as work:
        assert work.get(SignInLimit, "k") is not None


@pytest.mark.engine("sqlite")
def test_what_was_is_let_go_of_when_nobody_reads_it_any_more_and_until_then_it_is_told(house: House) -> None:
    log = Path(f"{house.database.engine.url.database}-wal")
    with house.database.reading(Origin("test")) as reading:
        assert reading.get(SignInLimit, "k") is None
        with house.database.writing(Origin("test")) as work:
            work.add(SignInLimit(key="k", window_started_at=work.at))
        size = log.stat().st_size
        with pytest.raises(Unavailable):
            house.database.let_go_of_what_was()
        assert log.stat().st_size == size > 0, "nor is the file written anew in vain, all of which would stand in the log"
    house.database.let_go_of_what_was()
    assert not log.stat().st_size


@pytest.mark.engine("sqlite")
def test_a_log_that_grew_beside_a_reader_is_cut_once_it_is_begun_anew(house: House) -> None:
    log = Path(f"{house.database.engine.url.database}-wal")
    with house.database.reading(Origin("test")) as reading:
        assert reading.get(SignInLimit, "k") is None
        with house.database.writing(Origin("test")) as work:
            work.connection().exec_driver_sql("CREATE TABLE large AS SELECT zeroblob(?) AS filled", (2 * LOG_BYTES,))
        assert log.stat().st_size > 2 * LOG_BYTES
    for key in "ab":
        with house.database.writing(Origin("test")) as work:
            work.add(SignInLimit(key=key, window_started_at=work.at))
    assert log.stat().st_size <= LOG_BYTES


@pytest.mark.engine("sqlite")
def test_nothing_of_what_was_is_left_in_the_gaps_of_pages(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Splitting a page leaves copies there that `secure_delete` overwrites as little as here."""
    file = Path(str(house.database.engine.url.database))
    for limit, wholly, is_left in ((0, False, True), (0, True, False), (database.REWRITTEN_BYTES, False, False)):
        monkeypatch.setattr(database, "REWRITTEN_BYTES", limit)
        with house.database.writing(Origin("test")) as work:
            work.add(SignInLimit(key="a-canary", window_started_at=work.at))
        with closing(sqlite3.connect(file, isolation_level=None)) as leaving:
            leaving.execute("PRAGMA secure_delete=OFF")
            leaving.execute("DELETE FROM sign_in_limit")
        with house.database.reading(Origin("test")) as work:
            assert work.get(SignInLimit, "k") is None
        house.database.let_go_of_what_was(wholly=wholly)
        assert (b"a-canary" in file.read_bytes()) is is_left
    with house.database.writing(Origin("test")) as holding:
        holding.add(SignInLimit(key="k", window_started_at=holding.at))
        holding.flush()
        with pytest.raises(Unavailable):
            house.database.let_go_of_what_was()
    with house.database.reading(Origin("test")) as work:
        assert work.get(SignInLimit, "k") is not None
        assert work.connection().exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"


@pytest.mark.engine("sqlite")
def test_who_has_waited_for_too_long_in_all_waits_for_nobody_else_who_writes(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(one_writer, "BUSY_MS", 60_000)
    monkeypatch.setattr(one_writer, "PRAGMAS", ("busy_timeout=60000", *one_writer.PRAGMAS[1:]))
    house.database.close()
    began = time.monotonic()
    with house.database.writing(Origin("test")) as holding, allowed():
        holding.get_one(StatusCounter, 1)
        own = current()
        assert own
        own.extend(-own.left)
        with pytest.raises(Unavailable), house.database.writing(Origin("test")) as work:
            work.get_one(StatusCounter, 1)
    assert time.monotonic() - began < 30
    with house.database.writing(Origin("test")) as work:
        assert work.connection().exec_driver_sql("PRAGMA busy_timeout").scalar() == 60_000
    house.database.close()


def start_in_line(house: House, waiting: Sequence[threading.Thread]) -> None:
    """Start those who want to write while somebody writes, each once the one before stands in the line."""
    for number, thread in enumerate(waiting, 1):
        thread.start()
        while house.database.line.waiting < number:
            time.sleep(0.001)


@pytest.mark.engine("sqlite")
def test_whoever_writes_one_thing_after_another_lets_others_write_in_between(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(one_writer, "LONG_SECONDS", 60)
    one, other, done = uuid4(), uuid4(), list[str]()

    def write(what: str, account_id: UUID) -> None:
        with house.database.writing(Origin("test", actor_id=account_id)) as work:
            work.get_one(StatusCounter, 1)
            done.append(what)

    waiting = [
        threading.Thread(target=write, args=args) for args in (("his second", one), ("his third", one), ("another's", other))
    ]
    with house.database.writing(Origin("test", actor_id=one)) as work:
        work.get_one(StatusCounter, 1)
        start_in_line(house, waiting)
    for thread in waiting:
        thread.join()
    assert done == ["another's", "his second", "his third"]


@pytest.mark.engine("sqlite")
def test_whoever_has_written_for_long_rests_as_long_whether_others_wait_or_not(house: House) -> None:
    """So what another writes one after the other meets one long piece of his at the most."""
    one, done, held = uuid4(), list[str](), 0.9

    def write(what: str, account_id: UUID | None) -> None:
        with house.database.writing(Origin("test", actor_id=account_id)) as work:
            work.get_one(StatusCounter, 1)
            done.append(what)

    waiting = [threading.Thread(target=write, args=("his second", one)), threading.Thread(target=write, args=("his third", one))]
    with house.database.writing(Origin("test", actor_id=one)) as work:
        work.get_one(StatusCounter, 1)
        began = time.monotonic()
        time.sleep(held)
        start_in_line(house, waiting)
    for what in ("count", "session", "give back"):
        write(what, None)
    for thread in waiting:
        thread.join()
    assert done[:3] == ["count", "session", "give back"] and sorted(done[3:]) == ["his second", "his third"]
    assert time.monotonic() - began >= 2 * held


def test_what_somebody_has_made_in_a_connection_alone_goes_with_it(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "RENEWED_SECONDS", 0)
    engine = database.create_engine(settings.database_url)
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE TEMPORARY TABLE mine (a int)")
        connection.commit()
        assert inspect(connection).get_temp_table_names() == ["mine"]
    with engine.connect() as connection:
        assert inspect(connection).get_temp_table_names() == []
    engine.dispose()


@pytest.mark.engine("sqlite")
def test_whoever_has_waited_for_the_writer_of_another_process_has_not_written_for_long(house: House) -> None:
    one, done = uuid4(), list[str]()

    def write(what: str, account_id: UUID | None) -> None:
        with house.database.writing(Origin("test", actor_id=account_id)) as work:
            work.get_one(StatusCounter, 1)
            done.append(what)

    kept_waiting = threading.Thread(target=write, args=("his first", one))
    with closing(sqlite3.connect(str(house.database.engine.url.database))) as other:
        other.execute("BEGIN IMMEDIATE")
        kept_waiting.start()
        time.sleep(1)
        other.rollback()
    kept_waiting.join()
    waiting = [threading.Thread(target=write, args=called) for called in (("his second", one), ("a stranger's", None))]
    with house.database.writing(Origin("test", actor_id=uuid4())) as work:
        work.get_one(StatusCounter, 1)
        start_in_line(house, waiting)
    for thread in waiting:
        thread.join()
    assert done == ["his first", "his second", "a stranger's"]


@pytest.mark.engine("sqlite")
def test_of_several_who_have_written_for_long_nobody_comes_before_one_who_has_not(house: House) -> None:
    several, done = [uuid4() for _ in range(3)], list[str]()

    def write(what: str, account_id: UUID | None) -> None:
        with house.database.writing(Origin("test", actor_id=account_id)) as work:
            work.get_one(StatusCounter, 1)
            done.append(what)

    for account_id in several:
        with house.database.writing(Origin("test", actor_id=account_id)) as work:
            work.get_one(StatusCounter, 1)
            time.sleep(0.3)
    waiting = [threading.Thread(target=write, args=("again", account_id)) for account_id in several]
    waiting.append(threading.Thread(target=write, args=("sign-in", None)))
    with house.database.writing(Origin("test", actor_id=uuid4())) as work:
        work.get_one(StatusCounter, 1)
        start_in_line(house, waiting)
    for thread in waiting:
        thread.join()
    assert done == ["sign-in", "again", "again", "again"]


@pytest.mark.engine("sqlite")
def test_whose_rest_would_last_longer_than_he_may_wait_is_told_so_at_once_and_rests_a_second_at_the_most(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(one_writer, "MOST_REST_SECONDS", 0.6)
    one = uuid4()

    def write() -> None:
        with house.database.writing(Origin("test", actor_id=one)) as work:
            work.get_one(StatusCounter, 1)

    with house.database.writing(Origin("test", actor_id=one)) as work:
        work.get_one(StatusCounter, 1)
        time.sleep(0.8)
    rested = time.monotonic()
    with allowed():
        own = current()
        assert own
        own.extend(0.3 - own.left)
        with pytest.raises(Unavailable):
            write()
        assert own.left > 0
    write()
    assert time.monotonic() - rested >= 0.55


@pytest.mark.engine("sqlite")
def test_a_piece_of_work_that_fails_gives_its_turn_to_write_back(house: House) -> None:
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), house.database.writing(Origin("test")) as work:
            work.get_one(StatusCounter, 1)
            _ = 1 / 0
    with house.database.writing(Origin("test")) as holding:
        holding.get_one(StatusCounter, 1)
        with pytest.raises(Unavailable), house.database.writing(Origin("test")) as work:
            work.get_one(StatusCounter, 1)
    with house.database.writing(Origin("test")) as work:
        work.get_one(StatusCounter, 1)


def test_a_reading_piece_of_work_cannot_write(house: House) -> None:
    with house.database.reading(Origin("test")) as work, pytest.raises(RuntimeError):
        work.add(SignInLimit(key="k", window_started_at=work.at))
        work.flush()


def test_foreign_keys_are_enforced(house: House) -> None:
    with pytest.raises(IntegrityError), house.database.writing(Origin("test")) as work:
        work.add(Organization(code="X", name="X", kind=OrganizationKind.branch, parent_id=uuid4(), path="x/", service_phone=None))


def test_a_naive_time_is_refused_before_it_is_stored(house: House) -> None:
    with pytest.raises(Exception, match=r"naive|timezone|aware"), house.database.writing(Origin("test")) as work:
        work.add(SignInLimit(key="k", window_started_at=datetime.now()))


def test_times_come_back_aware_and_in_utc(house: House) -> None:
    moment = datetime(2026, 7, 1, 8, 30, 0, 123456, tzinfo=UTC)
    with house.database.writing(Origin("test")) as work:
        work.add(SignInLimit(key="k", window_started_at=moment))
    with house.database.reading(Origin("test")) as work:
        found = work.get_one(SignInLimit, "k").window_started_at
    assert found == moment and found.utcoffset() is not None


def test_a_commit_that_fails_is_a_500_and_stores_nothing(district: District) -> None:
    officer = district.sign_in(Role.district_officer, "D")
    engine = district.house.database.engine

    def break_commit(connection: Connection) -> None:
        connection.connection.driver_connection.rollback()  # type: ignore[union-attr]
        raise RuntimeError("the disk is gone")

    body = {"code": "B99", "name": "新建党支部", "kind": "branch", "parent_id": str(district.ids["V1"])}
    event.listen(engine, "commit", break_commit)
    try:
        answer = officer.post("/v1/organizations", json=body)
    finally:
        event.remove(engine, "commit", break_commit)
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "disk" not in answer.text
    with district.house.database.reading(Origin("test")) as work:
        assert work.exec(select(Organization).where(col(Organization.code) == "B99")).first() is None
        assert work.exec(select(AuditLine).where(col(AuditLine.action) == "create_organization")).first() is None


def test_a_database_that_is_away_is_not_ready_but_the_process_lives(
    client: TestClient, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert client.get("/readyz").status_code == 200

    def away(self: Database, origin: Origin) -> Work:
        raise Unavailable(retry_after=3)

    monkeypatch.setattr(Database, "reading", away)
    assert client.get("/readyz").status_code == 503
    assert client.get("/livez").json() == {"status": "ok"}


def test_a_database_that_does_not_answer_is_not_ready_for_anybody_who_asks(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    thawed = threading.Event()

    def frozen(self: Database, origin: Origin) -> Work:
        thawed.wait(20)
        raise Unavailable(retry_after=3)

    monkeypatch.setattr(Database, "reading", frozen)
    monkeypatch.setattr(health, "PATIENCE", 0.1)
    began = time.monotonic()
    try:
        assert [client.get("/readyz").status_code for _ in range(8)] == [503] * 8
        assert time.monotonic() - began < 10
    finally:
        thawed.set()


def test_a_day_is_the_district_s_and_begins_at_its_midnight(house: House) -> None:
    for at, day in ((datetime(2026, 11, 23, 15, 59, 59, tzinfo=UTC), 23), (datetime(2026, 11, 23, 16, 0, tzinfo=UTC), 24)):
        with house.database.reading(Origin("test", at)) as work:
            assert work.today == date(2026, 11, day)
            assert work.begin_of(work.today) == datetime(2026, 11, day - 1, 16, 0, tzinfo=UTC)
            assert work.begin_of(work.today).tzinfo is UTC
