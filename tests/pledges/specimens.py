"""The wall of a branch's pledges, and the page of one of them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from typing import Any
from uuid import UUID

from msgspec.structs import replace as changed

from api.codes.reading import printed_code
from api.errors import FieldFault, Invalid
from api.language import Language
from api.pledges.evaluations.rules import TooManyEvaluations
from api.pledges.figures.rules import Ratio
from api.pledges.public.page import Rated, pledge_page, progress_page, wall_page
from api.pledges.public.rules import (
    OnWall,
    PictureShown,
    PledgeView,
    ProgressShown,
    ProgressView,
    Published,
    Rating,
    TextShown,
    Totals,
    Wall,
    WordsShown,
)
from api.pledges.words import NO_GRADE, WORDS_TOO_LONG
from api.profiles.rules import pledge_line
from api.verification.rules import Reason
from models.enums import Grade, PlateKind
from tests.pages.specimens import BRANCH, DYNAMIC, LONG_BRANCH, LONG_NAME, PHONE, SHANGHAI, asked
from tests.profiles.lines import PLEDGES, TODAY, pledge
from tests.verification.specimens import scan_answer

READ_AT = datetime(2026, 11, 23, 17, 41, 14, tzinfo=SHANGHAI)
PRINTED = printed_code(PlateKind.desk_plate, 1921)
NO_GRADES = dict.fromkeys(Grade, 0) | {"waiting": 0, "voided": 0}
GRADED = {"satisfied": 11, "fairly_satisfied": 4, "average": 1, "dissatisfied": 1, "waiting": 2, "voided": 1}
PICTURES = [PictureShown(UUID(int=3), 1200, 1600), PictureShown(UUID(int=4), 1600, 1200), PictureShown(UUID(int=5), None, None)]
VIEW = PledgeView(
    line=PLEDGES[0],
    display_name=LONG_NAME,
    organization=LONG_BRANCH,
    texts=[
        TextShown(1, "给独居老人装扶手", "四户都装好", date(2026, 10, 31), None, date(2026, 2, 3)),
        TextShown(2, "给独居老人装好扶手", "六户都装好", date(2026, 12, 20), "又有两户提出来。", date(2026, 6, 30)),
    ],
    progress=[
        ProgressShown(UUID(int=1), date(2026, 11, 18), "给王阿婆家装好了。", 60, PICTURES),
        ProgressShown(UUID(int=2), date(2026, 6, 2), "量好了尺寸，" * 20, None, []),
    ],
    tally={"masses": GRADED, "peers": GRADED, "self": "satisfied", "organization": None},
    words=[WordsShown(Grade.satisfied, "扶手装得牢，老人洗澡放心了。", date(2026, 11, 19))],
    evaluation=Rating("2026-Q4", False),
)
WORDS = [WordsShown(Grade.satisfied, "扶手装得牢，老人洗澡放心了。" * 14, date(2026, 11, 19))] * 4
NEW = replace(
    VIEW,
    display_name=None,
    line=PLEDGES[1],
    texts=[],
    progress=[],
    words=[],
    tally={"masses": NO_GRADES, "peers": None, "self": None, "organization": None},
)
WALL = Wall(
    organization=LONG_BRANCH,
    service_phone=PHONE,
    year=2026,
    as_of=TODAY,
    totals=Totals(8, 3, 1, 1, 1, 0),
    satisfaction=Ratio(15, 17),
    organization_pledges=PLEDGES[:2],
    members=[OnWall("李建国", PLEDGES[2:4]), OnWall("王秀兰", PLEDGES[4:]), OnWall(LONG_NAME, PLEDGES[:2])],
    publications=[Published("2026-Q1", datetime(2026, 4, 3, tzinfo=UTC)), Published("2026-Q2", datetime(2026, 7, 6, tzinfo=UTC))],
)
BARE_WALL = Wall(BRANCH, None, 2026, TODAY, Totals(0, 0, 0, 0, 0, 0), Ratio(0, 0), [], [], [])
TOLD = scan_answer(Reason.card_valid)
FAULTY = Invalid(
    faults=(
        FieldFault("body.grade", "enum", NO_GRADE),
        FieldFault("body.words", "string_too_long", WORDS_TOO_LONG.fill(most=200, over=31)),
    )
)
RATED = Rated("k" * 22, words="修了三个月还没修好。\n" * 20)


def _pledge(view: PledgeView, rated: Rated = Rated("k" * 22), **more: Any) -> Callable[[Language, bool], str]:
    return lambda language, large: pledge_page(
        view, rated, asked(language, large=large), code=DYNAMIC, at=READ_AT, told=TOLD, **more
    )


def _progress(language: Language, large: bool) -> str:
    view = ProgressView(VIEW.line.content, LONG_NAME, LONG_BRANCH, VIEW.progress[0])
    return progress_page(view, asked(language, large=large), code=DYNAMIC, pledge_id=UUID(int=9), at=READ_AT)


def _wall(wall: Wall, years: Sequence[int] = (2026,), phone_of: str | None = None) -> Callable[[Language, bool], str]:
    told = changed(TOLD, service_phone=wall.service_phone, service_phone_of=phone_of)
    return lambda language, large: wall_page(wall, asked(language, large=large), code=PRINTED, years=years, at=READ_AT, told=told)


PAGES: dict[str, Callable[[Language, bool], str]] = {
    "pledge": _pledge(VIEW),
    "pledge_new": _pledge(NEW),
    "pledge_rated": _pledge(replace(VIEW, evaluation=Rating("2026-Q4", True))),
    "pledge_closed": _pledge(replace(VIEW, words=WORDS, evaluation=Rating(None, False))),
    "progress": _progress,
    "pledge_faults": _pledge(NEW, RATED, refusal=FAULTY),
    "pledge_busy": _pledge(NEW, RATED, refusal=TooManyEvaluations(members={"service_phone": PHONE})),
    "wall": _wall(WALL, (2026, 2025), "岚塘镇党委"),
    "wall_bare": _wall(BARE_WALL),
}


def _most(language: Language, large: bool, page: int, code: str) -> tuple[str, str]:
    """The largest wall and pledge that can be, in a branch of 150 members who say as much as they may."""
    text, note = "修" * 300, {"happened_on": "2026-11-18", "note": "装" * 500}
    lines = [pledge_line(pledge(number, content=text, last_progress=note), TODAY) for number in range(5)]
    wall = replace(WALL, members=[OnWall(LONG_NAME, lines)] * 150)
    nine = [PictureShown(UUID(int=number), 1200, 1600) for number in range(9)]
    told = [ProgressShown(UUID(int=number), TODAY, "装" * 500, 60, nine) for number in range(40)]
    texts = [TextShown(number, text, "量" * 200, TODAY, "改" * 500, TODAY) for number in range(1, 20)]
    words = [WordsShown(Grade.fairly_satisfied, "好" * 200, TODAY)] * 60
    line = changed(lines[0], measure="量" * 200, outcome_reason="因" * 500)
    view = replace(VIEW, line=line, texts=texts, progress=told, words=words)
    how, scanned = asked(language, large=large), changed(TOLD, service_phone_of=LONG_BRANCH)
    return (
        wall_page(wall, how, code=code, years=(2026, 2025), at=READ_AT, told=scanned, page=page),
        pledge_page(view, Rated("k" * 22), how, code=code, at=READ_AT, told=scanned, page=page),
    )


LARGEST: dict[str, Callable[[Language, bool], tuple[str, str]]] = {
    f"{page}-{len(code)}": partial(_most, page=page, code=code) for page in (1, 2, 20) for code in (PRINTED, DYNAMIC)
}
