"""The words that the database stores of indicators and periods. As `enums.py` it imports nothing of the project."""

from enum import StrEnum


class Pillar(StrEnum):
    """The four parts of the programme: 亮标识, 亮身份, 亮职责, 亮绩效."""

    signage = "signage"
    identity = "identity"
    duty = "duty"
    performance = "performance"


class FigureName(StrEnum):
    """What an indicator counts: a figure of one of the rooms, or what is entered by hand."""

    sign_coverage = "sign_coverage"
    sign_pass = "sign_pass"
    rectification_on_time = "rectification_on_time"
    card_coverage = "card_coverage"
    plate_coverage = "plate_coverage"
    complaint_closing = "complaint_closing"
    verification_count = "verification_count"
    post_assignment = "post_assignment"
    backup_filled = "backup_filled"
    pledge_rate = "pledge_rate"
    review_on_time_rate = "review_on_time_rate"
    fulfillment_rate = "fulfillment_rate"
    satisfaction_rate = "satisfaction_rate"
    entered = "entered"


class IndicatorUnit(StrEnum):
    """Whether an indicator is a numerator of its denominator, or a number by itself."""

    percent = "percent"
    counted = "count"


class IndicatorDirection(StrEnum):
    """Whether more of it is better, or less."""

    up = "up"
    down = "down"


class PeriodState(StrEnum):
    open = "open"
    closing = "closing"
    closed = "closed"
