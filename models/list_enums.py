"""The words that the database stores of the three lists. As `enums.py` it imports nothing of the project."""

from enum import StrEnum


class ListKind(StrEnum):
    """三清单: 责任清单, 负面清单, 权力清单."""

    responsibility = "responsibility"
    negative = "negative"
    power = "power"


class ListScope(StrEnum):
    """To what an item applies: 村, 社区, 经济合作社."""

    village = "village"
    community = "community"
    cooperative = "cooperative"
