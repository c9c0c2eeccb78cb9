"""A large roster on the command line: read at about the price of the parser alone, in memory that hardly grows with it.

The short form of what `performance.md` owes for 100,000 rows.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date
from pathlib import Path

import openpyxl
import pytest
from stdnum.iso7064 import mod_11_2
from typer.testing import CliRunner

from api.adapters.sheets import AT_THE_MACHINE
from api.cli import app
from api.members.roster.reading import read_roster
from api.settings import Settings, fresh_secrets
from tests.databases import migrated
from tests.sheets import open_sheet

PROJECT = Path(__file__).parents[3]
TREE = PROJECT / "tests" / "data" / "rosters" / "organizations.csv"
pytestmark = pytest.mark.long
ROWS = 3000
FEWER = 500
HEADINGS = (
    *("序号", "姓名", "性别", "民族", "身份证号", "出生日期", "学历", "籍贯", "入党时间", "转正时间"),
    *("所在支部", "党内职务", "联系电话", "家庭住址"),
)
MOST_TIMES = 2.5
"""How many times what the parser alone needs the reading of a roster may need."""
MOST_BYTES_A_ROW = 3000
"""How much memory each further row may take at the height: the row itself is larger, so rows are not kept."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("large")
    for rows in (FEWER, ROWS):
        write(folder / f"{rows}.xlsx", rows)
    return folder


def write(path: Path, rows: int) -> None:
    book = openpyxl.Workbook(write_only=True)
    page = book.create_sheet("花名册")
    page.append(HEADINGS)
    for order in range(rows):
        year, month, day = 1940 + order % 60, 1 + order // 60 % 12, 1 + order // 720 % 28
        digits = f"990101{year}{month:02d}{day:02d}{order // 20_160 * 2 + 1:03d}"
        name = "王" + chr(0x4E00 + order % 5000) + "兰"
        page.append(
            [
                order + 1,
                name,
                "男",
                "汉族",
                digits + mod_11_2.calc_check_digit(digits),
                f"{year}-{month:02d}-{day:02d}",
                "高中",
                "浙江明湖",
                f"{year + 25}-{month:02d}-01",
                f"{year + 26}.{month:02d}",
                ("上塘村第一党支部", "石桥村第二党支部")[order % 2],
                "党员",
                13800000000 + order,
                f"上塘村{order}号",
            ]
        )
    book.save(path)


def spent(read: Callable[[], int]) -> float:
    """The seconds of processor that it takes to read all rows, those of other processes that read them for us among them."""
    started = sum(os.times()[:4])
    assert read() == ROWS
    return sum(os.times()[:4]) - started


def test_reading_a_roster_takes_little_more_than_the_parser_alone(folder: Path) -> None:
    file = folder / f"{ROWS}.xlsx"

    def with_the_parser() -> int:
        return sum(1 for _ in openpyxl.load_workbook(file, read_only=True).worksheets[0].iter_rows()) - 1

    def as_a_roster() -> int:
        with file.open("rb") as source:
            roster = read_roster(open_sheet(source, AT_THE_MACHINE), today=date(2026, 10, 1), zone=UTC)
            return sum(1 for row in roster.rows() if row.entry)

    # The start of the parser's own process is no part of what grows with the rows, but is counted all the same.
    ratios = [1 / spent(with_the_parser) * spent(as_a_roster) for _ in range(3)]
    assert sorted(ratios)[1] <= MOST_TIMES, ratios


def run(folder: Path, environment: dict[str, str], *words: str) -> tuple[str, int]:
    """What a command says, and its peak of memory in bytes."""
    with (folder / "said.txt").open("w+") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "api", *words], cwd=folder, env=environment, stdout=said, stderr=subprocess.STDOUT
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        assert process.returncode == 0, said.read()
        said.seek(0)
        return said.read(), usage.ru_maxrss * 1024


def told(environment: dict[str, str], *words: str) -> str:
    """What a command says that is run in this process."""
    done = CliRunner().invoke(app, words, env=environment)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_a_large_import_keeps_no_rows_in_memory_and_tells_what_became_of_each(folder: Path, tmp_path: Path) -> None:
    own = {name: value for name, value in os.environ.items() if name.lower() not in Settings.model_fields}
    database = tmp_path / "liangxian.db"
    environment = own | fresh_secrets() | {"DATABASE_URL": f"sqlite:///{database}", "PUBLIC_URL": "https://lx.example.gov.cn"}
    environment["PYTHONPATH"] = str(PROJECT)
    migrated(database)
    told(environment, "import", "organizations", str(TREE))
    planted, peaks = database.read_bytes(), {}
    for rows in (FEWER, ROWS):
        database.write_bytes(planted)
        said, peaks[rows] = run(tmp_path, environment, "import", "members", str(folder / f"{rows}.xlsx"))
        assert f"共 {rows} 行：新增 {rows}，更新 0，未变 0，未导入 0。" in said
    assert "全部相符" in told(environment, "audit", "verify")
    assert (peaks[ROWS] - peaks[FEWER]) / (ROWS - FEWER) < MOST_BYTES_A_ROW, peaks
