"""The roster on the command line, and the file that tells what became of each row."""

import sqlite3
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from typer.testing import CliRunner, Result

from api.cli import app
from api.settings import Settings, fresh_secrets
from api.terminal import MOST_FAULTS_TOLD
from tests.databases import migrated
from tests.members.rosters import number, person, sheet

DATA = Path(__file__).parents[1] / "data"
TREE, CASES = DATA / "rosters" / "organizations.csv", DATA / "cases"
BRANCH = "上塘村第一党支部"


class Shell:
    """A shell in an empty folder, set up, with the sample tree loaded."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = folder / "liangxian.db"
        self.settings: dict[str, str | None] = {name.upper(): None for name in Settings.model_fields}
        self.settings |= {**fresh_secrets(), "COLUMNS": "200", "PUBLIC_URL": "https://lx.example.gov.cn"}
        self.settings["DATABASE_URL"] = migrated(self.database)
        assert self.run("import", "organizations", str(TREE)).exit_code == 0

    def run(self, *words: str) -> Result:
        return CliRunner().invoke(app, list(words), env=self.settings)

    def load(self, content: bytes, *words: str) -> tuple[Result, dict[int, tuple[str, str]]]:
        """What the command says of a roster, and the last two columns of the file that it writes."""
        (self.folder / "roster.xlsx").write_bytes(content)
        result = self.folder / "result.xlsx"
        result.unlink(missing_ok=True)
        done = self.run("import", "members", str(self.folder / "roster.xlsx"), "--result", str(result), *words)
        page = openpyxl.load_workbook(result).worksheets[0]
        last = page.max_column
        cells: Any = {row: (page.cell(row, last - 1).value, page.cell(row, last).value or "") for row in range(2, page.max_row + 1)}
        return done, cells

    def members(self) -> int:
        with sqlite3.connect(self.database) as connection:
            found: int = connection.execute("SELECT count(*) FROM member").fetchone()[0]
            return found

    def refused(self, roster: str, result: str) -> str:
        """What the command says when it takes no roster at all."""
        done = self.run("import", "members", roster, "--result", result)
        assert done.exit_code == 1 and self.members() == 0 and "共" not in done.output, done.output
        assert isinstance(done.exception, SystemExit)
        return done.output


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.chdir(tmp_path)
    return Shell(tmp_path)


GOOD = person("王秀兰", 2, BRANCH)
BAD = ("李建国", number(1), "1995-07-01", None, BRANCH, "138", None)


def test_a_dry_run_writes_the_file_and_nothing_else(shell: Shell) -> None:
    done, told = shell.load(sheet(GOOD, BAD), "--dry-run")
    assert done.exit_code == 1 and "没有写入" in done.output and "result.xlsx" in done.output and "--on-error skip" in done.output
    assert [words for words, _ in told.values()] == ["将新增", "不能导入"]
    assert told[3][1].startswith("F3 联系电话：") and "F3" in done.output
    assert shell.members() == 0


def test_what_the_file_holds_besides_is_told(shell: Shell) -> None:
    def said(name: str) -> str:
        return shell.run("import", "members", str(CASES / name)).output

    assert "工作表“填表说明”：前10行中没有“姓名”" in said("instructions-first.xlsx")
    hidden = said("hidden-rows.xlsx")
    assert "工作表“花名册”：有1行被隐藏" in hidden and "A3" in hidden
    assert "新增 1" in said("over.xlsx")
    with sqlite3.connect(shell.database) as connection:
        connection.execute("UPDATE member SET party_post = 'deputy_secretary' WHERE full_name = '郑旧表'")
    assert "更新的内容：党内职务 1 行" in said("over.xlsx")


def test_an_import_given_up_says_so_in_every_row(shell: Shell) -> None:
    done, told = shell.load(sheet(GOOD, BAD))
    assert done.exit_code == 1 and "全部未导入" in done.output
    assert [words for words, _ in told.values()] == ["未导入（因其他行有误）", "不能导入"]
    assert shell.members() == 0


def test_an_import_says_what_it_has_done(shell: Shell) -> None:
    done, told = shell.load(sheet(GOOD, BAD), "--on-error", "skip")
    assert done.exit_code == 0
    assert [words for words, _ in told.values()] == ["已新增", "未导入"]
    assert shell.members() == 1
    _, again = shell.load(sheet(person("王秀兰", 2, BRANCH, mobile="13900139000")))
    assert [words for words, _ in again.values()] == ["已更新：联系电话"]
    _, once_more = shell.load(sheet(person("王秀兰", 2, BRANCH, mobile="13900139000")))
    assert [words for words, _ in once_more.values()] == ["未变"]


def test_a_file_for_the_result_that_cannot_be_is_refused_before_the_roster_is_read(shell: Shell) -> None:
    roster, content = shell.folder / "roster.xlsx", sheet(GOOD)
    roster.write_bytes(content)
    assert "不予覆盖" in shell.refused("roster.xlsx", "roster.xlsx")
    assert "不予覆盖" in shell.refused("roster.xlsx", str(roster))
    assert roster.read_bytes() == content
    assert "没有文件夹" in shell.refused("roster.xlsx", "nowhere/result.xlsx")
    for name in ("result.csv", "result.xls", "result"):
        assert ".xlsx" in shell.refused("roster.xlsx", name)
    assert sorted(path.name for path in shell.folder.iterdir() if "liangxian" not in path.name) == ["roster.xlsx"]


def test_a_result_that_cannot_be_written_in_the_end_says_what_became_of_the_import(shell: Shell) -> None:
    longest = f"{'x' * 250}.xlsx"
    for content, stands in ((sheet(GOOD, BAD), "全部未导入"), (sheet(GOOD), "已导入")):
        (shell.folder / "roster.xlsx").write_bytes(content)
        done = shell.run("import", "members", "roster.xlsx", "--result", longest)
        assert done.exit_code == 1 and isinstance(done.exception, SystemExit)
        assert f"{stands}，" in done.output and "File name too long" in done.output
    assert shell.members() == 1 and not (shell.folder / longest).exists()


def test_a_dry_run_waits_for_nobody_who_writes(shell: Shell) -> None:
    (shell.folder / "roster.xlsx").write_bytes(sheet(GOOD))
    with sqlite3.connect(shell.database) as other:
        other.execute("BEGIN IMMEDIATE")
        for words in (("members", "roster.xlsx"), ("organizations", str(TREE))):
            assert shell.run("import", *words, "--dry-run").exit_code == 0, words
        assert "繁忙" in shell.run("import", "members", "roster.xlsx").output


def test_a_fault_of_many_rows_is_told_once_with_its_cells_and_every_fault_of_a_row_is_told(shell: Shell) -> None:
    people = [person("王秀兰", order, BRANCH, mobile="138") for order in range(1, 120)]
    people[4] = person("王秀兰", 5, BRANCH)
    people[9] = person("王秀兰", 10, BRANCH, mobile="138", joined="2001.13")
    done, told = shell.load(sheet(*people), "--dry-run", "--on-error", "skip")
    assert done.exit_code == 0 and done.output.count("电话号码位数不够") == 1
    assert "F2–F5、F7–F120" in done.output and "118" in done.output and "C11" in done.output
    assert [words for words, _ in told.values()].count("不能导入") == 118


def test_more_kinds_of_faults_than_a_screen_holds_are_counted(shell: Shell) -> None:
    twice = [person("王秀兰", order, BRANCH) for order in range(MOST_FAULTS_TOLD + 7)]
    done, _ = shell.load(sheet(*twice, *twice), "--dry-run")
    assert "另有 7 种问题未列出。" in done.output


def test_a_roster_that_names_no_branch_is_loaded_into_the_one_that_is_named(shell: Shell) -> None:
    (shell.folder / "roster.csv").write_text("姓名,入党时间\n王秀兰,1995-07-01\n陈国华,1996-07-01\n", encoding="utf-8")
    done = shell.run("import", "members", "roster.csv")
    assert done.exit_code == 1 and "--branch" in done.output and "行 2–3" in done.output
    assert "NOWHERE" in shell.run("import", "members", "roster.csv", "--branch", "NOWHERE").output
    assert shell.run("import", "members", "roster.csv", "--branch", "LX").exit_code == 1
    assert shell.members() == 0
    assert shell.run("import", "members", "roster.csv", "--branch", "LX-01-01-2").exit_code == 0
    assert shell.members() == 2


def test_the_command_line_takes_more_rows_than_the_door(shell: Shell) -> None:
    text = "姓名,入党时间,支部\n" + "".join(f"王兰,1995-07-01,没有的支部{order}\n" for order in range(20_001))
    (shell.folder / "roster.csv").write_text(text, encoding="utf-8")
    done = shell.run("import", "members", str(shell.folder / "roster.csv"), "--dry-run")
    assert done.exit_code == 1 and "共 20001 行" in done.output
