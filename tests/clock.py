"""The day on which something happens, for tests that let years pass."""

from datetime import UTC, datetime
from typing import Any

import pytest

from api import database


class Clock:
    """Which day it is in the district, at noon unless an hour is told, for all that begins from then on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._moment = datetime.now(UTC)
        monkeypatch.setattr(database, "datetime", self)

    def now(self, zone: Any) -> datetime:
        return self._moment.astimezone(zone)

    def to(self, day: str, hour: str = "12:00") -> None:
        self._moment = datetime.fromisoformat(f"{day}T{hour}+08:00")
