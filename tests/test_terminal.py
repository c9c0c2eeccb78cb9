"""Commands speak Chinese, and English to whoever's environment asks for it, by one means (`api/terminal.py`)."""

import ast
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from api import schema
from api.database import create_engine
from api.language import Language
from api.terminal import language
from api.unusable import why_unusable
from tests.shell import TREE, Shell, bare, shell

__all__ = ["bare", "shell"]

API = Path(__file__).parents[1] / "api"
CHINESE, WORD = re.compile(r"[\u4e00-\u9fff]"), re.compile(r"[A-Za-z]{2}")
SPEAKING = [
    path for path in sorted(API.rglob("*.py")) if re.search(r"^from api.terminal import|^import typer", path.read_text(), re.M)
]
WRITES = {"print", "typer.echo", "typer.secho", "sys.stdout.write", "sys.stderr.write"}


def in_one_language(path: Path) -> Iterator[str]:
    """Where a source says something past `tell`, `hint` and `fail`, or has words for people in a single language."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    both = {id(part) for node in ast.walk(tree) if is_call(node, "Text", "manual") for part in ast.walk(node)}
    both |= {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in both and CHINESE.search(node.value):
            yield f"{path.name}:{node.lineno}: {node.value}"
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func)
        parts = [part for word in node.args for part in (word.values if isinstance(word, ast.JoinedStr) else [word])]
        said = [part.value for part in parts if isinstance(part, ast.Constant)]
        helps = [word.value for word in node.keywords if word.arg == "help"]
        if (name.endswith(".command") and not helps) or any(not is_call(words, "manual") for words in helps):
            yield f"{path.name}:{node.lineno}: {ast.unparse(node)}"
        if name in WRITES and path.name != "terminal.py":
            yield f"{path.name}:{node.lineno}: {name}"
        if name.endswith((".print", "put")) and any(isinstance(word, str) and WORD.search(word) for word in said):
            yield f"{path.name}:{node.lineno}: {said}"


def is_call(node: ast.AST, *names: str) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) in names


def test_no_command_says_anything_in_one_language_only() -> None:
    assert {path.parent.name for path in SPEAKING} >= {"api", "audit", "backups", "demo", "keys", "members", "offline"}
    found = [fault for path in SPEAKING for fault in in_one_language(path)]
    assert not found


@pytest.mark.parametrize(
    ("environment", "wanted"),
    [
        ({}, Language.zh),
        ({"LANG": "C.UTF-8"}, Language.zh),
        ({"LANG": "zh_CN.UTF-8"}, Language.zh),
        ({"LANG": "en_GB.UTF-8"}, Language.en),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "zh_CN.UTF-8"}, Language.zh),
        ({"LANG": "zh_CN.UTF-8", "LANGUAGE": "en"}, Language.en),
        ({"LANG": "en_US.UTF-8", "LANGUAGE": "zh_CN:en", "LC_ALL": ""}, Language.zh),
    ],
    ids=str,
)
def test_english_is_spoken_to_whoever_asks_for_it(
    environment: dict[str, str], wanted: Language, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert language() is wanted


def test_what_commands_say_in_english_holds_no_chinese(shell: Shell) -> None:
    for words in (
        ("import", "organizations", TREE, "--dry-run"),
        ("accounts", "reset", "nobody"),
        ("audit", "verify"),
        ("keys", "rotate"),
        ("keys", "list"),
        ("retention", "--dry-run"),
        ("files", "sweep"),
        ("backup", "one.tar"),
        ("verify", "one.tar"),
        ("check-host", "https://lx.example.gov.cn"),
        ("serve", "--host", "192.0.2.1"),
    ):
        said = shell.in_english(*words)
        # What a sheet's headings are called is quoted.
        assert said and not CHINESE.search(said.replace("服务电话", "").split("to ask:")[0]), said


def test_an_error_of_a_driver_is_told_with_what_to_do() -> None:
    class Refused(Exception):
        sqlstate = "42501"

    assert "README" in why_unusable(Refused("permission denied for table member")).zh
    assert "password" in why_unusable(Exception('connection failed\nmore: FATAL: password authentication failed for user "x"')).en
    assert why_unusable(PermissionError(13, "Permission denied", "/srv/x")).en.startswith("/srv/x cannot be read or written")


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("postgresql://lx:Geheim-1@127.0.0.1:1/lx", "连不上数据库"),
        ("postgresql://lx:Geheim-1/x@host:y/lx", "%2F"),
        ("sqlite:///{folder}/text", "不能打开或写入数据库文件"),
        ("sqlite:///{folder}/text/x.db", "不能读写"),
        ("sqlite:///{folder}/newer.db", "比本程序新"),
    ],
)
def test_a_database_that_cannot_be_used_is_told_without_its_password(bare: Shell, tmp_path: Path, url: str, why: str) -> None:
    bare.configure()
    (tmp_path / "text").write_text("no database " * 100)
    with closing(sqlite3.connect(tmp_path / "newer.db")) as newer:
        newer.executescript("CREATE TABLE alembic_version (version_num TEXT); INSERT INTO alembic_version VALUES ('9999')")
    bare.settings |= {"DATABASE_URL": url.format(folder=tmp_path), "STORAGE_URL": f"file://{tmp_path}/files"}
    for words in (("migrate",), ("serve", "--port", "0"), ("audit", "verify")):
        said = bare.bad(*words)
        assert why in said and "Geheim" not in said


EMPTIED, MADE_ANEW = "DELETE FROM alembic_version", "CREATE TABLE alembic_version (version_num VARCHAR(32))"
ADDED = "INSERT INTO alembic_version VALUES {}"


@pytest.mark.parametrize(
    "done",
    [
        [EMPTIED],
        ["DROP TABLE alembic_version"],
        [ADDED.format("('0001')")],
        ["DROP TABLE alembic_version", MADE_ANEW, ADDED.format("(NULL)")],
        ["DROP TABLE alembic_version", MADE_ANEW, ADDED.format("('0001'), ('0001')")],
        [EMPTIED, ADDED.format("('')")],
        [EMPTIED, ADDED.format("('0001\n')")],
    ],
)
def test_a_database_that_names_no_one_revision_is_told_so_by_whatever_is_run(
    bare: Shell, tmp_path: Path, database_url: str, done: list[str]
) -> None:
    engine = create_engine(database_url)
    with engine.execution_options(writes=True).begin() as connection:
        for statement in done:
            connection.exec_driver_sql(statement)
    engine.dispose()
    bare.configure()
    bare.settings |= {"DATABASE_URL": database_url, "STORAGE_URL": f"file://{tmp_path}/files"}
    for words in (("migrate",), ("serve", "--port", "0"), ("audit", "verify"), ("housekeeping",), ("backup", "a.lxbak")):
        assert "alembic_version 中不是恰有一行版本" in bare.bad(*words)


@pytest.mark.engine("postgresql")
def test_an_old_server_is_refused(monkeypatch: pytest.MonkeyPatch, postgresql_url: str) -> None:
    monkeypatch.setattr(schema, "OLDEST_POSTGRESQL", 99)
    for ask in (schema.check, schema.migrate):
        with pytest.raises(schema.OldServer, match="99 or newer is needed"):
            ask(postgresql_url)


@pytest.mark.parametrize(
    ("wanted", "words"), [("zh", "把数据库结构升级到当前版本"), ("en", "Bring the database's schema up to date")]
)
def test_help_is_given_in_either_language(wanted: str, words: str) -> None:
    environment = os.environ | {"LANGUAGE": wanted, "COLUMNS": "200"}
    done = subprocess.run([sys.executable, "-m", "api", "--help"], env=environment, capture_output=True, text=True, check=True)
    assert words in done.stdout and bool(CHINESE.search(done.stdout)) is (wanted == "zh")
