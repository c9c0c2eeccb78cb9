"""The databases that the bench fills, gone when it ends."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy.engine import make_url

from api.building import build
from api.house import House
from api.schema import migrate
from api.settings import Settings, fresh_secrets
from tests import postgresql


class Places:
    """A folder, and a PostgreSQL server that starts when it is first needed."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        self._stack = stack
        self._server: str | None = None
        self._migrated: dict[str, str] = {}
        """On each engine one database that stays as empty as the newest revision leaves it: the others are copies."""
        self._secrets = fresh_secrets()

    @classmethod
    @contextmanager
    def open(cls) -> Iterator["Places"]:
        with ExitStack() as stack:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="liangxian-bench-", ignore_cleanup_errors=True))
            yield cls(Path(folder), stack)

    def database(self, engine: str, name: str) -> str:
        """The address of a new database at the newest revision."""
        if engine not in self._migrated:
            self._migrated[engine] = self._address(engine, "empty")
            if engine == "postgresql":
                postgresql.create(self._postgresql(), "empty", "template1")
            migrate(self._migrated[engine])
        if engine == "sqlite":
            shutil.copyfile(self.folder / "empty.db", self.folder / f"{name}.db")
        else:
            postgresql.create(self._postgresql(), name, "empty")
        return self._address(engine, name)

    def _address(self, engine: str, name: str) -> str:
        if engine == "sqlite":
            return f"sqlite:///{self.folder / name}.db"
        return make_url(self._postgresql()).set(database=name).render_as_string(hide_password=False)

    def house(self, url: str) -> House:
        """The parts of an installation whose environment is `environment`."""
        values: dict[str, Any] = {name.lower(): value for name, value in self.environment(url).items()}
        return build(Settings(_env_file=None, **values))

    def environment(self, url: str) -> dict[str, str]:
        """The settings of an installation, as the environment gives them."""
        return self._secrets | {
            "DATABASE_URL": url,
            "PUBLIC_URL": "https://lx.example.gov.cn",
            "STORAGE_URL": f"file://{self.folder / 'files'}",
            "OTP_DEMANDED": "false",
            "STEP_UP_DEMANDED": "false",
        }

    def _postgresql(self) -> str:
        if self._server is None:
            self._server = self._stack.enter_context(postgresql.server())
        return self._server
