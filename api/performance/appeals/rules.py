"""When an entry may be appealed against, and what an appeal comes to (`performance-records.md`, section 4)."""

from datetime import date, timedelta
from enum import StrEnum
from typing import ClassVar, Final

from api.errors import AlreadyDecided, Conflict, Text
from api.moves import Moves
from models.score_enums import AppealState, ScoreSection

TIME: Final = timedelta(days=30)
"""For so long after it was entered an entry may be appealed against (OURS)."""


class AppealOver(Conflict):
    title: ClassVar[Text | None] = Text("这条记录不能申诉。", "There is no appeal against this entry.")
    text: ClassVar[Text] = Text(
        "申诉应在记入后30天内提出，现在已经过期。", "An appeal is made within 30 days of the entry, and these have passed."
    )


NOT_AGAINST_BONUS: Final = Text("加分不能申诉。", "There is no appeal against a bonus.")
"""Said where `appeal_over` is no matter of time."""


class AlreadyAppealed(Conflict):
    text: ClassVar[Text] = Text(
        "这条记录您已经申诉过，每条只能申诉一次。", "You have appealed against this entry; it can be done once."
    )


HEARD_ABOVE: Final = Text("申诉由支部的上一级党组织裁定。", "Appeals are heard by the organisation above the branch.")
ENTERED_ONESELF: Final = Text(
    "这条记录是您记入的，请由其他有权限的人裁定。", "You have made this entry yourself: somebody else has to hear the appeal."
)
"""Said where `about_oneself` is no matter of whose score it is."""


class Decision(StrEnum):
    """What is decided: the entry was wrong, or it was true and is forgiven (容错), or it stands."""

    upheld = "upheld"
    exempted = "exempted"
    refused = "refused"


_OPEN: Final = AppealState.open
MOVES: Final = Moves({decision: {_OPEN: AppealState(decision.value)} for decision in Decision}, AlreadyDecided, once=True)
TAKES_BACK: Final = frozenset({Decision.upheld, Decision.exempted})
"""The decisions after which the entry counts no more."""


def check_appeal(section: ScoreSection, entered_on: date, today: date) -> None:
    """Raise `AppealOver` against a bonus, or once the time for it has passed."""
    if section is ScoreSection.bonus:
        raise AppealOver(instead=NOT_AGAINST_BONUS)
    if today > entered_on + TIME:
        raise AppealOver
