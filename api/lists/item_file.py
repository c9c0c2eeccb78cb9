"""Items of a list from a sheet: one row each, with the number that names it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from api.adapters.sheets import Sheet
from api.adapters.table_rows import RowReader
from api.adapters.tables import RejectedRow, Table
from api.adapters.typed_text import narrow, shown_lines
from api.errors import Invalid, Rule, Text
from api.lists.rules import HIGHEST_NUMBER, LONGEST_STEP, LONGEST_TEXT, LONGEST_TITLE, MOST_DAYS, MOST_STEPS, scopes_in_order
from api.uploads import LACKS_COLUMN, LACKS_THIS_COLUMN, LeftOut, LeftOutBecause, SheetDone, read_rows, tables_with
from api.written import IDENTITY_NUMBER, holds_identity_number
from models.list_enums import ListScope

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "number": ("序号", "编号", "number"),
    "title": ("事项", "事项名称", "清单事项", "title"),
    "text": ("内容", "事项内容", "具体内容", "text"),
    "applies_to": ("适用", "适用范围", "适用对象", "appliesto"),
    "flow": ("流程", "办理流程", "工作流程", "flow"),
}
"""The words for each column, narrow and bare, the usual one first. The faults of a row are told in the order of its columns."""

NEEDED: Final = ("number", "title", "text")

SCOPES: Final[Mapping[str, ListScope]] = {
    "村": ListScope.village,
    "行政村": ListScope.village,
    "社区": ListScope.community,
    "合作社": ListScope.cooperative,
    "经济合作社": ListScope.cooperative,
    "股份经济合作社": ListScope.cooperative,
} | {scope.value: scope for scope in ListScope}

LONGEST_CELL: Final = 2500
_SEPARATED: Final = re.compile(r"[、,，;；/\s]+")
_NEXT_STEP: Final = re.compile(r"→|->|=>|;|；|\n")
_COUNTED: Final = re.compile(r"(?:\d{1,2}[.、．]|[①-⑫])\s*")
_STEP: Final = re.compile(r"([^()（）]+)[(（]([^()（）,，]+)(?:[,，]\s*(?:(\d{1,3})\s*[天日]内?|(当[天日]))\s*)?[)）]")


class ItemRule(Rule):
    """What keeps a row from being taken."""

    number_unreadable = "number_unreadable"
    text_unreadable = "text_unreadable"
    unknown_scope = "unknown_scope"
    flow_unreadable = "flow_unreadable"
    duplicate_number = "duplicate_number"
    identity_number = "identity_number"


TEXTS: Final[Mapping[ItemRule, Text]] = {
    ItemRule.number_unreadable: Text(
        f"序号请填1到{HIGHEST_NUMBER}的整数。", f"The number is a whole one from 1 to {HIGHEST_NUMBER}."
    ),
    ItemRule.text_unreadable: Text(
        "没有能看见的字，或一个字上叠了太多符号。", "Nothing of this is seen, or too many marks stand on one letter."
    ),
    ItemRule.unknown_scope: Text(
        "适用请填村、社区、经济合作社，用顿号隔开。", "It applies to 村, 社区 or 经济合作社, with commas between them."
    ),
    ItemRule.flow_unreadable: Text(
        f"流程请写成“申请（村民）→受理（代办员，1天）→办结（村书记，当天）”，最多{MOST_STEPS}步，每步不超过{MOST_DAYS}天。",
        f"Write the flow as 申请（村民）→受理（代办员，1天）→办结（村书记，当天）: at most {MOST_STEPS} steps, each of at most "
        f"{MOST_DAYS} days.",
    ),
    ItemRule.duplicate_number: Text("序号与第{row}行相同。", "The number is that of row {row}."),
    ItemRule.identity_number: IDENTITY_NUMBER,
}


class NoListItems(Invalid):
    title = LACKS_COLUMN
    text = LACKS_THIS_COLUMN


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One item as a row states it, by the fields of an item; what is not stated is left out."""

    order: int
    row: int
    number: int
    stated: Mapping[str, Any]
    table: Table = field(repr=False, compare=False)


@dataclass(frozen=True)
class ItemFile:
    """The items of a file, in the order of its sheets and rows; which sheets were read, and which were not."""

    rows: tuple[ItemRow | RejectedRow, ...]
    sheets: tuple[SheetDone, ...]
    left_out: tuple[LeftOut, ...] = ()


def read_items(*sheets: Sheet) -> ItemFile:
    """Read the items from the sheets of a file: all visible ones that have a row of headings with columns for numbers, matters and
    contents. Of two rows with one number the later is rejected.

    Raises `NoListItems` where no sheet has these; it names one that is missing from the sheet that has most of them.
    """
    tables, left_out, lacking = tables_with(NEEDED, COLUMNS, sheets, key="title", because=LeftOutBecause.no_list_items)
    if lacking is not None:
        raise NoListItems({"column": lacking})
    met: dict[int, int] = {}
    return ItemFile(*read_rows(tables, lambda order, table, row: _ItemReader(table, row).read(order, met)), left_out)


def read_flow(text: str) -> list[dict[str, Any]] | None:
    """The steps of a flow as one cell has them, `步骤（谁，几天）`, with arrows, semicolons or ends of lines between them; None
    where it is written otherwise."""
    steps: list[dict[str, Any]] = []
    for part in filter(None, map(str.strip, _NEXT_STEP.split(text))):
        counted = _COUNTED.match(part)
        found = _STEP.fullmatch(part[counted.end() :] if counted else part)
        if found is None or not (step := found[1].strip()) or not (who := found[2].strip()):
            return None
        days, same_day = found.group(3, 4)
        steps.append({"step": step, "who": who, "days": 0 if same_day else int(days) if days else None})
    too_long = any(max(len(one["step"]), len(one["who"])) > LONGEST_STEP or (one["days"] or 0) > MOST_DAYS for one in steps)
    return None if too_long or len(steps) > MOST_STEPS else steps


class _ItemReader(RowReader):
    def read(self, order: int, met: dict[int, int]) -> ItemRow | RejectedRow:
        """Read the whole row; `met` are the rows before it by their numbers, and gets this one."""
        number = self.number()
        if number in met:
            self.refuse("number", ItemRule.duplicate_number, row=met[number])
        stated = {
            "title": self.words("title", LONGEST_TITLE, required=True),
            "text": self.words("text", LONGEST_TEXT, required=True, in_lines=True),
            "applies_to": self.scopes(),
            "flow": self.flow(),
        }
        if number is None or self.faults:
            return self.table.reject(self.row.number, self.faults)
        met[number] = self.row.number
        known = {name: value for name, value in stated.items() if value is not None}
        return ItemRow(order, self.row.number, number, known, self.table)

    def number(self) -> int | None:
        text = narrow(self.text("number", LONGEST_TITLE, required=True) or "").rstrip(".、")
        number = int(text) if re.fullmatch(r"[0-9]{1,3}", text) else None
        if number is not None and 1 <= number <= HIGHEST_NUMBER:
            return number
        if text:
            self.refuse("number", ItemRule.number_unreadable)
        return None

    def words(self, column: str, limit: int, *, required: bool = False, in_lines: bool = False) -> str | None:
        text = self.text(column, limit, required=required, in_lines=in_lines)
        if text and holds_identity_number(text):
            self.refuse(column, ItemRule.identity_number)
            return None
        try:
            return text and shown_lines(text)
        except ValueError:
            self.refuse(column, ItemRule.text_unreadable)
            return None

    def scopes(self) -> list[ListScope] | None:
        parts = [part for part in _SEPARATED.split(self.text("applies_to", LONGEST_TITLE) or "") if part]
        if any(part.lower() not in SCOPES for part in parts):
            self.refuse("applies_to", ItemRule.unknown_scope)
            return None
        return scopes_in_order([SCOPES[part.lower()] for part in parts]) or None

    def flow(self) -> list[dict[str, Any]] | None:
        text = self.words("flow", LONGEST_CELL, in_lines=True)
        steps = read_flow(text) if text else None
        if text and steps is None:
            self.refuse("flow", ItemRule.flow_unreadable)
        return steps

    def refuse(self, column: str, rule: ItemRule, **params: object) -> None:
        self.fail(column, rule, TEXTS[rule].fill(**params))
