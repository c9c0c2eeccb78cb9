"""The day on which something happens, for tests that let years pass."""

from datetime import UTC, date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest

from api import database

ZONE: Final = ZoneInfo("Asia/Shanghai")
"""Where the district's days begin in the tests."""


def district_day() -> date:
    """Which day it is in the district, which for a third of the day is not UTC's."""
    return datetime.now(ZONE).date()


class Clock:
    """Which day it is in the district, at noon unless an hour is told, for all that begins from then on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._moment = datetime.now(UTC)
        monkeypatch.setattr(database, "datetime", self)

    def now(self, zone: Any) -> datetime:
        return self._moment.astimezone(zone)

    def to(self, day: str, hour: str = "12:00") -> None:
        self._moment = datetime.fromisoformat(f"{day}T{hour}+08:00")
