"""Workbooks as programs other than Excel write them: each is read as what it shows."""

import io
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from api.adapters.cells import Cell, NotASpreadsheet, Row, Sheet, SpreadsheetTooLarge, SpreadsheetWithMacros
from api.adapters.number_formats import shown_in
from api.adapters.sheets import open_sheets
from tests.adapters.workbooks import MAIN, PLAIN, archive, repacked, rows, saved, values, workbook, worksheet

DATA = Path(__file__).parents[1] / "data"
BRANCH = "上塘村第一党支部"
STRICT = {
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main": "http://purl.oclc.org/ooxml/spreadsheetml/main",
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships": "http://purl.oclc.org/ooxml/officeDocument/relationships",
}


def opened(folder: str, name: str) -> tuple[Sheet, ...]:
    with (DATA / folder / name).open("rb") as source:
        return open_sheets(source)


def found(sheet: Sheet) -> list[tuple[object, ...]]:
    return [tuple(cell.value for cell in row.cells) for row in sheet.rows()]


def parts(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as source:
        return {name: source.read(name) for name in source.namelist()}


def test_a_workbook_of_sheetjs_with_its_unused_type_of_macros_is_read() -> None:
    (sheet,) = opened("cases", "real-sheetjs.xlsx")
    assert [row[0] for row in found(sheet)] == ["姓名", "钱表一", "钱表二"]


def test_days_that_sheetjs_writes_out_keep_their_zone() -> None:
    (sheet,) = opened("programs", "sheetjs-instants.xlsx")
    assert found(sheet)[1:3] == [
        ("钱甲", "1998-07-01T00:00:00.000Z", "1999-07-01T00:00:00.000Z", BRANCH, "一"),
        ("钱乙", "1988-07-01T00:00:00.000Z", "1989.07", BRANCH),
    ]


def test_a_workbook_of_sheetjs_with_shared_texts_and_hidden_parts_is_read() -> None:
    sheet, old = opened("programs", "sheetjs-shared.xlsx")
    assert [(row.number, row.is_hidden) for row in sheet.rows()] == [(1, False), (2, False), (3, True), (4, False)]
    assert found(sheet)[1] == ("钱甲", "1998-07", "1999-07", BRANCH, "一")
    assert (old.title, old.is_hidden, list(old.rows())) == ("旧表", True, [])


def test_a_workbook_of_libreoffice_is_read() -> None:
    (sheet,) = opened("programs", "libreoffice.xlsx")
    assert found(sheet)[1:] == [
        ("钱甲", datetime(1998, 7, 1), datetime(1999, 7, 1), BRANCH, "一"),
        ("钱乙", 1998.11, 199911, BRANCH, "二\n行"),
        ("钱丙", "1998年7月", datetime(1999, 7, 1), BRANCH, "三"),
    ]


def test_a_workbook_of_xlsxwriter_is_read() -> None:
    (sheet,) = opened("cases", "real-xlsxwriter.xlsx")
    assert found(sheet) == [
        ("姓名\r\n(必填)", "入党\r\n时间", "转正时间", "所在党支部"),
        ("钱表三", datetime(1998, 7, 1), datetime(1999, 7, 1), BRANCH),
        ("钱表四", "1998.07", None, BRANCH),
    ]


def test_an_escaped_escape_stays_what_was_typed() -> None:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        page = book.add_worksheet()
        page.write_string(0, 0, "a_x000D_b")
        page.write_string(0, 1, "a\r\nb")
        page.write_rich_string(0, 2, "钱", book.add_format({"bold": True}), "表")
    assert values(file.getvalue()) == [("a_x000D_b", "a\r\nb", "钱表")]


def test_the_strict_form_is_read_with_its_days_written_out() -> None:
    (sheet,) = opened("cases", "strict.xlsx")
    assert found(sheet)[1][0] == "测试壬"
    cells = (
        '<c r="A1" t="d"><v>1998-07-01</v></c><c r="B1" t="d"><v>1998-07-01T00:00:00</v></c>'
        '<c r="C1" t="d"><v>1998-06-30T16:00:00Z</v></c><c r="D1" t="d"><v>12:30:00</v></c>'
    )
    content = parts(repacked(PLAIN, sheet1=worksheet(f'<row r="1">{cells}</row>')))
    for usual, strict in STRICT.items():
        content = {name: part.replace(usual.encode(), strict.encode()) for name, part in content.items()}
    (row,) = values(archive(content))
    assert [str(value) for value in row] == ["1998-07-01 00:00:00", "1998-07-01 00:00:00", "1998-06-30T16:00:00Z", "12:30:00"]


def test_tags_with_a_prefix_and_cells_without_addresses_are_read() -> None:
    sheet = (
        f"<x:worksheet {MAIN.replace('xmlns=', 'xmlns:x=')}><x:sheetData><x:row>"
        '<x:c t="inlineStr"><x:is><x:t>姓名</x:t></x:is></x:c>'
        "<x:c><x:v>7</x:v></x:c></x:row><x:row><x:c><x:v>8</x:v></x:c></x:row></x:sheetData></x:worksheet>"
    )
    assert rows(repacked(PLAIN, sheet1=sheet)) == [Row(1, (Cell("姓名"), Cell(7))), Row(2, (Cell(8),))]


def test_names_of_parts_may_differ_in_case_and_slashes() -> None:
    content = parts(saved(workbook(("姓名",), ("张三",))))
    renamed = {name.replace("worksheets/sheet1", "Worksheets\\Sheet1"): part for name, part in content.items()}
    assert renamed.keys() != content.keys()
    assert values(archive(renamed)) == [("姓名",), ("张三",)]


def test_how_a_character_is_read_stands_beside_the_text_and_is_no_part_of_it() -> None:
    cell = '<c t="inlineStr"><is><t>王</t><rPh sb="0" eb="1"><t>wang</t></rPh><r><t>兰</t></r></is></c>'
    assert values(repacked(PLAIN, sheet1=worksheet(f'<row r="1">{cell}</row>'))) == [("王兰",)]


def test_rows_out_of_their_order_are_refused_and_not_dropped() -> None:
    sheet = worksheet('<row r="2"><c><v>1</v></c></row><row r="1"><c><v>2</v></c></row>')
    with pytest.raises(NotASpreadsheet):
        rows(repacked(PLAIN, sheet1=sheet))


@pytest.mark.parametrize("name", ["xl/vbaProject.bin", "xl/macrosheets/sheet1.xml"])
def test_a_part_that_holds_macros_is_refused(name: str) -> None:
    content = parts(PLAIN) | {name: b"x"}
    content["[Content_Types].xml"] = content["[Content_Types].xml"].replace(
        b"</Types>", f'<Override PartName="/{name}" ContentType="application/vnd.ms-excel.macrosheet+xml"/></Types>'.encode()
    )
    with pytest.raises(SpreadsheetWithMacros):
        rows(archive(content))


def test_the_pictures_of_many_people_are_no_danger() -> None:
    pictures: dict[str, Any] = {f"xl/media/image{number}.png": bytes(range(200)) for number in range(1000)}
    assert len(rows(archive(parts(PLAIN) | pictures))) == 2
    many: dict[str, Any] = {f"xl/media/{number}.png": b"" for number in range(10_001)}
    with pytest.raises(SpreadsheetTooLarge):
        rows(archive(parts(PLAIN) | many))


def test_a_branch_a_sheet_may_be_a_hundred_sheets_with_the_settings_of_their_printers() -> None:
    book = workbook(("姓名",))
    for number in range(100):
        book.create_sheet(f"支部{number}").append(("姓名",))
    settings: dict[str, Any] = {f"xl/printerSettings/printerSettings{number}.bin": b"x" * 50 for number in range(100)}
    rels: dict[str, Any] = {f"xl/worksheets/_rels/sheet{number}.xml.rels": b"<Relationships/>" for number in range(100)}
    assert len(open_sheets(io.BytesIO(archive(parts(saved(book)) | settings | rels)))) == 101


def test_blank_styled_rows_are_passed_over_before_and_behind_what_is_filled() -> None:
    filled = '<row r="{}"><c><v>7</v></c></row>'
    blank = "".join(f'<row r="{number}" s="1" customFormat="1"><c r="A{number}" s="1"/></row>' for number in range(3, 150_003))
    for sheet in (filled.format(2) + blank, blank + filled.format(150_003)):
        found = rows(repacked(PLAIN, sheet1=worksheet(f'<row r="1"><c><v>1</v></c></row>{sheet}')))
        assert [cell.value for row in found for cell in row.cells] == [1, 7]


@pytest.mark.parametrize(
    ("code", "shown"),
    {
        "General": "",
        "0.00E+00": "",
        '#,##0"年"': "",
        "[h]:mm:ss": "",
        "@": "",
        "yyyy-mm-dd": "ymd",
        "yyyy/m/d;@": "ymd",
        '[$-804]yyyy"年"m"月"d"日";@': "ymd",
        "[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy": "ymd",
        'e"年"m"月"d"日"': "ymd",
        'e"年"m"月"': "ym",
        '[DBNum1][$-804]yyyy"年"m"月";@': "ym",
        "YYYY.MM": "ym",
        "mmm-yy": "ym",
        "yyyy\\-mm_d": "ym",
        "yyyy mm dddd": "ym",
        "aaaa yyyy mm": "ym",
        "yyyy": "y",
        'm"月"d"日"': "md",
        "h:mm": "h",
        "mm:ss": "h",
        "yyyy-mm-dd hh:mm": "ymdh",
        "yyyy hh:mm": "yh",
        '上午/下午hh"时"mm"分"': "h",
        "[>36000]yyyy-mm-dd;yyyy-mm": "ym",
    }.items(),
)
def test_a_format_tells_what_of_a_day_is_shown(code: str, shown: str) -> None:
    assert shown_in(code) == shown


@pytest.mark.parametrize(
    ("code", "cell"),
    {
        "yyyy": Cell("1998", day=date(1998, 7, 1)),
        'm"月"d"日"': Cell("07-01", day=date(1998, 7, 1)),
        'e"年"m"月"': Cell("1998-07", day=date(1998, 7, 1)),
        'e"年"m"月"d"日"': Cell(datetime(1998, 7, 1)),
        "hh:mm": Cell("00:00:00", day=date(1998, 7, 1)),
        "[hh]:mm": Cell(35977),
    }.items(),
)
def test_a_cell_says_of_its_day_what_it_shows(code: str, cell: Cell) -> None:
    book = workbook((35977,))
    book.worksheets[0]["A1"].number_format = code
    assert rows(saved(book)) == [Row(1, (cell,))]


def test_days_before_march_1900_are_left_as_numbers_since_programs_disagree_about_them() -> None:
    book = workbook((60, 61))
    for cell in book.worksheets[0][1]:
        cell.number_format = "yyyy-mm-dd"
    assert values(saved(book)) == [(60, datetime(1900, 3, 1))]


def test_serial_numbers_count_from_the_day_that_the_workbook_names() -> None:
    (sheet,) = opened("cases", "date1904-general.xlsx")
    assert sheet.day_zero == date(1904, 1, 1)
    assert found(sheet)[1][1:3] == (34515, 34880)
