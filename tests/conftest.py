"""Real parts for every test: both engines, migrated once and copied for each test, and the application as it is served."""

import gc
import os
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hypothesis
import pylopdf_fonts_zh_cn
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from limits import RateLimitItemPerMinute
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource
from sqlalchemy import insert
from uuid_utils.compat import uuid7

from api import database
from api.access.passwords import CONTEXT
from api.access.tokens import Claims, digest_of, new_refresh_token
from api.app import Application, create_app
from api.building import build
from api.database import Origin, Work
from api.house import House
from api.keys.service import ensure_key
from api.settings import Settings, fresh_secrets
from api.verification.misses import Misses
from api.web.writes import Writes
from models.account import Account, RefreshToken, RoleGrant, SignInSession
from models.base import Record
from models.enums import OrganizationKind, Role
from models.organization import Organization
from tests import counts, locks, postgresql, witness
from tests.databases import Databases, PostgresqlDatabases, SqliteDatabases, shared_engine
from tests.faults import BREACHES, Faulty
from tests.fonts import small_font
from tests.memory import memory
from tests.routes import document, doors
from tests.s3 import S3Server, StoragePlace, s3_server
from tests.transport import Client
from tests.witness import (
    ANSWERED,
    CALLED,
    SHOWN,
    WRITTEN,
    Answered,
    Witness,
    WitnessedReader,
    Wrote,
    uncalled,
    unnamed,
    unproved,
    unrecorded,
    unshown,
)

__all__ = ["s3_server"]

# People sign in thousands of times here: at the real cost, half the time would go there. The costs have a test of their own.
CONTEXT.update(argon2__memory_cost=64, argon2__time_cost=1)

# Most of a drawing's time would go into the font, of which `adapters/test_paper.py` tries the whole.
pylopdf_fonts_zh_cn.sans_path = small_font

# A machine under load is slow now and then, which is no fault of what is tested.
hypothesis.settings.register_profile("suite", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("suite")

ENGINES = ("sqlite", "postgresql")
FAULTS = "FAULTS" in os.environ
"""Whether every request of every test is made to fail at each of its writes before it may succeed."""
TIRELESS = 1_000_000
"""How much an account writes at once where a test goes on for longer than anybody does."""
TOLD = pytest.StashKey[list[str]]()
"""What the run as a whole was found to lack."""
PASSWORD = "纸鸢-over-the-lake-41"
PUBLIC_URL = "https://lx.example.gov.cn"
SECRETS = fresh_secrets()
"""Of this process: what its templates hold is sealed with them."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--engines", default="sqlite,postgresql", help="the database engines that the tests run on")


def pytest_configure(config: pytest.Config) -> None:
    # Dozens of processes of the project are started, each of which would compile it anew.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    gc.disable()
    locks.record()
    witness.record()
    if place := memory():
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(place))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    kinds = getattr(metafunc.module, "ON_STORAGES", None) if "storage_kind" in metafunc.fixturenames else None
    if "engine" in metafunc.fixturenames:
        # A module or a test whose promise does not depend on the engine names the one that it is tried on.
        mark = metafunc.definition.get_closest_marker("engine")
        possible = mark.args if mark else getattr(metafunc.module, "ON_ENGINES", ENGINES)
        chosen = [engine for engine in metafunc.config.getoption("--engines").split(",") if engine in possible]
        if kinds and len(chosen) == len(kinds):
            # Database and storage do not know of each other: each of one is tried with one of the other.
            metafunc.parametrize(("engine", "storage_kind"), list(zip(chosen, kinds, strict=True)), scope="session")
            return
        metafunc.parametrize("engine", chosen, scope="session")
    if kinds:
        metafunc.parametrize("storage_kind", kinds, scope="session")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # So that no worker waits at the end for another one's last test.
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


def pytest_collection_finish(session: pytest.Session) -> None:
    # What was imported and collected stays to the end: who looks for rubbish need not look there again and again.
    gc.freeze()
    # Seldom, since an eighth of the time would go there otherwise: each test makes an application and throws it away.
    gc.set_threshold(10_000, 20, 10)
    gc.enable()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """End a run with a failure if an operation answered what the document does not name, or wrote what the audit trail does not
    tell, or if some could wait for each other for ever; and a whole run if one was never called with success on an engine, or if
    what one has made was never shown where it said; each worker tells what it has seen."""
    if (output := getattr(session.config, "workeroutput", None)) is not None:
        output["called"], output["shown"] = sorted(CALLED), sorted(SHOWN)
        output["breaches"] = BREACHES
        output["counts"] = {campaign: dict(numbers) for campaign, numbers in counts.COUNTS.items()}
        output["answered"] = [(*answered, test) for answered, test in ANSWERED.items()]
        output["written"] = [(*wrote, test) for wrote, test in WRITTEN.items()]
        output["locks"] = [
            (str(one), int(its), str(other), int(asked), has, test)
            for ((one, its), (other, asked), has), test in locks.STEPS.items()
        ]
    else:
        told = [*BREACHES, *unnamed(), *unrecorded(WRITTEN), *unproved(WRITTEN), *locks.circle()]
        whole = session.config.getoption("--engines") == "sqlite,postgresql" and _is_whole_run(session.config)
        if not told and whole and not session.exitstatus:
            app = create_app(_settings("sqlite:////nowhere", None))
            if missing := uncalled({door.name for door in doors(app) if door.succeeds}, ENGINES, CALLED):
                told.append(f"Never called with success (write a test that is run on both engines): {', '.join(missing)}")
            if unseen := unshown():
                told.append(f"GET what these have made where they say in Location, in a test: {', '.join(unseen)}")
        if told:
            session.config.stash[TOLD] = told
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_unconfigure(config: pytest.Config) -> None:
    # Last of all, below the summary: who reads only the end of a log is to see why the run failed although each test passed.
    if (told := counts.lines()) and not hasattr(config, "workerinput"):
        print("", *told, sep="\n")
    if told := config.stash.get(TOLD, []):
        print("", "The run as a whole fails:", *told, sep="\n")


def _is_whole_run(config: pytest.Config) -> bool:
    asked = config.getoption("keyword") or config.getoption("markexpr") or config.getoption("lf", False)
    return not asked and config.args == config.getini("testpaths")


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    output = getattr(node, "workeroutput", {})
    CALLED.update((operation, engine) for operation, engine in output.get("called", ()))
    SHOWN.update(output.get("shown", ()))
    BREACHES.extend(output.get("breaches", ()))
    for campaign, numbers in output.get("counts", {}).items():
        counts.add(campaign, numbers)
    ANSWERED.update({Answered(*answered): test for *answered, test in output.get("answered", ())})
    WRITTEN.update({Wrote(name, status, tuple(to), tuple(by)): test for name, status, to, by, test in output.get("written", ())})
    for one, its, other, asked, has, test in output.get("locks", ()):
        locks.STEPS.setdefault(((one, locks.Mode(its)), (other, locks.Mode(asked)), has), test)


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    with postgresql.server() as url:
        yield url


@pytest.fixture(scope="session")
def postgresql_databases(postgresql_url: str) -> Iterator[Databases]:
    databases = PostgresqlDatabases({"empty": lambda _: None, "district": found_district}, postgresql_url)
    yield databases
    databases.close()


@pytest.fixture(scope="session")
def sqlite_databases() -> Iterator[Databases]:
    databases = SqliteDatabases({"empty": lambda _: None, "district": found_district}, memory())
    yield databases
    databases.close()


@pytest.fixture
def database_url(engine: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """A database at the newest revision, of this test alone: with the district in it where the test asks for it, or empty. Where
    plans are looked at it is a new one: PostgreSQL goes by the room that a table takes, also by what was deleted."""
    databases: Databases = request.getfixturevalue(f"{engine}_databases")
    looks_at_plans = any(getattr(one, "__module__", "") == "tests.plans" for one in vars(request.module).values())
    url = databases.lend("district" if "district" in request.fixturenames else "empty", is_new=looks_at_plans)
    yield url
    databases.take_back(url)


@pytest.fixture
def storage_kind() -> str:
    """Where files lie: in a folder, unless the test's module names `ON_STORAGES`."""
    return "folder"


@pytest.fixture
def place(storage_kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> StoragePlace:
    """An empty storage of this test alone."""
    if storage_kind == "folder":
        return StoragePlace(f"file://{tmp_path / 'files'}", None, None)
    server: S3Server = request.getfixturevalue("s3_server")
    return server.place()


@pytest.fixture
def settings(database_url: str, place: StoragePlace) -> Settings:
    return _settings(database_url, place)


class _Given(Settings):
    """Settings of what is given alone: to look for each in the environment too takes longer than all else about them."""

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource, *_: Any, **__: Any
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


def _settings(database_url: str, place: StoragePlace | None) -> Settings:
    values: dict[str, Any] = {name.lower(): value for name, value in SECRETS.items()}
    values |= place.settings() if place else {}
    # What is demanded of those who sign in for the district is tried where it is meant (tests/access, tests/accounts).
    values |= {"otp_demanded": False, "step_up_demanded": False}
    return _Given(database_url=database_url, public_url=PUBLIC_URL, log_level="ERROR", **values)


@pytest.fixture
def app(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Application:
    with monkeypatch.context() as meanwhile:
        if not FAULTS:
            meanwhile.setattr(database, "create_engine", shared_engine)
        app = create_app(settings)
    app.openapi_schema = document()
    app.layers = Witness(app.layers)
    if FAULTS:
        app.layers = Faulty(app.layers, app.state.house.database)
        app.state.writes = Writes(at_once=TIRELESS)
    app.state.reader = WitnessedReader(app.state.reader, app.state.house.database.engine.dialect.name)
    return app


@pytest.fixture
def patient(app: FastAPI) -> None:
    """The door lets anybody ask for unknown codes as often as he likes."""
    app.state.misses = Misses(RateLimitItemPerMinute(10_000))


@pytest.fixture
def tireless(app: FastAPI) -> None:
    """An account writes as much as it likes."""
    app.state.writes = Writes(at_once=TIRELESS)


@pytest.fixture
def house(app: FastAPI) -> House:
    house: House = app.state.house
    return house


@pytest.fixture
def client(app: FastAPI, house: House, request: pytest.FixtureRequest) -> Iterator[TestClient]:
    """A client of the running application, which has a key to sign codes with."""
    if "district" not in request.fixturenames:
        with house.database.writing(Origin("test")) as work:
            ensure_key(work, house.cipher)
    with Client(app, base_url=PUBLIC_URL, raise_server_exceptions=False) as client:
        yield client


def version_of(answer: Any) -> int:
    """The version that the entity tag of an answer tells."""
    found = re.fullmatch(r'"([0-9]+)\.[\w-]+"', answer.headers["ETag"])
    assert found, answer.headers["ETag"]
    return int(found[1])


@dataclass
class Caller:
    """Somebody who is signed in."""

    client: TestClient
    account_id: str
    username: str
    access_token: str
    refresh_token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.access_token}"}

    def get(self, url: str, **more: Any) -> Any:
        return self.client.get(url, **self._with(more))

    def post(self, url: str, **more: Any) -> Any:
        return self.client.post(url, **self._with(more))

    def patch(self, url: str, **more: Any) -> Any:
        return self.client.patch(url, **self._with(more))

    def delete(self, url: str, **more: Any) -> Any:
        return self.client.delete(url, **self._with(more))

    def todo(self) -> dict[str, Any]:
        """What waits for him, but for the pledges that members of every branch owe in a year: nobody here has made any."""
        body: dict[str, Any] = self.get("/v1/todo").json()
        body["total"] -= body["counts"].pop("pledge_start", 0)
        body["items"] = [item for item in body["items"] if item["kind"] != "pledge_start"]
        return body

    def _with(self, more: dict[str, Any]) -> dict[str, Any]:
        return {**more, "headers": {**self.headers, **more.get("headers", {})}}


@dataclass
class District:
    """A small district: two towns, each with a village, each village with two branches; and who works in it.

    `ids` are the organisations by code: D, T1, T2, V1, V2, B11, B12, B21, B22.
    """

    house: House
    client: TestClient
    ids: dict[str, uuid.UUID]

    def work(self) -> Any:
        return self.house.database.writing(Origin("test"))

    def account(self, role: Role | None, code: str, *, member_id: uuid.UUID | None = None) -> str:
        """Make an account, its user name told, holding a role at the organisation of that code."""
        with self.work() as work:
            return self._add_account(work, role, code, member_id).username

    def sign_in(self, role: Role | None, code: str, *, member_id: uuid.UUID | None = None) -> Caller:
        """Somebody with a new account and this role there, in a session as a sign-in begins it."""
        refresh = new_refresh_token()
        with self.work() as work:
            account = self._add_account(work, role, code, member_id)
            session = SignInSession(
                account_id=account.id,
                device="tests",
                last_used_at=work.at,
                expires_at=work.at + self.house.lifetimes.absolute,
            )
            _insert(work, session, RefreshToken(session_id=session.id, parent_id=None, digest=digest_of(refresh)))
        access = self.house.tokens.sign(Claims(account.id, session.id), work.at)
        return Caller(self.client, str(account.id), account.username, access, refresh)

    def sign_in_as(self, username: str, password: str = PASSWORD) -> Caller:
        """Sign in as people do."""
        answer = self.client.post("/v1/sessions", json={"username": username, "password": password})
        assert answer.status_code == 201, answer.text
        body = answer.json()
        account_id = self.house.tokens.read(body["access_token"]).account_id
        return Caller(self.client, str(account_id), username, body["access_token"], body["refresh_token"])

    def add_group(self, code: str = "G", *, below: str = "B11") -> uuid.UUID:
        """A group of the branch of that code; its key, which is that of its own code from now on."""
        with self.work() as work:
            above = work.get_one(Organization, self.ids[below])
            group = Organization(code=code, name=f"{code}党小组", kind=OrganizationKind.group, parent_id=above.id, path="")
            group.path = f"{above.path}{group.id.hex}/"
            work.add(group)
            work.flush()
            self.ids[code] = group.id
            return group.id

    def _add_account(self, work: Work, role: Role | None, code: str, member_id: uuid.UUID | None) -> Account:
        account = Account(
            username=f"u{uuid.uuid4().hex[:10]}",
            organization_id=self.ids[code],
            member_id=member_id,
            password_hash=_hash_of(self.house),
            password_changed_at=work.at,
        )
        _insert(work, account)
        if role is not None:
            _insert(work, RoleGrant(account_id=account.id, role=role, organization_id=self.ids[code]))
        return account


def _insert(work: Work, *rows: Record) -> None:
    """Put rows into their tables in this order. People sign in thousands of times here, and a flush takes longer by far."""
    for row in rows:
        work.connection().execute(insert(type(row)), row.model_dump() | {"created_at": work.at, "updated_at": work.at})


_HASHES: dict[str, str] = {}


def _hash_of(house: House) -> str:
    return _HASHES.setdefault(PASSWORD, house.passwords.hash(PASSWORD))


TREE = (
    ("D", "明湖区", OrganizationKind.district, None),
    ("T1", "云溪镇", OrganizationKind.town, "D"),
    ("T2", "鹿泉镇", OrganizationKind.town, "D"),
    ("V1", "上塘村", OrganizationKind.village, "T1"),
    ("V2", "南塘村", OrganizationKind.village, "T2"),
    ("B11", "上塘村第一党支部", OrganizationKind.branch, "V1"),
    ("B12", "上塘村第二党支部", OrganizationKind.branch, "V1"),
    ("B21", "南塘村第一党支部", OrganizationKind.branch, "V2"),
    ("B22", "南塘村第二党支部", OrganizationKind.branch, "V2"),
)


IDS = {code: uuid7() for code, *_ in TREE}


def found_district(url: str) -> None:
    """Make the database of a district that can sign codes and that nobody works in yet."""
    house = build(_settings(url, StoragePlace("file:///nowhere", None, None)))
    with house.database.writing(Origin("test")) as work:
        ensure_key(work, house.cipher)
        paths: dict[str | None, str] = {None: ""}
        for code, name, kind, parent in TREE:
            row = Organization(
                id=IDS[code],
                code=code,
                name=name,
                kind=kind,
                parent_id=IDS[parent] if parent else None,
                path=f"{paths[parent]}{IDS[code].hex}/",
                service_phone="0574-00001234",
            )
            paths[code] = row.path
            work.add(row)
            work.flush()
    house.database.close()


@pytest.fixture
def district(client: TestClient, house: House) -> District:
    return District(house, client, dict(IDS))


@pytest.fixture
def work(house: House) -> Iterator[Work]:
    """A piece of work that is thrown away."""
    with house.database.reading(Origin("test")) as work:
        yield work


@pytest.fixture
def sign_in(district: District) -> Callable[[Role, str], Caller]:
    return district.sign_in
