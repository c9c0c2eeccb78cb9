"""The database or the storage is away, frozen, slow or full: who asks is told so, nothing is held, and it goes on by itself."""

import os
import resource
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx2 as httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import event
from sqlalchemy.engine import make_url

from api import allowance
from api.adapters import pulse, storage_s3
from api.app import Application, create_app
from api.settings import Settings
from api.web.writes import Writes
from models.enums import Role
from tests.conftest import TIRELESS, Caller, District
from tests.databases import ALLOWED_SECONDS, LONGEST_STATEMENT
from tests.files.drawings import drawn
from tests.outages import Fault, Proxy, proxied
from tests.s3 import READ_SECONDS, S3Server
from tests.serving import serving
from tests.verification.holders import hold

ROUNDS = int(os.environ.get("OUTAGE_ROUNDS", "1"))
WITHIN = 3.0
"""Seconds in which each request ends."""
WELL = {200, 201, 204}
BACK_WITHIN = 5.0
"""Seconds in which all is well again."""
MANY = httpx.Limits(max_connections=100)
BUSY = 3.0
"""Seconds that a machine may take longer on which other tests run beside these."""


class Answer(NamedTuple):
    status: int
    seconds: float
    retry_after: str | None


@dataclass
class Asking:
    """Somebody who is signed in at a server of its own process, and what he asks for, by a name."""

    app: Application
    client: httpx.Client
    asks: dict[str, Callable[[], Any]]
    officer: Caller

    def once(self, *names: str) -> dict[str, Answer]:
        """Ask for these things, or all of them, at one time."""
        with ThreadPoolExecutor(len(self.asks)) as pool:
            return dict(zip(names or self.asks, pool.map(self._one, names or self.asks), strict=True))

    def crowd(self, name: str, number: int) -> list[Answer]:
        """Let so many ask for the same thing at one time."""
        with ThreadPoolExecutor(number) as pool:
            return list(pool.map(self._one, [name] * number))

    def _one(self, name: str) -> Answer:
        began = time.monotonic()
        answer = self.asks[name]()
        return Answer(answer.status_code, time.monotonic() - began, answer.headers.get("Retry-After"))

    def is_well(self) -> bool:
        return {answer.status for answer in self.once().values()} <= WELL

    def held(self) -> tuple[int, int]:
        """How many descriptors the process has open but for its idle connections to the database, and how many threads run."""
        pool: Any = self.app.state.house.database.engine.pool
        until = time.monotonic() + BACK_WITHIN
        while pool.checkedout() and time.monotonic() < until:
            # What the server does by itself, such as counting scans, has one now and then.
            time.sleep(0.02)
        assert pool.checkedout() == 0
        return len(os.listdir("/proc/self/fd")) - pool.checkedin(), threading.active_count()


@contextmanager
def asking(settings: Settings, district: District) -> Iterator[Asking]:
    officer = district.sign_in(Role.district_officer, "D")
    holder = hold(district.house, district.ids["B11"])
    numbers = iter(range(100_000))

    def post() -> Any:
        body = {"code": f"N{next(numbers)}", "name": "新建党支部", "kind": "branch", "parent_id": str(district.ids["V1"])}
        return client.post("/v1/organizations", json=body, headers=officer.headers)

    def get(path: str, **headers: str) -> Callable[[], Any]:
        return lambda: client.get(path, headers={**officer.headers, **headers})

    with serving(lambda _: create_app(settings)) as (app, url), httpx.Client(base_url=url, timeout=30, limits=MANY) as client:
        app.state.writes = Writes(at_once=TIRELESS)
        asks = {path: get(path) for path in ("/livez", "/readyz", "/v1/todo", "/v1/members", "/v1/organizations")}
        asks |= {"scan": get(f"/C/{holder.code}", Accept="application/json"), "write": post}
        asking = Asking(app, client, asks, officer)
        assert asking.is_well()
        yield asking


def assert_told(answers: dict[str, Answer], but_for: frozenset[str] = frozenset({"/livez"})) -> None:
    """All was answered in time: by 503 with a time to come back at, but for some things, which are well."""
    for name, answer in answers.items():
        assert answer.status in (WELL if name in but_for else {503}), (name, answer)
        assert answer.status != 503 or int(answer.retry_after or 0) >= 1, name
        assert answer.seconds < WITHIN + BUSY, (name, answer)


def assert_holds_no_more(held: list[tuple[int, int]]) -> None:
    """However often something was away, no more descriptors and threads are held than after the first time, but for idle ones, of
    which there are now more and now fewer."""
    print("\ndescriptors and threads, after the first time and the last:", held[0], held[-1])
    assert held[-1][0] <= held[0][0] + 40 and held[-1][1] <= held[0][1] + 20, held


def wait_until_well(asking: Asking) -> float:
    """How many seconds pass until all is answered again."""
    began = time.monotonic()
    while asking.once("/readyz")["/readyz"].status != 200:
        assert time.monotonic() - began < BACK_WITHIN + BUSY
        time.sleep(0.05)
    while not asking.is_well():
        time.sleep(0.05)
        assert time.monotonic() - began < BACK_WITHIN + BUSY
    return time.monotonic() - began


@pytest.fixture(autouse=True)
def _waits_as_long_as_people_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allowance, "ALLOWED_SECONDS", ALLOWED_SECONDS)
    monkeypatch.setattr(pulse, "LONGEST_STATEMENT", LONGEST_STATEMENT)


@pytest.fixture
def proxy(database_url: str) -> Iterator[Proxy]:
    url = make_url(database_url)
    place, port = str(url.query.get("host") or url.host), url.port or 5432
    at: dict[str, Any] = {"path": f"{place}/.s.PGSQL.{port}"} if place.startswith("/") else {"host": place, "port": port}
    with proxied(**at) as proxy:
        yield proxy


@pytest.mark.engine("postgresql")
def test_a_database_that_is_away_frozen_or_slow_is_told_in_time_holds_nothing_and_is_used_again_by_itself(
    settings: Settings, district: District, proxy: Proxy
) -> None:
    url = make_url(settings.database_url).set(host="127.0.0.1", port=proxy.port, query={})
    away = settings.model_copy(update={"database_url": url.render_as_string(hide_password=False)})
    told: dict[str, list[tuple[float, float]]] = {}
    held: list[tuple[int, int]] = []
    with asking(away, district) as someone:
        someone.once()
        for fault in (Fault.silent, Fault.refused, Fault.slow)[: 3 if ROUNDS > 1 else 2]:
            for _ in range(ROUNDS):
                proxy.set(fault)
                first = someone.once()
                assert_told(first)
                # Whoever comes next need not wait for what is known.
                again = someone.once()
                assert_told(again)
                proxy.set(Fault.none)
                back = wait_until_well(someone)
                held.append(someone.held())
                told.setdefault(fault.name, []).append((max(answer.seconds for answer in first.values()), back))
        assert_holds_no_more(held)
        proxy.set(Fault.late)
        late = someone.once()
        assert_told({name: answer for name, answer in late.items() if answer.status not in WELL}, frozenset())
        assert max(answer.seconds for answer in late.values()) < WITHIN + BUSY, late
        assert late["/v1/todo"].status == late["write"].status == 503, late
        proxy.set(Fault.none)
        wait_until_well(someone)
    for name, seconds in told.items():
        ended, back = (round(max(times), 2) for times in zip(*seconds, strict=True))
        print(f"{name}: {len(seconds)} times, each request ended within {ended} s, all was well again within {back} s")


@contextmanager
def frozen(process: int) -> Iterator[None]:
    """Freeze one process of the server meanwhile; the others go on."""
    os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGCONT)


@pytest.mark.engine("postgresql")
def test_who_meets_a_frozen_process_of_the_database_is_told_in_time_and_nobody_meets_it_again(
    settings: Settings, district: District
) -> None:
    with asking(settings, district) as someone, ExitStack() as held:
        engine = someone.app.state.house.database.engine

        def process_of(connection: Any) -> int:
            return int(connection.connection.dbapi_connection.info.backend_pid)

        def kept() -> set[int]:
            with ExitStack() as taken:
                return {process_of(taken.enter_context(engine.connect())) for _ in range(max(1, engine.pool.checkedin()))}

        with district.work() as work:
            query = "SELECT pid FROM pg_stat_activity WHERE application_name = 'liangxian-scans' AND datname = current_database()"
            scanning = work.connection().exec_driver_sql(query).scalars().all()
        engine.dispose()
        idle = kept()
        assert len(idle) == 1
        for process in (*scanning, *idle):
            held.enter_context(frozen(process))
        answers = someone.once("write", "scan")
        assert_told({"scan": answers["scan"]})
        assert answers["write"].status in {201, 503} and answers["write"].seconds < WITHIN + BUSY
        assert someone.is_well() and not kept() & idle

        working: list[int] = []
        with ExitStack() as while_working:

            @event.listens_for(engine, "before_cursor_execute")
            def freeze(connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
                if statement.startswith("INSERT INTO organization") and not working:
                    working.append(process_of(connection))
                    while_working.enter_context(frozen(*working))

            assert_told(someone.once("write"), frozenset())
            assert len(working) == 1
            # What it has locked is locked as long as it is frozen, and then let go: it is ended.
            assert {answer.status for answer in someone.once(*someone.asks.keys() - {"write"}).values()} <= WELL
        assert wait_until_well(someone) < BACK_WITHIN + BUSY and not kept() & set(working)


@pytest.mark.engine("postgresql")
def test_a_statement_that_does_not_end_is_given_up_in_time_and_may_take_long_when_it_is_asked_again(
    settings: Settings, district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulse, "LONGEST_STATEMENT", 0.6)
    with asking(settings, district) as someone:
        with district.work() as work:
            work.connection().exec_driver_sql(ENDLESS)
        assert_told(someone.once("write"), frozenset())
        assert someone.once("write")["write"].status == 201
        with district.work() as work:
            work.connection().exec_driver_sql("DROP TRIGGER endless ON organization; DROP FUNCTION endless; DROP SEQUENCE times")
        assert someone.is_well()


ENDLESS = """
    CREATE SEQUENCE times;
    CREATE FUNCTION endless() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        PERFORM pg_sleep(CASE nextval('times') WHEN 1 THEN 25 ELSE 1.5 END);
        RETURN NEW;
    END $$;
    CREATE TRIGGER endless BEFORE INSERT ON organization FOR EACH ROW EXECUTE FUNCTION endless();
"""


@pytest.fixture
def full_disk() -> Iterator[Callable[[], AbstractContextManager[None]]]:
    """Fills the disk meanwhile: no file of this process grows beyond the size that it may have at the beginning."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    @contextmanager
    def fill() -> Iterator[None]:
        resource.setrlimit(resource.RLIMIT_FSIZE, (FULL_AT, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    yield fill


CROWD = 40
"""Five times as many as are worked on at a time."""
FULL_AT = 100_000
PICTURE = drawn("PNG", size=(400, 300))
LARGE_PICTURE = drawn("JPEG", size=(40, 30)) + bytes(2 * FULL_AT)


@pytest.mark.engine("sqlite")
def test_on_a_full_disk_nothing_is_written_by_half_and_what_is_read_is_read(
    settings: Settings, district: District, full_disk: Callable[[], AbstractContextManager[None]]
) -> None:
    with asking(settings, district) as someone:
        pending = someone.client.post("/v1/files/uploads", json={"media_type": "image/png"}, headers=someone.officer.headers).json()
        url = pending["form"]["url"]
        for _ in range(ROUNDS):
            with full_disk():
                while (written := someone.asks["write"]()).status_code == 201:
                    pass
                assert_told(someone.once(), frozenset(someone.asks) - {"write"})
                sent = someone.client.post(url, files={"file": ("x", LARGE_PICTURE)}, headers=someone.officer.headers)
                assert [(answer.status_code, "Retry-After" in answer.headers) for answer in (written, sent)] == [(503, True)] * 2
            assert someone.is_well()
        assert someone.client.post(url, files={"file": ("x", PICTURE)}, headers=someone.officer.headers).status_code == 204
        with district.work() as work:
            assert work.connection().exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"


@pytest.mark.engine("postgresql")
def test_what_the_database_says_when_its_disk_is_full_is_told_as_what_passes(settings: Settings, district: District) -> None:
    with district.work() as work:
        work.connection().exec_driver_sql(FULL)
    with asking(settings, district) as someone:
        with district.work() as work:
            work.connection().exec_driver_sql(
                "CREATE TRIGGER full_disk BEFORE INSERT ON organization EXECUTE FUNCTION tell_full_disk()"
            )
        assert_told(someone.once(), frozenset(someone.asks) - {"write"})
        with district.work() as work:
            work.connection().exec_driver_sql("DROP TRIGGER full_disk ON organization; DROP FUNCTION tell_full_disk")
        assert someone.is_well()


FULL = """
    CREATE FUNCTION tell_full_disk() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN RAISE 'could not extend file' USING ERRCODE = 'disk_full'; END $$
"""


@pytest.mark.engine("postgresql")
def test_a_crowd_that_meets_a_locked_table_is_told_in_time_and_nobody_is_held_up_one_after_another(
    settings: Settings, district: District
) -> None:
    with asking(settings, district) as someone, district.work() as work:
        work.connection().exec_driver_sql("LOCK TABLE organization IN ACCESS EXCLUSIVE MODE")
        for number, answer in enumerate(someone.crowd("write", CROWD)):
            assert_told({f"write {number}": answer})
        work.rollback()
        assert wait_until_well(someone) < BACK_WITHIN + BUSY


@pytest.mark.engine("sqlite")
def test_while_another_program_holds_the_database_who_writes_is_told_and_who_reads_is_answered(
    settings: Settings, district: District
) -> None:
    with asking(settings, district) as someone, sqlite3.connect(str(make_url(settings.database_url).database)) as other:
        other.isolation_level = None
        other.execute("BEGIN EXCLUSIVE")
        assert_told(someone.once(), frozenset(someone.asks) - {"write"})
        other.execute("ROLLBACK")
        assert wait_until_well(someone) < BACK_WITHIN + BUSY


@pytest.mark.engine("sqlite")
def test_with_the_storage_away_frozen_or_slow_everything_but_files_works(
    settings: Settings, district: District, s3_server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage_s3, "READ_SECONDS", READ_SECONDS)
    real = urlsplit(s3_server.endpoint)
    with proxied(host=real.hostname, port=real.port) as proxy:
        place = replace(s3_server, endpoint=f"http://127.0.0.1:{proxy.port}").place()
        kept = {name: SecretStr(value) if name.endswith("_key") else value for name, value in place.settings().items()}
        with asking(settings.model_copy(update=kept), district) as someone:
            headers = someone.officer.headers

            def bring(path: str) -> Any:
                return someone.client.post(path, files={"file": ("x", PICTURE)}, headers=headers)

            path = f"/v1/files/mine/{bring('/v1/files').json()['id']}"
            begun = someone.client.post("/v1/files/uploads", json={"media_type": "image/png"}, headers=headers).json()
            there = f"/v1/files/uploads/{begun['file']['id']}/content"
            someone.asks |= {"file": lambda: someone.client.get(path, headers=headers), "upload": lambda: bring(there)}
            assert someone.is_well()
            wanted = frozenset(someone.asks) - {"file", "upload"}
            held: list[tuple[int, int]] = []
            for fault in (Fault.silent, Fault.refused, Fault.slow)[: 3 if ROUNDS > 1 else 2]:
                for _ in range(ROUNDS):
                    proxy.set(fault)
                    assert_told(someone.once(), wanted)
                    proxy.set(Fault.none)
                    wait_until_well(someone)
                    held.append(someone.held())
            assert_holds_no_more(held)
