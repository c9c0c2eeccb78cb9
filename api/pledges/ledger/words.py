"""What stands in a ledger of pledges, which is kept in Chinese."""

from collections.abc import Mapping
from typing import Final

from api.pledges.rules import ToldState
from api.pledges.words import GRADES
from models.enums import PledgeOutcome, PledgeVisibility, TextDecision

TITLE: Final = "承诺台账"
COLUMNS: Final[tuple[tuple[str, float], ...]] = (
    ("序号", 6),
    ("党组织", 22),
    ("承诺人", 12),
    ("类型", 8),
    ("类别", 8),
    ("承诺内容", 40),
    ("衡量标准", 30),
    ("完成时限", 12),
    ("公开范围", 10),
    ("状态", 8),
    ("审诺结论", 10),
    ("审诺日期", 12),
    ("应到", 6),
    ("同意", 6),
    ("反对", 6),
    ("弃权", 6),
    ("公示日期", 12),
    ("版本", 6),
    ("完成度", 8),
    ("最近进展", 40),
    ("结果", 8),
    ("结果说明", 24),
    ("自评", 8),
    *((f"互评{grade.zh}", 8) for grade in GRADES.values()),
    *((f"群众评{grade.zh}", 8) for grade in GRADES.values()),
    ("组织评", 8),
    ("点评", 40),
)
"""The headings, each with the width of its column in characters."""

VISIBILITIES: Final[Mapping[PledgeVisibility, str]] = {
    PledgeVisibility.branch: "支部内",
    PledgeVisibility.inner_party: "党内",
    PledgeVisibility.public: "向群众公开",
}
STATES: Final[Mapping[ToldState, str]] = {
    ToldState.draft: "草稿",
    ToldState.submitted: "待审",
    ToldState.returned: "已退回",
    ToldState.approved: "已审定",
    ToldState.published: "践诺中",
    ToldState.fulfilled: "已兑现",
    ToldState.unfulfilled: "未兑现",
    ToldState.exempted: "免责",
    ToldState.evaluated: "已考核",
    ToldState.withdrawn: "已撤回",
    ToldState.archived: "已归档",
}
DECISIONS: Final[Mapping[TextDecision, str]] = {TextDecision.approved: "同意", TextDecision.returned: "退回"}
OUTCOMES: Final[Mapping[PledgeOutcome, str]] = {
    PledgeOutcome.fulfilled: "兑现",
    PledgeOutcome.unfulfilled: "未兑现",
    PledgeOutcome.exempted: "免责",
}
