"""An installation with people, codes and files in it, and an empty one elsewhere that has the same keys."""

import secrets
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from api.backups.service import backup
from api.settings import Settings
from tests import postgresql
from tests.backups.installation import SILENT, Installation, tools_folder
from tests.conftest import District
from tests.s3 import S3Server


@pytest.fixture
def here(settings: Settings) -> Settings:
    """The settings of the running application, with PostgreSQL's programs of its server's version."""
    return settings.model_copy(update={"postgresql_tools": tools_folder()})


@pytest.fixture
def living(district: District, here: Settings) -> Installation:
    return Installation(district, here)


@pytest.fixture
def new_place(
    engine: str, database_url: str, storage_kind: str, here: Settings, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Callable[[], Settings]]:
    """Makes the settings of an empty installation with the same keys: another database, another storage."""
    made: list[str] = []

    def make() -> Settings:
        name = f"e{uuid.uuid4().hex}"
        folder = tmp_path / name
        if engine == "sqlite":
            url = f"sqlite:///{folder / 'data' / 'restored.db'}"
        else:
            url = postgresql.create(database_url, name, "template0")
            made.append(name)
        storage: dict[str, object] = {"storage_url": f"file://{folder / 'files'}"}
        if storage_kind == "s3":
            server: S3Server = request.getfixturevalue("s3_server")
            storage = {"storage_url": server.place().url}
        return here.model_copy(update={"database_url": url, "token_secret": _fresh(), **storage})

    yield make
    for name in made:
        postgresql.drop(database_url, name)


@pytest.fixture
def elsewhere(new_place: Callable[[], Settings]) -> Settings:
    return new_place()


def _fresh() -> object:
    from pydantic import SecretStr

    return SecretStr(secrets.token_urlsafe(36))


@pytest.fixture
def archive(living: Installation, tmp_path: Path) -> Path:
    path = tmp_path / "backup.tar"
    backup(living.settings, path, SILENT)
    return path
