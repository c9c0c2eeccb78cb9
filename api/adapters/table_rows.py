"""Reading one row of a sheet column by column, and keeping what is wrong with it."""

from api.adapters.tables import CellFault, Table, TableRow, is_error, is_too_long, said
from api.adapters.typed_text import legible_lines
from api.errors import Rule, Text


class CellRule(Rule):
    """What stands against a cell, whatever its column is about."""

    formula = "formula"
    cell_error = "cell_error"
    missing = "missing"
    too_long = "too_long"


FORMULA = Text("单元格里是公式，请改为直接填写内容。", "This cell holds a formula; type its content instead.")
CELL_ERROR = Text(
    "单元格里是表格程序的错误值（如#N/A），不是内容，请改为直接填写。",
    "This cell holds an error of the spreadsheet (such as #N/A) and no content; type the content instead.",
)
MISSING = Text("此格不能为空。", "This must not be empty.")
TOO_LONG = Text("内容过长，最多{limit}个字。", "This is too long; at most {limit} characters.")


class RowReader:
    """Reads one row; `faults` are those found so far."""

    def __init__(self, table: Table, row: TableRow) -> None:
        self.table, self.row = table, row
        self.faults: list[CellFault] = []

    def text(self, column: str, limit: int, *, required: bool = False, in_lines: bool = False) -> str | None:
        """What a cell says, at most `limit` characters of it; None where it says nothing or is at fault. The ends of its lines stay
        where it is taken `in_lines`."""
        cell = self.row.cell(column)
        if is_too_long(cell) and not cell.is_formula:
            self.fail(column, CellRule.too_long, TOO_LONG.fill(limit=limit))
            return None
        text = None if cell.is_formula else said(cell)
        if text and in_lines and isinstance(cell.value, str):
            text = legible_lines(cell.value)
        if cell.is_formula:
            self.fail(column, CellRule.formula, FORMULA)
        elif text and is_error(text):
            self.fail(column, CellRule.cell_error, CELL_ERROR)
            return None
        elif required and text is None:
            self.fail(column, CellRule.missing, MISSING)
        elif text and len(text) > limit:
            self.fail(column, CellRule.too_long, TOO_LONG.fill(limit=limit))
            return None
        return text

    def fail(self, column: str, rule: Rule, text: Text) -> None:
        self.faults.append(CellFault(column, rule.value, text))
