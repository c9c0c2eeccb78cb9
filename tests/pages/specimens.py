"""Every page there is, with invented people, in the shapes that strain it most."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from api.complaints import rules as complaints
from api.complaints.page import Entered, ask_page, receipt_page, report_page
from api.complaints.service import Receipt
from api.complaints.words import BUSY, CONTACT_UNREADABLE, DETAILS_TOO_LONG, NO_KIND, RECEIPT_UNKNOWN
from api.errors import Text
from api.language import Language
from api.pages.imprint import Imprint
from api.pages.render import CHECKING, REPORTING, Asked, lost_page, problem_page
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
from api.profiles.rules import Line, pledge_line
from api.verification.page import card_page, home_page, type_code_page
from api.verification.rules import CodeKind, PublicCard, Reason, ScanAnswer, TooManyMisses
from models.complaint import Complaint
from models.enums import ComplaintKind, ComplaintState, Grade, PartyPost, PlateKind, ScanOutcome
from tests.profiles.test_rules import pledge

SHANGHAI = ZoneInfo("Asia/Shanghai")
CODE = "B7K2M4QXTD9WHR3"
BRANCH = "中共明州市澄湖区云岭镇石桥村支部委员会"
LONG_BRANCH = "中共明州市澄湖区东柳街道南塘河社区第一网格南塘新苑小区联合功能型流动党员支部委员会"
LONG_NAME = "阿卜杜热依木·买买提"
PHONE = "0574-8800 1234"
IMPRINT = Imprint(
    site="lx.chenghu.example.gov.cn",
    district="中共明州市澄湖区委员会",
    district_phone="0574-8800 0000",
    sponsor="中共明州市澄湖区委组织部",
    sponsor_phone="12371",
    sponsor_address="明州市澄湖区云岭路 1 号",
    filing_number="浙ICP备00000000号",
)


def asked(language: Language = Language.zh, *, large: bool = False, imprint: Imprint = IMPRINT) -> Asked:
    return Asked(language, large, imprint)


OUTCOMES = {
    Reason.card_valid: ScanOutcome.valid,
    Reason.card_suspended: ScanOutcome.suspended,
    Reason.card_revoked: ScanOutcome.revoked,
    Reason.plate_withdrawn: ScanOutcome.revoked,
    Reason.card_expired: ScanOutcome.expired,
    Reason.card_transferred: ScanOutcome.transferred,
    Reason.code_too_old: ScanOutcome.stale_code,
    Reason.clock_behind: ScanOutcome.stale_code,
    Reason.code_unknown: ScanOutcome.not_found,
}


def scan_answer(
    reason: Reason,
    *,
    name: str = "王秀兰",
    branch: str = BRANCH,
    posts: tuple[PartyPost, ...] = (PartyPost.secretary,),
    phone: str | None = PHONE,
    photo_key: str | None = None,
    moved_to: str | None = None,
    plate_kind: PlateKind | None = None,
    pledges: tuple[Line, ...] = (),
) -> ScanAnswer:
    at = datetime(2026, 11, 23, 9, 41, 14, 500_000, tzinfo=UTC)
    outcome = OUTCOMES[reason]
    if outcome is ScanOutcome.not_found:
        return ScanAnswer(outcome, reason, at, service_phone=IMPRINT.phone)
    kind = CodeKind.printed if plate_kind else CodeKind.dynamic
    card = PublicCard(name, branch, posts, photo_key, pledges) if outcome is ScanOutcome.valid else None
    return ScanAnswer(
        outcome, reason, at, issuer=branch, service_phone=phone, moved_to=moved_to, card=card, code_kind=kind, plate_kind=plate_kind
    )


def page(answer: ScanAnswer, language: Language = Language.zh, *, large: bool = False, code: str | None = CODE) -> str:
    return card_page(answer, asked(language, large=large), code=code, timezone=SHANGHAI).decode()


def _of(answer: ScanAnswer) -> Callable[[Language, bool], str]:
    return lambda language, large: page(answer, language, large=large)


TODAY = date(2026, 11, 23)
PLEDGES = tuple(
    pledge_line(one, TODAY)
    for one in (
        pledge(1, last_progress={"happened_on": "2026-11-18", "note": "给王阿婆家装好了。"}),
        pledge(2, content="修好村口到石桥的路灯、排水沟和沿线的护栏，" * 8, due_on="2026-09-30", percent=0),
        pledge(3, content="修好村口路灯", percent=100, state="fulfilled", settled_on="2026-09-03"),
        pledge(4, percent=40, state="unfulfilled", settled_on="2026-08-31", outcome_reason="材料涨价，改到明年再做。"),
        pledge(5, percent=100, state="evaluated", settled_on="2026-06-30"),
        pledge(6, percent=20, state="exempted", settled_on="2026-06-30", outcome_reason="因病住院。"),
    )
)

CARD_PAGES = {reason.value: _of(scan_answer(reason)) for reason in Reason} | {
    "long_names": _of(
        scan_answer(
            Reason.card_valid,
            name=LONG_NAME,
            branch=LONG_BRANCH,
            posts=(PartyPost.deputy_secretary, PartyPost.discipline_commissioner),
        )
    ),
    "masked_name": _of(scan_answer(Reason.card_valid, name="阿" + "*" * 10, posts=(), phone=None)),
    "photo": _of(scan_answer(Reason.card_valid, photo_key="portrait/1")),
    "plate": _of(scan_answer(Reason.card_valid, photo_key="portrait/1", plate_kind=PlateKind.desk_plate)),
    "pledged": _of(scan_answer(Reason.card_valid, plate_kind=PlateKind.desk_plate, pledges=PLEDGES)),
    "pledges_settled": _of(scan_answer(Reason.card_valid, pledges=PLEDGES[3:])),
    "household": _of(scan_answer(Reason.card_valid, plate_kind=PlateKind.household_plate)),
    "plate_suspended": _of(scan_answer(Reason.card_suspended, plate_kind=PlateKind.window_plate)),
    "moved": _of(scan_answer(Reason.card_transferred, moved_to=LONG_BRANCH)),
    "long_phone": _of(
        scan_answer(Reason.card_suspended, branch=LONG_BRANCH, phone="(0574) 8800 1234 转 8021，夜间 0574-8800 1235")
    ),
}

DYNAMIC = "1" + "7" * 198
ENTERED = Entered("k" * 22, "misused", "昨天下午在南塘菜场，\n他拿这块牌子收钱。" * 20, "138 0013 800")


def _report(reason: Reason, entered: Entered = Entered("k" * 22), **more: Any) -> Callable[[Language, bool], str]:
    return lambda language, large: report_page(
        scan_answer(reason, branch=LONG_BRANCH), entered, asked(language, large=large), code=DYNAMIC, **more
    )


def _receipt(
    phone: str | None, above: str | None = None, state: ComplaintState = ComplaintState.open
) -> Callable[[Language, bool], str]:
    complaint = Complaint(
        kind=ComplaintKind.misused,
        receipt_no="7K2MW9XQ",
        sent_digest="",
        state=state,
        created_at=datetime(2026, 11, 23, 9, 41, 14, tzinfo=UTC),
    )
    receipt = Receipt(complaint, date(2026, 11, 30), phone, above)
    return lambda language, large: receipt_page(receipt, asked(language, large=large), timezone=SHANGHAI)


REPORT_PAGES: dict[str, Callable[[Language, bool], str]] = {
    "report": _report(Reason.card_valid),
    "report_unknown": _report(Reason.code_unknown),
    "report_faults": _report(
        Reason.card_valid,
        ENTERED,
        faults={"kind": NO_KIND, "details": DETAILS_TOO_LONG.fill(most=300, over=88), "contact": CONTACT_UNREADABLE},
    ),
    "report_busy": _report(Reason.card_valid, ENTERED, trouble=BUSY, retry_after=2),
    "report_too_many": _report(
        Reason.card_valid, ENTERED, trouble=complaints.TooManyComplaints.text, retry_after=36_000, phone=PHONE
    ),
    "receipt": _receipt(PHONE, "0574-8800 0012"),
    "receipt_above": _receipt(PHONE, PHONE),
    "receipt_founded": _receipt(PHONE, state=ComplaintState.founded),
    "receipt_bare": _receipt(None),
}

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


PLEDGE_PAGES: dict[str, Callable[[Language, bool], str]] = {
    "pledge": _pledge(VIEW),
    "pledge_new": _pledge(NEW),
    "pledge_rated": _pledge(replace(VIEW, evaluation=Rating("2026-Q4", True))),
    "pledge_closed": _pledge(replace(VIEW, evaluation=Rating(None, False))),
    "pledge_faults": _pledge(NEW, RATED, faults={"grade": NO_GRADE, "words": WORDS_TOO_LONG}),
    "pledge_busy": _pledge(NEW, RATED, trouble=BUSY),
    "wall": _wall(WALL, (2026, 2025)),
    "wall_bare": _wall(BARE_WALL),
}

PAGES: dict[str, Callable[[Language, bool], str]] = (
    CARD_PAGES
    | REPORT_PAGES
    | PLEDGE_PAGES
    | {
        "home": lambda language, large: home_page(asked(language, large=large)),
        "lost": lambda language, large: lost_page(asked(language, large=large)),
        "ask": lambda language, large: ask_page(asked(language, large=large), problem=None),
        "ask_again": lambda language, large: ask_page(asked(language, large=large), problem=RECEIPT_UNKNOWN, typed="7K2MW9XX"),
        "type_code": lambda language, large: type_code_page(asked(language, large=large), problem=None),
        "type_code_again": lambda language, large: type_code_page(
            asked(language, large=large),
            problem=Text(
                "这个编号输得不对，请对照牌上的编号再看一遍。", "This code is not quite right; please compare it with the plate."
            ),
            typed="b7k2m-4qxtd-9whr",
        ),
        "problem": lambda language, large: problem_page(
            Text("尝试次数过多，请稍后再试。", "Too many tries; please wait."), asked(language, large=large), retry_after=90
        ),
        "too_many_misses": lambda language, large: problem_page(
            TooManyMisses.text, asked(language, large=large), retry_after=42, task=CHECKING
        ),
        "too_many_complaints": lambda language, large: problem_page(
            complaints.TooManyComplaints.text, asked(language, large=large), retry_after=36_000, task=REPORTING, phone=PHONE
        ),
    }
)
