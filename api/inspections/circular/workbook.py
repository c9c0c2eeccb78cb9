"""A circular as a workbook: its figures as numbers, its findings as texts."""

from collections.abc import Iterator, Sequence
from typing import IO

from api.adapters.cells import Cell
from api.adapters.workbook_pages import Dressed, Page, Shade
from api.adapters.workbook_writer import write_workbook
from api.inspections.circular import words
from api.inspections.circular.telling import Circular, Finding
from api.inspections.figures.service import FIGURES, InspectionsCounted
from api.venues.words import KINDS


def write(circular: Circular, target: IO[bytes]) -> None:
    """Write both sheets. What people wrote stands in them as text, also where it looks like a formula."""
    write_workbook(
        target,
        [
            Page(words.SUMMARY, [width for _, width in words.SUMMARY_COLUMNS], _summary(circular), header_row=5),
            Page(words.FINDINGS, [width for _, width in words.FINDING_COLUMNS], _findings(circular), header_row=1),
        ],
    )


def _summary(circular: Circular) -> Iterator[tuple[int, Sequence[Dressed]]]:
    figures = circular.figures
    yield 1, [Dressed(Cell(words.TITLE), is_bold=True)]
    yield 2, [Dressed(Cell(words.scope(circular.names, circular.venue_kind)))]
    yield 3, [Dressed(Cell(words.days(figures.since, figures.until)))]
    yield 5, [Dressed(Cell(name), Shade.grey, is_bold=True) for name, _ in words.SUMMARY_COLUMNS]
    yield 6, _counted(words.TOTAL, "", figures.totals)
    number = 6
    for kind, counted in figures.by_venue_kind:
        number += 1
        yield number, _counted(words.BY_KIND, KINDS[kind].zh, counted)
    for _, name, counted in figures.by_organization:
        number += 1
        yield number, _counted(words.BY_ORGANIZATION, name, counted)
    yield number + 2, [Dressed(Cell(words.EXPLAINED))]


def _counted(what: str, name: str, counted: InspectionsCounted) -> list[Dressed]:
    cells = [Dressed(Cell(what)), Dressed(Cell(name), is_wrapped=True)]
    for figure in FIGURES:
        ratio = getattr(counted, figure)
        percent = words.percent(ratio.numerator, ratio.denominator)
        cells += [Dressed(Cell(value)) for value in (ratio.numerator, ratio.denominator, percent)]
    return cells


def _findings(circular: Circular) -> Iterator[tuple[int, Sequence[Dressed]]]:
    yield 1, [Dressed(Cell(name), Shade.grey, is_bold=True) for name, _ in words.FINDING_COLUMNS]
    for number, finding in enumerate(circular.findings, start=1):
        yield number + 1, [Dressed(Cell(value), is_wrapped=True) for value in (str(number), *_told(finding))]


def _told(finding: Finding) -> list[str]:
    found = finding.found
    return [
        found.organization_name,
        found.venue_name,
        KINDS[found.venue_kind].zh,
        finding.inspected_on.isoformat(),
        words.UNANNOUNCED[found.unannounced],
        found.code,
        found.name,
        found.words,
        found.responsible_name,
        found.due_on.isoformat(),
        words.STATES[found.state],
        words.OVERDUE if finding.is_overdue else "",
    ]
