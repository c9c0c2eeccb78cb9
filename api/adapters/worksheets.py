"""One sheet of a workbook (.xlsx) as rows, streamed: cells as what they show and mean, whatever program wrote them."""

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from xml.sax.handler import ContentHandler

from api.adapters.cells import LAST_ROW, MAX_COLUMNS, MAX_TEXT, NO_CELL, Cell, Row, SpreadsheetTooLarge
from api.adapters.number_formats import GENERAL
from api.adapters.workbook_parts import Package, local, unescaped

MAX_BLANK_ROWS = 100_000
"""How many rows may be left out together, as a sheet that claims a million has them. Blank rows that are there cost little."""
DAY_ZERO = date(1899, 12, 30)
"""Day 0 of a spreadsheet's serial numbers as they count from 1 March 1900, number 61 (ECMA-376 part 1, 18.17.4.1)."""
DAY_ZERO_1904 = date(1904, 1, 1)

_LAST_COLUMN = 16_384
_FIRST_CERTAIN = 61
"""Before 1 March 1900 programs disagree about which day a number means."""
_REFERENCE = re.compile(r"([A-Z]{1,3})[0-9]*")
_ISO = re.compile(r"(\d{4}-\d\d-\d\d)?T?(\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?")
_PARTS = {"y": "%Y", "m": "%m", "d": "%d"}


def read_rows(package: Package, part: str) -> Iterator[Row]:
    """The filled rows of a sheet, in rising order, to its hundredth column.

    Raises SpreadsheetTooLarge, and ValueError or what the parser raises where the sheet is damaged.
    """
    handler = _Handler(package)
    for _ in package.parse(part, handler):
        yield from handler.rows
        handler.rows.clear()
        if handler.is_done:
            return


def read_hidden_columns(package: Package, part: str) -> list[int]:
    """The places from 0 on of the columns among a sheet's first hundred that are hidden; what tells of them stands before its rows.

    Raises as `read_rows` does.
    """
    handler = _Columns()
    for _ in package.parse(part, handler):
        if handler.is_done:
            break
    return sorted(handler.hidden)


class _Columns(ContentHandler):
    """Takes what stands before the rows of one sheet."""

    def __init__(self) -> None:
        self.hidden: set[int] = set()
        self.is_done = False

    def startElement(self, name: str, attrs: Any) -> None:
        name = local(name)
        if name == "sheetData":
            self.is_done = True
        elif name == "col" and (_is_on(attrs.get("hidden")) or attrs.get("width") == "0"):
            self.hidden.update(range(int(attrs["min"]) - 1, min(int(attrs["max"]), MAX_COLUMNS)))


def _is_on(value: str | None) -> bool:
    return value in ("1", "true", "on")


class _Handler(ContentHandler):
    """Takes the rows of one sheet as the parser comes to them."""

    def __init__(self, package: Package) -> None:
        self.texts, self.shown, self.is_1904 = package.texts, package.shown, package.is_1904
        self.rows: list[Row] = []
        self.is_done = False
        self.number = self.place = 0
        self.is_hidden = self.is_formula = self.is_reading = False
        self.cells: dict[int, Cell] = {}
        self.kind, self.style = "n", 0
        self.pieces: list[str] | None = None
        self.value = self.formula = ""

    def startElement(self, name: str, attrs: Any) -> None:
        name = local(name)
        if name == "c":
            reference = attrs.get("r")
            self.place = _place(reference) if reference else self.place + 1
            self.kind, self.style = attrs.get("t", "n"), int(attrs.get("s", 0))
            self.value = self.formula = ""
            self.is_formula = False
        elif name in ("v", "f", "t"):
            self.is_formula = self.is_formula or name == "f"
            self.pieces = None if self.is_reading else []
        elif name == "row":
            self._begin_row(attrs)
        elif name == "rPh":
            self.is_reading = True

    def endElement(self, name: str) -> None:
        name = local(name)
        if name == "c":
            if (self.value or self.is_formula) and self.place < MAX_COLUMNS and (cell := self._cell()):
                self.cells[self.place] = cell
        elif name in ("v", "t"):
            # An inline text comes in pieces, one for each way in which its letters look.
            if len(self.value) <= MAX_TEXT:
                self.value += "".join(self.pieces or ())
            self.pieces = None
        elif name == "f":
            self.formula, self.pieces = "".join(self.pieces or ()), None
        elif name == "row":
            if self.cells:
                width = max(self.cells) + 1
                cells = tuple([self.cells.get(place, NO_CELL) for place in range(width)])
                self.rows.append(Row(self.number, cells, self.is_hidden))
        elif name == "rPh":
            self.is_reading = False
        elif name == "sheetData":
            self.is_done = True

    def characters(self, content: str) -> None:
        if self.pieces is not None:
            self.pieces.append(content)

    def _begin_row(self, attrs: Any) -> None:
        reference = attrs.get("r")
        number = (int(reference) if reference.isdecimal() else int(float(reference))) if reference else self.number + 1
        if number > LAST_ROW or number - self.number > MAX_BLANK_ROWS:
            raise SpreadsheetTooLarge
        if number <= self.number:
            raise ValueError("rows do not stand in their order")
        self.number, self.place, self.cells = number, -1, {}
        self.is_hidden = _is_on(attrs.get("hidden")) or attrs.get("ht") == "0"

    def _cell(self) -> Cell | None:
        if self.is_formula:
            return Cell(f"={unescaped(self.formula)}"[:MAX_TEXT], is_formula=True)
        kind, value = self.kind, self.value
        if kind == "s":
            return _text(self.texts[int(value)])
        if kind == "n":
            return self._number(value.strip())
        if kind == "b":
            return Cell(value.strip() in ("1", "true"))
        if kind == "d":
            return self._iso(value.strip())
        return _text(unescaped(value)[:MAX_TEXT])

    def _number(self, text: str) -> Cell | None:
        if not text:
            return None
        number = float(text) if "." in text or "e" in text.lower() else int(text)
        shown = self._shown()
        return Cell(number) if shown == GENERAL else _day(number, shown, is_1904=self.is_1904)

    def _iso(self, text: str) -> Cell | None:
        """A day written out, as the strict form has them. One with a zone is an instant: whoever reads it knows the zone."""
        found = _ISO.fullmatch(text)
        if not found or not found[1]:
            return _text(text) if not found or not found[2] else Cell(time.fromisoformat(found[2]))
        return _part(datetime.fromisoformat(f"{found[1]}T{found[2] or '00:00'}"), self._shown() or "ymd")

    def _shown(self) -> str:
        return self.shown[self.style] if self.style < len(self.shown) else GENERAL


def _text(text: str) -> Cell | None:
    text = text.strip()
    return Cell(text) if text else None


@lru_cache(maxsize=1 << 12)
def _day(number: int | float, shown: str, *, is_1904: bool) -> Cell:
    """The day of a serial number as far as its format shows it; the bare number where no day is known for certain."""
    zero = DAY_ZERO_1904 if is_1904 else DAY_ZERO
    try:
        moment = datetime.combine(zero, time()) + timedelta(milliseconds=round(number * 86_400_000))
    except (OverflowError, ValueError):
        return Cell(number)
    if 0 <= number < 1 and shown == "h":
        return Cell(moment.time())
    return _part(moment, shown) if is_1904 or number >= _FIRST_CERTAIN else Cell(number)


def _part(moment: datetime, shown: str) -> Cell:
    if {"y", "m", "d"} <= set(shown):
        return Cell(moment)
    words = "-".join(moment.strftime(_PARTS[part]) for part in shown if part in _PARTS) or f"{moment:%H:%M:%S}"
    return Cell(words, day=moment.date())


@lru_cache(maxsize=1 << 15)
def _place(reference: str) -> int:
    """The place of a column from 0 on, from the address of a cell."""
    found = _REFERENCE.fullmatch(reference)
    if not found:
        raise ValueError("no address of a cell")
    place = 0
    for letter in found[1]:
        place = place * 26 + ord(letter) - ord("A") + 1
    if place > _LAST_COLUMN:
        raise ValueError("a cell past the last column")
    return place - 1
