"""What stands in a circular, which is written in Chinese."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from api.venues.words import KINDS
from models.enums import RectificationState, VenueKind

TITLE: Final = "阵地标识检查通报"
SUMMARY: Final = "汇总"
FINDINGS: Final = "问题清单"

FIGURES: Final[Mapping[str, tuple[str, str, str]]] = {
    "sign_coverage": ("达标阵地", "应达标阵地", "标识覆盖率"),
    "sign_pass": ("合格项", "检查项", "标识合格率"),
    "rectification_on_time": ("按期整改", "应整改", "按期整改率"),
}
"""Each figure by its two numbers and their ratio."""

EXPLAINED: Final = (
    "标识覆盖率：截至期末，最近一次检查中必设标识全部合格或问题已复查通过的阵地，占应有必设标识的开放阵地。"
    "标识合格率：合格项占合格与不合格项之和。"
    "按期整改率：期内复查通过的问题与到期未通过的问题中，按期报告已整改的。"
    "各组织的数字含其全部下级；本单位对自己阵地的检查不计入。"
    "百分比保留一位小数，其余舍去，不四舍五入。"
)

SUMMARY_COLUMNS: Final[tuple[tuple[str, float], ...]] = (
    ("分类", 10),
    ("名称", 34),
    *((name, 12) for names in FIGURES.values() for name in names),
)
FINDING_COLUMNS: Final[tuple[tuple[str, float], ...]] = (
    ("序号", 6),
    ("党组织", 26),
    ("阵地", 22),
    ("阵地类型", 14),
    ("检查日期", 12),
    ("检查方式", 10),
    ("项目编号", 10),
    ("项目", 20),
    ("问题", 44),
    ("整改单位", 26),
    ("整改期限", 12),
    ("整改状态", 16),
    ("是否超期", 10),
)
"""The headings, each with the width of its column in characters."""

TOTAL: Final = "合计"
BY_KIND: Final = "阵地类型"
BY_ORGANIZATION: Final = "党组织"
ALL_KINDS: Final = "全部阵地"
NO_FINDINGS: Final = "本期检查没有发现问题。"
NO_PHOTO: Final = "照片无法读取"
MISSING_SORTS: Final = "〓 处为字库所缺的字。"
UNANNOUNCED: Final[Mapping[bool, str]] = {True: "暗访", False: "明查"}
OVERDUE: Final = "已超期"

STATES: Final[Mapping[RectificationState, str]] = {
    RectificationState.open: "待整改",
    RectificationState.claimed: "已整改，待复查",
    RectificationState.confirmed: "复查通过",
    RectificationState.returned: "退回重改",
}


def day(told: date) -> str:
    return f"{told.year}年{told.month}月{told.day}日"


def days(since: date, until: date) -> str:
    return f"{day(since)}至{day(until)}"


def percent(numerator: int, denominator: int) -> str | None:
    """A ratio as it is read, rounded down to a tenth of a per cent, so that nothing that is not all reads 100 %; or None."""
    if not denominator:
        return None
    tenths = 1000 * numerator // denominator
    return f"{tenths // 10}.{tenths % 10}%"


def scope(names: Sequence[str], venue_kind: VenueKind | None) -> str:
    """Of which organisations and venues it tells."""
    return f"{'、'.join(names)}：{KINDS[venue_kind].zh if venue_kind else ALL_KINDS}"
