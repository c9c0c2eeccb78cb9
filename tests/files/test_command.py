"""`python -m api files sweep`, for a clock of the machine to run each night."""

import os
import time
from pathlib import Path

import pytest

from tests.databases import migrated
from tests.shell import Shell


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.chdir(tmp_path)
    shell = Shell(tmp_path)
    shell.configure()
    return shell


def test_a_database_that_was_not_migrated_is_named_and_the_remedy_with_it(shell: Shell) -> None:
    assert "python -m api migrate" in shell.bad("files", "sweep")


def test_a_storage_that_is_not_told_beside_postgresql_is_named(shell: Shell) -> None:
    shell.settings["DATABASE_URL"] = "postgresql://nobody@localhost/nothing"
    said = shell.bad("files", "sweep")
    assert "STORAGE_URL：用这个数据库时必须设置：file:///路径 或 s3://" in said


def test_the_sweep_tells_what_it_has_removed(shell: Shell, tmp_path: Path) -> None:
    migrated(shell.database)
    assert shell.good("files", "sweep") == "已清除：未传完的 0 个，无用的 0 个，已删除文件的 0 个，无登记的对象 0 个。\n"
    folder = tmp_path / "files" / "portrait" / "aa"
    folder.mkdir(parents=True)
    for name, age in (("old", 25), ("young", 23)):
        (folder / name).write_bytes(b"x")
        os.utime(folder / name, (time.time() - age * 3600,) * 2)
    assert shell.good("files", "sweep") == "已清除：未传完的 0 个，无用的 0 个，已删除文件的 0 个，无登记的对象 1 个。\n"
    assert [path.name for path in folder.iterdir()] == ["young"]
