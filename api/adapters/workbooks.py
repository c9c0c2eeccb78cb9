"""A workbook (.xlsx) as rows, parsed. A server never does this itself: it runs this module as a process of its own, with limits,
which reads the file from its standard input and writes the rows as lines to its standard output.

A workbook's archive is measured before anything of it is parsed; what is parsed is streamed.
"""

import os
import re
import resource
import sys
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from enum import IntEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Any, BinaryIO

from api.adapters.cells import (
    MAX_COLUMNS,
    MAX_TEXT,
    NO_CELL,
    Cell,
    EmptySpreadsheet,
    Limits,
    NotASpreadsheet,
    Row,
    SpreadsheetTooLarge,
    SpreadsheetWithMacros,
    as_line,
)
from api.errors import Refusal

if TYPE_CHECKING:
    from openpyxl.cell.read_only import ReadOnlyCell
    from openpyxl.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

MAX_BLANK_ROWS = 100_000
"""How many blank rows may stand together: more than an old sheet has, far fewer than a new one can claim to have."""
MAX_PARTS = 200
MAX_RATIO = 100
"""How many times larger a whole archive may unpack: office files reach 30."""
MAX_WRITTEN = 4
"""How many times the unpacked size the rows may take as lines: one text may stand in many cells."""

_LAST_ROW = 1_048_576
_CHUNK = 1 << 16
_MAX_TITLE = 100
_LOCALE_MONTHS = frozenset({27, 36, 50, 52, 57})
"""The number formats that a Chinese Excel shows as 1998年7月 without writing them into the file (ECMA-376 part 1, 18.8.30)."""


class Ending(IntEnum):
    """How the process tells what came of the file. Python itself ends with 0, 1 or 2."""

    read = 0
    not_a_spreadsheet = 10
    with_macros = 11
    empty = 12
    too_large = 13


REFUSALS: dict[int, type[Refusal]] = {
    Ending.not_a_spreadsheet: NotASpreadsheet,
    Ending.with_macros: SpreadsheetWithMacros,
    Ending.empty: EmptySpreadsheet,
    Ending.too_large: SpreadsheetTooLarge,
}


def read_workbook(source: BinaryIO, max_unpacked: int) -> tuple[str, Iterator[Row]]:
    """The name of the first visible sheet that has content, and its filled rows as they are parsed.

    Raises NotASpreadsheet, SpreadsheetWithMacros, EmptySpreadsheet or SpreadsheetTooLarge, the rows too. Columns past the
    hundredth are not read.
    """
    try:
        _inspect(source, max_unpacked)
        # Only now: many a bad file is known without this library, whose loading takes longer than the look at it.
        import openpyxl

        book = openpyxl.load_workbook(source, read_only=True, keep_links=False)
        for worksheet in book.worksheets:
            if worksheet.sheet_state == "visible" and any(True for _ in _rows(book, worksheet)):
                return str(worksheet.title)[:_MAX_TITLE], _rows(book, worksheet)
    except (Refusal, MemoryError):
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
        types = archive.read("[Content_Types].xml").lower()
        if b"macroenabled" in types or b"macrosheet" in types:
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


def _rows(book: "Workbook", worksheet: "Worksheet") -> Iterator[Row]:
    from openpyxl.cell.read_only import EMPTY_CELL

    # The sheet's own statement of its size is not asked: programs that stream a file leave it wrong.
    rows: Iterator[tuple[Any, ...]] = worksheet.iter_rows(min_row=1, max_row=_LAST_ROW, min_col=1, max_col=MAX_COLUMNS)
    last = 0
    try:
        for number, row in enumerate(rows, start=1):
            width = len(row)
            while width and row[width - 1] is EMPTY_CELL:
                width -= 1
            cells = [NO_CELL if cell is EMPTY_CELL else _cell(book, cell) for cell in row[:width]]
            while cells and cells[-1].value is None:
                cells.pop()
            if cells:
                last = number
                yield Row(number, tuple(cells))
            elif number - last > MAX_BLANK_ROWS:
                raise SpreadsheetTooLarge
    except (Refusal, MemoryError):
        raise
    except Exception as error:
        raise NotASpreadsheet from error


def _cell(book: "Workbook", cell: "ReadOnlyCell") -> Cell:
    value: Any = cell.value
    if cell.data_type == "f":
        return Cell(value[:MAX_TEXT] if isinstance(value, str) else "=", is_formula=True)
    if isinstance(value, str):
        return Cell(value[:MAX_TEXT].strip() or None)
    if isinstance(value, date) and _hides_the_day(cell.number_format):
        return _month(value)
    if isinstance(value, int | float) and cell.style_array.numFmtId in _LOCALE_MONTHS:
        from openpyxl.utils.datetime import from_excel

        day = from_excel(value, book.epoch)
        return _month(day) if isinstance(day, datetime) else Cell(value)
    return Cell(value if isinstance(value, int | float | date | time | timedelta) else None)


def _month(value: date) -> Cell:
    return Cell(f"{value:%Y-%m}", day=value.date() if isinstance(value, datetime) else value)


@lru_cache(maxsize=256)
def _hides_the_day(number_format: str) -> bool:
    letters = re.sub(r'"[^"]*"|\[[^\]]*\]|\\.', "", number_format).lower()
    return "y" in letters and "d" not in letters


def confine(limits: Limits) -> None:
    """Bind this process, for the rest of its life, to what the limits allow."""
    for what, most in (
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_CPU, limits.seconds),
        (resource.RLIMIT_FSIZE, MAX_WRITTEN * limits.max_unpacked),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(what)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (most, most))


def run(limits: Limits) -> Ending:
    """Write the rows of the workbook on standard input as lines, and behind them a line that tells their count and the sheet's
    name."""
    confine(limits)
    try:
        title, rows = read_workbook(sys.stdin.buffer, limits.max_unpacked)
        written = 0
        with open(sys.stdout.fileno(), "w", encoding="ascii", newline="\n", buffering=_CHUNK, closefd=False) as lines:
            for row in rows:
                written += 1
                if written > limits.max_rows:
                    return Ending.too_large
                lines.write(as_line(row))
                lines.write("\n")
            lines.write(as_line(Row(written, (Cell(title),))))
            lines.write("\n")
    except Refusal as refusal:
        return next(Ending(ending) for ending, kind in REFUSALS.items() if type(refusal) is kind)
    except (MemoryError, OSError):
        return Ending.too_large
    return Ending.read


if __name__ == "__main__":
    # Leaving at once spares the time of taking down what a hostile file has built up.
    os._exit(run(Limits(*map(int, sys.argv[1:]))))
