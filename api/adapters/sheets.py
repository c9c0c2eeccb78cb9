"""Reading a spreadsheet file as rows of cells, whatever its form: a workbook (.xlsx), or text with separators (.csv).

A file's content decides how it is read, never its name. A file may come from anywhere, so a workbook is parsed by a process of its
own with limits on memory and time, which gets nothing but the file, and hands back rows.
"""

import errno
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import IO, BinaryIO

from api.adapters.cells import (
    AT_THE_MACHINE,
    MAX_COLUMNS,
    NO_CELL,
    UPLOADED,
    Busy,
    Cell,
    CellValue,
    EmptySpreadsheet,
    Limits,
    NotASpreadsheet,
    Row,
    Sheet,
    SpreadsheetTooLarge,
    SpreadsheetWithMacros,
    from_line,
    letters,
)
from api.adapters.separated import open_text
from api.adapters.workbooks import REFUSALS, Ending
from api.adapters.worksheets import DAY_ZERO, DAY_ZERO_1904
from api.allowance import current
from api.turns import Turns

__all__ = [
    "AT_THE_MACHINE",
    "MAX_COLUMNS",
    "NO_CELL",
    "UPLOADED",
    "Cell",
    "CellValue",
    "EmptySpreadsheet",
    "Limits",
    "NotASpreadsheet",
    "Row",
    "Sheet",
    "SpreadsheetTooLarge",
    "SpreadsheetWithMacros",
    "letters",
    "open_sheets",
]

AT_ONCE = 4
"""How many workbooks are parsed at one time; others wait."""

_PROJECT = Path(__file__).parents[2]
_CHUNK = 1 << 16
_LONGEST_LIST = 1 << 19
"""More than the lines of 200 sheets take, each with a hundred characters in its title, of which some are twelve bytes."""
_places = Turns(AT_ONCE)


def open_sheets(source: BinaryIO, limits: Limits = UPLOADED) -> tuple[Sheet, ...]:
    """Open all sheets that have content, in their order; of the hidden ones only the name is known. `source` must be seekable and,
    for a text, stay open while rows are read.

    A workbook is .xlsx; a text, which is one sheet, is UTF-8 (with or without a mark), UTF-16, or else GB 18030, which contains
    GBK. Columns past the hundredth are not read. Raises NotASpreadsheet, SpreadsheetWithMacros, EmptySpreadsheet (no visible sheet
    has content) or SpreadsheetTooLarge, and Unavailable where too many files are being read at once. The same is said of a request
    that computes for too long about what it has read.
    """
    if (allowance := current()) is not None:
        allowance.too_much = SpreadsheetTooLarge
    source.seek(0)
    if source.read(4) == b"PK\x03\x04":
        return _workbook(source, limits)
    return (open_text(source, limits),)


def _workbook(source: BinaryIO, limits: Limits) -> tuple[Sheet, ...]:
    with _places.take(limits.seconds, limits.seconds), ExitStack() as stack:
        lines = stack.enter_context(tempfile.TemporaryFile(prefix="liangxian-rows-"))
        with tempfile.TemporaryFile(prefix="liangxian-sheet-") as copy:
            # The process gets a file of its own: it moves the place where reading goes on, and an upload may be in memory only.
            source.seek(0)
            shutil.copyfileobj(source, copy, _CHUNK)
            copy.flush()
            copy.seek(0)
            _parse(copy, lines, limits)
        is_1904, listed = _listed(lines)
        # The rows stay as long as a sheet that reads them.
        stack.pop_all()
    day_zero, busy = DAY_ZERO_1904 if is_1904 else DAY_ZERO, Busy(limits.busy)
    return tuple(
        Sheet(partial(_rows, lines, start, count), limits.max_rows, count, title, day_zero, is_hidden, frozenset(hidden), busy)
        for title, is_hidden, start, count, hidden in listed
    )


def _parse(source: IO[bytes], lines: IO[bytes], limits: Limits) -> None:
    """Run the parser over a file. It gets the rights of nobody: no environment, no descriptor but these two."""
    command = [sys.executable, "-E", "-s", "-B", "-X", "utf8", "-m", "api.adapters.workbooks", *map(str, limits)]
    try:
        done = subprocess.run(
            command,
            stdin=source,
            stdout=lines,
            stderr=subprocess.DEVNULL,
            cwd=_PROJECT,
            env={},
            timeout=limits.seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise SpreadsheetTooLarge from None
    if done.returncode == Ending.no_space:
        raise OSError(errno.ENOSPC, "no space for the rows of a workbook")
    if done.returncode in REFUSALS:
        raise REFUSALS[done.returncode]
    if done.returncode < 0:
        # Ended by a signal: by the kernel for taking too much, or by its own crash.
        raise SpreadsheetTooLarge
    if done.returncode != Ending.read:
        raise RuntimeError(f"the parser of workbooks ended with {done.returncode}")


def _listed(lines: IO[bytes]) -> tuple[bool, list[tuple[str, bool, int, int, list[int]]]]:
    """What the last line tells of the sheets."""
    size = os.fstat(lines.fileno()).st_size
    last = os.pread(lines.fileno(), _LONGEST_LIST, max(0, size - _LONGEST_LIST))
    is_1904, listed = json.loads(last.decode("ascii").splitlines()[-1])
    return is_1904, listed


def _rows(lines: IO[bytes], place: int, count: int) -> Iterator[Row]:
    """The rows of a file of lines from one place on. Every stream has a place of its own in it."""
    pieces: list[bytes] = []
    while count:
        block = os.pread(lines.fileno(), _CHUNK, place)
        if not block:
            raise RuntimeError("the parser of workbooks has listed more rows than it wrote")
        place += len(block)
        *whole, rest = block.split(b"\n")
        for line in whole[:count]:
            yield from_line(b"".join((*pieces, line)))
            pieces.clear()
        pieces.append(rest)
        count -= min(count, len(whole))
