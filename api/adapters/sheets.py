"""Reading a spreadsheet file as rows of cells, whatever its form: a workbook (.xlsx), or text with separators (.csv).

A file's content decides how it is read, never its name. A file may come from anywhere, so a workbook's archive is measured before
anything of it is parsed; what is parsed is streamed.
"""

import codecs
import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import BinaryIO, NamedTuple

import openpyxl
from openpyxl.cell.read_only import ReadOnlyCell
from openpyxl.utils.datetime import from_excel
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from api.errors import Invalid, Refusal, Text, TooLarge

MAX_UNPACKED = 50 * 1024 * 1024
MAX_ROWS = 20_000
MAX_COLUMNS = 100
MAX_BLANK_ROWS = 100_000
"""How many blank rows may stand together: more than an old sheet has, far fewer than a new one can claim to have."""
MAX_PARTS = 200
MAX_RATIO = 100
"""How many times larger a whole archive may unpack: office files reach 30."""

_LAST_ROW = 1_048_576
_MAX_LINE = 1_000_000
_CHUNK = 1 << 16
_SEPARATORS = (",", "\t", ";")
_LOCALE_MONTHS = frozenset({27, 36, 50, 52, 57})
"""The number formats that a Chinese Excel shows as 1998年7月 without writing them into the file (ECMA-376 part 1, 18.8.30)."""

CellValue = str | int | float | date | time | timedelta | None


class NotASpreadsheet(Invalid):
    text = Text(
        "这不是可以读取的表格。请用 Excel 或 WPS 另存为 .xlsx 或 .csv（不加密、不要旧版 .xls）后再上传。",
        "This is not a spreadsheet that can be read. Save it as .xlsx or .csv, neither encrypted nor as an old .xls.",
    )


class SpreadsheetWithMacros(NotASpreadsheet):
    text = Text(
        "表格带有宏，不予读取。请另存为不带宏的 .xlsx。", "This workbook carries macros. Save it as a plain .xlsx without them."
    )


class EmptySpreadsheet(NotASpreadsheet):
    text = Text("表格中没有内容。", "There is nothing on any visible sheet.")


class SpreadsheetTooLarge(TooLarge):
    text = Text(
        "表格过大，或结构异常。请分成几份，或新建表格后粘贴内容。", "The spreadsheet is too large or oddly built. Split it."
    )


class Cell(NamedTuple):
    """What one cell holds. A day that the sheet shows without its day of the month is a text such as `1998-07`."""

    value: CellValue
    is_formula: bool = False


NO_CELL = Cell(None)


class Row(NamedTuple):
    """A row with at least one filled cell; `number` counts from 1 as the spreadsheet shows it, blank rows included."""

    number: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Sheet:
    """The rows of one sheet. `read` starts over each time it is called."""

    read: Callable[[], Iterator[Row]]
    max_rows: int = MAX_ROWS

    def rows(self) -> Iterator[Row]:
        """Stream the filled rows, from the first one on. Only one such stream of a text file may be read at a time.

        Raises SpreadsheetTooLarge after `max_rows`, NotASpreadsheet where the file turns out to be damaged.
        """
        for count, row in enumerate(self.read(), start=1):
            if count > self.max_rows:
                raise SpreadsheetTooLarge
            yield row


def open_sheet(source: BinaryIO, *, max_unpacked: int = MAX_UNPACKED, max_rows: int = MAX_ROWS) -> Sheet:
    """Open the first visible sheet that has content; `source` must be seekable and stay open as long as rows are read.

    A workbook is .xlsx; a text is UTF-8 (with or without a mark), UTF-16 with a mark, or else GB 18030, which contains GBK. The
    limits count bytes after unpacking and filled rows. Columns past the hundredth are not read. Raises NotASpreadsheet,
    SpreadsheetWithMacros, EmptySpreadsheet or SpreadsheetTooLarge.
    """
    source.seek(0)
    if source.read(4) == b"PK\x03\x04":
        return Sheet(_workbook(source, max_unpacked), max_rows)
    return Sheet(_text(source, max_unpacked), max_rows)


def _workbook(source: BinaryIO, max_unpacked: int) -> Callable[[], Iterator[Row]]:
    try:
        _inspect(source, max_unpacked)
        book = openpyxl.load_workbook(source, read_only=True, keep_links=False)
        for worksheet in book.worksheets:
            if worksheet.sheet_state == "visible" and any(True for _ in _workbook_rows(book, worksheet)):
                return lambda: _workbook_rows(book, worksheet)
    except Refusal:
        raise
    except Exception as error:
        raise NotASpreadsheet from error
    raise EmptySpreadsheet


def _inspect(source: BinaryIO, max_unpacked: int) -> None:
    """Measure an archive. What it says about itself is checked first, being cheap; then what is really in it."""
    with zipfile.ZipFile(source) as archive:
        parts = archive.infolist()
        if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > max_unpacked:
            raise SpreadsheetTooLarge
        packed = sum(part.compress_size for part in parts)
        budget = min(max_unpacked, MAX_RATIO * packed)
        for part in parts:
            budget -= _unpacked_size(archive, part, budget)
        if any(part.filename.lower().endswith("vbaproject.bin") for part in parts):
            raise SpreadsheetWithMacros
        if b"macroEnabled" in archive.read("[Content_Types].xml"):
            raise SpreadsheetWithMacros


def _unpacked_size(archive: zipfile.ZipFile, part: zipfile.ZipInfo, budget: int) -> int:
    if part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise NotASpreadsheet
    # Whoever reads a part stops at the size that it claims, but may unpack all of it to get there. So the claim is put out of the
    # way, and what is there is counted in small pieces.
    part.file_size, claimed = budget + 2 * _CHUNK, part.file_size
    size = 0
    with archive.open(part) as content:
        while chunk := content.read(_CHUNK):
            size += len(chunk)
            if size > budget:
                raise SpreadsheetTooLarge
    part.file_size = claimed
    return size


def _workbook_rows(book: Workbook, worksheet: Worksheet) -> Iterator[Row]:
    # The sheet's own statement of its size is not asked: programs that stream a file leave it wrong.
    rows = worksheet.iter_rows(min_row=1, max_row=_LAST_ROW, min_col=1, max_col=MAX_COLUMNS)
    last = 0
    try:
        for number, row in enumerate(rows, start=1):
            cells = [_workbook_cell(book, cell) if isinstance(cell, ReadOnlyCell) else NO_CELL for cell in row]
            while cells and cells[-1].value is None:
                cells.pop()
            if cells:
                last = number
                yield Row(number, tuple(cells))
            elif number - last > MAX_BLANK_ROWS:
                raise SpreadsheetTooLarge
    except Refusal:
        raise
    except Exception as error:
        raise NotASpreadsheet from error


def _workbook_cell(book: Workbook, cell: ReadOnlyCell) -> Cell:
    value = cell.value
    if cell.data_type == "f":
        return Cell(value if isinstance(value, str) else "=", is_formula=True)
    if isinstance(value, str):
        return Cell(value.strip() or None)
    if isinstance(value, date) and _hides_the_day(cell.number_format):
        return Cell(f"{value:%Y-%m}")
    if isinstance(value, int | float) and cell.style_array.numFmtId in _LOCALE_MONTHS:
        day = from_excel(value, book.epoch)
        return Cell(f"{day:%Y-%m}" if isinstance(day, datetime) else value)
    return Cell(value if isinstance(value, int | float | date | time | timedelta) else None)


@lru_cache(maxsize=256)
def _hides_the_day(number_format: str) -> bool:
    letters = re.sub(r'"[^"]*"|\[[^\]]*\]|\\.', "", number_format).lower()
    return "y" in letters and "d" not in letters


def _text(source: BinaryIO, max_bytes: int) -> Callable[[], Iterator[Row]]:
    if source.seek(0, io.SEEK_END) > max_bytes:
        raise SpreadsheetTooLarge
    encoding = _encoding(source)
    separator = _separator(source, encoding)
    if not any(True for _ in _text_rows(source, encoding, separator)):
        raise EmptySpreadsheet
    return lambda: _text_rows(source, encoding, separator)


def _encoding(source: BinaryIO) -> str:
    source.seek(0)
    marked = source.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        if _is_written_in(source, encoding):
            return encoding
    raise NotASpreadsheet


def _is_written_in(source: BinaryIO, encoding: str) -> bool:
    source.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while chunk := source.read(_CHUNK):
            if "\0" in decoder.decode(chunk):
                return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _separator(source: BinaryIO, encoding: str) -> str:
    """The separator that the first lines use most. Markup has lines with commas too, but is no sheet."""
    source.seek(0)
    text = io.TextIOWrapper(source, encoding)
    try:
        sample = text.read(_CHUNK).lstrip()
    finally:
        text.detach()
    separator = max(_SEPARATORS, key=sample.count)
    if separator not in sample or sample.startswith("<"):
        raise NotASpreadsheet
    return separator


def _text_rows(source: BinaryIO, encoding: str, separator: str) -> Iterator[Row]:
    source.seek(0)
    text = io.TextIOWrapper(source, encoding, newline="")
    try:
        for number, fields in enumerate(csv.reader(_lines(text), delimiter=separator), start=1):
            cells = tuple(_text_cell(field) for field in fields[:MAX_COLUMNS])
            if any(cell.value for cell in cells):
                yield Row(number, cells)
    except csv.Error as error:
        raise NotASpreadsheet from error
    finally:
        text.detach()


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    while line := text.readline(_MAX_LINE):
        if len(line) == _MAX_LINE:
            raise SpreadsheetTooLarge
        yield line


def _text_cell(field: str) -> Cell:
    """A field of a text file. `="330"` is how programs keep a spreadsheet from taking digits for a number: the text within."""
    field = field.strip()
    if kept := re.fullmatch(r'="([^"]*)"', field):
        return Cell(kept[1].strip() or None)
    return Cell(field or None, is_formula=field.startswith("="))
