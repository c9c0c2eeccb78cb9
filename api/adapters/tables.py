"""A sheet with a row of headings: which column holds what, whatever the office calls it, and which rows are entries."""

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

from api.adapters.cells import NO_CELL, Cell, Row, Sheet, letters
from api.adapters.typed_text import legible, narrow
from api.errors import FieldFault, Text

HEADER_WITHIN = 10
LONGEST_SAID = 4000
"""As many characters of a cell as anybody looks at: more than any column holds."""
_MAX_HEADING = 40
_EXACT_NUMBERS = 2**53

_NOTHING = re.compile(r"[-－—–_/／\\＼.、\s]*|无|暂无|没有|n/?a|null|none", re.IGNORECASE)
_NOTE = re.compile(r"\([^)]{0,80}\)|\[[^\]]{0,80}\]|【[^】]{0,80}】|〔[^〕]{0,80}〕")
"""A note in brackets, within the two lines that a heading may have."""
_MARK = re.compile(r"[\W_]")
_ERROR = re.compile(r"#(?:N/A|NULL!|DIV/0!|VALUE!|REF!|NAME\?|NUM!|GETTING_DATA|[A-Z]+!)|Err:\d{3}", re.IGNORECASE)
_NO_ENTRY = re.compile(r"[合总小共]计|(注|备注|说明|填表人|填报人|制表人|审核人|负责人|填报单位|填报日期):")


@dataclass(frozen=True)
class SheetFault(FieldFault):
    """What is wrong with one cell: `field` is the heading of its column as it stands there, `cell` its address (F12), or None
    where the sheet has no such column."""

    cell: str | None = None


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that is not taken: its first fault, and the others. All as the spreadsheet shows them; `sheet` is its name, empty for a
    text."""

    row: int
    column: str
    rule: str
    text: Text
    also: tuple[FieldFault, ...] = ()
    cell: str | None = None
    sheet: str = ""

    @property
    def faults(self) -> tuple[FieldFault, ...]:
        """All of them, in the order of the columns."""
        return (SheetFault(self.column, self.rule, self.text, self.cell), *self.also)


def reject(row: int, faults: Sequence[FieldFault], sheet: str = "") -> RejectedRow:
    """The rejection of a row for its faults, at least one; each one's `field` is the heading of its column."""
    first, *others = faults
    return RejectedRow(row, first.field, first.rule, first.text, tuple(others), cell_of(first), sheet)


def cell_of(fault: FieldFault) -> str | None:
    """The address of the cell that a fault is about, if it is known."""
    return fault.cell if isinstance(fault, SheetFault) else None


class CellFault(NamedTuple):
    """What is wrong with one column of a row: a stable word, and a sentence that never repeats the value."""

    column: str
    rule: str
    text: Text


class TableRow(NamedTuple):
    number: int
    cells: Mapping[str, Cell]
    """The filled cells by column."""
    is_hidden: bool = False

    def cell(self, column: str) -> Cell:
        return self.cells.get(column, NO_CELL)


@dataclass(frozen=True)
class Table:
    """The part of a sheet below its headings. `columns` gives the words for each column, the usual one first; `header_row` is the
    last line of the headings, `lines` are these lines as they stand, and `above` is what the sheet says before them."""

    sheet: Sheet
    columns: Mapping[str, Sequence[str]]
    header_row: int
    headings: tuple[str, ...]
    places: Mapping[str, int]
    lines: tuple[tuple[str, ...], ...] = ()
    above: tuple[str, ...] = ()

    def heading(self, column: str) -> str:
        """What the sheet calls a column, or its usual word where the sheet has none."""
        return self.headings[self.places[column]] if column in self.places else self.columns[column][0]

    @property
    def hidden_columns(self) -> tuple[str, ...]:
        """The headings of known columns that are hidden."""
        hidden = sorted(place for place in self.places.values() if place in self.sheet.hidden_columns)
        return tuple(self.headings[place] for place in hidden)

    def cell(self, row: int, column: str) -> str | None:
        """The address of a cell, such as F12; None where the sheet has no such column."""
        return f"{letters(self.places[column])}{row}" if column in self.places else None

    def tell(self, row: int, fault: CellFault) -> SheetFault:
        """A fault under the heading that the sheet gives its column."""
        return SheetFault(self.heading(fault.column), fault.rule, fault.text, self.cell(row, fault.column))

    def reject(self, row: int, faults: Sequence[CellFault]) -> RejectedRow:
        """The rejection of a row with at least one fault: the first is the one whose column stands first in `columns`."""
        order = list(self.columns)
        told = [self.tell(row, fault) for fault in sorted(faults, key=lambda fault: order.index(fault.column))]
        return reject(row, told, self.sheet.title)

    def rows(self) -> Iterator[TableRow]:
        """Stream the entries: no blank or merely numbered rows, no headings repeated for print, no totals and signatures."""
        for row in self.sheet.rows():
            if row.number <= self.header_row or _NO_ENTRY.match(_first_words(row)) or _numbers_the_columns(row):
                continue
            cells = {column: row.cells[place] for column, place in self.places.items() if place < len(row.cells)}
            filled = {
                column: cell for column, cell in cells.items() if cell.is_formula or is_too_long(cell) or said(cell) is not None
            }
            if filled and not self._repeats_headings(filled):
                yield TableRow(row.number, filled, row.is_hidden)

    def _repeats_headings(self, filled: Mapping[str, Cell]) -> bool:
        words = {self.places[column]: fold(_heading(cell)) for column, cell in filled.items()}
        return any(all(_at(line, place) == word for place, word in words.items()) for line in self._folded)

    @cached_property
    def _folded(self) -> list[list[str]]:
        return [[fold(heading) for heading in line] for line in (self.headings, *self.lines)]


def _at(line: Sequence[str], place: int) -> str:
    return line[place] if place < len(line) else ""


def find_table(sheet: Sheet, columns: Mapping[str, Sequence[str]], key: str) -> Table | None:
    """Find the row of headings among the first ten: the one with most known columns, `key` among them. None if there is none.

    Where several words for one column stand side by side, the earlier in `columns` wins; a heading serves one column only, the
    first that claims it. Two lines are taken together where that makes more columns known: 党内情况 may stand over 入党时间 and
    转正时间, and 入党 over 时间.
    """
    known = frozenset(word for words in columns.values() for word in words)
    best: Table | None = None
    above: list[str] = []
    before: Row | None = None
    for row in sheet.rows():
        if row.number > HEADER_WITHIN:
            break
        lower = _headings(row)
        tries: list[tuple[tuple[tuple[str, ...], ...], tuple[str, ...]]] = [((lower,), lower)]
        if before and before.number == row.number - 1:
            upper = _headings(before)
            tries.append(((upper, lower), _joined(upper, lower, known)))
        for lines, headings in tries:
            places = _places(headings, columns)
            if key in places and (best is None or len(places) > len(best.places)):
                said_above = tuple(above[: -len(_filled(lines[0]))] if len(lines) > 1 else above)
                best = Table(sheet, columns, row.number, headings, places, lines, said_above)
        above += _filled(lower)
        before = row
    return best


def _headings(row: Row) -> tuple[str, ...]:
    return tuple(map(_heading, row.cells))


def _heading(cell: Cell) -> str:
    return "" if cell.value is None else str(cell.value).strip()[:_MAX_HEADING]


def _filled(headings: Sequence[str]) -> list[str]:
    return [heading for heading in headings if heading]


def _joined(upper: Sequence[str], lower: Sequence[str], known: Container[str]) -> tuple[str, ...]:
    """Two lines of headings as one. The upper one's words reach over the columns to their right where it is blank."""
    found, over = [], ""
    for place in range(max(len(upper), len(lower))):
        high, low = (line[place] if place < len(line) else "" for line in (upper, lower))
        over = high or over
        is_half = low and fold(low) not in known and fold(over + low) in known
        found.append(over + low if is_half else low or high)
    return tuple(found)


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
    """What a cell says as text, as far as anybody looks at it (`is_too_long`); None for an empty one and for the words and strokes
    that mean nothing: 无, —, /."""
    value = cell.value
    if value is None:
        return None
    text = legible(value[:LONGEST_SAID]) if isinstance(value, str) else _spoken(value)
    return None if _NOTHING.fullmatch(text) else text


def is_too_long(cell: Cell) -> bool:
    """Whether a cell holds more than `said` tells, so that no column takes it."""
    return isinstance(cell.value, str) and len(cell.value) > LONGEST_SAID


def is_error(text: str) -> bool:
    """Whether a cell holds the error of a spreadsheet program, such as #N/A, instead of what its formula looked for."""
    return text[:1] in "#E" and _ERROR.fullmatch(text) is not None


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


def _numbers_the_columns(row: Row) -> bool:
    """Whether a row only counts the columns: 1, 2, 3 and so on, as printed forms have it below their headings."""
    words = [said(cell) for cell in row.cells[:4]]
    return words[:3] == ["1", "2", "3"] and words[3:] in ([], ["4"])


def _first_words(row: Row) -> str:
    words = next((words for cell in row.cells if not cell.is_formula and (words := said(cell))), "")
    return narrow(words[:_MAX_HEADING]).replace(" ", "")
