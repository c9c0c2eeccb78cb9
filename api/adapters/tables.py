"""A sheet with a row of headings: which column holds what, whatever the office calls it, and which rows are entries."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from api.adapters.sheets import NO_CELL, Cell, Row, Sheet
from api.adapters.typed_text import legible, narrow
from api.errors import FieldFault, Text

HEADER_WITHIN = 10
_MAX_HEADING = 40
_EXACT_NUMBERS = 2**53

_NOTHING = re.compile(r"[-－—–_/／\\＼.、\s]*|无|暂无|没有|n/?a|null|none", re.IGNORECASE)
_NOTE = re.compile(r"\([^)]*\)|\[[^\]]*\]|【[^】]*】|〔[^〕]*〕")
_MARK = re.compile(r"[\W_]")
_NO_ENTRY = re.compile(r"[合总小共]计|(注|备注|说明|填表人|填报人|制表人|审核人|负责人|填报单位|填报日期):")


@dataclass(frozen=True)
class RejectedRow:
    """A row that is not taken: its first fault, and the others (`field` is the column). All as the spreadsheet shows them."""

    row: int
    column: str
    rule: str
    text: Text
    also: tuple[FieldFault, ...] = ()


def reject(row: int, faults: Sequence[FieldFault]) -> RejectedRow:
    """The rejection of a row for its faults, at least one; each one's `field` is the heading of its column."""
    first, *others = faults
    return RejectedRow(row, first.field, first.rule, first.text, tuple(others))


class CellFault(NamedTuple):
    """What is wrong with one column of a row: a stable word, and a sentence that never repeats the value."""

    column: str
    rule: str
    text: Text


class TableRow(NamedTuple):
    number: int
    cells: Mapping[str, Cell]
    """The filled cells by column."""

    def cell(self, column: str) -> Cell:
        return self.cells.get(column, NO_CELL)


@dataclass(frozen=True)
class Table:
    """The part of a sheet below its headings. `columns` gives the words for each column, the usual one first."""

    sheet: Sheet
    columns: Mapping[str, Sequence[str]]
    header_row: int
    headings: tuple[str, ...]
    places: Mapping[str, int]

    def heading(self, column: str) -> str:
        """What the sheet calls a column, or its usual word where the sheet has none."""
        return self.headings[self.places[column]] if column in self.places else self.columns[column][0]

    def tell(self, fault: CellFault) -> FieldFault:
        """A fault under the heading that the sheet gives its column."""
        return FieldFault(self.heading(fault.column), fault.rule, fault.text)

    def reject(self, row: int, faults: Sequence[CellFault]) -> RejectedRow:
        """The rejection of a row with at least one fault: the first is the one whose column stands first in `columns`."""
        order = list(self.columns)
        return reject(row, [self.tell(fault) for fault in sorted(faults, key=lambda fault: order.index(fault.column))])

    def rows(self) -> Iterator[TableRow]:
        """Stream the entries: no blank or merely numbered rows, no headings repeated for print, no totals and signatures."""
        for row in self.sheet.rows():
            if row.number <= self.header_row or _NO_ENTRY.match(_first_words(row)):
                continue
            cells = {column: row.cells[place] for column, place in self.places.items() if place < len(row.cells)}
            filled = {column: cell for column, cell in cells.items() if cell.is_formula or said(cell) is not None}
            if filled and not all(fold(said(cell) or "") == fold(self.heading(column)) for column, cell in filled.items()):
                yield TableRow(row.number, filled)


def find_table(sheet: Sheet, columns: Mapping[str, Sequence[str]], key: str) -> Table | None:
    """Find the row of headings among the first ten: the one with most known columns, `key` among them. None if there is none.

    Where several words for one column stand side by side, the earlier in `columns` wins; a heading serves one column only, the
    first that claims it.
    """
    best: Table | None = None
    for row in sheet.rows():
        if row.number > HEADER_WITHIN:
            break
        headings = tuple(str(cell.value or "").strip()[:_MAX_HEADING] for cell in row.cells)
        places = _places(headings, columns)
        if key in places and (best is None or len(places) > len(best.places)):
            best = Table(sheet, columns, row.number, headings, places)
    return best


def _places(headings: Sequence[str], columns: Mapping[str, Sequence[str]]) -> dict[str, int]:
    free = {fold(heading): place for place, heading in reversed(list(enumerate(headings)))}
    places = {}
    for column, words in columns.items():
        if word := next((word for word in words if word in free), None):
            places[column] = free.pop(word)
    return places


def fold(heading: str) -> str:
    """A heading's bare words: narrow and small, without blanks, line breaks, marks or notes in brackets."""
    return _MARK.sub("", _NOTE.sub("", narrow(heading))).lower()


def said(cell: Cell) -> str | None:
    """What a cell says as text; None for an empty one and for the words and strokes that mean nothing: 无, —, /."""
    value = cell.value
    if value is None:
        return None
    text = legible(value) if isinstance(value, str) else _spoken(value)
    return None if _NOTHING.fullmatch(text) else text


def _spoken(value: object) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, int | float):
        # A spreadsheet's number is a double: past 2^53 its digits are not those that were typed, so they are not shown.
        if abs(value) >= _EXACT_NUMBERS:
            return f"{Decimal(value):.5E}"
        return str(int(value)) if float(value).is_integer() else repr(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def _first_words(row: Row) -> str:
    words = next((words for cell in row.cells if not cell.is_formula and (words := said(cell))), "")
    return narrow(words).replace(" ", "")
