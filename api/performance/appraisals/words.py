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
HELD_ON: Final = "会议日期"
PRESENT: Final = "参加测评"
APPRAISED: Final = "评议对象"
MOST_EXCELLENT: Final = "优秀名额"
DECIDED: Final = "评定结果"
CLOSED_ON: Final = "办结日期"
NUMBER: Final = "序号"
NAME: Final = "姓名"
GRADE: Final = "评定等次"
VOTED: Final = "测评票数与评定等次"
COMMENTS: Final = "评议意见"
REMARKS: Final = "其他事项"
NO_REMARKS: Final = "无。"
PROBATIONARY: Final = "预备党员，参加评议，不评定等次"
NOT_TOLD: Final = "未登记"
NO_VOTES: Final = "—"
SIGNED: Final = ("主持人（签字）", "记录人（签字）", "党组织（盖章）")
DAY_TO_WRITE: Final = "年　　月　　日"
MISSING_SORTS: Final = "〓 处字库缺字，请手写。"


def day(told: date | None) -> str:
    return NOT_TOLD if told is None else f"{told.year}年{told.month}月{told.day}日"


def year(number: int) -> str:
    return f"{number}年度"


def title(of_year: int) -> str:
    return f"{year(of_year)}{MINUTES}"


def appraised(full: int, probationary: int) -> str:
    return f"正式党员{full}人" + (f"，预备党员{probationary}人" if probationary else "")


def at_most(excellent: int) -> str:
    return f"不超过{excellent}人（正式党员的三分之一）"


def counted(grades: Mapping[AppraisalGrade | None, int]) -> str:
    """How many have each grade."""
    return "，".join(f"{said}{grades.get(grade, 0)}人" for grade, said in GRADES.items())


def numbered(number: int, said: str) -> str:
    """The title of one of the three parts."""
    return f"{'一二三'[number - 1]}、{said}"


def page(number: int, of: int) -> str:
    return f"第{number}页，共{of}页"


def people(number: int | None) -> str:
    return NOT_TOLD if number is None else f"{number}人"
