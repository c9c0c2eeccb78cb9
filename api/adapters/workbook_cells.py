"""Rows written as a workbook (.xlsx) that is safe to open: days stay days and numbers numbers; everything else is a text, also what
was a formula or looks like one."""

import re
from collections.abc import Hashable, Iterable
from contextlib import suppress
from datetime import date, datetime
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl import Workbook
from openpyxl.cell import Cell as BookCell
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet._writer import ALL_TEMP_FILES
from openpyxl.writer.excel import ExcelWriter

from api.adapters.cells import MAX_TEXT, Cell, letters
from api.adapters.workbook_pages import Dressed, Page, Shade

MAX_TITLE = 31

_UNSTORABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_UNNAMEABLE = re.compile(r"[\[\]:*?/\\']")
_BOLD = Font(bold=True)
_WRAPPED = Alignment(wrap_text=True, vertical="top")
_DAY, _MOMENT = "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"
_PARTS_OF_A_DAY = {len("1998-07"): "yyyy-mm", len("1998"): "yyyy", len("07-01"): "mm-dd"}
_TEXT = "@"
_LONG_NUMBER = 10**11
_FILLS = {shade: PatternFill("solid", start_color=shade.value) for shade in Shade}


def write(target: IO[bytes], pages: Iterable[Page]) -> None:
    """What `write_workbook` does."""
    book = Workbook(write_only=True)
    try:
        _fill(book, pages)
        # What openpyxl opens by itself it leaves open where a sheet finds no room, until it is closed behind its target.
        with ZipFile(target, "w", ZIP_DEFLATED) as archive:
            ExcelWriter(book, archive).save()
    finally:
        _clear_away(book)


def _clear_away(book: Workbook) -> None:
    """Remove the files of sheets that were begun in vain, which openpyxl would keep as long as the process lives."""
    for sheet in book.worksheets:
        writer = getattr(sheet, "_writer", None)
        if writer is not None and writer.out in ALL_TEMP_FILES:
            # From the inside out; what still has to be written then finds no more room than before.
            parts: tuple[Any, ...] = (getattr(sheet, "_rows", None), writer)
            for part in parts:
                with suppress(Exception):
                    part.close()
            writer.cleanup()


def _fill(book: Workbook, pages: Iterable[Page]) -> None:
    looks: dict[Hashable, Any] = {}
    for page in pages:
        sheet: Any = book.create_sheet(_UNNAMEABLE.sub("", _clean(page.title))[:MAX_TITLE] or None)
        sheet.freeze_panes = f"A{page.header_row + 1}"
        for at, width in enumerate(page.widths):
            sheet.column_dimensions[letters(at)].width = width
        last = 0
        for number, cells in page.rows:
            for _ in range(last + 1, number):
                sheet.append([])
            sheet.append([_made(sheet, looks, cell) for cell in cells])
            last = number


def _made(sheet: Any, looks: dict[Hashable, Any], dressed: Dressed) -> BookCell | None:
    value, number_format = _written(dressed.cell)
    if value is None and dressed.shade is None:
        return None
    made = WriteOnlyCell(sheet, value)
    if number_format == _TEXT:
        made.data_type = "s"
    # What a cell looks like is looked up anew by openpyxl for each thing that is said of it; so one cell of a look lends it to all.
    look = (dressed.shade, dressed.is_bold, dressed.is_wrapped, number_format)
    if look in looks:
        made._style = looks[look]  # type: ignore[attr-defined]
        return made
    if dressed.shade:
        made.fill = _FILLS[dressed.shade]
    if dressed.is_bold:
        made.font = _BOLD
    if dressed.is_wrapped:
        made.alignment = _WRAPPED
    if number_format:
        made.number_format = number_format
    if number_format == _TEXT:
        made.quotePrefix = True
    looks[look] = made._style  # type: ignore[attr-defined]
    return made


def _written(cell: Cell) -> tuple[Any, str | None]:
    """What a cell holds, and how it is shown; a text is one that stays a text, also when somebody types in it."""
    value: Any = cell.value
    if value is None:
        return None, None
    if cell.day:
        shown = _PARTS_OF_A_DAY.get(len(value))
        return (cell.day, shown) if shown else _string(value)
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, datetime):
        is_day = not (value.hour or value.minute or value.second or value.microsecond)
        return value, _DAY if is_day else _MOMENT
    if isinstance(value, date):
        return value, _DAY
    if isinstance(value, float) and (value != value or abs(value) == float("inf")):
        return _string(str(value))
    return value, "0" if isinstance(value, int | float) and abs(value) >= _LONG_NUMBER else None


def _string(text: str) -> tuple[str, str]:
    return _clean(text)[:MAX_TEXT], _TEXT


def _clean(text: str) -> str:
    return _UNSTORABLE.sub("", text)
