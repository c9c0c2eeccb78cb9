"""A circular on paper: A4 pages with the figures in a table, and each finding with its pictures beside it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Final
from uuid import UUID

from api.adapters.blocks import Block, Desk, Frame, line_height, paged, stacked
from api.adapters.paper import BLACK, GREY, PALE, RED, Drawn, Ink, Sheets
from api.inspections.circular import words
from api.inspections.circular.rules import PHOTOS_EACH
from api.inspections.circular.telling import Circular, Finding
from api.inspections.figures.service import FIGURES, InspectionsCounted
from api.venues.words import KINDS

LEFT, RIGHT = 15.0, 195.0
FRAME: Final = Frame(first_top=16.0, top=24.0, bottom=279.0)
WIDTH: Final = RIGHT - LEFT
LABEL: Final = 11.0
"""From the left of what a finding says to the left of the words behind its labels."""
PHOTO, GAP = 41.0, 3.0
PIXELS: Final = (480, 480)
"""Within which a picture is reduced: what the width of one on paper takes at some 300 dots an inch."""
COLUMNS: Final = (96.0, 129.0, 162.0)
"""Where the figures stand in the table."""


@dataclass(frozen=True)
class Photo:
    """A picture by its size, and how its content is read: None where it cannot be."""

    width: int
    height: int
    read: Callable[[], bytes | None]

    @property
    def fitted(self) -> tuple[float, float]:
        """The width and height in millimetres that it has on paper."""
        scale = PHOTO / max(self.width, self.height)
        return self.width * scale, self.height * scale


def draw(circular: Circular, photos: Mapping[UUID, Sequence[Photo]], font: Path | None) -> Drawn:
    """Draw a circular with the pictures of its findings, by item. Raises `BadPaperFont`."""
    sheets = Sheets(words.TITLE, extra_font=font)
    desk = Desk(sheets, LEFT, WIDTH)
    blocks = [*_opening(desk, circular), *_table(desk, circular), *_findings(desk, circular, photos)]
    if sheets.missing:
        blocks.append(desk.paragraph(words.MISSING_SORTS, 8.5, RED, before=4))
    pages = paged(blocks, FRAME)
    figures = circular.figures
    for number, page in enumerate(pages, start=1):
        sheets.page()
        if number > 1:
            _running_head(sheets, words.days(figures.since, figures.until))
        for y, block in page:
            block.draw(y)
        sheets.text(LEFT, 288, f"{words.day(circular.written_on)}制", 8, GREY)
        sheets.text(RIGHT, 288, f"第{number}页，共{len(pages)}页", 8, GREY, from_right=True)
    return Drawn(sheets.done(), frozenset(sheets.missing))


def _running_head(sheets: Sheets, days: str) -> None:
    sheets.text(LEFT, 14.5, words.TITLE, 8.5, GREY)
    sheets.text(RIGHT, 14.5, days, 8.5, GREY, from_right=True)
    sheets.line(LEFT, 17, RIGHT, 17, RED, thickness=0.3)


def _opening(desk: Desk, circular: Circular) -> list[Block]:
    figures = circular.figures

    def rule(y: float) -> None:
        desk.sheets.line(LEFT, y + 2, RIGHT, y + 2, RED, thickness=0.6)

    return [
        desk.paragraph(words.TITLE, 20, RED, after=1.5),
        desk.paragraph(words.scope(circular.names, circular.venue_kind), 11),
        desk.paragraph(words.days(figures.since, figures.until), 11, GREY),
        Block(5, rule),
    ]


def _table(desk: Desk, circular: Circular) -> list[Block]:
    figures, sheets = circular.figures, desk.sheets

    def headings(y: float) -> None:
        for x, (_, _, ratio) in zip(COLUMNS, words.FIGURES.values(), strict=True):
            sheets.text(x, y + 5, ratio, 9, GREY)
        sheets.line(LEFT, y + 7, RIGHT, y + 7, GREY)

    def row(name: str, counted: InspectionsCounted) -> Block:
        told = desk.paragraph(name, 9.5, before=1, after=1, width=COLUMNS[0] - LEFT - 4)

        def drawn(y: float) -> None:
            told.draw(y)
            for x, figure in zip(COLUMNS, FIGURES, strict=True):
                ratio, base = getattr(counted, figure), y + 1 + line_height(9.5) * 0.75
                percent = words.percent(ratio.numerator, ratio.denominator)
                sheets.text(x, base, percent or "—", 9.5)
                if percent:
                    sheets.text(x + 14.5, base, f"{ratio.numerator}/{ratio.denominator}", 8, GREY)
            sheets.line(LEFT, y + told.height, RIGHT, y + told.height, PALE, thickness=0.15)

        return Block(told.height, drawn, head)

    def group(name: str, rows: Sequence[Block]) -> list[Block]:
        label = desk.paragraph(name, 8.5, GREY, before=2.5, joined=True)
        return [replace(label, head=head), *rows] if rows else []

    head = Block(7, headings, joined=True)
    kinds = [row(KINDS[kind].zh, counted) for kind, counted in figures.by_venue_kind]
    own = [row(name, counted) for key, name, counted in figures.by_organization if key in circular.below]
    rows = [row(words.TOTAL, figures.totals), *group(words.BY_KIND, kinds), *group(words.BY_ORGANIZATION, own)]
    title = desk.paragraph(f"一、{words.SUMMARY}", 13, before=2, after=1, joined=True)
    return [stacked([title, head], joined=True), *rows, desk.paragraph(words.EXPLAINED, 8, GREY, before=2, after=3)]


def _findings(desk: Desk, circular: Circular, photos: Mapping[UUID, Sequence[Photo]]) -> list[Block]:
    title = f"二、{words.FINDINGS}（{len(circular.findings)}个问题）"
    blocks = [desk.paragraph(title, 13, before=3, after=1, joined=True)]
    if not circular.findings:
        blocks.append(desk.paragraph(words.NO_FINDINGS, 10))
    numbered = enumerate(circular.findings, start=1)
    for _, of_venue in groupby(numbered, key=lambda one: one[1].found.venue_id):
        findings = list(of_venue)
        head = _venue(desk, findings[0][1])
        blocks.append(head)
        blocks += [_finding(desk, number, one, photos.get(one.found.item_id, ()), head) for number, one in findings]
    return blocks


def _venue(desk: Desk, finding: Finding) -> Block:
    found, kind = finding.found, KINDS[finding.found.venue_kind].zh
    place = found.venue_name if kind in found.venue_name else f"{found.venue_name}（{kind}）"
    told = stacked(
        [
            desk.paragraph(place, 11, x=LEFT + 3, width=WIDTH - 3),
            desk.paragraph(found.organization_name, 9, GREY, x=LEFT + 3, width=WIDTH - 3),
        ]
    )

    def drawn(y: float) -> None:
        desk.sheets.line(LEFT + 0.5, y + 3.5, LEFT + 0.5, y + 2.5 + told.height, RED, thickness=1)
        told.draw(y + 3)

    return Block(told.height + 5, drawn, joined=True)


def _finding(desk: Desk, number: int, finding: Finding, photos: Sequence[Photo], head: Block) -> Block:
    found, sheets = finding.found, desk.sheets
    shown = photos[:PHOTOS_EACH]
    width = WIDTH - sum(GAP + one.fitted[0] for one in shown)
    state = f"{words.day(found.due_on)}前，{words.STATES[found.state]}"
    told = stacked(
        [
            desk.paragraph(f"{number}. {found.code} {found.name}", 10, width=width, after=0.5),
            _labelled(desk, "问题", found.words, width),
            _labelled(desk, "检查", f"{words.day(finding.inspected_on)}，{words.UNANNOUNCED[found.unannounced]}", width),
            _labelled(desk, "整改", found.responsible_name, width),
            _labelled(desk, "期限", f"{state}，{words.OVERDUE}", width, RED)
            if finding.is_overdue
            else _labelled(desk, "期限", state, width),
        ],
        least=max((one.fitted[1] for one in shown), default=0),
    )

    def drawn(y: float) -> None:
        told.draw(y + 1.5)
        x = LEFT + width
        for photo in shown:
            _photo(sheets, photo, x + GAP, y + 1.5)
            x += GAP + photo.fitted[0]
        sheets.line(LEFT, y + told.height + 3, RIGHT, y + told.height + 3, PALE, thickness=0.15)

    return Block(told.height + 4, drawn, head)


def _labelled(desk: Desk, label: str, said: str, width: float, ink: Ink = BLACK) -> Block:
    told = desk.paragraph(said, 9, ink, x=LEFT + LABEL, width=width - LABEL)

    def drawn(y: float) -> None:
        desk.sheets.text(LEFT, y + line_height(9) * 0.75, label, 9, GREY)
        told.draw(y)

    return Block(told.height, drawn)


def _photo(sheets: Sheets, photo: Photo, x: float, y: float) -> None:
    width, height = photo.fitted
    content = photo.read()
    if content is None:
        sheets.box(x, y, width, height)
        sheets.fitted(x + 2, y + height / 2, words.NO_PHOTO, 8, width - 4, GREY)
    else:
        sheets.picture(content, x, y, width, height)
