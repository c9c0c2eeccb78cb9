"""What the campaigns of a run have counted, told at its end: how often something was tried, found, and lost."""

from collections import Counter
from typing import Final

COUNTS: Final[dict[str, Counter[str]]] = {}
"""By campaign, and what was counted. Numbers of the same name are summed over all workers."""


def tell(campaign: str, **numbers: int) -> None:
    """Add numbers to those of a campaign, a zero among them too."""
    add(campaign, numbers)


def add(campaign: str, numbers: dict[str, int]) -> None:
    counted = COUNTS.setdefault(campaign, Counter())
    for name, number in numbers.items():
        counted[name] += number


def lines() -> list[str]:
    """One line a campaign."""
    return [
        f"{campaign}: {', '.join(f'{name} {number}' for name, number in COUNTS[campaign].items())}" for campaign in sorted(COUNTS)
    ]
