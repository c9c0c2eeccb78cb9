"""A roster given back: the sheet as it was sent, and beside each row what became of it and what is wrong with it."""

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from enum import StrEnum
from typing import IO, Any

from openpyxl import Workbook
from openpyxl.cell import Cell as Written
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill

from api.adapters.cells import MAX_TEXT, Cell, Row, letters
from api.adapters.tables import Table, cell_of
from api.errors import FieldFault, Text
from api.language import Language
from api.members.intake import ImportedMembers, Outcome

MAX_TITLE = 31
MIN_WIDTH, MAX_WIDTH = 6.0, 40.0
PROBLEMS_WIDTH = 60.0
MEASURED_ROWS = 200
"""How many rows decide about the widths of the columns."""

RESULT = Text("结果", "Result")
PROBLEMS = Text("问题", "Problems")

_UNSTORABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_UNNAMEABLE = re.compile(r"[\[\]:*?/\\']")
_RED, _PALE_RED, _PALE_YELLOW, _GREY = (
    PatternFill("solid", start_color=color) for color in ("FFF4A6A0", "FFFDE9E7", "FFFFF4CC", "FFE7E6E6")
)
_BOLD = Font(bold=True)
_WRAPPED = Alignment(wrap_text=True, vertical="top")
_DAY, _MOMENT, _MONTH = "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss", "yyyy-mm"
_LONG_NUMBER = 10**11


class Stage(StrEnum):
    """How far an import has gone when its roster is given back: only judged, carried out, or given up for the rows at fault."""

    planned = "planned"
    done = "done"
    given_up = "given_up"


_REJECTED = {
    Stage.planned: Text("不能导入", "cannot be imported"),
    Stage.done: Text("未导入", "not imported"),
    Stage.given_up: Text("不能导入", "cannot be imported"),
}
_NOT_STORED = Text("未导入（因其他行有误）", "not imported, since other rows are at fault")
_UNCHANGED = Text("未变", "unchanged")
_WORDS = {
    (Stage.planned, Outcome.created): Text("将新增", "to be added"),
    (Stage.planned, Outcome.updated): Text("将更新", "to be updated"),
    (Stage.done, Outcome.created): Text("已新增", "added"),
    (Stage.done, Outcome.updated): Text("已更新", "updated"),
    (Stage.given_up, Outcome.created): _NOT_STORED,
    (Stage.given_up, Outcome.updated): _NOT_STORED,
}
_WITH_HINT = Text("{result}，有提示", "{result}, with a hint")


def write_marked(table: Table, done: ImportedMembers, stage: Stage, target: IO[bytes], language: Language) -> None:
    """Write the workbook. Every row stands where it stood; behind the last column follow 结果 and 问题, or take the place of those
    that an earlier such file had there.

    Days stay days and numbers numbers; everything else is a text, also what was a formula or looks like one.
    """
    faults: dict[int, tuple[FieldFault, ...]] = dict(done.warnings)
    faults |= {row.row: row.faults for row in done.rejected}
    place, widths = _measured(table)
    book = Workbook(write_only=True)
    sheet: Any = book.create_sheet(_UNNAMEABLE.sub("", _clean(table.sheet.title))[:MAX_TITLE] or RESULT.zh)
    sheet.freeze_panes = f"A{table.header_row + 1}"
    for at, width in enumerate([*widths, 16.0, PROBLEMS_WIDTH]):
        sheet.column_dimensions[letters(at)].width = width
    for row in _without_gaps(table.sheet.rows()):
        outcome = done.outcomes.get(row.number)
        cells = [_written(sheet, cell) for cell in row.cells[:place]]
        cells += [None] * (place - len(cells))
        if row.number == table.header_row:
            cells += [_text(sheet, words, language) for words in (RESULT, PROBLEMS)]
            _dress([cell for cell in cells if cell], _GREY, _BOLD)
        elif outcome:
            found = faults.get(row.number, ())
            cells += [
                _text(sheet, _result(outcome, stage, has_hint=bool(found)), language),
                _problems(sheet, found, language),
            ]
            _colour(sheet, cells, row.number, outcome, found)
        sheet.append(cells)
    book.save(target)


def _measured(table: Table) -> tuple[int, list[float]]:
    """The place of the first new column, and how wide those before it should be."""
    ours = {text for words in (RESULT, PROBLEMS) for text in words}
    widths: list[float] = []
    for count, row in enumerate(table.sheet.rows()):
        widths += [MIN_WIDTH] * (len(row.cells) - len(widths))
        if table.header_row <= row.number and count < MEASURED_ROWS + table.header_row:
            widths = [max(width, _width(cell)) for width, cell in zip(widths, row.cells, strict=False)] + widths[len(row.cells) :]
    headings = list(table.headings)
    place = next((at for at, heading in enumerate(headings) if heading in ours and set(headings[at:]) <= ours), len(widths))
    return place, widths[:place]


def _width(cell: Cell) -> float:
    text = str(cell.value) if cell.value is not None else ""
    # A Chinese character is as wide as two digits.
    return min(MAX_WIDTH, 2.0 + sum(2 if ord(letter) > 0x2E7F else 1 for letter in text[:80]))


def _without_gaps(rows: Iterable[Row]) -> Iterator[Row]:
    """The rows with the blank ones between them, so that each stands where it stood."""
    number = 0
    for row in rows:
        for blank in range(number + 1, row.number):
            yield Row(blank, ())
        yield row
        number = row.number


def _written(sheet: Any, cell: Cell) -> Written | None:
    value: Any = cell.value
    if value is None:
        return None
    if cell.day:
        return _formatted(sheet, cell.day, _MONTH)
    if isinstance(value, str):
        return _string(sheet, value)
    if isinstance(value, datetime):
        is_day = not (value.hour or value.minute or value.second or value.microsecond)
        return _formatted(sheet, value, _DAY if is_day else _MOMENT)
    if isinstance(value, date):
        return _formatted(sheet, value, _DAY)
    if isinstance(value, float) and (value != value or abs(value) == float("inf")):
        return _string(sheet, str(value))
    written = WriteOnlyCell(sheet, value)
    if isinstance(value, int | float) and abs(value) >= _LONG_NUMBER:
        written.number_format = "0"
    return written


def _formatted(sheet: Any, day: date, number_format: str) -> Written:
    value: Any = day
    written = WriteOnlyCell(sheet, value)
    written.number_format = number_format
    return written


def _string(sheet: Any, text: str) -> Written:
    """A cell that is a text and stays one, also when somebody types in it."""
    written = WriteOnlyCell(sheet, _clean(text)[:MAX_TEXT])
    written.data_type = "s"
    written.number_format = "@"
    written.quotePrefix = True
    return written


def _text(sheet: Any, text: Text, language: Language) -> Written:
    return _string(sheet, text.en if language is Language.en else text.zh)


def _clean(text: str) -> str:
    return _UNSTORABLE.sub("", text)


def _result(outcome: Outcome, stage: Stage, *, has_hint: bool) -> Text:
    if outcome is Outcome.rejected:
        return _REJECTED[stage]
    words = _WORDS.get((stage, outcome), _UNCHANGED)
    return Text(*(hint.format(result=said) for hint, said in zip(_WITH_HINT, words, strict=True))) if has_hint else words


def _problems(sheet: Any, faults: Iterable[FieldFault], language: Language) -> Written:
    lines = []
    for fault in faults:
        where = " ".join(filter(None, (cell_of(fault), fault.field)))
        lines.append(f"{where}: {fault.text.en}" if language is Language.en else f"{where}：{fault.text.zh}")
    written = _string(sheet, "\n".join(lines))
    written.alignment = _WRAPPED
    return written


def _colour(sheet: Any, cells: list[Written | None], number: int, outcome: Outcome, faults: tuple[FieldFault, ...]) -> None:
    """Colour a row at fault, and its cells at fault more strongly, the empty ones too."""
    if outcome is not Outcome.rejected:
        _dress([cell for cell in cells[-2:] if cell and faults], _PALE_YELLOW)
        return
    at_fault = {cell_of(fault) for fault in faults}
    for place, cell in enumerate(cells):
        is_at_fault = f"{letters(place)}{number}" in at_fault
        if cell is None and is_at_fault:
            cell = cells[place] = WriteOnlyCell(sheet)
        if cell is not None:
            _dress([cell], _RED if is_at_fault else _PALE_RED)


def _dress(cells: Iterable[Written], fill: PatternFill, font: Font | None = None) -> None:
    for cell in cells:
        cell.fill = fill
        if font:
            cell.font = font
