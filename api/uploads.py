"""What rooms that take a spreadsheet share: how much is taken, what rejected rows mean for the others, and how they are told."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from pydantic import Field

from api.adapters.tables import RejectedRow, cell_of
from api.errors import FieldFault, Invalid, Text
from api.language import Language, said
from api.schemas import Shown

MAX_BODY_BYTES = 64 * 1024
MAX_SHEET_BYTES = 20 * 1024 * 1024


class OnError(StrEnum):
    """What a rejected row means for the other rows of a file."""

    abort = "abort"
    skip = "skip"


@dataclass
class Imported:
    """What became of the rows of a file, or would have in a dry run."""

    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: list[RejectedRow] = field(default_factory=list)


class RowsRejected(Invalid):
    """A file of which nothing is stored, since rows of it are at fault; `done` tells which, and counts nothing as stored."""

    text = Text(
        "文件中有不能接受的行，全部未导入。请改正后重新上传，或选择跳过这些行。",
        "Rows of the file are at fault, so nothing was stored. Correct them and send it again, or let them be skipped.",
    )

    def __init__(self, done: Imported) -> None:
        super().__init__()
        self.done = done
        done.created = done.updated = 0


class CellFault(Shown):
    column: str = Field(description="the heading as it stands there", examples=["联系电话"])
    cell: str | None = Field(default=None, description="its address; null where there is no such column", examples=["F12"])
    rule: str = Field(examples=["phone_short"])
    detail: str = Field(examples=["电话号码位数不够：手机号为11位，座机请带区号。"])


class RowFault(CellFault):
    sheet: str | None = Field(default=None, description="the name of its sheet; null for a text file", examples=["花名册"])
    row: int = Field(description="as the spreadsheet numbers it", examples=[12])


class RowRejected(RowFault):
    also: list[CellFault] = Field(default=[], description="further faults of the row")


class RowsImported(Shown):
    rows: int = Field(description="entries in the file", examples=[68])
    created: int = Field(examples=[57])
    updated: int = Field(examples=[1])
    unchanged: int = Field(examples=[8])
    rejected: list[RowRejected]


def told(rejected: Iterable[RejectedRow], language: Language) -> list[dict[str, Any]]:
    """Rejected rows as an answer holds them, with sentences in one language."""
    return [
        {
            "sheet": row.sheet or None,
            "row": row.row,
            "cell": row.cell,
            "column": row.column,
            "rule": row.rule,
            "detail": said(row.text, language),
            "also": told_faults(row.also, language),
        }
        for row in rejected
    ]


def told_faults(faults: Iterable[FieldFault], language: Language) -> list[dict[str, Any]]:
    return [
        {"cell": cell_of(fault), "column": fault.field, "rule": fault.rule, "detail": said(fault.text, language)}
        for fault in faults
    ]
