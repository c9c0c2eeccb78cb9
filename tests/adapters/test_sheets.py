import io
import itertools
import time
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from api.adapters import cells
from api.adapters.cells import MAX_TEXT
from api.adapters.sheets import (
    UPLOADED,
    Cell,
    EmptySpreadsheet,
    NotASpreadsheet,
    Row,
    SpreadsheetTooLarge,
    SpreadsheetWithMacros,
    open_sheets,
)
from api.adapters.workbooks import read_workbook
from api.errors import Refusal
from tests.adapters.workbooks import BOMB, MAIN, PLAIN, archive, repacked, rows, saved, understated, values, workbook, worksheet
from tests.sheets import open_sheet

ROSTERS = Path(__file__).parents[1] / "data" / "rosters"


def test_rows_bear_the_numbers_that_the_spreadsheet_shows() -> None:
    book = workbook(("姓名",), (), ("张三",))
    assert rows(saved(book)) == [Row(1, (Cell("姓名"),)), Row(3, (Cell("张三"),))]
    assert [row.number for row in rows("姓名,性别\n\n,\n张三,女\n".encode())] == [1, 4]


def test_a_line_break_within_a_cell_of_a_text_file_does_not_count_as_a_row() -> None:
    assert rows('"手机\n号码",姓名\n199,张三\n'.encode())[1].number == 2


def test_rows_can_be_streamed_again_from_the_first() -> None:
    for content in (PLAIN, "姓名,性别\n张三,女\n".encode()):
        sheet = open_sheet(io.BytesIO(content))
        next(sheet.rows())
        assert len(list(sheet.rows())) == len(list(sheet.rows())) == 2


def test_the_first_visible_sheet_with_content_is_read() -> None:
    book = workbook(("hidden",))
    book.worksheets[0].sheet_state = "hidden"
    book.create_sheet("empty")
    book.create_sheet("members").append(("visible",))
    assert values(saved(book)) == [("visible",)]


def test_of_a_text_too_long_for_a_cell_no_more_is_read_than_a_cell_holds() -> None:
    long = "长" * (MAX_TEXT + 1)
    for content in (f"姓名,性别\n{long},女\n".encode(), saved(workbook(("姓名", "性别"), (long, "女")))):
        assert values(content)[1] == (long[:MAX_TEXT], "女")


def test_a_formula_is_marked_and_a_text_that_begins_with_an_equals_sign_is_not() -> None:
    book = workbook(("=1+1", "=text"))
    book.worksheets[0]["B1"].data_type = "s"
    (row,) = rows(saved(book))
    assert [cell.is_formula for cell in row.cells] == [True, False]


def test_a_formula_in_a_text_file_is_marked_and_digits_kept_as_text_are_read() -> None:
    (row,) = rows(b'=1+1,"=""990101""",\t990101\n')
    assert row.cells == (Cell("=1+1", is_formula=True), Cell("990101"), Cell("990101"))


def test_a_sheet_that_lies_about_its_size_is_read_whole() -> None:
    with zipfile.ZipFile(io.BytesIO(PLAIN)) as source:
        sheet = source.read("xl/worksheets/sheet1.xml").decode()
    assert '<dimension ref="A1:B2"' in sheet
    assert len(values(repacked(PLAIN, sheet1=sheet.replace("A1:B2", "A1")))) == 2


def test_a_day_shown_without_its_day_of_the_month_is_read_as_a_month() -> None:
    book = workbook((datetime(1998, 7, 1), datetime(1998, 7, 1), date(1998, 7, 9)))
    cells = book.worksheets[0]
    cells["A1"].number_format, cells["B1"].number_format, cells["C1"].number_format = (
        'yyyy"年"m"月"',
        "mmm-yy",
        'yyyy"年"m"月"d"日"',
    )
    assert values(saved(book)) == [("1998-07", "1998-07", datetime(1998, 7, 9))]


def test_the_month_format_that_a_chinese_excel_does_not_write_into_the_file_is_known() -> None:
    styles = (
        f"<styleSheet {MAIN}><fonts><font/></fonts><fills><fill><patternFill/></fill></fills><borders><border/></borders>"
        '<cellStyleXfs><xf/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="57"/></cellXfs></styleSheet>'
    )
    sheet = worksheet('<row r="1"><c r="A1" s="1"><v>35977</v></c><c r="B1"><v>35977</v></c></row>')
    assert values(repacked(PLAIN, styles=styles, sheet1=sheet)) == [("1998-07", 35977)]


def test_cells_past_the_hundredth_column_are_not_read() -> None:
    assert len(rows(saved(workbook(tuple(range(150)))))[0].cells) == 100
    assert len(rows((",".join("a" * 150)).encode())[0].cells) == 100


@pytest.mark.parametrize("separator", ["\t", ";"])
def test_the_line_of_headings_tells_the_separator_though_remarks_hold_commas(separator: str) -> None:
    lines = (("党员花名册",), ("姓名", "入党时间", "备注"), ("张三", "1998-07-01", "一,二,三,四,五,六,七"))
    text = "\n".join(separator.join(line) for line in lines)
    assert values(text.encode()) == [*lines]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_text_is_read_in_each_usual_encoding_with_each_usual_separator(encoding: str, separator: str) -> None:
    text = f"姓名{separator}所在支部\n段艳红{separator}上塘村\n"
    assert values(text.encode(encoding)) == [("姓名", "所在支部"), ("段艳红", "上塘村")]


def test_what_looks_like_a_workbook_by_its_name_but_is_prose_is_refused() -> None:
    with pytest.raises(NotASpreadsheet), (ROSTERS / "roster-not-a-sheet.xlsx").open("rb") as source:
        open_sheet(source)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"a,b\0c",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500),
        b"<html><table><tr><td>1,2</td></tr></table>",
        b"PK\x03\x04" + bytes(range(256)),
        PLAIN[:2000],
        archive({"hello.txt": "hello"}),
        archive({"[Content_Types].xml": "<Types/>"}),
        archive({"word/document.xml": "<w/>", "[Content_Types].xml": "<Types/>"}),
        repacked(PLAIN, sheet1="<worksheet"),
        repacked(PLAIN, sheet1=worksheet('<row r="1"><c r="??"><v>1</v></c></row>')),
        b'a,b\n"' + b"x,y\n" * 50_000,
    ],
    ids=["nothing", "NUL", "old xls", "html", "junk", "cut", "zip", "no book", "docx", "bad xml", "bad cell", "open quote"],
)
def test_what_is_no_spreadsheet_is_refused(content: bytes) -> None:
    with pytest.raises(NotASpreadsheet):
        rows(content)


@pytest.mark.parametrize("content", [saved(Workbook()), b",,\n,,\n"])
def test_a_spreadsheet_without_content_is_refused(content: bytes) -> None:
    with pytest.raises(EmptySpreadsheet):
        rows(content)


def test_a_workbook_with_macros_is_refused() -> None:
    with zipfile.ZipFile(io.BytesIO(PLAIN)) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    types = parts["[Content_Types].xml"].replace(
        b"openxmlformats-officedocument.spreadsheetml.sheet.main", b"ms-excel.sheet.macroEnabled.main"
    )
    for changed in ({"xl/vbaProject.bin": b"macro"}, {"[Content_Types].xml": types}):
        assert parts != parts | changed
        with pytest.raises(SpreadsheetWithMacros):
            rows(archive(parts | changed))


def entities(declaration: str) -> str:
    return f"<!DOCTYPE x [{declaration}]>" + worksheet('<row r="1"><c t="inlineStr"><is><t>&amp;&a;</t></is></c></row>')


@pytest.mark.parametrize("declaration", ['<!ENTITY a "ha">', '<!ENTITY a SYSTEM "file:///etc/hostname">'])
def test_a_workbook_that_declares_entities_is_refused(declaration: str) -> None:
    assert rows(repacked(PLAIN, sheet1=entities("").replace("&a;", "")))
    with pytest.raises(NotASpreadsheet):
        rows(repacked(PLAIN, sheet1=entities(declaration)))


@pytest.mark.parametrize(
    "content",
    [
        BOMB,
        understated(BOMB),
        archive({f"xl/{number}.xml": "" for number in range(10_000)}),
        archive({"xl/workbook.xml": bytes(5_000_000), "[Content_Types].xml": "<Types/>"}),
    ],
    ids=["too large", "larger than it says", "10,000 parts", "packed too tightly"],
)
def test_a_dangerous_archive_is_refused_before_it_is_opened(content: bytes) -> None:
    started = time.process_time()
    with pytest.raises(SpreadsheetTooLarge):
        open_sheet(io.BytesIO(content))
    assert time.process_time() - started < 1


def test_a_part_packed_by_an_unusual_method_is_refused() -> None:
    with pytest.raises(NotASpreadsheet):
        open_sheet(io.BytesIO(archive({"xl/workbook.xml": bytes(1000), "[Content_Types].xml": "<Types/>"}, zipfile.ZIP_BZIP2)))


def test_an_archive_inside_the_archive_is_left_alone() -> None:
    with zipfile.ZipFile(io.BytesIO(PLAIN)) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    assert len(rows(archive(parts | {"xl/media/inner.zip": BOMB[:5000]}))) == 2


def test_the_limits_are_the_callers() -> None:
    text = b"a,b\n" * 11
    assert len(list(open_sheet(io.BytesIO(text), UPLOADED._replace(max_rows=11)).rows())) == 11
    with pytest.raises(SpreadsheetTooLarge):
        list(open_sheet(io.BytesIO(text), UPLOADED._replace(max_rows=10)).rows())
    with pytest.raises(SpreadsheetTooLarge):
        open_sheet(io.BytesIO(text), UPLOADED._replace(max_unpacked=43))
    with pytest.raises(SpreadsheetTooLarge):
        open_sheet(io.BytesIO(PLAIN), UPLOADED._replace(max_unpacked=len(PLAIN)))


def test_a_file_keeps_its_reader_busy_for_so_long_whichever_of_its_sheets_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    book = Workbook()
    for title in "ab":
        book.create_sheet(title).append(["x"])
    # A text is looked into once to see whether anything stands in it.
    for content, streams, busy in ((saved(book), 2, 3), (b"a,b\n", 1, 4)):
        clock = itertools.count()
        monkeypatch.setattr(cells, "thread_time", lambda clock=clock: next(clock))
        sheets = open_sheets(io.BytesIO(content), UPLOADED._replace(busy=busy))
        assert len(sheets) == streams
        read = itertools.chain.from_iterable(sheet.rows() for sheet in itertools.cycle(sheets))
        assert len(list(itertools.islice(read, 3))) == 3
        with pytest.raises(SpreadsheetTooLarge):
            next(read)


@pytest.mark.parametrize("blank", [b",\n", b" , \n", b'="",\n'])
def test_the_time_that_blank_rows_of_a_text_take_counts_before_a_filled_one_comes(
    monkeypatch: pytest.MonkeyPatch, blank: bytes
) -> None:
    for content in (b"a,b\n" + blank * 5000 + b"c,d\n", blank * 6000):
        clock = itertools.count()
        monkeypatch.setattr(cells, "thread_time", lambda clock=clock: next(clock))
        with pytest.raises(SpreadsheetTooLarge):
            list(open_sheet(io.BytesIO(content), UPLOADED._replace(busy=5)).rows())
    monkeypatch.undo()
    assert [row.number for row in rows(b"a,b\n" + blank * 5000 + b"c,d\n")] == [1, 5002]
    with pytest.raises(EmptySpreadsheet):
        open_sheet(io.BytesIO(blank * 6000))


@pytest.mark.parametrize("last", ["1048576", "1e18"])
def test_a_sheet_that_claims_a_million_blank_rows_is_refused(last: str) -> None:
    sheet = worksheet(f'<row r="1"><c r="A1"><v>1</v></c></row><row r="{last}"><c><v>1</v></c></row>')
    with pytest.raises(SpreadsheetTooLarge):
        rows(repacked(PLAIN, sheet1=sheet))


def test_a_line_without_end_is_refused() -> None:
    with pytest.raises(SpreadsheetTooLarge):
        rows(b"a,b\n" + b"x" * 1_000_000 + b",")


def tried(content: bytes) -> Iterator[Row]:
    try:
        yield from open_sheet(io.BytesIO(content)).rows()
    except Refusal:
        return


def parsed_here(content: bytes) -> list[Row]:
    """What the process of its own does, without the process."""
    try:
        parsed = [(sheet.is_hidden, list(sheet.rows)) for sheet in read_workbook(io.BytesIO(content), UPLOADED.max_unpacked)]
        return next(found for is_hidden, found in parsed if not is_hidden)
    except Refusal:
        return []


@given(st.binary(max_size=300))
def test_no_bytes_raise_anything_but_a_refusal(content: bytes) -> None:
    if not content.startswith(b"PK\x03\x04"):
        list(tried(content))
    parsed_here(b"PK\x03\x04" + content)


DAMAGE = (st.integers(0, len(PLAIN) - 1), st.binary(min_size=1, max_size=8))


@given(*DAMAGE)
def test_a_damaged_workbook_raises_nothing_but_a_refusal(place: int, damage: bytes) -> None:
    parsed_here(PLAIN[:place] + damage + PLAIN[place + len(damage) :])


@settings(max_examples=15, deadline=None)
@given(*DAMAGE)
def test_the_process_of_its_own_reads_what_is_read_without_it(place: int, damage: bytes) -> None:
    content = PLAIN[:4] + (PLAIN[:place] + damage + PLAIN[place + len(damage) :])[4:]
    assert list(tried(content)) == parsed_here(content)


@given(st.text(max_size=100))
def test_any_text_is_read_or_refused(text: str) -> None:
    for encoding in ("utf-8", "gb18030"):
        for row in tried(("a,b\n" + text).encode(encoding, "replace")):
            assert all(cell.value is None or isinstance(cell.value, str) for cell in row.cells)
