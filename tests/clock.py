"""The day on which something happens, for tests that let years pass, and a clock that does not go by the machine's."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest

from api import database, housekeeping
from api.backups import content, service

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


class Steady(Clock):
    """Goes on by a thousandth of a second at each look, however long the machine takes."""

    def now(self, zone: Any) -> datetime:
        self._moment += timedelta(milliseconds=1)
        return super().now(zone)

    def passes(self, time: timedelta) -> None:
        self._moment += time


@pytest.fixture
def steady(monkeypatch: pytest.MonkeyPatch) -> Steady:
    """For tests of what lasts some seconds, such as a block or a code, which a busy machine would outlast."""
    return Steady(monkeypatch)


Ahead = Callable[[timedelta], None]


class _Off(datetime):
    """The machine's clock, by so much ahead."""

    by = timedelta()

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return datetime.now(tz) + cls.by


@pytest.fixture
def ahead(monkeypatch: pytest.MonkeyPatch) -> Ahead:
    """Sets the clock of the database, the housekeeping and the backups ahead of the machine's, or behind it."""
    for module in (database, housekeeping, service, content):
        monkeypatch.setattr(module, "datetime", _Off)
    return lambda by: monkeypatch.setattr(_Off, "by", by)
