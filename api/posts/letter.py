"""The letter of duty (岗位责任书) that a holder and his organisation sign: A4, drawn from what stands now. Duties that fill more
than one sheet go on on the next, and the signatures stand on the last."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final
from uuid import UUID

from api.access.names import organization_names
from api.access.scope import Access
from api.adapters.paper import GREY, RED, Drawn, Sheets
from api.database import Work
from api.posts.holdings import show_holding
from api.posts.showing import duties_of
from api.posts.words import HOW
from api.profiles.words import SLOTS_ON_PAPER
from models.member import Member
from models.post_enums import HoldingHow, PostSlot

LEFT, RIGHT = 25.0, 185.0
WIDTH: Final = RIGHT - LEFT
LABEL: Final = 24.0
"""Where what stands behind a label begins, from the left edge of the text."""
ROW, LINE = 9.0, 7.0
INDENT: Final = 9.0
BODY: Final = 12.0
PROMISE: Final = "本人知晓并愿意履行以上职责，认真在岗、主动服务，接受党组织和群众监督。"
NONE: Final = "（另行约定）"
TOP, BOTTOM = 30.0, 275.0
SIGNED: Final = 244.0
"""Where the signatures begin."""


@dataclass(frozen=True)
class Letter:
    """What stands on the sheet; `until` is the first day on which he does not hold the post any more."""

    organization: str
    member: str
    title: str
    slot: PostSlot
    how: HoldingHow
    since: date
    until: date | None
    sent_by: str | None
    duties: Sequence[str]


def draw_letter(work: Work, access: Access, post_id: UUID, holding_id: UUID, font: Path | None) -> Drawn:
    """The letter of a holding of a post within reach. Raises `NotFound` or `BadPaperFont`."""
    post, holding = show_holding(work, access, post_id, holding_id)
    names = organization_names(work, {post.organization_id, holding.sent_by_id or post.organization_id})
    return write_letter(
        Letter(
            organization=names[post.organization_id],
            member=work.get_one(Member, holding.member_id).full_name,
            title=post.title,
            slot=holding.slot,
            how=holding.how,
            since=holding.since,
            until=holding.until,
            sent_by=names[holding.sent_by_id] if holding.sent_by_id else None,
            duties=duties_of(post),
        ),
        font,
    )


def write_letter(letter: Letter, font: Path | None) -> Drawn:
    """Draw what stands on the sheet. Raises `BadPaperFont`."""
    sheets = Sheets("岗位责任书", extra_font=font)
    sheets.page()
    heading = "岗位责任书"
    sheets.text(105 - sheets.width(heading, 26) / 2, 36, heading, 26, RED)
    sheets.line(LEFT, 43, RIGHT, 43, RED, thickness=0.5)
    at = 54.0
    for label, words in _rows(letter):
        lines, size = sheets.broken(words, BODY, WIDTH - LABEL, lines=2)
        sheets.text(LEFT, at, label, BODY, GREY)
        for number, line in enumerate(lines):
            sheets.text(LEFT + LABEL, at + number * LINE, line, size)
        at += ROW + LINE * (len(lines) - 1)
    at += 2
    sheets.text(LEFT, at, "岗位职责", BODY, GREY)
    at += ROW
    for number, duty in enumerate(letter.duties or (NONE,), 1):
        for place, line in enumerate(sheets.wrapped(duty, BODY, WIDTH - INDENT)):
            if at > BOTTOM:
                sheets.page()
                at = TOP
            if place == 0 and letter.duties:
                sheets.text(LEFT, at, f"{number}.", BODY)
            sheets.text(LEFT + INDENT, at, line, BODY)
            at += LINE
    promised = sheets.wrapped(PROMISE, BODY, WIDTH)
    at += LINE
    if at + LINE * len(promised) > SIGNED:
        sheets.page()
        at = TOP
    for number, line in enumerate(promised):
        sheets.text(LEFT, at + number * LINE, line, BODY)
    for x, who in ((LEFT, "党组织负责人（签字、盖章）"), (LEFT + WIDTH / 2 + 6, "责任人（签字）")):
        sheets.text(x, SIGNED, who, 11, GREY)
        sheets.line(x, SIGNED + 16, x + WIDTH / 2 - 6, SIGNED + 16)
        sheets.text(x, SIGNED + 24, "　　　　年　　　月　　　日", 11)
    if sheets.missing:
        sheets.text(LEFT, SIGNED + 40, "〓 处字库缺字，请手写。", 9, RED)
    return Drawn(sheets.done(), frozenset(sheets.missing))


def _rows(letter: Letter) -> list[tuple[str, str]]:
    span = f"{_day(letter.since)}起" if letter.until is None else f"{_day(letter.since)}起，至{_day(letter.until)}前"
    rows = [
        ("党组织", letter.organization),
        ("责任人", letter.member),
        ("岗位", f"{letter.title}（{SLOTS_ON_PAPER[letter.slot]}）"),
        ("任期", span),
        ("产生方式", HOW[letter.how].zh),
    ]
    return [*rows, ("派出单位", letter.sent_by)] if letter.sent_by else rows


def _day(on: date) -> str:
    return f"{on.year}年{on.month}月{on.day}日"
