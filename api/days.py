"""When a calendar day of the district is: it begins at the district's midnight, which is not UTC's. A piece of work has both as
`work.today` and `work.begin_of`."""

from datetime import UTC, date, datetime, time, tzinfo


def day_of(moment: datetime, zone: tzinfo) -> date:
    """The district's calendar day at an aware moment."""
    return moment.astimezone(zone).date()


def begin_of(day: date, zone: tzinfo) -> datetime:
    """The midnight at which a day begins in the district, in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)
