"""What is refused about indicators."""

from datetime import timedelta
from typing import ClassVar, Final

from api.errors import Conflict, Rule, Text

ENTERED_WITHIN: Final = timedelta(days=15)
"""After a period's last day, what is entered by hand is due within this (`performance-records.md`, section 7)."""

MOST_INDICATORS: Final = 100
"""How many indicators there are at the most, those in use no more among them: each is counted of every branch in every period, and
all are listed together."""


class IndicatorRule(Rule):
    code_taken = "code_taken"


CODE_TAKEN: Final = Text("这个编号已被另一个指标占用，请换一个。", "Another indicator has this code already: choose another.")
"""Said where `conflict` is about an indicator's code."""


class TooManyIndicators(Conflict):
    text: ClassVar[Text] = Text(
        f"指标最多 {MOST_INDICATORS} 个（停用的也算），请改用已停用的指标。",
        f"There are {MOST_INDICATORS} indicators at the most, also those not in use: change one of these and use it again.",
    )


class NotEnteredByHand(Conflict):
    text: ClassVar[Text] = Text(
        "这个指标由系统统计，不能手工填报。", "This indicator is counted by the system, and not entered by hand."
    )


class IndicatorNotActive(Conflict):
    text: ClassVar[Text] = Text("这个指标已停用，不再填报。", "This indicator is not in use any more.")
