"""A roster given back: its sheets as they were sent, and beside each row what became of it and what is wrong with it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import IO, Final

from api.adapters.cells import NO_CELL, Cell, SpreadsheetTooLarge, letters
from api.adapters.tables import Table, cell_of
from api.adapters.workbook_pages import Dressed, Page, Shade
from api.adapters.workbook_writer import write_workbook
from api.errors import FieldFault, Text
from api.language import Language, said
from api.members.roster.outcomes import ImportedMembers, Outcome, SheetImported
from api.members.roster.reading import NOTES, Roster
from api.uploads import notes_on_sheets

MIN_WIDTH, MAX_WIDTH = 6.0, 40.0
RESULT_WIDTH, PROBLEMS_WIDTH = 16.0, 60.0
MEASURED_ROWS = 200
"""How many rows decide about the widths of the columns."""
MOST_CELLS: Final = 500_000
"""As many as are written within half a minute of a core: twenty-five in each of as many rows as may be uploaded."""

RESULT = Text("结果", "Result")
PROBLEMS = Text("问题", "Problems")


class Stage(StrEnum):
    """How far an import has gone when its roster is given back: only judged, carried out, or given up for the rows at fault."""

    planned = "planned"
    done = "done"
    given_up = "given_up"


_REJECTED = {
    Stage.planned: Text("不能导入", "cannot be imported"),
    Stage.done: Text("未导入", "not imported"),
    Stage.given_up: Text("不能导入", "cannot be imported"),
}
_NOT_STORED = Text("未导入（因其他行有误）", "not imported, since other rows are at fault")
_UNCHANGED = Text("未变", "unchanged")
_WORDS = {
    (Stage.planned, Outcome.created): Text("将新增", "to be added"),
    (Stage.planned, Outcome.updated): Text("将更新", "to be updated"),
    (Stage.done, Outcome.created): Text("已新增", "added"),
    (Stage.done, Outcome.updated): Text("已更新", "updated"),
    (Stage.given_up, Outcome.created): _NOT_STORED,
    (Stage.given_up, Outcome.updated): _NOT_STORED,
}
_Found = Mapping[tuple[str, int], tuple[FieldFault, ...]]
_WITH_HINT = Text("{result}，有提示", "{result}, with a hint")


def check_cells(roster: Roster) -> None:
    """Raise `SpreadsheetTooLarge` for a roster of more cells than may be given back to somebody who waits for it."""
    if sum(len(row.cells) for table in roster.tables for row in table.sheet.rows()) > MOST_CELLS:
        raise SpreadsheetTooLarge


def write_marked(roster: Roster, done: ImportedMembers, stage: Stage, target: IO[bytes], language: Language) -> None:
    """Write the workbook. Every row stands where it stood; behind the last column follow 结果 and 问题, or take the place of those
    that an earlier such file had there. What there is to say of whole sheets stands on one of its own behind them.
    """
    hints = {(warned.sheet, warned.row): warned.hints for warned in done.warnings}
    faults = {(row.sheet, row.row): row.faults for row in done.rejected}
    pages = [_page(table, sheet, faults, hints, stage, language) for table, sheet in zip(roster.tables, done.sheets, strict=True)]
    if notes := [said(note, language) for note in notes_on_sheets(done)]:
        lines = [(number, [Dressed(Cell(note), is_wrapped=True)]) for number, note in enumerate(notes, start=1)]
        pages.append(Page(said(NOTES, language), [RESULT_WIDTH + PROBLEMS_WIDTH], lines, header_row=0))
    write_workbook(target, pages)


def _page(
    table: Table,
    sheet: SheetImported,
    faults: _Found,
    hints: _Found,
    stage: Stage,
    language: Language,
) -> Page:
    place, widths = _measured(table)
    rows = _marked(table, sheet, faults, hints, stage, place, language)
    return Page(sheet.title or RESULT.zh, [*widths, RESULT_WIDTH, PROBLEMS_WIDTH], rows, table.header_row)


def _marked(
    table: Table,
    sheet: SheetImported,
    faults: _Found,
    hints: _Found,
    stage: Stage,
    place: int,
    language: Language,
) -> Iterator[tuple[int, list[Dressed]]]:
    for row in table.sheet.rows():
        outcome = sheet.outcomes.get(row.number)
        cells = [Dressed(cell) for cell in row.cells[:place]]
        cells += [Dressed(NO_CELL) for _ in range(place - len(cells))]
        if row.number == table.header_row:
            cells += [Dressed(Cell(said(words, language))) for words in (RESULT, PROBLEMS)]
            for heading in cells:
                if heading.cell.value is not None:
                    heading.shade, heading.is_bold = Shade.grey, True
        elif outcome:
            wrong, odd = (found.get((sheet.title, row.number), ()) for found in (faults, hints))
            result = _result(outcome, stage, sheet.changes.get(row.number, ()), has_hint=bool(odd))
            cells.append(Dressed(Cell(said(result, language)), is_wrapped=True))
            cells.append(Dressed(Cell(_problems((*wrong, *odd), language)), is_wrapped=True))
            _colour(cells, row.number, outcome, wrong or odd)
        yield row.number, cells


def _measured(table: Table) -> tuple[int, list[float]]:
    """The place of the first new column, and how wide those before it should be."""
    ours = {text for words in (RESULT, PROBLEMS) for text in words}
    widths: list[float] = []
    for count, row in enumerate(table.sheet.rows()):
        widths += [MIN_WIDTH] * (len(row.cells) - len(widths))
        if table.header_row <= row.number and count < MEASURED_ROWS + table.header_row:
            widths = [max(width, _width(cell)) for width, cell in zip(widths, row.cells, strict=False)] + widths[len(row.cells) :]
    headings = list(table.headings)
    place = next((at for at, heading in enumerate(headings) if heading in ours and set(headings[at:]) <= ours), len(widths))
    return place, widths[:place]


def _width(cell: Cell) -> float:
    text = str(cell.value) if cell.value is not None else ""
    # A Chinese character is as wide as two digits.
    return min(MAX_WIDTH, 2.0 + sum(2 if ord(letter) > 0x2E7F else 1 for letter in text[:80]))


def _result(outcome: Outcome, stage: Stage, changes: Sequence[str], *, has_hint: bool) -> Text:
    if outcome is Outcome.rejected:
        return _REJECTED[stage]
    words = _WORDS.get((stage, outcome), _UNCHANGED)
    if changes:
        words = Text(f"{words.zh}：{'、'.join(changes)}", f"{words.en}: {', '.join(changes)}")
    return Text(*(hint.format(result=word) for hint, word in zip(_WITH_HINT, words, strict=True))) if has_hint else words


def _problems(faults: Iterable[FieldFault], language: Language) -> str:
    lines = []
    for fault in faults:
        where = " ".join(filter(None, (cell_of(fault), fault.field)))
        lines.append(f"{where}: {fault.text.en}" if language is Language.en else f"{where}：{fault.text.zh}")
    return "\n".join(lines)


def _colour(cells: list[Dressed], number: int, outcome: Outcome, faults: tuple[FieldFault, ...]) -> None:
    """Colour a row at fault, and its cells at fault more strongly, the empty ones too."""
    if outcome is not Outcome.rejected:
        for cell in cells[-2:] if faults else ():
            cell.shade = Shade.pale_yellow
        return
    at_fault = {cell_of(fault) for fault in faults}
    for place, cell in enumerate(cells):
        if f"{letters(place)}{number}" in at_fault:
            cell.shade = Shade.red
        elif cell.cell.value is not None:
            cell.shade = Shade.pale_red
