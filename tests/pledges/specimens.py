"""The wall of a branch's pledges, and the page of one of them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from api.complaints.words import BUSY
from api.language import Language
from api.pledges.figures.rules import Ratio
from api.pledges.public.page import Rated, pledge_page, wall_page
from api.pledges.public.rules import (
    OnWall,
    PledgeView,
    ProgressShown,
    Published,
    Rating,
    TextShown,
    Totals,
    Wall,
    WordsShown,
)
from api.pledges.words import NO_GRADE, WORDS_TOO_LONG
from models.enums import Grade
from tests.pages.specimens import BRANCH, CODE, DYNAMIC, LONG_BRANCH, LONG_NAME, PHONE, asked
from tests.profiles.lines import PLEDGES, TODAY

NO_GRADES = dict.fromkeys(Grade, 0) | {"waiting": 0, "voided": 0}
GRADED = {"satisfied": 11, "fairly_satisfied": 4, "average": 1, "dissatisfied": 1, "waiting": 2, "voided": 1}
VIEW = PledgeView(
    line=PLEDGES[0],
    display_name=LONG_NAME,
    organization=LONG_BRANCH,
    texts=[
        TextShown(1, "给独居老人装扶手", "四户都装好", date(2026, 10, 31), None, date(2026, 2, 3)),
        TextShown(2, "给独居老人装好扶手", "六户都装好", date(2026, 12, 20), "又有两户提出来。", date(2026, 6, 30)),
    ],
    progress=[
        ProgressShown(date(2026, 11, 18), "给王阿婆家装好了。", 60, [UUID(int=1), UUID(int=2)]),
        ProgressShown(date(2026, 6, 2), "量好了尺寸，" * 20, None, []),
    ],
    tally={"masses": GRADED, "peers": GRADED, "self": "satisfied", "organization": None},
    words=[WordsShown(Grade.satisfied, "扶手装得牢，老人洗澡放心了。", date(2026, 11, 19))],
    evaluation=Rating("2026-Q4", False),
)
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
RATED = Rated("k" * 22, words="修了三个月还没修好。\n" * 20)


def _pledge(view: PledgeView, rated: Rated = Rated("k" * 22), **more: Any) -> Callable[[Language, bool], str]:
    return lambda language, large: pledge_page(view, rated, asked(language, large=large), code=DYNAMIC, **more)


def _wall(wall: Wall, years: Sequence[int] = (2026,)) -> Callable[[Language, bool], str]:
    return lambda language, large: wall_page(wall, asked(language, large=large), code=CODE, years=years)


ARE_OF_CARDS = False
PAGES: dict[str, Callable[[Language, bool], str]] = {
    "pledge": _pledge(VIEW),
    "pledge_new": _pledge(NEW),
    "pledge_rated": _pledge(replace(VIEW, evaluation=Rating("2026-Q4", True))),
    "pledge_closed": _pledge(replace(VIEW, evaluation=Rating(None, False))),
    "pledge_faults": _pledge(NEW, RATED, faults={"grade": NO_GRADE, "words": WORDS_TOO_LONG}),
    "pledge_busy": _pledge(NEW, RATED, trouble=BUSY),
    "wall": _wall(WALL, (2026, 2025)),
    "wall_bare": _wall(BARE_WALL),
}
