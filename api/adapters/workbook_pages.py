"""What is to be written as a workbook (.xlsx): sheets of rows, and how each cell looks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from api.adapters.cells import Cell


class Shade(Enum):
    """What lies behind a cell, as its colour (ARGB)."""

    red = "FFF4A6A0"
    pale_red = "FFFDE9E7"
    pale_yellow = "FFFFF4CC"
    grey = "FFE7E6E6"


@dataclass(slots=True)
class Dressed:
    """A cell and how it looks."""

    cell: Cell
    shade: Shade | None = None
    is_bold: bool = False
    is_wrapped: bool = False


@dataclass(frozen=True)
class Page:
    """One sheet to write: each row at its number, in rising order; what stands down to `header_row` is held when scrolling.
    `widths` are in characters of the columns from the first on."""

    title: str
    widths: Sequence[float]
    rows: Iterable[tuple[int, Sequence[Dressed]]]
    header_row: int
