"""What rooms that take a spreadsheet share: how much is taken, what rejected rows mean for the others, and how they are told."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from typing import Any, ClassVar, Final, NamedTuple, Self, TypeVar

from pydantic import Field

from api.adapters.cells import Sheet
from api.adapters.tables import RejectedRow, Table, TableRow, cell_of, find_table
from api.errors import Fact, FieldFault, Invalid, Text
from api.language import Language, said
from api.schemas import Shown

R = TypeVar("R")

MAX_BODY_BYTES = 64 * 1024
MAX_SHEET_BYTES = 20 * 1024 * 1024
MOST_ROWS_TOLD: Final = 1000
"""Of the rows of a file that something is to be told of, how many are told of; how many there are is told beside them."""
FIRST_ROWS: Final = f"the first {MOST_ROWS_TOLD}"


class OnError(StrEnum):
    """What a rejected row means for the other rows of a file."""

    abort = "abort"
    skip = "skip"


class LeftOutBecause(StrEnum):
    """Why a sheet of a file is not read: a stable word, and a sentence for people."""

    text: Text

    def __new__(cls, word: str, zh: str, en: str) -> Self:
        reason = str.__new__(cls, word)
        reason._value_ = word
        reason.text = Text(zh, en)
        return reason

    hidden = "hidden", "这张工作表是隐藏的，没有读取。", "This sheet is hidden and was not read."
    no_names = (
        "no_names",
        "前10行中没有“姓名”这样的表头，没有读取。",
        "There is no column of names among its first ten rows, so it was not read.",
    )
    no_joining = "no_joining", "没有“入党时间”一列，没有读取。", "There is no column for the date of joining, so it was not read."
    no_venues = (
        "no_venues",
        "前10行中没有所属组织、类型、名称这三个表头，没有读取。",
        "Its first ten rows do not head columns for organisations, kinds and names, so it was not read.",
    )
    no_list_items = (
        "no_list_items",
        "前10行中没有序号、事项、内容这三个表头，没有读取。",
        "Its first ten rows do not head columns for numbers, matters and contents, so it was not read.",
    )
    no_tree = (
        "no_tree",
        "前10行中没有编码、名称、类型、上级编码这四个表头，没有读取。",
        "Its first ten rows do not head columns for codes, names, kinds and the codes above, so it was not read.",
    )


class LeftOut(NamedTuple):
    """A sheet with content that is not read."""

    sheet: str
    because: LeftOutBecause


class Warned(NamedTuple):
    """A row that is worth a look: one that is taken, or one that is rejected and hidden."""

    sheet: str
    row: int
    hints: tuple[FieldFault, ...]


@dataclass
class SheetDone:
    """What was read of one sheet: how many entries, how many of them in hidden rows, and the headings of its columns that are
    hidden. The headings under which an updated row changes something stand by its number."""

    title: str
    rows: int = 0
    hidden: int = 0
    hidden_columns: tuple[str, ...] = ()
    changes: dict[int, tuple[str, ...]] = field(default_factory=dict, repr=False, kw_only=True)


@dataclass
class Imported:
    """What became of the rows of a file, or would have in a dry run."""

    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: list[RejectedRow] = field(default_factory=list)
    sheets: Sequence[SheetDone] = ()
    left_out: tuple[LeftOut, ...] = ()


WARNED: Mapping[str, Fact] = {
    "warnings": Fact(f"what is worth a look about other rows, {FIRST_ROWS}", type="array"),
    "warnings_count": Fact("how much is", type="integer"),
    "changes": Fact(f"what each row would have changed, {FIRST_ROWS}", type="array"),
    "changes_count": Fact("how many would have changed something", type="integer"),
}
"""What those imports tell besides that tell it of rows that are taken."""


class RowsRejected(Invalid):
    """A file of which nothing is stored, since rows of it are at fault; `done` tells which, and counts nothing as stored."""

    text = Text(
        "文件中有不能接受的行，全部未导入。请改正后重新上传，或选择跳过这些行。",
        "Rows of the file are at fault, so nothing was stored. Correct them and send it again, or let them be skipped.",
    )

    tells: ClassVar[Mapping[str, Fact]] = {
        "rows": Fact("entries in the file", type="integer"),
        "created": Fact("how many were stored: none", type="integer"),
        "updated": Fact("how many were changed: none", type="integer"),
        "unchanged": Fact("how many stand so already", type="integer"),
        "rejected": Fact(f"the rows at fault, {FIRST_ROWS}", type="array"),
        "rejected_count": Fact("how many are at fault", type="integer"),
        "sheets": Fact("the sheets that were read", type="array"),
        "left_out": Fact("the sheets with content that were not read", type="array"),
    }

    def __init__(self, done: Imported) -> None:
        super().__init__()
        self.done = done
        done.created = done.updated = 0


LACKS_COLUMN = Text("表格中缺少必需的列。", "The sheet lacks a column that is needed.")
LACKS_THIS_COLUMN = Text(
    "没有找到“{column}”一列。请检查前10行中是否有表头，以及是否选对了表格。",
    "There is no column {column}. Is there a row of headings among the first ten, and is this the right sheet?",
)
"""Title and text of each room's refusal of a file without any sheet that has its columns."""


def tables_with(
    needed: Sequence[str],
    columns: Mapping[str, Sequence[str]],
    sheets: Iterable[Sheet],
    *,
    key: str,
    because: LeftOutBecause,
) -> tuple[list[Table], tuple[LeftOut, ...], str | None]:
    """The visible sheets that have a row of headings with all columns that are `needed`; what is left out, `because` of that; and,
    where no sheet has them, the heading of one that is missing from the sheet that has most of them."""
    tables, left_out = [], []
    lacking = needed
    for sheet in sheets:
        table = None if sheet.is_hidden else find_table(sheet, columns, key=key)
        missing = [column for column in needed if table is None or column not in table.places]
        if table and not missing:
            tables.append(table)
        else:
            left_out.append(LeftOut(sheet.title, LeftOutBecause.hidden if sheet.is_hidden else because))
            lacking = min(lacking, missing, key=len)
    return tables, tuple(left_out), None if tables else columns[lacking[0]][0]


def read_rows(tables: Sequence[Table], read: Callable[[int, Table, TableRow], R]) -> tuple[tuple[R, ...], tuple[SheetDone, ...]]:
    """All rows of some sheets as `read` makes them, which is told the number of the sheet; and what each sheet had."""
    rows, done = [], []
    for order, table in enumerate(tables):
        counted = SheetDone(table.sheet.title, hidden_columns=table.hidden_columns)
        for row in table.rows():
            rows.append(read(order, table, row))
            counted.rows += 1
            counted.hidden += row.is_hidden
        done.append(counted)
    return tuple(rows), tuple(done)


class CellFault(Shown):
    column: str = Field(description="the heading as it stands there", examples=["联系电话"])
    cell: str | None = Field(default=None, description="its address; null where there is no such column", examples=["F12"])
    rule: str = Field(examples=["phone_short"])
    detail: str = Field(examples=["电话号码位数不够：手机号为11位，座机请带区号。"])


class RowFault(CellFault):
    sheet: str | None = Field(default=None, description="the name of its sheet; null for a text file", examples=["花名册"])
    row: int = Field(description="as the spreadsheet numbers it", examples=[12])


class RowChanges(Shown):
    sheet: str | None = Field(description="the name of its sheet; null for a text file", examples=["花名册"])
    row: int = Field(description="as the spreadsheet numbers it", examples=[12])
    columns: list[str] = Field(description="the headings under which it changes something", examples=[["联系电话"]])


class RowRejected(RowFault):
    also: list[CellFault] = Field(default=[], description="further faults of the row")


class SheetImported(Shown):
    sheet: str | None = Field(description="its name; null for a text file", examples=["花名册"])
    rows: int = Field(description="entries in it", examples=[68])
    hidden_rows: int = Field(description="how many of them are hidden, by hand or by a filter", examples=[0])
    hidden_columns: list[str] = Field(description="the headings of columns that are hidden; they were read", examples=[[]])


class SheetLeftOut(Shown):
    sheet: str = Field(examples=["填表说明"])
    reason: LeftOutBecause = Field(description="`hidden`; the others tell which columns are missing")
    detail: str = Field(examples=["前10行中没有“姓名”这样的表头，没有读取。"])


class RowsImported(Shown):
    rows: int = Field(description="entries in the file", examples=[68])
    created: int = Field(examples=[57])
    updated: int = Field(examples=[1])
    unchanged: int = Field(examples=[8])
    rejected_count: int = Field(description="how many rows are at fault", examples=[2])
    rejected: list[RowRejected] = Field(description=FIRST_ROWS, max_length=MOST_ROWS_TOLD)
    sheets: list[SheetImported] = Field(description="the sheets that were read")
    left_out: list[SheetLeftOut] = Field(description="the sheets with content that were not read")


def told(rejected: Iterable[RejectedRow], language: Language) -> list[dict[str, Any]]:
    """The first rejected rows as an answer holds them, with sentences in one language."""
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
        for row in islice(rejected, MOST_ROWS_TOLD)
    ]


def told_warnings(warnings: Iterable[Warned], language: Language) -> dict[str, Any]:
    """What is worth a look, as an answer holds it: the first of it, and how much there is."""
    hints = [(warned, hint) for warned in warnings for hint in warned.hints]
    first, count = hints[:MOST_ROWS_TOLD], len(hints)
    shown = [
        RowFault(sheet=warned.sheet or None, row=warned.row, **fault)
        for warned, hint in first
        for fault in told_faults([hint], language)
    ]
    return {"warnings": shown, "warnings_count": count}


def told_changes(sheets: Sequence[SheetDone]) -> dict[str, Any]:
    """What updated rows change, as an answer holds it: the first of them, and how many there are."""
    changes = ((sheet, row, columns) for sheet in sheets for row, columns in sheet.changes.items())
    first = islice(changes, MOST_ROWS_TOLD)
    shown = [RowChanges(sheet=sheet.title or None, row=row, columns=list(columns)) for sheet, row, columns in first]
    return {"changes": shown, "changes_count": sum(len(sheet.changes) for sheet in sheets)}


def told_sheets(sheets: Iterable[SheetDone]) -> list[dict[str, Any]]:
    """The sheets of a file as an answer holds them."""
    return [
        {
            "sheet": sheet.title or None,
            "rows": sheet.rows,
            "hidden_rows": sheet.hidden,
            "hidden_columns": list(sheet.hidden_columns),
        }
        for sheet in sheets
    ]


def told_left_out(left_out: Iterable[LeftOut], language: Language) -> list[dict[str, Any]]:
    """The sheets that were not read, as an answer holds them."""
    return [{"sheet": left.sheet, "reason": left.because, "detail": said(left.because.text, language)} for left in left_out]


def told_faults(faults: Iterable[FieldFault], language: Language) -> list[dict[str, Any]]:
    return [
        {"cell": cell_of(fault), "column": fault.field, "rule": fault.rule, "detail": said(fault.text, language)}
        for fault in faults
    ]


_HIDDEN_ROWS = Text(
    "工作表“{sheet}”：有{count}行被隐藏或被筛选掉了，已照常读取。",
    "Sheet “{sheet}”: {count} of its rows are hidden, by hand or by a filter; they were read like any other.",
)
_HIDDEN_COLUMNS = Text(
    "工作表“{sheet}”：有隐藏的列，已照常读取：{columns}。",
    "Sheet “{sheet}”: some of its columns are hidden; they were read like any other: {columns}.",
)


def notes_on_sheets(done: Imported) -> Iterator[Text]:
    """A sentence for each sheet that was left out, has hidden rows, or has hidden columns."""
    for left in done.left_out:
        yield Text(f"工作表“{left.sheet}”：{left.because.text.zh}", f"Sheet “{left.sheet}”: {left.because.text.en}")
    for sheet in done.sheets:
        if sheet.hidden:
            yield _HIDDEN_ROWS.fill(sheet=sheet.title, count=sheet.hidden)
        if sheet.hidden_columns:
            yield _HIDDEN_COLUMNS.fill(sheet=sheet.title, columns="、".join(sheet.hidden_columns))
