"""The commands `backup`, `verify` and `restore` as they are given in a shell."""

import os
import re
import resource
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from api.backups.service import backup
from api.cli import app
from api.schema import mark_of
from api.settings import Settings, fresh_secrets
from tests.backups.installation import SILENT, Installation, is_empty
from tests.shell import ROSTER, TREE, Shell, bare, shell

__all__ = ["bare", "shell"]

LIMIT = 200_000


@pytest.fixture
def other(shell: Shell, tmp_path: Path) -> Shell:
    """An empty installation with the same keys."""
    folder = tmp_path / "other"
    folder.mkdir()
    other = Shell(folder)
    other.settings = {**shell.settings, "DATABASE_URL": f"sqlite:///{other.database}"}
    return other


def test_each_missing_setting_is_named(bare: Shell, tmp_path: Path) -> None:
    (tmp_path / "there").write_bytes(b"")
    for words in (("backup", "new.tar"), ("verify", "there"), ("restore", "there")):
        assert "AUDIT_KEY：没有设置" in bare.bad(*words)
    assert not (tmp_path / "new.tar").exists()


def test_what_goes_wrong_is_said_in_both_languages_and_ends_with_status_1(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "other.tar").write_bytes(b"no archive")
    for words in (("verify",), ("restore", "--without-erasures")):
        assert "不是亮显的备份" in shell.bad(*words, "other.tar")
        assert "not a backup" in shell.in_english(*words, "other.tar")
    assert "不予覆盖" in shell.bad("backup", "other.tar")
    assert (tmp_path / "other.tar").read_bytes() == b"no archive"
    assert "没有文件夹" in shell.bad("backup", str(tmp_path / "nowhere" / "new.tar"))
    assert shell.run("restore", "nothing.tar").exit_code == 2


def commands(group: Any, *before: str) -> Iterator[tuple[str, ...]]:
    for name, one in group.commands.items():
        yield from commands(one, *before, name) if hasattr(one, "commands") else [(*before, name)]


def test_every_command_but_those_that_need_no_database_refuses_one_that_was_not_restored_to_the_end(
    shell: Shell, tmp_path: Path
) -> None:
    without = {("openapi",), ("settings", "new"), ("verify",), ("check-host",), ("check",), ("vectors",), ("restore",)}
    words = {
        ("import", "organizations"): [TREE],
        ("import", "members"): [ROSTER],
        ("accounts", "create-administrator"): ["root.lin"],
        ("accounts", "issue"): ["B11", "--out", "slips.pdf"],
        ("accounts", "reset"): ["root.lin"],
        ("accounts", "reset-otp"): ["root.lin"],
        ("accounts", "end-sessions"): ["--all"],
        ("keys", "withdraw"): ["1"],
        ("demo",): ["--data", str(tmp_path / "demo"), "--port", "0"],
        ("serve",): ["--port", "0"],
        ("print",): ["B11", "--out", "plates"],
        ("backup",): ["new.tar"],
        ("erasures", "export"): ["erasures.json"],
    }
    (tmp_path / "demo").mkdir()
    for file in (shell.database, tmp_path / "demo" / "liangxian.db"):
        mark_of(file).touch()
    for command in sorted(set(commands(typer.main.get_command(app))) - without):
        assert "没有恢复完成" in shell.bad(*command, *words.get(command, [])), command
    assert not (tmp_path / "files").exists(), "nothing is noted"


def test_from_a_backup_to_its_restoration(shell: Shell, other: Shell, tmp_path: Path) -> None:
    shell.good("import", "organizations", TREE)
    shell.good("import", "members", ROSTER)
    done = shell.run("backup", "backup.tar")
    assert done.exit_code == 0, done.output
    (lines,) = shell.rows("SELECT count(*) FROM audit_line")[0]
    counts = f"党员 120，身份卡 0，印制码 0，账号 0，文件 0，审计 {lines} 条，"
    expected = rf"：制作于 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d，sqlite，结构 \d{{4}}，{counts}"
    size = (tmp_path / "backup.tar").stat().st_size
    assert re.fullmatch(rf"已备份 backup\.tar{expected}{size} 字节。\n", done.stdout), done.stdout
    assert "其他人可以照常使用" in done.stderr and "已落盘" in done.stderr
    assert re.fullmatch(rf"备份可用 backup\.tar{expected}{size} 字节。\n", other.good("verify", "backup.tar"))
    assert not other.database.exists()

    done = other.run("restore", "backup.tar", "--without-erasures")
    assert done.exit_code == 0, done.output
    assert re.fullmatch(rf"已恢复 backup\.tar{expected}{size} 字节。\n", done.stdout)
    assert f"审计记录 {lines} 条全部相符。" in done.stderr
    assert other.rows("SELECT count(*) FROM member") == [(120,)]
    verified = other.good("audit", "verify").splitlines()
    assert verified[:2] == [f"审计记录 {lines} 条全部相符。", "与 1 个检查点一致。"]
    assert re.fullmatch(rf".* UTC 曾从备份 [0-9a-f]{{64}} 恢复，该备份止于第 {lines} 条。", verified[2])
    assert "不是空的" in other.bad("restore", "backup.tar", "--without-erasures")
    other.settings["AUDIT_KEY"] = fresh_secrets()["AUDIT_KEY"]
    assert "AUDIT_KEY" in other.bad("verify", "backup.tar")


def test_what_is_lost_with_a_database_is_told_as_restored_and_nothing_else_is(shell: Shell, tmp_path: Path) -> None:
    """The storage outlives the database: its checkpoints tell of lines that the newest archive has not."""
    shell.good("import", "organizations", TREE)
    shell.good("backup", "backup.tar")
    (lines,) = shell.rows("SELECT count(*) FROM audit_line")[0]
    shell.good("import", "members", ROSTER)
    shell.good("backup", "later.tar")
    (until,) = shell.rows("SELECT count(*) FROM audit_line")[0]
    assert "与 2 个检查点一致。" in shell.good("audit", "verify")
    for path in tmp_path.glob("liangxian.db*"):
        path.unlink()
    assert "用 STORAGE_URL 指定空的位置" in shell.bad("restore", "backup.tar", "--without-erasures")
    assert not list(tmp_path.glob("liangxian.db*")), "a rehearsal that shares the storage is kept from it"
    done = shell.run("restore", "backup.tar", "--without-erasures", "--same-storage")
    assert done.exit_code == 0 and f"记到第 {until} 条审计记录，备份只到第 {lines} 条" in done.stderr
    told = shell.good("audit", "verify")
    assert f"止于第 {lines} 条；此后记过的第 {lines + 1} 至 {until} 条随之失去。" in told
    shell.good("keys", "rotate")
    shell.good("backup", "next.tar")
    assert f"审计记录 {lines + 1} 条全部相符。" in shell.good("audit", "verify")
    with sqlite3.connect(shell.database) as connection:
        connection.execute("DROP TRIGGER audit_line_stays_delete")
        connection.execute(f"DELETE FROM audit_line WHERE seq > {lines}")
    assert f"第 {lines + 1} 条起不可信：末尾被截去（见检查点" in shell.bad("audit", "verify")


def test_another_address_is_told_since_printed_codes_lead_to_the_former_one(shell: Shell, other: Shell) -> None:
    shell.good("backup", "backup.tar")
    other.settings["PUBLIC_URL"] = "https://lx.other.example.gov.cn"
    done = other.run("restore", "backup.tar", "--without-erasures")
    assert done.exit_code == 0 and "https://lx.example.gov.cn" in done.stderr and "lx.other" in done.stderr


def run_on_a_full_disk(settings: Settings, folder: Path, *words: str, limit: int = LIMIT) -> "subprocess.CompletedProcess[str]":
    """Give a command in a process of its own that may write no file larger than the limit."""
    given = {
        name.upper(): str(getattr(value, "get_secret_value", lambda value=value: value)())
        for name in ("database_url", "storage_url", "public_url", "token_secret", "data_keys", "digest_key", "audit_key")
        if (value := getattr(settings, name)) is not None
    }
    given["POSTGRESQL_TOOLS"] = str(settings.postgresql_tools)
    return subprocess.run(
        [sys.executable, "-m", "api", *words],
        env={**os.environ, **given, "PYTHONPATH": str(Path(__file__).parents[2])},
        cwd=folder,
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )


def test_a_full_disk_leaves_nothing_half(living: Installation, elsewhere: Settings, tmp_path: Path) -> None:
    living.add_file(os.urandom(2 * LIMIT))
    folder = tmp_path / "target"
    folder.mkdir()
    done = run_on_a_full_disk(living.settings, folder, "backup", "backup.tar")
    assert done.returncode == 1 and done.stdout == "", done.stderr
    assert "Traceback" not in done.stderr and done.stderr.strip()
    assert list(folder.iterdir()) == []

    whole = folder / "whole.tar"
    backup(living.settings, whole, SILENT)
    done = run_on_a_full_disk(elsewhere, folder, "restore", "--without-erasures", str(whole))
    assert done.returncode == 1 and done.stdout == "", done.stderr
    assert "Traceback" not in done.stderr and "磁盘已满" in done.stderr
    assert is_empty(elsewhere)
    assert list(folder.iterdir()) == [whole]


def test_a_full_disk_while_the_database_is_restored_takes_the_files_back(
    living: Installation, elsewhere: Settings, tmp_path: Path
) -> None:
    whole = tmp_path / "whole.tar"
    size = backup(living.settings, whole, SILENT).manifest.members["database"].size
    assert size > max(map(len, living.files.values())), "the files themselves find room"
    done = run_on_a_full_disk(elsewhere, tmp_path, "restore", "--without-erasures", str(whole), limit=size - 1)
    assert done.returncode == 1 and "Traceback" not in done.stderr, done.stderr
    assert "正在恢复数据库" in done.stderr
    assert is_empty(elsewhere)
