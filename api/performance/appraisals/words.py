"""What stands in the minutes of an appraisal, which are written in Chinese."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from models.appraisal_enums import AppraisalGrade

MINUTES: Final = "民主评议会议记录"
GRADES: Final[Mapping[AppraisalGrade, str]] = {
    AppraisalGrade.excellent: "优秀",
    AppraisalGrade.qualified: "合格",
    AppraisalGrade.basically_qualified: "基本合格",
    AppraisalGrade.unqualified: "不合格",
}
ABSTAINED: Final = "弃权"
VOTED: Final = "测评票数与评定等次"
COMMENTS: Final = "评议意见"
REMARKS: Final = "其他事项"
NO_REMARKS: Final = "无。"
PROBATIONARY: Final = "预备党员，参加评议，不评定等次"
NOT_TOLD: Final = "未登记"
NO_VOTES: Final = "—"
SIGNED: Final = ("主持人（签字）", "记录人（签字）", "党组织（盖章）")
MISSING_SORTS: Final = "〓 处字库缺字，请手写。"


def day(told: date | None) -> str:
    return NOT_TOLD if told is None else f"{told.year}年{told.month}月{told.day}日"


def people(number: int | None) -> str:
    return NOT_TOLD if number is None else f"{number}人"
