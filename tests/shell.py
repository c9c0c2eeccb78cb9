"""The command line as it is used in an empty folder."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from api import logs
from api.cli import app
from api.settings import Settings, fresh_secrets
from tests.databases import migrated

ROSTERS = Path(__file__).parent / "data" / "rosters"
TREE = str(ROSTERS / "organizations.csv")
ROSTER = str(ROSTERS / "roster-clean.xlsx")


class Shell:
    """A shell in an empty folder, with the settings that it is given."""

    def __init__(self, folder: Path) -> None:
        self.database = folder / "liangxian.db"
        self.settings: dict[str, str | None] = {name.upper(): None for name in Settings.model_fields}
        self.settings |= {"COLUMNS": "200", "LANGUAGE": "zh"}

    def run(self, *words: str) -> Result:
        logs.configure("ERROR")
        return CliRunner().invoke(app, list(words), env=self.settings)

    def good(self, *words: str) -> str:
        done = self.run(*words)
        assert done.exit_code == 0, done.output
        return done.stdout

    def bad(self, *words: str) -> str:
        done = self.run(*words)
        assert done.exit_code == 1, f"{done.exit_code}: {done.output}"
        assert done.exception is None or isinstance(done.exception, SystemExit), repr(done.exception)
        return " ".join(done.output.split())

    def in_english(self, *words: str) -> str:
        """What is said, with whatever status, to somebody who reads English; none of it is in Chinese."""
        self.settings["LANGUAGE"] = "en"
        said = " ".join(self.run(*words).output.split())
        self.settings["LANGUAGE"] = "zh"
        return said

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        with sqlite3.connect(self.database) as connection:
            return connection.execute(statement).fetchall()

    def configure(self) -> None:
        secrets = fresh_secrets()
        self.settings |= {**secrets, "DATABASE_URL": f"sqlite:///{self.database}", "PUBLIC_URL": "https://lx.example.gov.cn"}


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """Nothing has been set yet."""
    monkeypatch.chdir(tmp_path)
    return Shell(tmp_path)


@pytest.fixture
def shell(bare: Shell) -> Shell:
    """Set up and migrated, and empty."""
    bare.configure()
    migrated(bare.database)
    return bare
