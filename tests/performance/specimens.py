"""The board of a town, with branches of long names, targets met and missed, and something of everything that is not measured."""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

from api.language import Language
from api.performance.boards.page import board_page
from api.performance.boards.rules import Aim, Branch, weakest
from api.performance.boards.view import (
    NOTHING,
    BoardView,
    Measured,
    coverage_of,
    gap_of,
    pillars_of,
    quarter_of,
    shown,
    weak_of,
)
from api.performance.words import CORRECTED
from models.enums import OrganizationKind
from models.performance_enums import IndicatorDirection, IndicatorUnit, PeriodState, Pillar
from tests.pages.specimens import LONG_BRANCH, LONG_TOWN, SHANGHAI, asked

AT = datetime(2026, 11, 23, 9, 41, 14, tzinfo=UTC).astimezone(SHANGHAI)
P, UP, DOWN = IndicatorUnit.percent, IndicatorDirection.up, IndicatorDirection.down
AIMS = [
    Aim("sign_coverage", Pillar.signage, "标识覆盖率", P, 10, 100, UP),
    Aim("sign_pass", Pillar.signage, "标识合格率", P, 10, 100, UP),
    Aim("rectification_on_time", Pillar.signage, "按期整改率", P, 5, 100, UP),
    Aim("card_coverage", Pillar.identity, "党员身份卡覆盖率", P, 15, 100, UP),
    Aim("plate_coverage", Pillar.identity, "党员亮牌率", P, 5, 90, UP),
    Aim("late", Pillar.identity, "超期未办的群众反映所占比例", P, 5, 10, DOWN),
    Aim("verification_count", Pillar.identity, "验真次数", IndicatorUnit.counted, 0, 5000, UP),
    Aim("post_assignment", Pillar.duty, "设岗定责率", P, 15, 100, UP),
    Aim("backup_filled", Pillar.duty, "AB岗配备率", P, 10, 100, UP),
    Aim("pledge_rate", Pillar.performance, "亮诺率", P, 5, 100, UP),
    Aim("review_on_time_rate", Pillar.performance, "按期审诺率", P, 5, 100, UP),
    Aim("fulfillment_rate", Pillar.performance, "承诺兑现率", P, 10, 100, UP),
    Aim("satisfaction_rate", Pillar.performance, "群众满意率", P, 5, 100, UP),
]


def measured(missing: int, of: int = 300) -> Measured:
    """Something of which as many are missing as told, and of each indicator one more than of the one before."""
    counted = {aim.code: (of - missing - number * of // 60, of) for number, aim in enumerate(AIMS)}
    counted |= {"late": (missing, of), "verification_count": (12 * of, 0), "satisfaction_rate": (0, 0)}
    return Measured(AIMS, counted)


def board() -> BoardView:
    now, earlier = measured(31), measured(44)
    names = [LONG_BRANCH, *(f"中共明州市澄湖区东柳街道南塘河社区第{number}支部委员会" for number in range(2, 15))]
    branches = [Branch(f"{n:032x}", name, measured(22 - n, 34).counted) for n, name in enumerate(names, start=1)]
    before = [Measured(AIMS, {}), measured(22, 34), *(measured(24 - n, 34) for n in range(3, 15))]
    quarters = (("2025-Q4", NOTHING), ("2026-Q1", measured(80)), ("2026-Q2", earlier), ("2026-Q3", now))
    return BoardView(
        organization_id=UUID(int=99),
        organization_name=LONG_TOWN,
        kind=OrganizationKind.town,
        period="2026-Q3",
        state=PeriodState.closed,
        is_corrected=True,
        standing=CORRECTED,
        as_of=AT,
        index=shown(now.index),
        index_before=shown(earlier.index),
        pillars=pillars_of(now, earlier),
        trend=[quarter_of(code, one) for code, one in quarters],
        coverage=coverage_of(AIMS, branches),
        weakest=[weak_of(one, then) for one, then in zip(weakest(AIMS, branches), before, strict=False)],
        todo=None,
        gap=gap_of(now),
    )


PAGES: dict[str, Callable[[Language, bool], str]] = {
    "board": lambda language, large: board_page(board(), asked(language, large=large), at=AT),
}
