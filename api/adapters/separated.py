"""Text with separators (.csv) as rows: streamed, in whatever encoding and with whatever separator a spreadsheet program writes."""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO

from api.adapters.cells import (
    LAST_ROW,
    MAX_COLUMNS,
    MAX_TEXT,
    Busy,
    Cell,
    EmptySpreadsheet,
    Limits,
    NotASpreadsheet,
    Row,
    Sheet,
    SpreadsheetTooLarge,
)

_MAX_LINE = 1_000_000
_CHUNK = 1 << 16
_SEPARATORS = (",", "\t", ";")
_FIRST_LINES = 12
_PULSE = 1_000


def open_text(source: BinaryIO, limits: Limits) -> Sheet:
    """Find out how a text is written; its rows are read from `source` each time.

    Raises NotASpreadsheet, EmptySpreadsheet or SpreadsheetTooLarge.
    """
    if source.seek(0, io.SEEK_END) > limits.max_unpacked:
        raise SpreadsheetTooLarge
    encoding = _encoding(source)
    separator = _separator(source, encoding)
    sheet = Sheet(lambda: _rows(source, encoding, separator), limits.max_rows, busy=Busy(limits.busy))
    if not any(True for _ in sheet.rows()):
        raise EmptySpreadsheet
    return sheet


def _encoding(source: BinaryIO) -> str:
    source.seek(0)
    marked = source.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        if _is_written_in(source, encoding):
            return encoding
    # Without a mark, UTF-16 shows by its line ends, which are no characters in the other order of bytes.
    source.seek(0)
    first = source.read(_CHUNK)
    for encoding in ("utf-16-le", "utf-16-be"):
        if any("\n".encode(encoding) == first[at : at + 2] for at in range(0, len(first), 2)) and _is_written_in(source, encoding):
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
    """The separator of the line among the first that makes most fields without another separator in them: that of the headings,
    while remarks may hold commas. Markup has lines with commas too, but is no sheet."""
    source.seek(0)
    text = io.TextIOWrapper(source, encoding)
    try:
        sample = text.read(_CHUNK).lstrip()
    finally:
        text.detach()
    separator = max(_SEPARATORS, key=lambda found: (_most_fields(sample, found), sample.count(found)))
    if separator not in sample or sample.startswith("<"):
        raise NotASpreadsheet
    return separator


def _most_fields(sample: str, separator: str) -> int:
    others = [other for other in _SEPARATORS if other != separator]
    most = 0
    try:
        for fields in islice(csv.reader(io.StringIO(sample, newline=""), delimiter=separator), _FIRST_LINES):
            if not any(other in field for field in fields for other in others):
                most = max(most, sum(1 for field in fields if field.strip()))
    except csv.Error:
        return most
    return most


def _rows(source: BinaryIO, encoding: str, separator: str) -> Iterator[Row]:
    """The filled rows, and among many blank ones some without cells, so that whoever reads sees the time go by."""
    source.seek(0)
    text = io.TextIOWrapper(source, encoding, newline="")
    try:
        for number, fields in enumerate(csv.reader(_lines(text), delimiter=separator), start=1):
            if number > LAST_ROW:
                raise SpreadsheetTooLarge
            # Most of what is blank shows so by its fields, without making cells of them.
            cells = tuple(_cell(field) for field in fields[:MAX_COLUMNS]) if any(map(str.strip, fields)) else ()
            if any(cell.value for cell in cells):
                yield Row(number, cells)
            elif number % _PULSE == 0:
                yield Row(number, ())
    except csv.Error as error:
        raise NotASpreadsheet from error
    finally:
        text.detach()


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    while line := text.readline(_MAX_LINE):
        if len(line) == _MAX_LINE:
            raise SpreadsheetTooLarge
        yield line


def _cell(field: str) -> Cell:
    """A field of a text file. `="330"` is how programs keep a spreadsheet from taking digits for a number: the text within."""
    field = field.strip()[:MAX_TEXT]
    if kept := re.fullmatch(r'="([^"]*)"', field):
        return Cell(kept[1].strip() or None)
    return Cell(field or None, is_formula=field.startswith("="))
