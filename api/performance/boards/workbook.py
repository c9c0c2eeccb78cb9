"""A board as a workbook, in Chinese: its numbers as numbers, and nothing that could be taken for a formula."""

from collections.abc import Iterator, Sequence
from datetime import tzinfo
from typing import IO, Any

from api.adapters.cells import Cell
from api.adapters.workbook_pages import Dressed, Page, Shade
from api.adapters.workbook_writer import write_workbook
from api.performance import words
from api.performance.boards.view import BoardView, IndicatorView
from models.performance_enums import IndicatorUnit, Pillar

Row = Sequence[Any]
Columns = Sequence[tuple[str, float]]


def write(board: BoardView, target: IO[bytes], zone: tzinfo) -> None:
    """Write its sheets; that of branches is left out where the board names none. Times are those of the zone."""
    sheets: list[tuple[str, Columns, list[Row]]] = [
        (words.SUMMARY, words.SUMMARY_COLUMNS, list(_summary(board, zone))),
        (words.INDICATORS, words.INDICATOR_COLUMNS, list(_indicators(board))),
        (words.TREND, words.TREND_COLUMNS, [(one.period, one.index, *(part.index for part in one.pillars)) for one in board.trend]),
    ]
    if board.weakest:
        sheets.append((words.WEAKEST, words.WEAKEST_COLUMNS, list(_weakest(board))))
    write_workbook(target, [_sheet(*sheet) for sheet in sheets])


def _sheet(title: str, columns: Columns, rows: Sequence[Row]) -> Page:
    def lines() -> Iterator[tuple[int, Sequence[Dressed]]]:
        yield 1, [Dressed(Cell(name), Shade.grey, is_bold=True) for name, _ in columns]
        for number, row in enumerate(rows, start=2):
            yield number, [Dressed(Cell(value)) for value in row]

    return Page(title, [width for _, width in columns], lines(), header_row=1)


def _summary(board: BoardView, zone: tzinfo) -> Iterator[Row]:
    yield words.ORGANIZATION, board.organization_name
    yield words.PERIOD, board.period
    yield words.STATE, board.standing.zh
    yield words.AS_OF, board.as_of and board.as_of.astimezone(zone).replace(tzinfo=None, microsecond=0)
    yield words.INDEX, board.index
    yield words.INDEX_BEFORE, board.index_before
    for pillar in board.pillars:
        yield words.PILLARS[pillar.pillar].zh, pillar.index
    if board.coverage:
        yield words.LABELS["board_branches"].zh, board.coverage.branches
        yield words.LABELS["board_with_cards"].zh, board.coverage.with_cards
        yield words.LABELS["board_with_pledges"].zh, board.coverage.with_pledges
        yield words.LABELS["board_with_signs"].zh, board.coverage.with_signs
    if board.todo:
        yield words.LABELS["board_todo"].zh, board.todo.total
        for kind, number in board.todo.counts.items():
            yield words.TODO[kind].zh if kind in words.TODO else kind, number


def _indicators(board: BoardView) -> Iterator[Row]:
    for pillar in board.pillars:
        yield from (_indicator(pillar.pillar, one) for one in pillar.indicators)


def _indicator(pillar: Pillar, one: IndicatorView) -> Row:
    return (
        words.PILLARS[pillar].zh,
        one.name,
        "%" if one.unit is IndicatorUnit.percent else "",
        one.numerator,
        one.denominator,
        one.value,
        one.target,
        words.DIRECTIONS[one.direction],
        one.weight,
        one.attainment,
        one.before,
    )


def _weakest(board: BoardView) -> Iterator[Row]:
    for one in board.weakest:
        why = (one.reason.name, one.reason.value, one.reason.target) if one.reason else (None, None, None)
        yield one.organization_name, one.index, one.movement, *why
