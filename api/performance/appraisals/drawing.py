"""The minutes of an appraisal on paper: A4 pages with the votes about each member, the grades, and lines to sign."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Final

from api.adapters.blocks import Block, Desk, Frame, line_height, paged
from api.adapters.paper import BLACK, GREY, PALE, RED, Drawn, Ink, Sheets
from api.performance.appraisals import words
from api.performance.appraisals.rules import Votes
from models.appraisal_enums import AppraisalGrade

LEFT, RIGHT = 22.0, 188.0
WIDTH: Final = RIGHT - LEFT
MIDDLE: Final = (LEFT + RIGHT) / 2
FRAME: Final = Frame(first_top=22.0, top=26.0, bottom=276.0)
BODY, SMALL = 10.5, 9.0
ROW: Final = 7.6
NUMBER, NAME, GRADE = LEFT + 6, LEFT + 15, RIGHT - 14
"""Where the columns of the table stand: the middle of the numbers, the left of the names, the middle of the grades."""
NAME_WIDTH: Final = 34.0
VOTES: Final = (81.0, 98.0, 115.0, 132.0, 149.0)
"""The middles of the columns of votes."""
COLUMN: Final = 16.0
TINT: Final[Ink] = (246, 236, 234)


@dataclass(frozen=True)
class Line:
    """What the minutes tell of one member."""

    name: str
    is_graded: bool
    votes: Votes | None
    grade: AppraisalGrade | None
    comment: str | None


@dataclass(frozen=True)
class Minutes:
    """What stands in the minutes of a closed round; `lines` in their order."""

    branch: str
    year: int
    held_on: date | None
    present: int | None
    most_excellent: int
    closed_on: date
    remarks: str | None
    lines: Sequence[Line]


def draw(minutes: Minutes, font: Path | None) -> Drawn:
    """Draw minutes. Raises `BadPaperFont`."""
    sheets = Sheets(f"{minutes.branch}{words.title(minutes.year)}", extra_font=font)
    desk = Desk(sheets, LEFT, WIDTH)
    blocks = [*_opening(sheets, minutes), *_table(desk, minutes), *_comments(desk, minutes), *_remarks(desk, minutes)]
    # Signatures never stand on a page by themselves.
    pages = paged([*blocks[:-1], replace(blocks[-1], joined=True), _signatures(sheets)], FRAME)
    for number, page in enumerate(pages, start=1):
        sheets.page()
        if number > 1:
            _running_head(sheets, minutes)
        for y, block in page:
            block.draw(y)
        sheets.line(LEFT, 281, RIGHT, 281, PALE, thickness=0.15)
        sheets.fitted(LEFT, 286, minutes.branch, 8, WIDTH - 40, GREY)
        sheets.text(RIGHT, 286, words.page(number, len(pages)), 8, GREY, from_right=True)
        if number == len(pages) and sheets.missing:
            sheets.text(LEFT, 291, words.MISSING_SORTS, 8, RED)
    return Drawn(sheets.done(), frozenset(sheets.missing))


def _running_head(sheets: Sheets, minutes: Minutes) -> None:
    sheets.text(LEFT, 17, words.title(minutes.year), 8.5, GREY)
    sheets.line(LEFT, 19.5, RIGHT, 19.5, RED, thickness=0.3)


def _opening(sheets: Sheets, minutes: Minutes) -> list[Block]:
    full = sum(one.is_graded for one in minutes.lines)
    others = len(minutes.lines) - full
    told = (
        (words.HELD_ON, words.day(minutes.held_on)),
        (words.PRESENT, words.people(minutes.present)),
        (words.APPRAISED, words.appraised(full, others)),
        (words.MOST_EXCELLENT, words.at_most(minutes.most_excellent)),
        (words.DECIDED, words.counted(Counter(one.grade for one in minutes.lines if one.is_graded))),
        (words.CLOSED_ON, words.day(minutes.closed_on)),
    )

    def title(y: float) -> None:
        sheets.centred(MIDDLE, y + 8, words.MINUTES, 22, WIDTH, RED)
        sheets.centred(MIDDLE, y + 17, f"{minutes.branch}　{words.year(minutes.year)}", 12, WIDTH)
        sheets.line(LEFT, y + 22, RIGHT, y + 22, RED, thickness=0.6)

    def facts(y: float) -> None:
        for place, (label, said) in enumerate(told):
            base = y + 4 + place * 7
            sheets.text(LEFT, base, label, BODY, GREY)
            sheets.fitted(LEFT + 24, base, said, BODY, WIDTH - 24)

    return [Block(26, title), Block(7 * len(told) + 2, facts)]


def _table(desk: Desk, minutes: Minutes) -> list[Block]:
    sheets = desk.sheets

    def headings(y: float) -> None:
        sheets.area(LEFT, y, WIDTH, ROW, TINT)
        base = y + 5.2
        sheets.centred(NUMBER, base, words.NUMBER, SMALL, 12)
        sheets.text(NAME, base, words.NAME, SMALL)
        for x, said in zip(VOTES, (*words.GRADES.values(), words.ABSTAINED), strict=True):
            sheets.centred(x, base, said, SMALL, COLUMN)
        sheets.centred(GRADE, base, words.GRADE, SMALL, 26)

    head = Block(ROW, headings, joined=True)
    rows = [_row(sheets, number, one, head) for number, one in enumerate(minutes.lines, start=1)]
    return [_title(desk, 1, words.VOTED), head, *rows]


def _row(sheets: Sheets, number: int, one: Line, head: Block) -> Block:
    def drawn(y: float) -> None:
        base = y + 5.2
        sheets.centred(NUMBER, base, str(number), SMALL, 12, GREY)
        sheets.fitted(NAME, base, one.name, BODY, NAME_WIDTH)
        if one.is_graded:
            counts = (
                [words.NO_VOTES] * len(VOTES)
                if one.votes is None
                else [
                    str(count)
                    for count in (
                        one.votes.excellent,
                        one.votes.qualified,
                        one.votes.basically_qualified,
                        one.votes.unqualified,
                        one.votes.abstained,
                    )
                ]
            )
            for x, count in zip(VOTES, counts, strict=True):
                sheets.centred(x, base, count, BODY, COLUMN, GREY if count in ("0", words.NO_VOTES) else BLACK)
            if one.grade is not None:
                is_excellent = one.grade is AppraisalGrade.excellent
                sheets.centred(GRADE, base, words.GRADES[one.grade], BODY, 26, RED if is_excellent else BLACK, is_bold=is_excellent)
        else:
            sheets.text(VOTES[0] - 4, base, words.PROBATIONARY, SMALL, GREY)
        sheets.line(LEFT, y + ROW, RIGHT, y + ROW, PALE, thickness=0.15)

    return Block(ROW, drawn, head)


def _title(desk: Desk, number: int, said: str) -> Block:
    return desk.paragraph(words.numbered(number, said), 12, before=4, after=2, joined=True)


def _comments(desk: Desk, minutes: Minutes) -> list[Block]:
    told = [one for one in minutes.lines if one.is_graded and one.comment]
    if not told:
        return []
    blocks = [_title(desk, 2, words.COMMENTS)]
    for one in told:
        grade = words.GRADES[one.grade] if one.grade else words.NOT_TOLD
        first, *more = desk.lines(f"{one.name}（{grade}）：{one.comment}", BODY)
        blocks += [replace(first, joined=bool(more)), *more, Block(1.5, lambda _: None)]
    return blocks


def _remarks(desk: Desk, minutes: Minutes) -> list[Block]:
    number = 3 if any(one.is_graded and one.comment for one in minutes.lines) else 2
    return [_title(desk, number, words.REMARKS), *desk.lines(minutes.remarks or words.NO_REMARKS, BODY)]


def _signatures(sheets: Sheets) -> Block:
    apart = 8.0
    width = (WIDTH - apart * (len(words.SIGNED) - 1)) / len(words.SIGNED)

    def drawn(y: float) -> None:
        for place, who in enumerate(words.SIGNED):
            x = LEFT + place * (width + apart)
            sheets.text(x, y + 14, who, SMALL, GREY)
            sheets.line(x, y + 30, x + width, y + 30)
            sheets.text(x + width, y + 30 + line_height(SMALL) * 1.3, words.DAY_TO_WRITE, SMALL, GREY, from_right=True)

    return Block(38, drawn)
