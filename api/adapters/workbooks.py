"""A workbook (.xlsx) as rows, parsed. A server never does this itself: it runs this module as a process of its own, with limits,
which reads the file from its standard input and writes the rows as lines to its standard output.

A workbook's archive is measured before anything of it is parsed; what is parsed is streamed.
"""

import json
import os
import resource
import sys
import zipfile
from collections.abc import Iterator
from enum import IntEnum
from typing import BinaryIO, NamedTuple

from api.adapters.cells import (
    EmptySpreadsheet,
    Limits,
    NotASpreadsheet,
    Row,
    SpreadsheetTooLarge,
    SpreadsheetWithMacros,
    as_line,
)
from api.adapters.confined import confine
from api.adapters.workbook_parts import inspect, open_package
from api.adapters.worksheets import read_hidden_columns, read_rows
from api.errors import Refusal, is_no_space

MAX_WRITTEN = 2
"""How many times the unpacked size the rows may take as lines: one text may stand in many cells."""

_CHUNK = 1 << 16


class Ending(IntEnum):
    """How the process tells what came of the file. Python itself ends with 0, 1 or 2."""

    read = 0
    not_a_spreadsheet = 10
    with_macros = 11
    empty = 12
    too_large = 13
    no_space = 14
    """The file of lines could not be written."""


REFUSALS: dict[int, type[Refusal]] = {
    Ending.not_a_spreadsheet: NotASpreadsheet,
    Ending.with_macros: SpreadsheetWithMacros,
    Ending.empty: EmptySpreadsheet,
    Ending.too_large: SpreadsheetTooLarge,
}


class ParsedSheet(NamedTuple):
    """A sheet of a workbook with content. `rows` can be read once, before the next sheet is asked for."""

    title: str
    is_hidden: bool
    is_1904: bool
    rows: Iterator[Row]
    hidden_columns: list[int]


def read_workbook(source: BinaryIO, max_unpacked: int) -> Iterator[ParsedSheet]:
    """The sheets of a workbook that have content, in their order, the hidden ones too, with their filled rows as they are parsed.

    Raises NotASpreadsheet, SpreadsheetWithMacros, EmptySpreadsheet (no visible sheet has content) or SpreadsheetTooLarge, the
    rows too. Columns past the hundredth are not read.
    """
    is_empty = True
    try:
        with zipfile.ZipFile(source) as archive:
            inspect(archive, max_unpacked)
            package = open_package(archive)
            for sheet in package.sheets:
                rows = read_rows(package, sheet.part)
                first = next(rows, None)
                if first is not None:
                    is_empty = is_empty and sheet.is_hidden
                    hidden = read_hidden_columns(package, sheet.part)
                    yield ParsedSheet(sheet.title, sheet.is_hidden, package.is_1904, _guarded(first, rows), hidden)
    except (Refusal, MemoryError, GeneratorExit):
        raise
    except Exception as error:
        raise NotASpreadsheet from error
    if is_empty:
        raise EmptySpreadsheet


def _guarded(first: Row, rows: Iterator[Row]) -> Iterator[Row]:
    yield first
    try:
        yield from rows
    except (Refusal, MemoryError):
        raise
    except Exception as error:
        raise NotASpreadsheet from error


def run(limits: Limits) -> Ending:
    """Write the rows of the workbook on standard input as lines, sheet after sheet, and behind them a line that lists the sheets:
    of each its title, whether it is hidden, where its lines begin, how many they are, and its hidden columns. A hidden sheet's rows
    are left out."""
    confine(
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_CPU, limits.seconds),
        (resource.RLIMIT_FSIZE, MAX_WRITTEN * limits.max_unpacked),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_CORE, 0),
    )
    place = written = 0
    is_1904 = False
    listed: list[tuple[str, bool, int, int, list[int]]] = []
    try:
        with open(sys.stdout.fileno(), "w", encoding="ascii", newline="\n", buffering=_CHUNK, closefd=False) as lines:
            for sheet in read_workbook(sys.stdin.buffer, limits.max_unpacked):
                is_1904, start, before = sheet.is_1904, place, written
                for row in () if sheet.is_hidden else sheet.rows:
                    written += 1
                    if written > limits.max_rows:
                        return Ending.too_large
                    place += lines.write(as_line(row) + "\n")
                listed.append((sheet.title, sheet.is_hidden, start, written - before, sheet.hidden_columns))
            lines.write(json.dumps([is_1904, listed]) + "\n")
    except Refusal as refusal:
        return next(Ending(ending) for ending, kind in REFUSALS.items() if type(refusal) is kind)
    except (MemoryError, OSError) as error:
        return Ending.no_space if is_no_space(error) else Ending.too_large
    return Ending.read


if __name__ == "__main__":
    # Leaving at once spares the time of taking down what a hostile file has built up.
    os._exit(run(Limits(*map(int, sys.argv[1:]))))
