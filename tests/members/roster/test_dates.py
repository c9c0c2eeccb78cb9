"""Every way of writing a date, as a number of a workbook, as a text of a workbook, and as a text in a file of text.

`dates-from-libreoffice.csv` is what LibreOffice saves of the workbook that `spelled` makes, cell by cell as it shows them.
"""

import csv
import io
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from api.adapters.cells import Sheet
from api.adapters.worksheets import DAY_ZERO, DAY_ZERO_1904
from api.members.faults import RosterRule, RosterWarning
from api.members.roster.dates import NO_DATE, Calendar, Reading, read_date
from api.members.rules import Dated
from models.enums import DatePrecision
from tests.sheets import open_sheet

DATA = Path(__file__).parents[2] / "data"
ZONE = ZoneInfo("Asia/Shanghai")
BOOK, BOOK_1904, TEXT = Calendar(ZONE, DAY_ZERO), Calendar(ZONE, DAY_ZERO_1904), Calendar(ZONE, None)
DAYS = st.dates(date(1900, 1, 1), date(2099, 12, 31))
WIDE = str.maketrans("0123456789X-/.", "０１２３４５６７８９Ｘ－／．")

THE_DAY = Reading(Dated(date(1998, 7, 1)))
THE_MONTH = Reading(Dated(date(1998, 7, 1), DatePrecision.month))
MONTH_OF_DAY_00 = THE_MONTH._replace(hint=RosterWarning.day_unknown)
NOVEMBER = Reading(Dated(date(1998, 11, 1), DatePrecision.month))
OCTOBER = Reading(Dated(date(1998, 10, 1), DatePrecision.month))
JANUARY = Reading(Dated(date(1998, 1, 1), DatePrecision.month))
JANUARY_PERHAPS = JANUARY._replace(hint=RosterWarning.january_or_october)
NO_MONTH = Reading(doubt=RosterRule.month_doubtful)
NO_ORIGIN = Reading(doubt=RosterRule.serial_doubtful)
NO_MIDNIGHT = Reading(doubt=RosterRule.midnight_doubtful)

NUMBERS: list[tuple[int | float, str, Reading]] = [
    (35977, "General", THE_DAY),
    (35977, "0", THE_DAY),
    (35977.5, "General", THE_DAY),
    (35977, "yyyy-mm-dd", THE_DAY),
    (35977, "yyyy/m/d", THE_DAY),
    (35977, "m/d/yy", THE_DAY),
    (35977.75, "yyyy-mm-dd hh:mm", THE_DAY),
    (35977.000497685185, "yyyy/m/d", THE_DAY),
    (35976.99950231481, "yyyy/m/d", NO_MIDNIGHT),
    (35977, 'yyyy"年"m"月"d"日"', THE_DAY),
    (35977, 'yyyy"年"m"月"', THE_MONTH),
    (35977, '[$-804]yyyy"年"m"月";@', THE_MONTH),
    (35977, 'e"年"m"月"', THE_MONTH),
    (35977, "mmm-yy", THE_MONTH),
    (35977, "yyyy.mm", THE_MONTH),
    (35977, "yyyymm", THE_MONTH),
    (35977, "yyyy", NO_DATE),
    (35977, 'm"月"d"日"', NO_DATE),
    (35977, "hh:mm", NO_DATE),
    (19980701, "General", THE_DAY),
    (199807, "General", THE_MONTH),
    (19980700, "General", MONTH_OF_DAY_00),
    (199800, "General", NO_DATE),
    (1998.07, "General", THE_MONTH),
    (1998.07, "0.00", THE_MONTH),
    (1998.0700000000002, "General", THE_MONTH),
    (1998.7, "General", THE_MONTH),
    (1998.11, "General", NOVEMBER),
    (1998.1, "General", NO_MONTH),
    (1998.1, "0.00", NO_MONTH),
    (1998, "General", NO_DATE),
    (19987, "General", Reading(Dated(date(1954, 9, 20)), hint=RosterWarning.serial_or_month)),
    (59, "yyyy-mm-dd", NO_DATE),
]
"""Numbers of a workbook with their formats, and what they say there."""

TEXTS: list[tuple[str, Reading, Reading]] = [
    ("1998-07-01", THE_DAY, THE_DAY),
    ("1998/7/1", THE_DAY, THE_DAY),
    ("1998.7.1", THE_DAY, THE_DAY),
    ("1998年7月1日", THE_DAY, THE_DAY),
    ("19980701", THE_DAY, THE_DAY),
    ("19980701.0", THE_DAY, THE_DAY),
    ("1998-07", THE_MONTH, THE_MONTH),
    ("1998.07", THE_MONTH, THE_MONTH),
    ("1998.7", THE_MONTH, THE_MONTH),
    ("1998/7", THE_MONTH, THE_MONTH),
    ("1998年7月", THE_MONTH, THE_MONTH),
    ("1998年7月份", THE_MONTH, THE_MONTH),
    ("199807", THE_MONTH, THE_MONTH),
    ("1998-07-00", MONTH_OF_DAY_00, MONTH_OF_DAY_00),
    ("1998年7月0日", MONTH_OF_DAY_00, MONTH_OF_DAY_00),
    ("19980700", MONTH_OF_DAY_00, MONTH_OF_DAY_00),
    ("1998-00-00", NO_DATE, NO_DATE),
    ("1998.11", NOVEMBER, NOVEMBER),
    ("1998.10", OCTOBER, OCTOBER),
    ("1998-1", JANUARY, JANUARY),
    ("1998年1月", JANUARY, JANUARY),
    ("1998.1", JANUARY_PERHAPS, NO_MONTH),
    ("1998-06-30T16:00:00.000Z", THE_DAY, THE_DAY),
    ("1998-06-30 16:00:00Z", THE_DAY, THE_DAY),
    ("1998-06-30T16:00:00 UTC", THE_DAY, THE_DAY),
    ("1998-07-01T00:00:00+08:00", THE_DAY, THE_DAY),
    ("1998-07-01T00:00:00.000+0800", THE_DAY, THE_DAY),
    ("1998-07-01T00:00:00+08", THE_DAY, THE_DAY),
    ("1998/7/1 0:00:00 GMT+8", THE_DAY, THE_DAY),
    ("1998-06-30T12:00:00-04:00", THE_DAY, THE_DAY),
    ("1998-07-01 00:00:00.0", THE_DAY, THE_DAY),
    ("1998-07-01T00:00:00", THE_DAY, THE_DAY),
    ("1998/7/1 0:00", THE_DAY, THE_DAY),
    ("1998/7/1 上午 12:00:00", THE_DAY, THE_DAY),
    ("1998年7月1日 00:00", THE_DAY, THE_DAY),
    ("1998-06-30 23:59:17", NO_MIDNIGHT, NO_MIDNIGHT),
    ("1998-06-30 23:59:59", Reading(Dated(date(1998, 6, 30))), Reading(Dated(date(1998, 6, 30)))),
    ("1998-07 00:00:00", NO_DATE, NO_DATE),
    ("1998-07-01 25:00:00Z", NO_DATE, NO_DATE),
    ("35977", NO_ORIGIN, NO_ORIGIN),
    ("19987", NO_ORIGIN, NO_ORIGIN),
    ("98.7.1", NO_DATE, NO_DATE),
    ("07/01/1998", NO_DATE, NO_DATE),
    ("1998", NO_DATE, NO_DATE),
]
"""Texts, and what they say in a workbook and in a file of text."""


def spelled(*, is_1904: bool = False) -> bytes:
    """A workbook with a way of writing a date in each row."""
    book = openpyxl.Workbook()
    if is_1904:
        book.epoch = CALENDAR_MAC_1904
    page: Any = book.worksheets[0]
    for row, (number, code, _) in enumerate(NUMBERS, start=1):
        page.cell(row, 1, number).number_format = code
    for row, (text, _, _) in enumerate(TEXTS, start=len(NUMBERS) + 1):
        page.cell(row, 1, text).number_format = "@"
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def said(sheet: Sheet) -> list[Reading]:
    return [read_date(row.cells[0].value, Calendar(ZONE, sheet.day_zero)) for row in sheet.rows()]


def saved_by_libreoffice(name: str) -> list[Reading]:
    """What the text file says, row by row; each is read alone, since one column has no separator."""
    with (DATA / "programs" / name).open(encoding="utf-8", newline="") as source:
        return [read_date(fields[0].strip(), TEXT) for fields in csv.reader(source)]


def test_each_number_and_text_of_a_workbook_says_what_is_known() -> None:
    expected = [reading for *_, reading in NUMBERS] + [in_book for _, in_book, _ in TEXTS]
    found = said(open_sheet(io.BytesIO(spelled())))
    written = [*NUMBERS, *TEXTS]
    assert len(found) == len(expected)
    assert [(w, f) for w, f, e in zip(written, found, expected, strict=True) if f != e] == []


def test_each_text_in_a_file_of_text_says_what_is_known() -> None:
    assert [(text, read_date(text, TEXT)) for text, _, expected in TEXTS if read_date(text, TEXT) != expected] == []


@pytest.mark.parametrize("is_1904", [False, True])
def test_a_workbook_and_the_text_that_libreoffice_saves_of_it_agree_or_one_is_refused(is_1904: bool) -> None:
    in_book = said(open_sheet(io.BytesIO(spelled(is_1904=is_1904))))
    in_text = saved_by_libreoffice(f"dates{'-1904' if is_1904 else ''}-from-libreoffice.csv")
    assert len(in_book) == len(in_text) == len(NUMBERS) + len(TEXTS)
    both = [(one.day, other.day) for one, other in zip(in_book, in_text, strict=True) if one.day and other.day]
    assert len(both) > 40
    assert [(one, other) for one, other in both if one != other] == []


def test_serial_numbers_count_from_the_day_that_the_workbook_names() -> None:
    assert read_date(34515, BOOK_1904) == THE_DAY
    assert read_date(35977, BOOK) == THE_DAY
    assert read_date(35977, TEXT) == NO_ORIGIN


def test_an_instant_is_the_districts_day_also_in_its_summer_time() -> None:
    assert read_date("1988-06-30T15:00:00Z", BOOK) == Reading(Dated(date(1988, 7, 1)))
    assert read_date("1998-06-30T15:00:00Z", BOOK) == Reading(Dated(date(1998, 6, 30)))


@given(DAYS)
def test_a_day_is_read_back_from_every_way_of_writing_it(when: date) -> None:
    serial = (when - date(1899, 12, 30)).days
    y, m, d = when.year, when.month, when.day
    written: list[object] = [
        when,
        datetime(y, m, d, 13, 30),
        f"{when:%Y-%m-%d}",
        f"{when:%Y/%m/%d}",
        f"{y}/{m}/{d}",
        f"{y}.{m}.{d}",
        f"{when:%Y%m%d}",
        int(f"{when:%Y%m%d}"),
        f"{y}年{m}月{d}日",
        f" {y} 年 {m} 月 {d} 日 ",
        f"{when:%Y-%m-%d} 00:00:00",
        f"{when:%Y-%m-%d}T00:00:00",
        f"{when:%Y-%m-%d}".translate(WIDE),
    ]
    if serial >= 61 and serial not in range(1900, 2100):
        written += [serial, float(serial), serial + 0.5]
    for value in written:
        assert read_date(value, BOOK).day == (when, DatePrecision.day), value


@given(DAYS)
def test_a_month_is_read_back_from_every_way_of_writing_it(when: date) -> None:
    y, m = when.year, when.month
    written: list[object] = [
        f"{y}-{m}",
        f"{y}/{m:02d}",
        f"{y}.{m}",
        f"{y}.{m:02d}",
        f"{y}{m:02d}",
        int(f"{y}{m:02d}"),
        f"{y}年{m}月",
        f"{y}．{m}",
    ]
    if m != 10:
        written.append(float(f"{y}.{m:02d}"))
    for value in written:
        assert read_date(value, BOOK).day == (when.replace(day=1), DatePrecision.month), value


@pytest.mark.parametrize(
    "value",
    [
        "",
        "八十年代",
        "1998",
        "1998年",
        "98.7",
        "1998.13",
        "1998-02-30",
        "199800",
        "19981",
        "20005",
        "80000",
        "18991231",
        "2100-01-01",
        "1998-07-01至今",
        "#VALUE!",
        1998,
        1998.1,
        1998.123,
        0,
        -1,
        60,
        80000,
        199813,
        2e9,
        10**400,
        float("inf"),
        float("nan"),
        True,
        None,
        date(1899, 12, 31),
        datetime(2100, 1, 1),
        timedelta(days=3),
    ],
)
def test_what_is_no_certain_date_is_not_read(value: object) -> None:
    assert read_date(value, BOOK).day is None and read_date(value, TEXT).day is None


@given(st.one_of(st.text(), st.integers(), st.floats(), st.datetimes(), st.text(alphabet="0123456789-/.:年月日 \0Ee+TZ")))
def test_no_value_raises(value: object) -> None:
    for calendar in (BOOK, BOOK_1904, TEXT):
        read_date(value, calendar)
