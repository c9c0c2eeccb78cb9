"""What a spreadsheet file is to those who read it: rows of cells, the limits that it must keep, and why it is refused."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from time import thread_time
from typing import Any, NamedTuple

from api.errors import Invalid, Refusal, Text, TooLarge

CellValue = str | int | float | date | time | None

MAX_COLUMNS = 100
LAST_ROW = 1_048_576
MAX_TEXT = 32_767
"""As many rows as a spreadsheet program lets a sheet have, and characters one cell; of a longer text no more is read."""

_MB = 1024 * 1024


class Limits(NamedTuple):
    """How much a file may ask of us: bytes after unpacking, filled rows, for a workbook the seconds and the bytes of memory that
    its parser may take, and the seconds of a processor for which its rows may keep those busy who read them."""

    max_unpacked: int
    max_rows: int
    seconds: int
    memory: int
    busy: int


UPLOADED = Limits(50 * _MB, 20_000, 30, 512 * _MB, 30)
"""What anybody who may upload may ask for."""
AT_THE_MACHINE = Limits(1024 * _MB, 1_000_000, 1800, 2048 * _MB, 86_400)
"""What those may ask for who run the machine."""


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


UNREADABLE: tuple[type[Refusal], ...] = (NotASpreadsheet, SpreadsheetWithMacros, EmptySpreadsheet, SpreadsheetTooLarge)
"""Why a file is not read as a table: what every operation that takes one may answer."""


class Cell(NamedTuple):
    """What one cell holds. A day of which the sheet shows only a part is a text of that part, such as `1998-07` without the day of
    the month, and `day` is the day behind it."""

    value: CellValue
    is_formula: bool = False
    day: date | None = None


NO_CELL = Cell(None)


class Row(NamedTuple):
    """A row with at least one filled cell; `number` counts from 1 as the spreadsheet shows it, blank rows included. A row that is
    hidden, by hand or by a filter, is a row like any other."""

    number: int
    cells: tuple[Cell, ...]
    is_hidden: bool = False


class Busy:
    """For how many more seconds of a processor the rows of one file may keep those busy who read them, whichever of its sheets they
    read, and however often."""

    def __init__(self, seconds: float) -> None:
        self._left = seconds

    def spend(self, seconds: float) -> None:
        """Raise `SpreadsheetTooLarge` where none are left."""
        self._left -= seconds
        if self._left < 0:
            raise SpreadsheetTooLarge


@dataclass(frozen=True)
class Sheet:
    """The rows of one sheet. `read` starts over each time it is called, and may give rows without cells, which count as none;
    `count` is how many filled rows there are, if that is known before they are read; `title` is the sheet's own name, empty for a
    text. `day_zero` is the day from which the sheet's serial numbers count; in a text they count from no day that is known. Of a
    hidden sheet no rows are read; hidden columns are read like any other, and `hidden_columns` are their places from 0 on."""

    read: Callable[[], Iterator[Row]]
    max_rows: int = UPLOADED.max_rows
    count: int | None = None
    title: str = ""
    day_zero: date | None = None
    is_hidden: bool = False
    hidden_columns: frozenset[int] = frozenset()
    busy: Busy = field(default_factory=lambda: Busy(UPLOADED.busy), repr=False, compare=False)

    def rows(self) -> Iterator[Row]:
        """Stream the filled rows, from the first one on. Only one such stream of a text file may be read at a time.

        Raises SpreadsheetTooLarge after `max_rows`, or where what is done with the rows in this thread takes too long in all;
        NotASpreadsheet where the file turns out to be damaged.
        """
        now, count = thread_time(), 0
        for row in self.read():
            before, now = now, thread_time()
            self.busy.spend(now - before)
            if row.cells:
                count += 1
                if count > self.max_rows:
                    raise SpreadsheetTooLarge
                yield row


def letters(place: int) -> str:
    """The letters of a column, counted from 0: 0 is A, 26 is AA."""
    place, last = divmod(place, 26)
    return (letters(place - 1) if place else "") + chr(ord("A") + last)


def as_line(row: Row) -> str:
    """A row as one line of ASCII: its number, negative if it is hidden, and its cells. A plain value stands as itself, any other
    behind a letter that tells what it is."""
    number = -row.number if row.is_hidden else row.number
    return _encode(
        [number, *[cell[0] if type(cell[0]) in _PLAIN and not cell[1] and not cell[2] else _marked(cell) for cell in row.cells]]
    )


def from_line(line: bytes) -> Row:
    """The row of a line that `as_line` wrote."""
    number, *cells = json.loads(line)
    return Row(abs(number), tuple([Cell(cell) if type(cell) is not list else _unmarked(*cell) for cell in cells]), number < 0)


_PLAIN = frozenset({str, int, float, bool, type(None)})
_encode = json.JSONEncoder(separators=(",", ":")).encode


def _marked(cell: Cell) -> list[Any]:
    value = cell.value
    if cell.is_formula:
        return ["f", value]
    if cell.day:
        return ["m", value, cell.day.isoformat()]
    assert isinstance(value, date | time)
    return ["t" if isinstance(value, datetime) else "d" if isinstance(value, date) else "h", value.isoformat()]


def _unmarked(mark: str, *parts: Any) -> Cell:
    if mark == "f":
        return Cell(parts[0], is_formula=True)
    if mark == "m":
        return Cell(parts[0], day=date.fromisoformat(parts[1]))
    kinds: dict[str, type[datetime | date | time]] = {"t": datetime, "d": date, "h": time}
    return Cell(kinds[mark].fromisoformat(parts[0]))
