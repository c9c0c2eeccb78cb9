"""Random sheets with known truth, written by openpyxl, by XlsxWriter and as text: the three are read alike, and as was meant."""

import csv
import io
import os
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import openpyxl
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from api.adapters.cells import UPLOADED, Sheet
from api.adapters.separated import open_text
from api.adapters.tables import RejectedRow
from api.adapters.workbooks import read_workbook
from api.adapters.worksheets import DAY_ZERO, DAY_ZERO_1904
from api.members.roster.reading import read_roster
from models.enums import DatePrecision, Gender
from tests.members.roster.random_rosters import BRANCHES, GIVEN, SURNAMES, WIDE, national_id

TODAY = date(2026, 10, 15)
ZONE = ZoneInfo("Asia/Shanghai")
SHEETS = int(os.environ.get("SHEETS", "25"))
COLUMNS = {
    "full_name": "姓名",
    "national_id": "身份证号",
    "joined_on": "入党时间",
    "confirmed_on": "转正时间",
    "branch_name": "所在党支部",
    "mobile": "联系电话",
    "employer": "工作单位",
    "home_address": "家庭住址",
    "is_mobile": "流动党员",
    "remark": "备注",
}
LETTERS = "一二三组长，、；;,\t \n\"'（）()·～~%&<>/\\|0123456789０９ABxyzé龘𠮷😀—＝=+-@*"
DOTS = "··•・˙"
ONE_DOUBT = {"january_or_october": "month_doubtful"}
"""A hint of a workbook that names the doubt for which a text is refused, in which a number cannot be told from what was typed."""


class Typed(NamedTuple):
    """A cell: the value that a workbook keeps, its format, and what is shown of it, which is all that a text keeps."""

    value: Any
    shown: str
    format: str = "General"


def typed(text: str) -> Typed:
    return Typed(text, text, "@")


@dataclass
class Line:
    """A row and what it means: the value of each column, and the rule that one of them may break."""

    cells: dict[str, Typed]
    meant: dict[str, Any]
    broken: set[tuple[str, str]] = field(default_factory=set)


SPELLINGS: Sequence[tuple[DatePrecision, Callable[[date], Typed]]] = (
    (DatePrecision.day, lambda d: typed(f"{d:%Y-%m-%d}")),
    (DatePrecision.day, lambda d: typed(f"{d:%Y/%m/%d}")),
    (DatePrecision.day, lambda d: typed(f"{d.year}/{d.month}/{d.day}")),
    (DatePrecision.day, lambda d: typed(f"{d.year}.{d.month}.{d.day}")),
    (DatePrecision.day, lambda d: typed(f"{d:%Y%m%d}")),
    (DatePrecision.day, lambda d: typed(f"{d.year}年{d.month}月{d.day}日")),
    (DatePrecision.day, lambda d: typed(f"{d.year} 年 {d.month} 月 {d.day} 日")),
    (DatePrecision.day, lambda d: typed(f" {d.year} - {d.month:02d} - {d.day:02d} ")),
    (DatePrecision.day, lambda d: typed(f"{d:%Y-%m-%d}".translate(WIDE))),
    (DatePrecision.day, lambda d: typed(f"{d:%Y}。{d.month}。{d.day}")),
    (DatePrecision.day, lambda d: typed(f"{d:%Y-%m-%d} 00:00:00")),
    (DatePrecision.day, lambda d: typed(f"{d.year}/{d.month}/{d.day} 0:00")),
    (DatePrecision.day, lambda d: typed(f"{d:%Y-%m-%d}T00:00:00+08:00" if not _is_summer_time(d) else f"{d:%Y-%m-%d}T00:00:00")),
    (DatePrecision.day, lambda d: typed(f"{datetime.combine(d, time(), ZONE).astimezone(UTC):%Y-%m-%dT%H:%M:%S.000Z}")),
    (DatePrecision.day, lambda d: Typed(d, f"{d:%Y-%m-%d}", "yyyy-mm-dd")),
    (DatePrecision.day, lambda d: Typed(d, f"{d.year}/{d.month}/{d.day}", "yyyy/m/d")),
    (DatePrecision.day, lambda d: Typed(d, f"{d.year}年{d.month}月{d.day}日", 'yyyy"年"m"月"d"日"')),
    (DatePrecision.day, lambda d: Typed(d, f"{d:%Y-%m-%d} 00:00", "yyyy-mm-dd hh:mm")),
    (DatePrecision.day, lambda d: Typed(int(f"{d:%Y%m%d}"), f"{d:%Y%m%d}")),
    (DatePrecision.month, lambda d: typed(f"{d:%Y-%m}")),
    (DatePrecision.month, lambda d: typed(f"{d.year}/{d.month}")),
    (DatePrecision.month, lambda d: typed(f"{d:%Y.%m}")),
    (DatePrecision.month, lambda d: typed(f"{d:%Y%m}")),
    (DatePrecision.month, lambda d: typed(f"{d.year}年{d.month}月份")),
    (DatePrecision.month, lambda d: typed(f"{d:%Y-%m}-00")),
    (DatePrecision.month, lambda d: typed(f"{d:%Y%m}00")),
    (DatePrecision.month, lambda d: Typed(d, f"{d:%Y.%m}", "yyyy.mm")),
    (DatePrecision.month, lambda d: Typed(d, f"{d.year}年{d.month}月", 'yyyy"年"m"月"')),
    (DatePrecision.month, lambda d: Typed(int(f"{d:%Y%m}"), f"{d:%Y%m}")),
    (DatePrecision.month, lambda d: Typed(float(f"{d:%Y.%m}"), repr(float(f"{d:%Y.%m}")))),
    (DatePrecision.month, lambda d: typed(f"{d.year}.{d.month}")),
)
"""The ways of writing a day, and how exactly each tells it."""
NO_DATES = ("八十年代", "1985-13-01", "1985-02-30", "不详", "98.7.1", "1998")


def _is_summer_time(day: date) -> bool:
    return bool(datetime.combine(day, time(), ZONE).dst())


def _may_be_january(cell: Typed) -> bool:
    """Whether a cell is shown as the number that January and October become: 1998.1."""
    return cell.shown[4:] == ".1" and len(cell.shown) == 6


class Maker:
    """Makes the rows of one sheet from one source of chance."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.is_1904 = chance.random() < 0.3

    def line(self, order: int) -> Line:
        chance = self.chance
        found = Line({}, {"branch_name": chance.choice(BRANCHES)})
        found.cells["branch_name"] = typed(found.meant["branch_name"])
        found.meant["full_name"], found.cells["full_name"] = self.name(order)
        joined = date(chance.randint(1950, 2015), chance.randint(1, 12), chance.randint(1, 28))
        confirmed = date(joined.year + 1, joined.month, joined.day)
        born = date(joined.year - chance.randint(19, 30), chance.randint(1, 12), chance.randint(1, 28))
        for column, day in (("joined_on", joined), ("confirmed_on", confirmed)):
            self.day(found, column, day)
        number = national_id(born, chance.choice(list(Gender)), order)
        found.meant["national_id"] = number
        found.cells["national_id"] = typed(
            chance.choice([number, number.lower(), number.translate(WIDE), f" {number}", f"\t{number}"])
        )
        if not found.broken and chance.random() < 0.05:
            found.cells["national_id"] = Typed(int(number[:17] + "0"), f"{float(number[:17] + '0'):.5E}")
            found.broken.add(("national_id", "id_lost_digits"))
        mobile = f"1{chance.choice('3578')}{chance.randrange(10**9):09d}"
        found.meant["mobile"] = mobile
        found.cells["mobile"] = chance.choice([typed(mobile), Typed(int(mobile), mobile), typed(mobile.translate(WIDE))])
        for column in ("employer", "home_address", "remark"):
            found.cells[column] = cell = self.words()
            found.meant[column] = " ".join(cell.shown.split()) or None
        is_mobile = chance.choice([True, False])
        found.meant["is_mobile"] = is_mobile
        words = ("是", "√") if is_mobile else ("否", "")
        found.cells["is_mobile"] = chance.choice([typed(chance.choice(words)), Typed(is_mobile, str(is_mobile).upper())])
        return found

    def name(self, order: int) -> tuple[str, Typed]:
        chance = self.chance
        own = f"{chance.choice(SURNAMES)}{chance.choice(GIVEN)}{chr(0x4E00 + order * 37)}"
        if chance.random() < 0.2:
            name = f"{own}·{chance.choice(GIVEN)}"
            return name, typed(name.replace("·", chance.choice(DOTS)))
        return own, typed(chance.choice([own, f" {own} ", "\u3000".join(own), own[0] + "  " + own[1:]]))

    def day(self, line: Line, column: str, day: date) -> None:
        chance = self.chance
        if not line.broken and chance.random() < 0.05:
            line.cells[column] = typed(chance.choice(NO_DATES))
            line.broken.add((column, "joined_unreadable" if column == "joined_on" else "confirmed_unreadable"))
            return
        # A row has one fault at the most: of a row that is rejected no hints are told.
        ways = [(precision, cell) for precision, spell in SPELLINGS if not (_may_be_january(cell := spell(day)) and line.broken)]
        precision, cell = chance.choice(ways)
        line.cells[column] = cell
        line.meant[column] = (day if precision is DatePrecision.day else day.replace(day=1), precision)
        if _may_be_january(cell):
            line.broken.add((column, "month_doubtful"))

    def words(self) -> Typed:
        chance = self.chance
        kind = chance.random()
        if kind < 0.1:
            return typed(f"{chance.randrange(1000):05d}")
        if kind < 0.2:
            number = chance.choice([chance.randrange(10**9), chance.randrange(10**4) / 4])
            return Typed(number, str(int(number)) if number == int(number) else repr(number))
        text = "".join(chance.choice([*LETTERS, "\r\n"]) for _ in range(chance.randrange(30))).lstrip("=+-@#\t\r\n ")
        # What means nothing, and what a text holds as a formula, is tried elsewhere.
        return typed(f"甲{text}" if text else "")


@dataclass
class Generated:
    lines: list[list[Typed | None]]
    people: dict[int, Line]
    columns: list[str]
    is_1904: bool


def generated(seed: int) -> Generated:
    chance = random.Random(seed)
    maker = Maker(chance)
    columns = list(COLUMNS)
    chance.shuffle(columns)
    lines: list[list[Typed | None]] = [[typed("某某镇党员花名册")] for _ in range(chance.randrange(3))]
    lines.append([typed("序号"), *(typed(COLUMNS[column]) for column in columns)])
    people = {}
    for order in range(chance.randint(1, 12)):
        if chance.random() < 0.1:
            lines.append([])
        line = maker.line(order)
        lines.append([Typed(order + 1, str(order + 1)), *(line.cells[column] for column in columns)])
        people[len(lines)] = line
    if chance.random() < 0.5:
        lines.append([typed("合计"), Typed(len(people), str(len(people)))])
    return Generated(lines, people, columns, maker.is_1904)


def by_openpyxl(sheet: Generated) -> bytes:
    book = openpyxl.Workbook()
    if sheet.is_1904:
        book.epoch = CALENDAR_MAC_1904
    page: Any = book.worksheets[0]
    for row, line in enumerate(sheet.lines, start=1):
        for column, cell in enumerate(line, start=1):
            if cell and cell.value != "":
                page.cell(row, column, cell.value).number_format = cell.format
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def by_xlsxwriter(sheet: Generated) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "date_1904": sheet.is_1904}) as book:
        page = book.add_worksheet()
        formats = {code: book.add_format({"num_format": code}) for code in sorted(_formats(sheet))}
        for row, line in enumerate(sheet.lines):
            for column, cell in enumerate(line):
                if cell is None:
                    continue
                write: Any = page.write
                if isinstance(cell.value, date):
                    write = page.write_datetime
                elif isinstance(cell.value, str):
                    write = page.write_string
                write(row, column, cell.value, formats[cell.format])
    return file.getvalue()


def _formats(sheet: Generated) -> set[str]:
    return {cell.format for line in sheet.lines for cell in line if cell}


def as_text(sheet: Generated, chance: random.Random) -> bytes:
    file = io.StringIO()
    writer = csv.writer(file, delimiter=chance.choice([",", "\t", ";"]), lineterminator=chance.choice(["\n", "\r\n"]))
    width = max(map(len, sheet.lines))
    for line in sheet.lines:
        writer.writerow([cell.shown if cell else "" for cell in line] + [""] * (width - len(line)))
    return file.getvalue().encode(chance.choice(["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"]))


def opened(content: bytes) -> Sheet:
    """The sheet, a workbook being parsed here instead of in a process of its own."""
    if not content.startswith(b"PK"):
        return open_text(io.BytesIO(content), UPLOADED)
    (parsed,) = ((sheet.is_1904, list(sheet.rows)) for sheet in read_workbook(io.BytesIO(content), UPLOADED.max_unpacked))
    is_1904, rows = parsed
    return Sheet(lambda: iter(rows), day_zero=DAY_ZERO_1904 if is_1904 else DAY_ZERO)


Reading = dict[int, tuple[dict[str, Any], set[tuple[str, str]]]]


def read(content: bytes) -> Reading:
    """Of each row what is read, and the rules that it breaks or whose doubt a hint names, by the headings of their columns."""
    names = {heading: column for column, heading in COLUMNS.items()}
    found: Reading = {}
    for row in read_roster(opened(content), today=TODAY, zone=ZONE).rows():
        verdict = row.verdict()
        if isinstance(verdict, RejectedRow):
            found[row.number] = {}, {(names[fault.field], fault.rule) for fault in verdict.faults}
            continue
        doubts = {(names[hint.field], ONE_DOUBT[hint.rule]) for hint in verdict.warnings if hint.rule in ONE_DOUBT}
        values = {column: getattr(verdict, column) for column in COLUMNS}
        for column in ("joined_on", "confirmed_on"):
            values[column] = values[column], getattr(verdict, column.replace("_on", "_precision"))
        found[row.number] = values, doubts
    return found


@settings(max_examples=SHEETS, deadline=None, derandomize=True)
@given(st.integers(0, 2**32))
def test_the_three_readings_of_a_sheet_agree_with_what_was_meant_or_name_one_doubt(seed: int) -> None:
    sheet = generated(seed)
    for content in (by_openpyxl(sheet), by_xlsxwriter(sheet), as_text(sheet, random.Random(seed))):
        found = read(content)
        assert found.keys() == sheet.people.keys()
        for number, line in sheet.people.items():
            values, doubts = found[number]
            assert doubts == line.broken, number
            if values and not line.broken:
                assert values == line.meant, number


def test_every_spelling_and_fault_is_among_the_examples() -> None:
    sheets = [generated(seed) for seed in range(100)]
    lines: Iterator[Line] = (line for sheet in sheets for line in sheet.people.values())
    broken = {rule for line in lines for _, rule in line.broken}
    assert broken == {"month_doubtful", "joined_unreadable", "confirmed_unreadable", "id_lost_digits"}
    assert {sheet.is_1904 for sheet in sheets} == {True, False}
