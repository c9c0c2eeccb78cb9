"""What figures are asked for, and the moments and days beside which the rows of a chance district lie."""

from datetime import UTC, date, datetime, timedelta

from tests.performance.oracle import Asked, midnight

A_MOMENT = timedelta(microseconds=1)
A_DAY = timedelta(days=1)
A_WEEK = timedelta(days=7)
SUMMER = date(2026, 7, 1), date(2026, 9, 30)
IN_SUMMER = datetime(2026, 8, 14, 3, 12, 5, 1, tzinfo=UTC)
IN_AUTUMN = datetime(2026, 10, 9, 15, 59, 59, 999_999, tzinfo=UTC)
"""The last moment of a day of the district."""
ASKED = (
    Asked(*SUMMER, IN_SUMMER, is_final=False),
    Asked(*SUMMER, IN_AUTUMN),
    Asked(*SUMMER, IN_AUTUMN, is_final=False),
    Asked(*SUMMER, midnight(date(2026, 10, 1))),
    Asked(date(2026, 1, 1), date(2026, 12, 31), IN_AUTUMN),
    Asked(date(2025, 10, 1), date(2025, 12, 31), IN_AUTUMN),
    Asked(date(2025, 1, 1), date(2025, 12, 31), IN_AUTUMN),
)
EDGES = sorted({edge for one in ASKED for edge in (midnight(one.since), midnight(one.until + A_DAY), one.as_of)})
DAYS = sorted({day for one in ASKED for day in (one.since, one.until, one.on)})
FIRST, LAST = date(2024, 12, 1), date(2027, 2, 1)
