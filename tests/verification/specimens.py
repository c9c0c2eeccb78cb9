"""The pages of the public door."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from api.codes.reading import grouped, printed_code
from api.errors import Text
from api.language import Language
from api.profiles.rules import HonorTold, Line
from api.profiles.sections import PostEntry
from api.verification.page import card_page, home_page, type_code_page
from api.verification.rules import CodeKind, PublicCard, Reason, ScanAnswer, Seen, TooManyMisses
from models.enums import OrganizationKind, PlateKind, ScanOutcome
from tests.pages.specimens import BRANCH, CODE, IMPRINT, LONG_BRANCH, LONG_NAME, LONG_TOWN, PHONE, SHANGHAI, asked
from tests.profiles.lines import HONORS, PLEDGES

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
    posts: tuple[PostEntry, ...] = ({"post": "secretary"},),
    phone: str | None = PHONE,
    photo_key: str | None = None,
    moved_to: str | None = None,
    plate_kind: PlateKind | None = None,
    pledges: tuple[Line, ...] = (),
    honors: tuple[HonorTold, ...] = (),
    **more: Any,
) -> ScanAnswer:
    at = datetime(2026, 11, 23, 9, 41, 14, 500_000, tzinfo=UTC)
    outcome = OUTCOMES[reason]
    if outcome is ScanOutcome.not_found:
        return ScanAnswer(outcome, reason, at, service_phone=IMPRINT.phone)
    kind = CodeKind.printed if plate_kind else CodeKind.dynamic
    card = PublicCard(name, branch, posts, photo_key, pledges, honors) if outcome is ScanOutcome.valid else None
    more = {"issuer_kind": OrganizationKind.branch, **more}
    return ScanAnswer(outcome, reason, at, branch, phone, moved_to, card, kind, plate_kind, **more)


def page(answer: ScanAnswer, language: Language = Language.zh, *, large: bool = False, code: str | None = CODE) -> str:
    return card_page(answer, asked(language, large=large), code=code, timezone=SHANGHAI).decode()


def _of(answer: ScanAnswer, code: str = CODE) -> Callable[[Language, bool], str]:
    return lambda language, large: page(answer, language, large=large, code=code)


POSTS: tuple[PostEntry, ...] = (
    {"post": "secretary", "title": "党支部书记", "duties": ["主持支部全面工作"]},
    {
        "post": "window",
        "title": "便民代办综合服务窗口",
        "slot": "backup",
        "duties": [
            "受理代办事项，当天受理、三天办结",
            "接待来访群众，听取意见建议，能答的当场答复，不能答的记下来、交上去、有回音",
        ],
        "since": "2026-01-01",
    },
    {
        "post": "first_secretary",
        "title": "第一书记",
        "slot": "primary",
        "since": "2026-03-01",
        "organization": LONG_BRANCH,
        "sent_by": LONG_TOWN,
    },
)


UNKNOWN = printed_code(PlateKind.desk_plate, 1921)
SEEN = Seen(datetime(2026, 11, 23, 9, 41, 14, tzinfo=UTC), holds=True)

ON_DUTY: tuple[PostEntry, ...] = (
    {
        "post": "window",
        "title": "便民服务岗",
        "slot": "primary",
        "duties": ["周二、周五上午在便民服务窗口", "代办医保、社保"],
    },
    {
        "post": "resident",
        "title": "驻村第一书记" * 4,
        "slot": "backup",
        "organization": LONG_BRANCH,
        "sent_by": LONG_TOWN,
        "duties": ["走访第三网格四十二户，" * 9],
    },
)

CARD_PAGES = {reason.value: _of(scan_answer(reason)) for reason in OUTCOMES} | {
    "code_unknown": _of(scan_answer(Reason.code_unknown), code=UNKNOWN),
    "code_malformed": _of(scan_answer(Reason.code_unknown), code="abc"),
    "long_names": _of(
        scan_answer(
            Reason.card_valid,
            name=LONG_NAME,
            branch=LONG_BRANCH,
            posts=({"post": "deputy_secretary"}, {"post": "discipline_commissioner"}),
            service_phone_of=LONG_TOWN,
        )
    ),
    "masked_name": _of(scan_answer(Reason.card_valid, name="阿" + "*" * 10, posts=(), phone=None, seen=SEEN)),
    "photo": _of(scan_answer(Reason.card_valid, photo_key="portrait/1")),
    "plate": _of(scan_answer(Reason.card_valid, photo_key="portrait/1", plate_kind=PlateKind.desk_plate)),
    "duties": _of(scan_answer(Reason.card_valid, plate_kind=PlateKind.post_plate, posts=POSTS, photo_key="portrait/1")),
    "pledged": _of(scan_answer(Reason.card_valid, plate_kind=PlateKind.desk_plate, pledges=PLEDGES)),
    "pledges_settled": _of(scan_answer(Reason.card_valid, pledges=PLEDGES[3:])),
    "on_duty": _of(scan_answer(Reason.card_valid, photo_key="portrait/1", posts=({"post": "secretary"}, *ON_DUTY))),
    "honored": _of(scan_answer(Reason.card_valid, pledges=PLEDGES[:1], honors=HONORS)),
    "household": _of(scan_answer(Reason.card_valid, plate_kind=PlateKind.household_plate)),
    "plate_suspended": _of(scan_answer(Reason.card_suspended, plate_kind=PlateKind.window_plate)),
    "of_group": _of(scan_answer(Reason.card_expired, issuer_kind=OrganizationKind.group)),
    "moved": _of(scan_answer(Reason.card_transferred, moved_to=LONG_BRANCH)),
    "long_phone": _of(
        scan_answer(Reason.card_suspended, branch=LONG_BRANCH, phone="(0574) 8800 1234 转 8021，夜间 0574-8800 1235")
    ),
}

PAGES: dict[str, Callable[[Language, bool], str]] = CARD_PAGES | {
    "home": lambda language, large: home_page(asked(language, large=large)),
    "type_code": lambda language, large: type_code_page(asked(language, large=large), problem=None),
    "type_code_again": lambda language, large: type_code_page(
        asked(language, large=large),
        problem=Text(
            "这个编号输得不对，请对照牌上的编号再看一遍。", "This code is not quite right; please compare it with the plate."
        ),
        typed="b7k2m-4qxtd-9whr",
    ),
    "too_many_misses": lambda language, large: type_code_page(
        asked(language, large=large), problem=TooManyMisses.text, typed=grouped(UNKNOWN)
    ),
}
