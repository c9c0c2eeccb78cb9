"""Files as somebody else might make them: each person of them is read, or the doubt about a cell is named."""

import io
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from sqlmodel import select

from api.database import Work
from models.enums import DatePrecision, Role
from models.member import Member
from models.organization import Organization
from tests.adapters.workbooks import saved
from tests.conftest import District
from tests.members.rosters import send

CASES = Path(__file__).parents[2] / "data" / "cases"
BRANCH = "上塘村第一党支部"
DAY, MONTH = DatePrecision.day, DatePrecision.month
FIRST_OF_JULY = date(1998, 7, 1)
HEADINGS = ("姓名", "入党时间", "所在党支部", "备注")

People = dict[str, DatePrecision]
Faults = list[tuple[int, str | None, str]]

OF_CASES: dict[str, tuple[int, Faults]] = {
    "date1904-general.xlsx": (1, []),
    "day00.xlsx": (1, [(2, "B2", "id_birth_date")]),
    "e-year.xlsx": (1, []),
    "hidden-rows.xlsx": (3, []),
    "instructions-first.xlsx": (1, []),
    "isoz.xlsx": (3, []),
    "na.xlsx": (0, [(2, "I2", "cell_error")]),
    "names.xlsx": (31, [(row, f"A{row}", "name_unreadable") for row in (22, 26, 27, 28, 29, 34)]),
    "october-from-libreoffice.csv": (1, [(2, "B2", "month_doubtful")]),
    "october.xlsx": (1, [(2, "B2", "month_doubtful")]),
    "over.xlsx": (1, []),
    "real-sheetjs.xlsx": (2, []),
    "real-xlsxwriter.xlsx": (2, []),
    "semicolon-commas.csv": (1, []),
    "strict.xlsx": (1, []),
    "two-sheets.xlsx": (3, []),
}
"""Of each file how many people are taken, and where the others are at fault."""


@pytest.mark.parametrize("name", sorted(path.name for path in CASES.iterdir()))
def test_every_file_of_the_cases_gives_what_is_right(district: District, name: str) -> None:
    with district.work() as work:
        work.get_one(Organization, district.ids["B22"]).name = "石桥村第二党支部"
    answer = send(district.sign_in(Role.district_officer, "D"), (CASES / name).read_bytes(), on_error="skip")
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["created"], [(row["row"], row["cell"], row["rule"]) for row in told["rejected"]]) == OF_CASES[name]


def merged() -> bytes:
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    rows: tuple[list[Any], ...] = (
        ["某镇党员花名册（2026年）"],
        ["填报单位：某镇", None, "填报日期：2026年1月"],
        ["序号", "姓名", "党内情况", None, "所在党支部"],
        [None, None, "入党时间", "转正时间", None],
        [1, "张三", "1998年7月1日", "1999.07", BRANCH],
        [2, "李四", "1998.07", None, None],
        ["合计", 2],
        ["审核人：", None, "填表人："],
    )
    for row in rows:
        page.append(row)
    for cells in ("A1:E1", "C3:D3", "A3:A4", "B3:B4", "E3:E4", "E5:E6"):
        page.merge_cells(cells)
    return saved(book)


def spelled() -> bytes:
    book = openpyxl.Workbook()
    book.worksheets[0].append(HEADINGS)
    for name, text in {
        "张甲": "１９９８年７月１日",
        "张乙": " 1998 . 07 . 01 ",
        "张丙": "1998　年　７　月　１　日",
        "张丁": "1998、07、01",
        "张戊": "1998-07-01\n",
        "张己": "1998年 7 月",
        "张庚": "1998.07月",
        "张辛": "一九九八年七月一日",
        "张壬": "98-7-1",
        "张癸": "1998年7月上旬",
    }.items():
        book.worksheets[0].append((name, text, BRANCH))
    return saved(book)


def of_1904() -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "date_1904": True}) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, HEADINGS)
        for row, (name, code) in enumerate((("张甲", "yyyy-mm-dd"), ("张乙", "mmm-yy"), ("张丙", "General")), start=1):
            page.write_string(row, 0, name)
            page.write_datetime(row, 1, datetime(1998, 7, 1), book.add_format({"num_format": code}))
            page.write_string(row, 2, BRANCH)
    return file.getvalue()


def with_errors() -> bytes:
    book = openpyxl.Workbook()
    for row in (HEADINGS, ("#NAME?", "1998-07-01", BRANCH), ("张甲", "#DIV/0!", BRANCH), ("张乙", "1998-07-01", BRANCH, "#SPILL!")):
        book.worksheets[0].append(row)
    book.worksheets[0]["B3"].data_type = "e"
    return saved(book)


def text(separator: str, encoding: str, *, before: str = "", end: str = "\r\n") -> Callable[[], bytes]:
    lines = (HEADINGS, ("张三", "1998-07-01", BRANCH, "一"), ("𠮷龘", "1998.07", BRANCH, '"一,二;三\t四"'))
    return lambda: (before + "".join(separator.join(line) + end for line in lines)).encode(encoding)


TWO: People = {"张三": DAY, "𠮷龘": MONTH}
FILES: dict[str, tuple[Callable[[], bytes], People, Faults]] = {
    "headings in two merged lines, a title above and a total beneath": (merged, {"张三": DAY, "李四": MONTH}, []),
    "days as texts": (
        spelled,
        dict.fromkeys(("张甲", "张乙", "张丙", "张丁", "张戊"), DAY) | dict.fromkeys(("张己", "张庚"), MONTH),
        [(row, f"B{row}", "joined_unreadable") for row in (9, 10, 11)],
    ),
    "days of 1904 in formats of their own": (of_1904, {"张甲": DAY, "张乙": MONTH, "张丙": DAY}, []),
    "cells with errors": (with_errors, {}, [(2, "A2", "cell_error"), (3, "B3", "cell_error"), (4, "D4", "cell_error")]),
    "a text of tabs without a mark": (text("\t", "utf-16-le"), TWO, []),
    "a text of the other order of bytes without a mark": (text(",", "utf-16-be"), TWO, []),
    "a text in gb 18030 with tabs": (text("\t", "gb18030"), TWO, []),
    "a text with a line that names its separator": (text(";", "utf-8-sig", before="sep=;\r\n"), TWO, []),
    "a text below a title with commas": (text("\t", "utf-8", before='"名册, 甲, 乙, 丙, 丁"\r\n'), TWO, []),
    "a text with the line ends of old": (text(",", "utf-8", end="\r"), TWO, []),
}


@pytest.mark.parametrize(("build", "people", "faults"), FILES.values(), ids=FILES.keys())
def test_a_file_of_somebody_else_is_read_or_its_doubt_is_named(
    district: District, work: Work, build: Callable[[], bytes], people: People, faults: Faults
) -> None:
    answer = send(district.sign_in(Role.town_officer, "T1"), build(), on_error="skip")
    assert answer.status_code == 200, answer.text
    assert [(row["row"], row["cell"], row["rule"]) for row in answer.json()["rejected"]] == faults
    members = work.exec(select(Member)).all()
    assert {member.full_name: (member.joined_on, member.joined_precision) for member in members} == {
        name: (FIRST_OF_JULY, precision) for name, precision in people.items()
    }
