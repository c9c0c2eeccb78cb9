"""The words that the database stores of appraisals. As `enums.py` it imports nothing of the project."""

from enum import StrEnum


class AppraisalState(StrEnum):
    open = "open"
    closed = "closed"


class AppraisalGrade(StrEnum):
    """What an appraisal makes of a member: 优秀, 合格, 基本合格, 不合格."""

    excellent = "excellent"
    qualified = "qualified"
    basically_qualified = "basically_qualified"
    unqualified = "unqualified"
